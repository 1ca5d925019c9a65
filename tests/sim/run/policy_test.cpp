#include "sim/run/policy.hpp"

#include <gtest/gtest.h>

#include "sim/random.hpp"

namespace balans::runs {
namespace {

using sim::LocalTime;
using sim::Millijoules;

constexpr PhaseSet kL1{Phase::L1};
constexpr PhaseSet kL2{Phase::L2};
constexpr PhaseSet kThree = PhaseSet::all();
constexpr LocalTime kNow(1'000'000'000);
constexpr Millijoules kKilowattHour = sim::millijoules(1000_Wh);

/// A car that came `n` minutes after the first and leaves ten hours from now.
Seat car(int n, PhaseSet phases, Milliamps max = 32_A) {
  return {phases, 6_A, max, kNow - 60_min + 1_min * n, kNow + 600_min, kKilowattHour * 10};
}

std::vector<std::int64_t> amps(Policy policy, const std::vector<Seat>& seats, const Headroom& headroom,
                               std::uint64_t round = 0) {
  std::vector<std::int64_t> result;
  for (Milliamps current : share(policy, seats, headroom, kNow, round)) result.push_back(current.count() / 1000);
  return result;
}

using Amps = std::vector<std::int64_t>;
constexpr Headroom on_each(Milliamps current) { return Headroom::all(current); }

std::vector<Policy> sharing_policies() {
  std::vector<Policy> policies;
  for (Policy policy : kPolicies)
    if (policy != Policy::Balans && policy != Policy::Oracle) policies.push_back(policy);
  return policies;
}

std::vector<Seat> random_seats(Random& random) {
  std::vector<Seat> seats;
  for (std::int64_t n = random.between(0, 12); n > 0; --n) {
    PhaseSet phases = kThree;
    if (random.happens(600'000)) phases = {kPhases[static_cast<std::size_t>(random.between(0, 2))]};
    const Milliamps min(random.between(1, 8'000));
    const Milliamps max = random.happens(50'000) ? Milliamps() : Milliamps(random.between(5'000, 33'000));
    seats.push_back({phases, min, max, kNow - 1_min * random.between(0, 5), kNow + 1_min * random.between(-5, 900),
                     Millijoules(random.between(0, 40) * kKilowattHour.count())});
  }
  return seats;
}

Headroom random_headroom(Random& random) {
  Headroom headroom;
  for (Phase p : kPhases) headroom[p] = Milliamps(random.between(-10'000, 120'000));
  return headroom;
}

/// What a seat could have more, with everybody else as they are.
Milliamps room_for(std::size_t i, const std::vector<Seat>& seats, const std::vector<Milliamps>& currents,
                   const Headroom& headroom) {
  Milliamps room = seats[i].max - currents[i];
  for (Phase p : kPhases) {
    if (!seats[i].phases.contains(p)) continue;
    Milliamps left = std::max(Milliamps(), headroom[p]);
    for (std::size_t k = 0; k < seats.size(); ++k)
      if (seats[k].phases.contains(p)) left -= currents[k];
    room = std::min(room, left);
  }
  return room;
}

TEST(Policies, HaveNamesThatAreReadBack) {
  for (Policy policy : kPolicies) EXPECT_EQ(parse_policy(name_of(policy)).value(), policy);
  EXPECT_EQ(parse_policy("fifo").error().what,
            "'fifo' is not a policy: expected one of balans, uncontrolled, equal-share, first-come, round-robin, edf, "
            "llf, oracle");
}

TEST(Policies, GiveEverybodyAllWhenThereIsRoom) {
  const std::vector<Seat> seats{car(0, kThree, 16_A), car(1, kL1, 32_A), car(2, kL2, 10_A)};
  for (Policy policy : sharing_policies()) EXPECT_EQ(amps(policy, seats, on_each(48_A)), (Amps{16, 32, 10}));
}

TEST(Policies, GiveNothingWhereThereIsNoRoom) {
  const std::vector<Seat> seats{car(0, kThree), car(1, kL1)};
  for (Policy policy : sharing_policies()) {
    if (policy == Policy::Uncontrolled) continue;
    EXPECT_EQ(amps(policy, seats, on_each(-5_A)), (Amps{0, 0})) << name_of(policy);
  }
}

TEST(Policies, KeepEveryPhaseWithinItsHeadroomAndEverybodyAtZeroOrAboveTheMinimum) {
  Random random(1);
  for (int trial = 0; trial < 20'000; ++trial) {
    const std::vector<Seat> seats = random_seats(random);
    const Headroom headroom = random_headroom(random);
    for (Policy policy : sharing_policies()) {
      const auto currents = share(policy, seats, headroom, kNow, random.next());
      PerPhase<Milliamps> sum;
      for (std::size_t i = 0; i < seats.size(); ++i) {
        sum += seats[i].phases.spread(currents[i]);
        const bool in_range = currents[i] >= seats[i].min && currents[i] <= seats[i].max;
        ASSERT_TRUE(currents[i] == Milliamps() || in_range) << name_of(policy) << ", trial " << trial;
      }
      for (Phase p : kPhases)
        ASSERT_TRUE(policy == Policy::Uncontrolled || sum[p] <= std::max(Milliamps(), headroom[p]))
            << name_of(policy) << ", trial " << trial;
    }
  }
}

TEST(Policies, LeaveNoRoomThatAnybodyCouldUse) {
  Random random(2);
  for (int trial = 0; trial < 20'000; ++trial) {
    const std::vector<Seat> seats = random_seats(random);
    const Headroom headroom = random_headroom(random);
    for (Policy policy : sharing_policies()) {
      if (policy == Policy::Uncontrolled) continue;
      const auto currents = share(policy, seats, headroom, kNow, random.next());
      for (std::size_t i = 0; i < seats.size(); ++i) {
        if (seats[i].max < seats[i].min) continue;
        const Milliamps room = room_for(i, seats, currents, headroom);
        // One level for all leaves less than 1 mA each; a pause ends only where the whole minimum fits.
        const Milliamps least = currents[i] == Milliamps()     ? seats[i].min
                                : policy == Policy::EqualShare ? Milliamps(static_cast<std::int64_t>(seats.size()))
                                                               : Milliamps(1);
        ASSERT_LT(room, least) << name_of(policy) << ", trial " << trial << ", seat " << i;
      }
    }
  }
}

TEST(Uncontrolled, TakesAllItCan) {
  EXPECT_EQ(amps(Policy::Uncontrolled, {car(0, kThree), car(1, kL1)}, on_each(10_A)), (Amps{32, 32}));
}

TEST(EqualShare, GivesTheSameAndHandsOnWhatSomebodyCannotUse) {
  const std::vector<Seat> seats{car(0, kL1, 32_A), car(1, kL1, 10_A), car(2, kL1, 16_A), car(3, kL1, 6_A)};
  EXPECT_EQ(amps(Policy::EqualShare, seats, on_each(60_A)), (Amps{28, 10, 16, 6}));
}

TEST(EqualShare, CountsOneAndThreePhaseCarsOnTheirTruePhases) {
  const std::vector<Seat> seats{car(0, kThree), car(1, kL1), car(2, kL2)};
  EXPECT_EQ(amps(Policy::EqualShare, seats, {{20_A, 30_A, 40_A}}), (Amps{10, 10, 20}));
}

TEST(EqualShare, LetsTheLastToComeWait) {
  const std::vector<Seat> seats{car(3, kL1), car(0, kL1), car(2, kL1), car(1, kL1)};
  EXPECT_EQ(amps(Policy::EqualShare, seats, on_each(20_A)), (Amps{0, 6, 6, 6}));
}

TEST(EqualShare, IsMaxMinFairAmongThoseThatAreOn) {
  Random random(3);
  for (int trial = 0; trial < 20'000; ++trial) {
    const std::vector<Seat> seats = random_seats(random);
    const Headroom headroom = random_headroom(random);
    const auto currents = share(Policy::EqualShare, seats, headroom, kNow, 0);
    // Whoever is below its maximum is held by a full phase on which nobody above its own minimum has more.
    for (std::size_t i = 0; i < seats.size(); ++i) {
      if (currents[i] == Milliamps() || currents[i] == seats[i].max) continue;
      const bool held = std::ranges::any_of(kPhases, [&](Phase p) {
        if (!seats[i].phases.contains(p)) return false;
        Milliamps sum, most;
        for (std::size_t k = 0; k < seats.size(); ++k) {
          if (!seats[k].phases.contains(p)) continue;
          sum += currents[k];
          if (currents[k] > seats[k].min) most = std::max(most, currents[k]);
        }
        return sum + Milliamps(20) > headroom[p] && most <= currents[i];
      });
      ASSERT_TRUE(held) << "trial " << trial << ", seat " << i;
    }
  }
}

TEST(FirstCome, GivesAllThatIsLeftInOrderOfArrival) {
  const std::vector<Seat> seats{car(2, kL1, 16_A), car(0, kL1, 16_A), car(1, kL1, 16_A)};
  EXPECT_EQ(amps(Policy::FirstCome, seats, on_each(40_A)), (Amps{8, 16, 16}));
}

TEST(FirstCome, PassesOverWhoseMinimumDoesNotFit) {
  const std::vector<Seat> seats{car(0, kL1, 16_A), car(1, kThree, 16_A), car(2, kL2, 16_A)};
  EXPECT_EQ(amps(Policy::FirstCome, seats, on_each(20_A)), (Amps{16, 0, 16}));
}

TEST(RoundRobin, GivesOneAmpereInTurn) {
  const std::vector<Seat> seats{car(0, kL1), car(1, kL1), car(2, kL1)};
  EXPECT_EQ(amps(Policy::RoundRobin, seats, on_each(26_A)), (Amps{9, 9, 8}));
}

TEST(RoundRobin, MovesItsBeginningOn) {
  const std::vector<Seat> seats{car(0, kL1), car(1, kL1), car(2, kL1)};
  EXPECT_EQ(amps(Policy::RoundRobin, seats, on_each(26_A), 1), (Amps{8, 9, 9}));
  EXPECT_EQ(amps(Policy::RoundRobin, seats, on_each(13_A), 2), (Amps{6, 0, 7}));
  EXPECT_EQ(amps(Policy::RoundRobin, seats, on_each(26_A), 3), (Amps{9, 9, 8}));
}

TEST(Edf, ServesTheEarliestDepartureFirst) {
  std::vector<Seat> seats{car(0, kL1, 16_A), car(1, kL1, 16_A), car(2, kL1, 16_A)};
  seats[2].departure = kNow + 60_min;
  seats[1].departure = kNow + 120_min;
  EXPECT_EQ(amps(Policy::Edf, seats, on_each(25_A)), (Amps{0, 9, 16}));
}

TEST(Llf, ServesFirstWhoCanLeastAffordToWait) {
  std::vector<Seat> seats{car(0, kL1, 16_A), car(1, kL1, 16_A)};
  seats[0].departure = kNow + 60_min;  // earlier, but it needs nearly nothing
  seats[0].remaining = kKilowattHour / 10;
  seats[1].departure = kNow + 120_min;
  seats[1].remaining = kKilowattHour * 7;
  EXPECT_EQ(amps(Policy::Llf, seats, on_each(20_A)), (Amps{0, 16}));
  EXPECT_EQ(amps(Policy::Edf, seats, on_each(20_A)), (Amps{16, 0}));
}

TEST(Llf, KnowsThatThreePhasesChargeFaster) {
  std::vector<Seat> seats{car(0, kL1, 16_A), car(1, kThree, 16_A)};
  EXPECT_EQ(amps(Policy::Llf, seats, on_each(20_A)), (Amps{16, 0}));
}

TEST(Policies, BreakTiesByArrivalThenByTheList) {
  std::vector<Seat> seats{car(1, kL1, 16_A), car(0, kL1, 16_A), car(0, kL1, 16_A)};
  for (Policy policy : {Policy::FirstCome, Policy::Edf, Policy::Llf})
    EXPECT_EQ(amps(policy, seats, on_each(16_A)), (Amps{0, 16, 0})) << name_of(policy);
}

}  // namespace
}  // namespace balans::runs
