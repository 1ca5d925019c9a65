// Who does not pay is stopped, with an end and not for ever; who pays is let go.
#include "api/app/credit_stops.hpp"

#include "common/messages/signed.hpp"
#include "common/messages/topics.hpp"
#include "tests/api/street.hpp"

namespace balans::api::test {
namespace {

class CreditStop : public testing::Test {
 protected:
  void run_with_debt(std::int64_t owed, UnixTime now) {
    energy::PeriodBill bill;
    bill.site = street.site;
    if (owed > 0) put(bill.carried, {street.charger, {0, owed, 0, 0}, 0});
    const auto done = stops.follow(*api.store, street.roster.deployment, bill, 1'000'000, now);
    EXPECT_TRUE(done.ok()) << done.error().message();
  }
  /// Newest first.
  std::vector<StoredOrder> orders() { return *api.store->orders().page(street.site, std::nullopt, 100); }
  Order opened(const StoredOrder& stored) const {
    return *decode_order(*balans::open(stored.envelope, "order", street.api_key->public_key(), street.roster.deployment,
                                       topics::order(street.site)));
  }

  Street street;
  Api api{street};
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
  EXPECT_EQ(limit.until, noon + CreditStops::kLasts);
}

TEST_F(CreditStop, IsRenewedBeforeItEndsAndNotBefore) {
  run_with_debt(2'000'000, noon);
  run_with_debt(2'000'000, noon + 10_min);
  EXPECT_EQ(orders().size(), 1U);
  run_with_debt(2'000'000, noon + 70_min);
  ASSERT_EQ(orders().size(), 2U);
  EXPECT_EQ(std::get<LimitOrder>(opened(orders()[0]).what).until, noon + 70_min + CreditStops::kLasts);
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
  run_with_debt(0, noon + CreditStops::kLasts);
  EXPECT_EQ(orders().size(), 1U);
}

}  // namespace
}  // namespace balans::api::test
