// What a community pays for what it shares: whole kilowatt-hours, multiples, blocks; and no unit is made or lost.
#include "api/core/energy/peer_billing.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace balans::api::energy::test {
namespace {

using journal::Code;

AgentId name(const std::string& text) { return *AgentId::parse(text); }
StationEnergy station(const std::string& text, std::int64_t usage, std::int64_t output, Stay stay = Stay::Stays) {
  return {name(text), "owner of " + text, WattHours(usage), WattHours(output), stay};
}
PeriodInput period(std::vector<StationEnergy> stations, Remainders remainders = Remainders::Carry, Funds funds = {}) {
  return {std::move(stations), {"pool", "grid", "supplier"}, std::move(funds), remainders};
}
Payment payment(const Owner& payer, const Owner& payee, std::int64_t amount, Code code, const std::string& reference) {
  return {payer, payee, *trade::Amount::of(amount), code, reference};
}
PeerRun run(const PeriodInput& input, const Carried& carried = {}) { return *energy::run(input, carried, PeerRules()); }

constexpr std::int64_t kUnit = 10'000;

TEST(PeerBilling, AsksForWholeKilowattHoursAndTakesMultiplesOf25Units) {
  const PeerRun first = run(period({station("car", 4999, 0), station("roof", 0, 9000)}));
  EXPECT_TRUE(first.payments.empty()) << "4 kWh are 20 units";
  EXPECT_EQ(first.carried.stations.at(name("car")), (StationCarried{999, 20 * kUnit, 0, 0}));
  const PeerRun second = run(period({station("car", 2001, 0), station("roof", 0, 9000)}), first.carried);
  EXPECT_EQ(second.totals.billed, 25 * kUnit) << "7 kWh are 35 units, of which 25 are paid";
  EXPECT_EQ(second.carried.stations.at(name("car")), (StationCarried{0, 10 * kUnit, 0, 0}));
}

TEST(PeerBilling, HandsOutBlocksOf40UnitsByLargestRemainder) {
  // 60 kWh are 300 units, of which the grid keeps 60; 240 are 6 blocks. By output 3.6, 1.8 and 0.6 blocks.
  const PeerRun done = run(period(
      {station("car", 60'000, 0), station("roof-a", 0, 6000), station("roof-b", 0, 3000), station("roof-c", 0, 1000)}));
  EXPECT_EQ(done.payments,
            (std::vector{payment("owner of car", "pool", 300 * kUnit, Code::Energy, "car"),
                         payment("pool", "grid", 60 * kUnit, Code::GridShare, ""),
                         payment("pool", "owner of roof-a", 4 * 40 * kUnit, Code::ProducerShare, "roof-a"),
                         payment("pool", "owner of roof-b", 2 * 40 * kUnit, Code::ProducerShare, "roof-b")}))
      << "of equal remainders the earlier name";
  EXPECT_EQ(done.carried.pool, 0);
}

TEST(PeerBilling, TakesTheGridsFifthOfWhatIsReceivedNotOfWhatIsAskedFor) {
  const PeerRun done = run(period({station("car", 60'000, 0), station("roof", 0, 60'000)}, Remainders::Carry,
                                  {{"owner of car", 130 * kUnit}}));
  EXPECT_EQ(done.totals.asked, 300 * kUnit);
  EXPECT_EQ(done.totals.billed, 125 * kUnit) << "what it has, in multiples of 25";
  EXPECT_EQ(done.totals.grid_share, 25 * kUnit);
  EXPECT_EQ(done.totals.to_producers, 80 * kUnit);
  EXPECT_EQ(done.carried.pool, 20 * kUnit);
  EXPECT_EQ(done.carried.stations.at(name("car")).owed, 175 * kUnit);
}

TEST(PeerBilling, SharesOneOwnersFundsAmongItsStations) {
  PeriodInput both =
      period({station("car", 60'000, 0), station("house", 60'000, 0)}, Remainders::Carry, {{"family", 350 * kUnit}});
  for (StationEnergy& each : both.stations) each.owner = "family";
  const PeerRun done = run(both);
  EXPECT_EQ(done.totals.billed, 350 * kUnit);
  EXPECT_FALSE(done.carried.stations.contains(name("car"))) << "has paid all";
  EXPECT_EQ(done.carried.stations.at(name("house")).owed, 250 * kUnit);
}

TEST(PeerBilling, KeepsTheProducersPartWhereNobodyPutAnythingOut) {
  const PeerRun night = run(period({station("car", 60'000, 0), station("roof", 0, 0)}));
  EXPECT_EQ(night.carried.pool, 240 * kUnit);
  const PeerRun day = run(period({station("car", 0, 0), station("roof", 0, 1)}), night.carried);
  EXPECT_EQ(day.totals.to_producers, 240 * kUnit);
}

TEST(PeerBilling, CarriesTheFractionOfTheGridsShare) {
  PeerRules thirds;
  thirds.unit_value = 1;
  thirds.pay_multiple_units = 1;
  thirds.grid_share_denominator = 3;
  Carried carried;
  std::int64_t grid = 0;
  for (int i = 0; i < 3; ++i) {
    const PeerRun done = *energy::run(period({station("car", 1000, 0)}), carried, thirds);
    carried = done.carried;
    grid += done.totals.grid_share;
  }
  EXPECT_EQ(grid, 5) << "a third of 15";
  EXPECT_EQ(carried.grid_fraction, 0);
}

TEST(PeerBilling, AsksALeavingStationForAllAndGivesItItsPartOfThePool) {
  const PeerRun before = run(period({station("car", 5400, 0), station("roof-a", 0, 3000), station("roof-b", 0, 1000)}));
  EXPECT_EQ(before.carried.pool, 20 * kUnit);
  EXPECT_EQ(before.carried.stations.at(name("car")), (StationCarried{400, 0, 0, 0}));
  const PeerRun done =
      run(period({station("car", 0, 0, Stay::Leaves), station("roof-a", 0, 0, Stay::Leaves), station("roof-b", 0, 0)}),
          before.carried);
  // 0.4 kWh are 2 units, of which 1.6 are for producers; of 21.6 units three quarters.
  EXPECT_EQ(done.payments, (std::vector{payment("owner of car", "pool", 2 * kUnit, Code::Energy, "car"),
                                        payment("pool", "grid", 4000, Code::GridShare, ""),
                                        payment("pool", "owner of roof-a", 162'000, Code::ProducerShare, "roof-a")}));
  EXPECT_EQ(done.carried.stations.size(), 1U) << "roof-b alone";
  EXPECT_EQ(done.carried.pool, 54'000);
}

TEST(PeerBilling, RemembersWhatALeavingStationCannotPay) {
  const PeerRun left = run(period({station("car", 10'000, 0, Stay::Leaves)}, Remainders::Carry, {{"owner of car", 3}}));
  EXPECT_EQ(left.totals.billed, 3);
  EXPECT_EQ(left.carried.stations.at(name("car")).owed, 50 * kUnit - 3);
}

TEST(PeerBilling, FlushesEverythingAtTheEndOfABillingPeriod) {
  const PeerRun before = run(period({station("car", 5999, 0), station("roof-a", 0, 2000), station("roof-b", 0, 1000)}));
  const PeerRun done =
      run(period({station("car", 0, 0), station("roof-a", 0, 0), station("roof-b", 0, 0)}, Remainders::Flush),
          before.carried);
  EXPECT_EQ(done.carried, Carried());
  // 5.999 kWh are 29.995 units: 25 were paid, now 4.995; of the pool's 20 + 3.996 two thirds and one.
  EXPECT_EQ(done.totals.billed, 49'950);
  EXPECT_EQ(done.totals.grid_share, 9'990);
  EXPECT_EQ(done.payments[2], payment("pool", "owner of roof-a", 159'973, Code::ProducerShare, "roof-a"));
  EXPECT_EQ(done.payments[3], payment("pool", "owner of roof-b", 79'987, Code::ProducerShare, "roof-b"));
}

TEST(PeerBilling, LeavesThePoolToTheGridWhereNobodyPutAnythingOutInTheWholeBillingPeriod) {
  const PeerRun done = run(period({station("car", 10'000, 0)}, Remainders::Flush));
  EXPECT_EQ(done.totals.grid_share, 50 * kUnit);
  EXPECT_EQ(done.carried, Carried());
}

TEST(PeerBilling, SetsCorrectionsOffAgainstLaterUseAndRefundsThemAtTheEnd) {
  const PeerRun paid = run(period({station("car", 10'000, 0), station("roof", 0, 10'000)}));
  const PeerRun corrected = run(period({station("car", -3000, 0), station("roof", 0, -3000)}), paid.carried);
  EXPECT_TRUE(corrected.payments.empty());
  EXPECT_EQ(corrected.carried.stations.at(name("car")).wh, -3000);
  EXPECT_EQ(corrected.carried.stations.at(name("roof")).output_debt, -3000);
  const PeerRun next = run(period({station("car", 2000, 0), station("roof", 0, 2000)}), corrected.carried);
  EXPECT_TRUE(next.payments.empty()) << "already paid for";
  const PeerRun end = run(period({station("car", 0, 0), station("roof", 0, 0)}, Remainders::Flush), next.carried);
  EXPECT_EQ(end.payments.back(), payment("grid", "owner of car", 5 * kUnit, Code::Refund, "car"));
  EXPECT_EQ(end.totals.refunded, 5 * kUnit);
  EXPECT_EQ(end.carried, Carried());
}

TEST(PeerBilling, TakesACorrectionOffWhatIsOwedBeforeTheGridPaysItBack) {
  const Funds none{{"owner of car", 0}};
  const PeerRun owing = run(period({station("car", 2000, 0)}, Remainders::Carry, none));
  const PeerRun left = run(period({station("car", -3000, 0, Stay::Leaves)}, Remainders::Carry, none), owing.carried);
  EXPECT_EQ(left.totals.refunded, 5 * kUnit) << "3 kWh less the 2 that were never paid for";
  EXPECT_EQ(left.carried, Carried());
}

TEST(PeerBilling, RefusesWhatCannotBe) {
  const auto wrong = [](const PeriodInput& input, const Carried& carried = {}) {
    const auto done = energy::run(input, carried, PeerRules());
    return done ? std::string() : done.error().message();
  };
  EXPECT_EQ(wrong(period({station("a", 1, 0), station("a", 1, 0)})), "station a: comes twice in one period");
  EXPECT_EQ(wrong(period({station("a", 2'000'000'000'000, 0)})),
            "station a: 2000000000000 Wh is more than can be in a period");
  EXPECT_EQ(wrong(period({}, Remainders::Flush), {{{name("a"), {1, 0, 0, 0}}}, 0, 0}),
            "period: a station that carries something is missing at the end of a billing period");
  PeerRules dear;
  dear.unit_value = 1'000'000'000'000;
  dear.units_per_kwh = 1'000'000;
  EXPECT_FALSE(energy::run(period({station("a", 1'000'000'000, 0)}), {}, dear).ok()) << "more than an amount can be";
  PeerRules odd;
  odd.grid_share_numerator = 6;
  EXPECT_EQ(check(odd).error().message(), "energy.peer.grid_share_numerator: 6 is outside 0..5");
  EXPECT_TRUE(check(PeerRules()).ok());
}

// ---- thousands of random periods ----

class Village {
 public:
  explicit Village(std::uint64_t seed) : random_(seed), stations_(1 + up_to(12)) {
    rules_.unit_value = up_to(1) == 0 ? 10'000 : 1 + up_to(50);
    rules_.units_per_kwh = up_to(1) == 0 ? 5 : up_to(30);
    rules_.pay_multiple_units = 1 + up_to(40);
    rules_.grid_share_denominator = 1 + up_to(9);
    rules_.grid_share_numerator = up_to(rules_.grid_share_denominator);
    rules_.block_units = 1 + up_to(60);
  }
  PeriodInput next() {
    PeriodInput input = period({}, up_to(9) == 0 ? Remainders::Flush : Remainders::Carry);
    const bool sunny = up_to(2) != 0;
    for (std::int64_t i = 0; i < stations_; ++i) {
      const std::int64_t output = sunny && i % 2 == 0 ? up_to(20'000) - 1000 : 0;
      StationEnergy each = station("s" + std::to_string(i), up_to(9000) - (up_to(9) == 0 ? 9000 : 0), output);
      if (up_to(30) == 0) each.stay = Stay::Leaves;
      if (up_to(4) == 0) input.funds[each.owner] = up_to(300) * rules_.unit_value - 5;
      input.stations.push_back(each);
    }
    return input;
  }
  const PeerRules& rules() const { return rules_; }
  std::mt19937_64& random() { return random_; }

 private:
  std::int64_t up_to(std::int64_t most) {
    return static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(most + 1));
  }
  std::mt19937_64 random_;
  PeerRules rules_;
  std::int64_t stations_;
};

/// All that stations owe or have asked less for than they used, in thousandths of a base unit.
std::int64_t owed_milli(const Carried& carried, const PeerRules& rules) {
  std::int64_t sum = 0;
  for (const auto& [station, each] : carried.stations)
    sum += each.owed * 1000 + each.wh * rules.units_per_kwh * rules.unit_value;
  return sum;
}

/// What each owner has more after the payments; nobody but stations and the grid's refunds may go below nothing.
std::map<Owner, std::int64_t> moved(const std::vector<Payment>& payments, std::int64_t pool) {
  std::map<Owner, std::int64_t> sums{{"pool", pool}};
  for (const Payment& each : payments) {
    EXPECT_GT(each.amount.units(), 0);
    sums[each.payer] -= each.amount.units();
    sums[each.payee] += each.amount.units();
    EXPECT_GE(sums["pool"], 0) << "the pool is overdrawn on the way";
  }
  return sums;
}

void expect_nothing_lost(const PeriodInput& input, const Carried& before, const PeerRun& done, const PeerRules& rules) {
  EXPECT_EQ(done.totals.billed, done.totals.grid_share + done.totals.to_producers + done.carried.pool - before.pool);
  auto sums = moved(done.payments, before.pool);
  EXPECT_EQ(sums["pool"], done.carried.pool) << "the pool's account holds what is carried";
  EXPECT_EQ(sums["grid"], done.totals.grid_share - done.totals.refunded);
  EXPECT_GE(done.carried.pool, 0);
  std::int64_t usage = 0, flushed = 0;
  for (const StationEnergy& each : input.stations) {
    usage += each.usage.count();
    if (each.stay == Stay::Leaves || input.remainders == Remainders::Flush) ++flushed;
  }
  const std::int64_t lost = owed_milli(before, rules) + usage * rules.units_per_kwh * rules.unit_value -
                            (done.totals.billed - done.totals.refunded) * 1000 - owed_milli(done.carried, rules);
  EXPECT_LT(std::abs(lost), 1000 * flushed + 1000) << "less than a base unit of each station that is flushed";
  const bool exact = rules.units_per_kwh * rules.unit_value % 1000 == 0;
  if (exact || flushed == 0) {
    EXPECT_EQ(lost, 0);
  }
}

void expect_multiples(const PeriodInput& input, const PeerRun& done, const PeerRules& rules) {
  for (const StationEnergy& each : input.stations) {
    if (each.stay == Stay::Leaves || input.remainders == Remainders::Flush) continue;
    for (const Payment& payment : done.payments) {
      if (payment.reference != each.station.str()) continue;
      const bool energy = payment.code == Code::Energy;
      EXPECT_EQ(payment.amount.units() % (rules.unit_value * (energy ? rules.pay_multiple_units : rules.block_units)),
                0);
    }
  }
}

void expect_flushed(const PeriodInput& input, const PeerRun& done) {
  if (input.remainders == Remainders::Carry) return;
  EXPECT_EQ(done.carried.pool, 0);
  EXPECT_EQ(done.carried.grid_fraction, 0);
  for (const auto& [station, each] : done.carried.stations)
    EXPECT_EQ(each, (StationCarried{0, each.owed, 0, 0})) << "debts of those without funds alone";
  if (input.funds.empty()) {
    EXPECT_EQ(done.carried, Carried());
  }
}

TEST(PeerBilling, LosesNothingOverThousandsOfPeriods) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    Village village(seed);
    Carried carried;
    for (int i = 0; i < 100; ++i) {
      SCOPED_TRACE("seed " + std::to_string(seed) + ", period " + std::to_string(i));
      PeriodInput input = village.next();
      const auto done = energy::run(input, carried, village.rules());
      ASSERT_TRUE(done.ok()) << done.error().message();
      expect_nothing_lost(input, carried, *done, village.rules());
      expect_multiples(input, *done, village.rules());
      expect_flushed(input, *done);
      std::shuffle(input.stations.begin(), input.stations.end(), village.random());
      EXPECT_EQ(energy::run(input, carried, village.rules())->payments, done->payments) << "in any order";
      if (testing::Test::HasFailure()) return;
      carried = done->carried;
    }
  }
}

}  // namespace
}  // namespace balans::api::energy::test
