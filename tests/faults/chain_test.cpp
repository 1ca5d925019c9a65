// The demo with a network of IOTA of its own: what is owed is paid there.
#include <gtest/gtest.h>

#include <cstdlib>

#include "sim/data/json_text.hpp"
#include "sim/stage/stage.hpp"

namespace balans::sim {
namespace {

using namespace std::chrono_literals;

std::int64_t number(const boost::json::value& object, const char* key) { return object.at(key).as_int64(); }

/// One quarter-hour is billed in the second payment run, and paid out at once.
TEST(DemoOnChain, PaysWhoIsOwedSomethingAndAgreesWithTheJournal) {
  ASSERT_EQ(std::system("bash " BALANS_IOTA_NODE "/install.sh"), 0);
  StageOptions options;
  options.street.speed = 30;
  options.street.minutes = 25;
  options.street.devices = {"boiler", "heat-pump"};
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
  ASSERT_TRUE((*stage)->wait_for([&] { return (*stage)->run_is_over(); }, 120s));
  const auto is_paid = [&] { return (*stage)->last_event("api", "settlement-settled").has_value(); };
  ASSERT_TRUE((*stage)->wait_for(is_paid, 60s)) << "on a slow machine readings, bills and payouts may come later";
  const boost::json::object summary = (*stage)->finish();
  EXPECT_TRUE(summary.at("failures").as_array().empty()) << pretty(summary);
  EXPECT_TRUE(summary.at("money").at("IOTA").at("adds_up").as_bool());
  const boost::json::object& chain = summary.at("chain").as_object();
  SCOPED_TRACE(pretty(chain));
  EXPECT_TRUE(chain.at("agrees").as_bool());
  const boost::json::value& supplier = chain.at("accounts").at("supplier elm-street");
  EXPECT_LE(number(supplier, "paid_out"), number(summary.at("money").at("IOTA"), "to_supplier"));
  EXPECT_GT(number(supplier, "balance"), 0);
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
