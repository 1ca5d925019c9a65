// What fails is not tried again at every beat, and not for ever left alone.
#include "api/app/back_off.hpp"

#include <fstream>

#include "api/app/bill_sites.hpp"
#include "api/core/energy/json.hpp"
#include "common/io/sqlite/sqlite.hpp"
#include "tests/api/street.hpp"

namespace balans::api::test {
namespace {

class Failing : public testing::Test {
 protected:
  /// A tariff in another asset than bills: the run fails until there is none.
  void put_tariff(trade::Asset asset) {
    const auto put = api.store->transaction([&] {
      return api.store->energy().put_tariff(
          street.site,
          {"usual", {energy::TariffKind::Import, asset, {UnixTime(0), noon + 9999_s}, energy::FixedPrice{1}}});
    });
    ASSERT_TRUE(put.ok()) << put.error().message();
  }
  template <class Work>
  void beat(Work& work, UnixTime past) {
    Left left = Left::More;
    for (int steps = 0; left == Left::More && steps < 100; ++steps) {
      const auto done = work.step(*api.store, past);
      ASSERT_TRUE(done.ok()) << done.error().message();
      left = *done;
    }
  }
  int told(const std::string& event) {
    std::ifstream file(api.folder / "events.jsonl");
    int count = 0;
    for (std::string line; std::getline(file, line);)
      count += line.find("\"" + event + "\"") != std::string::npos ? 1 : 0;
    return count;
  }

  Street street;
  Api api{street};
  CreditStops stops{api.give_order, [] {}};
  const UnixTime noon{1'554'300'000'000};
};

TEST_F(Failing, APaymentRunIsTriedAgainAfterAWhileAndByANewStart) {
  const auto joined = api.store->transaction([&] {
    return api.store->energy().put_station(street.site, {street.charger, "anna", {}});
  });
  ASSERT_TRUE(joined.ok());
  put_tariff(trade::Asset::Iota);
  BillSites bills(api.billing, api.access, stops, *api.events);
  for (int second = 0; second < 5; ++second) beat(bills, noon + second * 1_s);
  EXPECT_EQ(told("payment-run-fails"), 1);
  beat(bills, noon + BackOff::kFor - 1_ms);
  EXPECT_EQ(told("payment-run-fails"), 1);
  beat(bills, noon + BackOff::kFor);
  EXPECT_EQ(told("payment-run-fails"), 2);
  BillSites anew(api.billing, api.access, stops, *api.events);
  beat(anew, noon + BackOff::kFor + 1_s);
  EXPECT_EQ(told("payment-run-fails"), 3);
  beat(anew, noon - 60_min);
  EXPECT_EQ(told("payment-run-fails"), 4) << "the clock was set back";
  put_tariff(trade::Asset::Eur);
  beat(anew, noon + 2 * BackOff::kFor);
  EXPECT_EQ(told("payment-run-fails"), 4);
  EXPECT_FALSE(api.store->energy().runs(street.site, {}, 10)->empty());
}

TEST_F(Failing, APriceAndASettlementAreTriedAgainAfterAWhile) {
  api.billing.flexibility.per_kwh = *flexibility::Price::of(1);
  RewardSites rewards(api.billing, api.access, *api.events);
  auto database = *sqlite::Database::open(api.folder / "balans.sqlite");
  ASSERT_TRUE(database.execute("ALTER TABLE account RENAME TO gone", "break").ok());
  for (int second = 0; second < 5; ++second) beat(rewards, noon + second * 1_s);
  EXPECT_EQ(told("flexibility-fails"), 1);
  ASSERT_TRUE(database.execute("ALTER TABLE gone RENAME TO account", "mend").ok());
  beat(rewards, noon + BackOff::kFor);
  EXPECT_EQ(told("flexibility-fails"), 1);
  EXPECT_EQ(told("flexibility-budget-empty"), 1) << "it is shown in its quarter-hour all the same";
  beat(rewards, noon + BackOff::kFor + 1_s);
  EXPECT_EQ(told("flexibility-budget-empty"), 1);
  ASSERT_TRUE(database.execute("ALTER TABLE evidence RENAME TO gone", "break").ok());
  const UnixTime due = noon + 30_min + api.billing.flexibility.settle_after;
  for (int second = 0; second < 5; ++second) beat(rewards, due + second * 1_s);
  EXPECT_EQ(told("flexibility-fails"), 2);
  ASSERT_TRUE(database.execute("ALTER TABLE gone RENAME TO evidence", "mend").ok());
  beat(rewards, due + BackOff::kFor);
  EXPECT_FALSE((*api.store->rewards().oldest_unsettled(street.site))->slot < due - 60_min);
}

}  // namespace
}  // namespace balans::api::test
