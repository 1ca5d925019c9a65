// Who does not pay is stopped, with an end and not for ever; who pays is let go.
#include "api/app/credit_stops.hpp"

#include "api/app/bill_sites.hpp"
#include "api/core/limits.hpp"
#include "common/messages/signed.hpp"
#include "common/messages/topics.hpp"
#include "tests/api/street.hpp"

namespace balans::api::test {
namespace {

class CreditStop : public testing::Test {
 protected:
  void run_with_debt(std::int64_t owed, UnixTime now) {
    energy::AllCarried carried;
    if (owed > 0) put(carried, {street.charger, {0, owed, 0, 0}, 0});
    const auto done = stops.follow(*api.store, street.site, street.roster.deployment, carried, billing, now);
    EXPECT_TRUE(done.ok()) << done.error().message();
  }
  /// Newest first.
  std::vector<StoredOrder> orders() { return *api.store->orders().page(street.site, std::nullopt, 100); }
  Order opened(const StoredOrder& stored) const {
    return *decode_order(*balans::open(stored.envelope, "order", street.api_key->public_key(), street.roster.deployment,
                                       topics::order(street.site)));
  }

  void SetUp() override { billing.stop_above = 1'000'000; }

  Street street;
  Api api{street};
  Billing billing;
  int told = 0;
  CreditStops stops{api.give_order, [this] { ++told; }};
  const UnixTime noon{1'554'300'000'000};
};

TEST_F(CreditStop, StopsTheDeviceOfWhoOwesMoreThanWasAgreedForAWhile) {
  run_with_debt(1'000'000, noon);
  EXPECT_TRUE(orders().empty()) << "that much was agreed";
  run_with_debt(1'000'001, noon);
  ASSERT_EQ(orders().size(), 1U);
  EXPECT_EQ(told, 1);
  const Order order = opened(orders()[0]);
  const auto& limit = std::get<LimitOrder>(order.what);
  EXPECT_EQ(limit.agent, street.charger);
  EXPECT_EQ(limit.source, Reason::Credit);
  EXPECT_EQ(limit.max, PerPhase<Milliamps>{});
  EXPECT_EQ(limit.until, noon + CreditStops::lasts(billing.rules));
}

TEST_F(CreditStop, IsRenewedBeforeItEndsAndNotBefore) {
  run_with_debt(2'000'000, noon);
  run_with_debt(2'000'000, noon + 10_min);
  EXPECT_EQ(orders().size(), 1U);
  run_with_debt(2'000'000, noon + 70_min);
  ASSERT_EQ(orders().size(), 2U);
  EXPECT_EQ(std::get<LimitOrder>(opened(orders()[0]).what).until, noon + 70_min + CreditStops::lasts(billing.rules));
}

TEST_F(CreditStop, IsTakenBackOnceTheDebtIsPaid) {
  run_with_debt(2'000'000, noon);
  const auto given = static_cast<std::uint64_t>(orders()[0].id);
  run_with_debt(0, noon + 10_min);
  ASSERT_EQ(orders().size(), 2U);
  EXPECT_EQ(std::get<WithdrawOrder>(opened(orders()[0]).what).order, given);
  run_with_debt(0, noon + 20_min);
  EXPECT_EQ(orders().size(), 2U) << "once";
}

TEST_F(CreditStop, OneThatHasEndedIsNotTakenBack) {
  run_with_debt(2'000'000, noon);
  run_with_debt(0, noon + CreditStops::lasts(billing.rules));
  EXPECT_EQ(orders().size(), 1U);
}

TEST_F(CreditStop, LastsUntilTheNextRunHasDecidedHoweverLongThePeriodIs) {
  for (const Millis period : {10 * 60_s, 24 * 3600_s, 31 * 24 * 3600_s}) {
    billing.rules.period = period;
    billing.rules.run_after = 24 * 3600_s;
    const UnixTime start = noon + period * 10;
    run_with_debt(2'000'000, start);
    const auto first = std::get<LimitOrder>(opened(orders()[0]).what);
    EXPECT_EQ(first.max, PerPhase<Milliamps>{});
    EXPECT_GT(first.until, start + period + billing.rules.run_after + 60_min);
    const std::size_t given = orders().size();
    run_with_debt(2'000'000, start + period);
    const auto next = std::get<LimitOrder>(opened(orders()[0]).what);
    EXPECT_GT(next.until, start + 2 * period + billing.rules.run_after + 60_min) << "without a gap";
    EXPECT_EQ(orders().size(), period < 60_min ? given : given + 1);
    run_with_debt(0, start + period + 1_ms);
  }
}

TEST_F(CreditStop, IsKnownToANewStartAndToAnotherProcess) {
  run_with_debt(2'000'000, noon);
  const auto given = static_cast<std::uint64_t>(orders()[0].id);
  EXPECT_TRUE(api.store->orders().acknowledge(street.site, orders()[0].id, "applied", "", noon).ok());
  CreditStops anew(api.give_order, [] {});
  ASSERT_TRUE(anew.follow(*api.store, street.site, street.roster.deployment, {}, billing, noon + 10_min).ok());
  ASSERT_EQ(orders().size(), 2U);
  EXPECT_EQ(std::get<WithdrawOrder>(opened(orders()[0]).what).order, given);
  run_with_debt(0, noon + 20_min);
  EXPECT_EQ(orders().size(), 2U) << "the first one knows that it is taken back";
  run_with_debt(2'000'000, noon + 30_min);
  EXPECT_EQ(orders().size(), 3U) << "and gives another";
}

TEST_F(CreditStop, IsTakenBackWhereNobodyIsToBeStoppedAnyMore) {
  run_with_debt(2'000'000, noon);
  billing.stop_above.reset();
  run_with_debt(2'000'000, noon + 10_min);
  EXPECT_TRUE(std::holds_alternative<WithdrawOrder>(opened(orders()[0]).what));
}

/// The program may end, or the order fail to be stored, between the run and its stops.
TEST_F(CreditStop, IsDecidedAtTheStartToo) {
  api.billing.stop_above = 1'000'000;
  const auto run = api.store->transaction([&]() -> Result<void> {
    energy::PeriodBill bill;
    bill.site = street.site;
    bill.period = {noon - 10_min, noon};
    put(bill.carried, {street.charger, {0, 2'000'000, 0, 0}, 0});
    if (const auto added = api.store->energy().add_run(bill, energy::Paid::Yes); !added) return added;
    return api.store->energy().put_station(street.site, {street.charger, "anna", {}});
  });
  ASSERT_TRUE(run.ok()) << run.error().message();
  BillSites bills(api.billing, api.access, stops, *api.events);
  for (int steps = 0; steps < 20; ++steps) ASSERT_TRUE(bills.step(*api.store, noon + 1_min).ok());
  EXPECT_EQ(orders().size(), 1U);
}

TEST_F(CreditStop, TakesNoPlaceOfOthersOrders) {
  const auto added = api.store->transaction([&]() -> Result<void> {
    for (std::int64_t id = 1; id <= limits::kWaitingOrdersOfASite; ++id) {
      const StoredOrder stop{street.site, id, "limit", "x", "x", "credit", noon, api.clock.utc() + 60_min, {}, {}, {}};
      if (const auto stored = api.store->orders().add(stop); !stored) return stored;
    }
    return {};
  });
  ASSERT_TRUE(added.ok());
  const auto given = [&](const std::string& key) {
    Request request = with_token({{Method::Post, "/v1/sites/elm-street/orders", {}},
                                  R"({"kind":"limit","reason":"works","content":{"node":"feeder-1","max_ma":[1,1,1],)"
                                  R"("until_ms":4102444800000}})"},
                                 api.all_powers);
    request.head.headers["idempotency-key"] = key;
    request.head.headers["content-type"] = "application/json";
    return api.ask(request).status;
  };
  for (std::int64_t i = 0; i < limits::kWaitingOrdersOfASite; ++i) ASSERT_EQ(given(std::to_string(i)), 201) << i;
  EXPECT_EQ(given("one-more"), 409);
}

}  // namespace
}  // namespace balans::api::test
