// The demo with a network of IOTA of its own: what is owed is paid there.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "sim/data/json_text.hpp"
#include "sim/stage/stage.hpp"

namespace balans::sim {
namespace {

using namespace std::chrono_literals;

std::int64_t number(const boost::json::value& object, const char* key) { return object.at(key).as_int64(); }

/// Whom a quarter-hour owes something: a roof for what its neighbours use of it, and the supplier for the rest.
constexpr std::array<const char*, 2> kPaid{"home of roof", "supplier elm-street"};

/// One quarter-hour is billed in the second payment run, and paid out at once.
TEST(DemoOnChain, PaysDevicesInTheSecondPaymentRunAndAgreesWithTheJournal) {
  ASSERT_EQ(std::system("bash " BALANS_IOTA_NODE "/install.sh"), 0);
  StageOptions options;
  options.street.speed = 30;
  options.street.minutes = 25;
  options.street.devices = {"charger-1", "boiler", "heat-pump", "roof"};
  options.street.devices_dir = BALANS_DEVICES;
  options.street.data_dir = "/nonexistent";
  options.programs = BALANS_PROGRAMS;
  options.patience = 60s;
  options.ledger = PayoutLedger::IotaLocal;
  options.iota_node = BALANS_IOTA_NODE "/node.mjs";
  Result<std::unique_ptr<Stage>> stage = Stage::create(options);
  ASSERT_TRUE(stage.ok()) << stage.error().message();
  const Result<void> started = (*stage)->start();
  ASSERT_TRUE(started.ok()) << started.error().message();
  const auto plugged = (*stage)->tell_street(R"({"car":"charger-1","plug":{"kwh":20,"phases":3,"max_a":16}})");
  ASSERT_TRUE(plugged.ok()) << plugged.error().message();
  ASSERT_TRUE((*stage)->wait_for([&] { return (*stage)->run_is_over(); }, 120s));
  const auto are_paid = [&] {
    const auto chain = (*stage)->chain_now();
    return chain && std::all_of(kPaid.begin(), kPaid.end(), [&](const char* owner) {
             return number(chain->at("accounts").at(owner), "balance") > 0;
           });
  };
  EXPECT_TRUE((*stage)->wait_for(are_paid, 60s)) << "on a slow machine readings, bills and payouts may come later";
  const boost::json::object summary = (*stage)->finish();
  EXPECT_TRUE(summary.at("failures").as_array().empty()) << pretty(summary);
  EXPECT_TRUE(summary.at("money").at("IOTA").at("adds_up").as_bool());
  const boost::json::object& chain = summary.at("chain").as_object();
  SCOPED_TRACE(pretty(chain));
  EXPECT_TRUE(chain.at("agrees").as_bool());
  const boost::json::value& supplier = chain.at("accounts").at("supplier elm-street");
  EXPECT_LE(number(supplier, "paid_out"), number(summary.at("money").at("IOTA"), "to_supplier"));
  for (const char* owner : kPaid) EXPECT_GT(number(chain.at("accounts").at(owner), "balance"), 0) << owner;
  for (const auto& [owner, account] : chain.at("accounts").as_object())
    EXPECT_EQ(number(account, "balance"), number(account, "paid_out")) << owner;
  const boost::json::value& wallet = chain.at("wallet");
  EXPECT_EQ(number(wallet, "holdings"), number(wallet, "custody"));
  const std::int64_t fees = kWalletBegins - number(wallet, "holdings") - number(summary.at("chain"), "paid");
  EXPECT_GT(fees, 0) << "the network has taken something";
  EXPECT_LE(fees * 100, number(summary.at("chain"), "paid")) << "and a hundredth at most";
}

}  // namespace
}  // namespace balans::sim
