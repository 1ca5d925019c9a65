// What people would try. Each earns nothing by it; the truth beside it earns something, or the test would prove
// nothing.
#include <gtest/gtest.h>

#include "api/core/flexibility/habit.hpp"
#include "tests/api/flexibility_world.hpp"

namespace balans::api::flexibility::test {
namespace {

constexpr int kThree = 15 * 60, kFive = 17 * 60, kNine = 21 * 60, kSeven = 31 * 60;

/// A row of 60 A that has `room` left between five and nine in the evening, and plenty before and after.
Street street(Milliamps room, std::vector<Car> cars) {
  Street street{kThree, kSeven, {}, PerPhase<Milliamps>::all(60_A), std::move(cars)};
  for (int minute = kThree; minute < kSeven; ++minute)
    street.base.push_back(PerPhase<Milliamps>::all(minute >= kFive && minute < kNine ? 60_A - room : 10_A));
  return street;
}
/// Three phases at 16 A are 11 kW; it stays until half past six in the morning.
Car car(int arrives, WattHours need) { return {arrives, 30 * 60 + 30, need, 16_A, PhaseSet::all(), ""}; }

WattHours earned(const Street& where, const std::vector<Conduct>& conducts) {
  return total(rewards(where, live(where, conducts)));
}
TEST(FlexibilityAttack, NoneIsNeededToEarnForWhatWasMoved) {
  // 10 kWh at 6 A instead of 16 A: without limits it would have had all after 54 minutes, so what was moved is
  // 54 minutes of 10 A on three phases.
  const Street one = street(6_A, {car(kFive, 10'000_Wh)});
  const Day day = live(one, {{}});
  const WattHours sum = total(rewards(one, day));
  EXPECT_EQ(day.stays[0].taken, 10'000_Wh);
  EXPECT_NEAR(static_cast<double>(sum.count()), 54.3 / 60 * 6'900, 150);
  // It goes on asking when it is full.
  Conduct asks;
  asks.asks_when_full = true;
  const Day long_one = live(one, {asks});
  EXPECT_GT(naive(long_one), 30'000_Wh) << "what naive counting makes of the same";
  EXPECT_EQ(total(rewards(one, long_one)), sum);
}

TEST(FlexibilityAttack, AskingForMoreThanTheCarTakesEarnsNothing) {
  // The car takes 10 A, the row has 13 A left, and the owner asks for 32.
  Street one = street(13_A, {car(kFive, 20'000_Wh)});
  one.cars[0].power = 10_A;
  Conduct asks;
  asks.ask = 32_A;
  EXPECT_EQ(earned(one, {asks}), 0_Wh);
  asks.guest_power = 32_A;  // and it has proof of 32 A, by another car
  EXPECT_EQ(earned(one, {asks}), 0_Wh);
}

TEST(FlexibilityAttack, SomebodyElsesPowerIsNoProof) {
  // 6 A are left. Of the month's five sessions two were of a car with twice the power.
  const Street one = street(6_A, {car(kFive, 10'000_Wh)});
  Conduct asks;
  asks.ask = 32_A;
  const WattHours truth = earned(one, {{}});
  EXPECT_EQ(earned(one, {asks}), truth);
  asks.guest_power = 32_A;
  EXPECT_LE(earned(one, {asks}), truth);
}

TEST(FlexibilityAttack, ASmallCarAtABigCarsChargerCountsByItsOwnPower) {
  // It takes 10 A, free for ten minutes, then held at 6 A; the charger's other car took 32 A all month.
  Street one = street(6_A, {car(kFive - 10, 20'000_Wh)});
  one.cars[0].power = 10_A;
  Conduct asks;
  asks.ask = 32_A;
  Day day = live(one, {asks});
  for (auto& shown : day.stays[0].shown.free) shown = PerPhase<Milliamps>::all(32_A);
  day.stays[0].shown.fastest = PerPhase<Milliamps>::all(32_A);
  const WattHours sum = total(rewards(one, day));
  EXPECT_GT(sum, 1'000_Wh);
  EXPECT_LE(sum, WattHours(4 * 690 * 45 / 60));
}

TEST(FlexibilityAttack, OscillatingKeepsNoNeedForTheEvent) {
  // Left alone the car would be full at four. Charging in turns of ten minutes it still wants some at five.
  const Street one = street(6_A, {car(kThree, 16'000_Wh)});
  Conduct turns;
  turns.ask_on = turns.ask_off = 10;
  const Day day = live(one, {turns});
  EXPECT_GT(day.stays[0].sessions[0].minutes[static_cast<std::size_t>(kFive - kThree)].ask.sum(), 0_mA);
  EXPECT_EQ(total(rewards(one, day)), 0_Wh);
  Conduct draws;
  draws.draw_on = draws.draw_off = 7;
  EXPECT_EQ(earned(one, {draws}), 0_Wh);
  EXPECT_GT(earned(street(6_A, {car(kFive, 16'000_Wh)}), {{}}), 0_Wh);
}

TEST(FlexibilityAttack, ACarThatWouldHaveBeenFullEarnsNothing) {
  const Street one = street(6_A, {car(kThree, 10'000_Wh)});
  EXPECT_EQ(earned(one, {{}}), 0_Wh);  // it is full at four
  Conduct waits;
  waits.draws_from = kFive - kThree;
  const Day day = live(one, {waits});
  EXPECT_EQ(total(rewards(one, day)), 0_Wh);
  EXPECT_GT(naive(day), 5'000_Wh);
  Conduct asks_late;
  asks_late.asks_from = kFive - kThree;
  EXPECT_EQ(earned(one, {asks_late}), 0_Wh);
  Conduct slow;  // at a quarter of its power it would last until seven
  slow.draw_per_cent = 25;
  EXPECT_EQ(earned(one, {slow}), 0_Wh);
}

TEST(FlexibilityAttack, ANeedTheCarNeverTakesEarnsNothingMore) {
  const Street one = street(6_A, {car(kFive, 10'000_Wh)});
  Conduct exaggerates;
  exaggerates.need_per_cent = 500;
  exaggerates.asks_when_full = true;
  EXPECT_EQ(earned(one, {exaggerates}), earned(one, {{}}));
  exaggerates.departs_later = 20 * 60;
  EXPECT_EQ(earned(one, {exaggerates}), earned(one, {{}}));
}

TEST(FlexibilityAttack, ANeedDeclaredDuringTheEventEarnsNothing) {
  const Street one = street(6_A, {car(kFive, 10'000_Wh)});
  Conduct late;
  late.declares_after = 6;
  EXPECT_EQ(earned(one, {late}), 0_Wh);
  late.declares_after = 5;  // soon enough, but the minutes before it do not count
  EXPECT_GT(earned(one, {late}), 0_Wh);
  EXPECT_LT(earned(one, {late}), earned(one, {{}}) - 500_Wh);
}

TEST(FlexibilityAttack, LeavingEarlyEarnsNothingForWhatWouldNotHaveBeenTaken) {
  Street leaves = street(6_A, {car(kFive, 30'000_Wh)}), modest = street(6_A, {car(kFive, 4'140_Wh)});
  leaves.cars[0].leaves = modest.cars[0].leaves = kFive + 60;
  EXPECT_NEAR(static_cast<double>(earned(leaves, {{}}).count()), static_cast<double>(earned(modest, {{}}).count()), 30);
  Conduct says_tomorrow;
  says_tomorrow.departs_later = 20 * 60;
  EXPECT_EQ(earned(leaves, {says_tomorrow}), earned(leaves, {{}}));
}

TEST(FlexibilityAttack, EndingASessionEarnsNothing) {
  // Nothing is left for it until nine. It pulls the plug at six, comes again and declares the need anew.
  const Street one = street(0_A, {car(kFive, 10'000_Wh)});
  Conduct ends;
  ends.unplugs_at = 60;
  const Day day = live(one, {ends});
  ASSERT_EQ(day.stays[0].sessions.size(), 2U);
  EXPECT_EQ(total(rewards(one, day)), 0_Wh);
  EXPECT_GT(earned(one, {{}}), 9'000_Wh);
}

TEST(FlexibilityAttack, WhatComesAfterTheCarHasHadEnoughIsNoNeed) {
  // It is full after 10 kWh; in the night it heats itself with 10 kWh more, which nobody wanted at five.
  const Street one = street(6_A, {car(kFive, 10'000_Wh)});
  Conduct exaggerates;
  exaggerates.need_per_cent = 200;
  exaggerates.asks_when_full = true;
  Day day = live(one, {exaggerates});
  const WattHours before = total(rewards(one, day));
  auto& minutes = day.stays[0].sessions[0].minutes;
  const auto from = static_cast<std::size_t>(25 * 60 - kFive);
  for (std::size_t i = from; i < from + 60; ++i) minutes[i].drawn = PerPhase<Milliamps>::all(14'493_mA);
  for (std::size_t i = from; i < minutes.size(); ++i)
    minutes[i].counter =
        *minutes[i].counter + std::min(10'000_Wh, WattHours(167 * static_cast<std::int64_t>(i - from + 1)));
  EXPECT_EQ(total(rewards(one, day)), before);
}

TEST(FlexibilityAttack, ADeadMeterEarnsNothing) {
  const Street one = street(6_A, {car(kFive, 10'000_Wh)});
  Day day = live(one, {{}});
  ASSERT_GT(total(rewards(one, day)), 0_Wh);
  for (Minute& minute : day.stays[0].sessions[0].minutes) minute.counter = 0_Wh;
  EXPECT_EQ(total(rewards(one, day)), 0_Wh) << "the counter stands still while current flows";
  for (Minute& minute : day.stays[0].sessions[0].minutes) minute.drawn = PerPhase<Milliamps>();
  EXPECT_EQ(total(rewards(one, day)), 0_Wh) << "nothing is measured at all";
  for (Minute& minute : day.stays[0].sessions[0].minutes) minute.drawn.reset(), minute.counter.reset();
  EXPECT_EQ(total(rewards(one, day)), 0_Wh) << "there are no readings";
}

TEST(FlexibilityAttack, AMeterThatIsDeadInTheEventEarnsNothingThere) {
  const Street one = street(6_A, {car(kFive, 10'000_Wh)});
  Day day = live(one, {{}});
  auto& minutes = day.stays[0].sessions[0].minutes;
  const WattHours lost = *minutes[59].counter;  // of the first hour
  for (std::size_t i = 0; i < minutes.size(); ++i) {
    minutes[i].counter = std::max(0_Wh, *minutes[i].counter - lost);
    if (i < 60) minutes[i].drawn = PerPhase<Milliamps>();  // and its currents with it
  }
  EXPECT_EQ(total(rewards(one, day)), 0_Wh);
}

TEST(FlexibilityAttack, ASelfReportedDropEarnsNothing) {
  // It draws 16 A all the time and says that it obeys; the counter knows.
  const Street one = street(6_A, {car(kFive, 10'000_Wh)});
  Day day = live(one, {{}});
  auto& minutes = day.stays[0].sessions[0].minutes;
  for (std::size_t i = 0; i < minutes.size(); ++i)
    minutes[i].counter = std::min(10'000_Wh, WattHours(184 * static_cast<std::int64_t>(i + 1)));
  EXPECT_EQ(total(rewards(one, day)), 0_Wh);
  for (Minute& minute : minutes) minute.drawn = PerPhase<Milliamps>::all(16_A);
  EXPECT_EQ(total(rewards(one, day)), 0_Wh) << "nor where its readings do not even say so";
}

TEST(FlexibilityAttack, ReadingsThatHideADrawAreSeenByTheRowsMeter) {
  const Street one = street(6_A, {car(kFive, 10'000_Wh)});
  Day day = live(one, {{}});
  for (NodeMinute& minute : day.row) minute.load = minute.base + PerPhase<Milliamps>::all(6_A);
  ASSERT_GT(total(rewards(one, day)), 0_Wh) << "an honest meter agrees";
  for (NodeMinute& minute : day.row) minute.load = minute.base + PerPhase<Milliamps>::all(16_A);
  EXPECT_EQ(total(rewards(one, day)), 0_Wh);
}

TEST(FlexibilityAttack, StatutoryThrottlingAndTheOwnersTimetableEarnNothing) {
  const Street one = street(6_A, {car(kFive, 10'000_Wh)});
  for (const Reason reason : {Reason::Dso, Reason::Schedule, Reason::Operator, Reason::StaleMeter, Reason::Restart,
                              Reason::Ramp, Reason::Handover, Reason::Reclaim, Reason::Unbalance}) {
    Day day = live(one, {{}});
    for (Minute& minute : day.stays[0].sessions[0].minutes)
      if (is_bound(minute)) minute.reason = reason;
    EXPECT_EQ(total(rewards(one, day)), 0_Wh) << name_of(reason);
  }
}

TEST(FlexibilityAttack, CongestionThatANeighbourOnlyAsksForPaysNobody) {
  // 20 A are left and the car takes 16; the neighbour asks for 63 A with nothing to charge, so both are held to 10.
  const Street two = street(20_A, {car(kFive, 10'000_Wh), car(kFive, 1'000_Wh)});
  Conduct phantom;
  phantom.ask = 63_A;
  phantom.asks_when_full = true;
  phantom.draws_from = 23 * 60;
  phantom.need_per_cent = 5'000;
  const Day day = live(two, {{}, phantom});
  EXPECT_GT(naive(day), 5'000_Wh);
  EXPECT_EQ(total(rewards(two, day)), 0_Wh);
}

TEST(FlexibilityAttack, ALoadThatANeighbourPutsOffIntoTheEventPaysNobody) {
  // Left alone the neighbour is full at four, and 16 A are enough for the other. It waits until five instead.
  const Street two = street(16_A, {car(kFive, 10'000_Wh), car(kThree, 10'000_Wh)});
  EXPECT_EQ(earned(two, {{}, {}}), 0_Wh);
  Conduct waits;
  waits.draws_from = waits.asks_from = kFive - kThree;
  const Day day = live(two, {{}, waits});
  EXPECT_GT(naive(day), 5'000_Wh);
  EXPECT_EQ(total(rewards(two, day)), 0_Wh);
}

/// What a heater drew in each minute, in a house where it never draws anything at that time.
DeviceSlot heater(const std::string& connection, int slot, Milliamps drawn) {
  LoadEvent event;
  for (int minute = 0; minute <= 15; ++minute) {
    Minute noted;
    noted.end = minute_end(slot + minute - 1);
    noted.ask = noted.limit = PerPhase<Milliamps>::all(16_A);
    noted.drawn = PerPhase<Milliamps>::all(drawn);
    noted.counter = WattHours(drawn.count() * 3 * 230 * minute / 60'000);
    event.minutes.push_back(noted);
  }
  for (int day = 1; day <= 10; ++day) event.earlier.push_back({minute_start(slot - 1440 * day), 0_Wh, false});
  event.phases = PhaseSet::all();
  DeviceSlot device;
  device.device = agent("heater");
  device.connection = connection;
  device.nodes = {"row"};
  device.minutes = event.minutes;
  device.course = *course_of(event);
  device.most = 16_A;
  return device;
}

TEST(FlexibilityAttack, TwoDevicesThatTradeLoadEarnNothing) {
  const Street one = street(6_A, {car(kFive, 10'000_Wh)});
  const Day day = live(one, {{}});
  const Session& session = day.stays[0].sessions[0];
  const Course course = *course_of(session, day.stays[0].shown);
  const int slot = kFive + 15;
  const auto settled = [&](const std::string& heater_at, Milliamps drawn) {
    SiteSlot site{minute_start(slot), {slot_of(0, one, session, course, slot)}, {{"row", day.row}}};
    site.devices.push_back(heater(heater_at, slot, drawn));
    return (*settle(site, {}))[0];
  };
  EXPECT_EQ(settled("car-0", 0_A).verdict, Verdict::Counts);
  EXPECT_GT(settled("car-0", 0_A).verified, 1'500_Wh);
  // The heater of the same house takes the 10 A that the car leaves out.
  EXPECT_EQ(settled("car-0", 10_A).verdict, Verdict::AboveRowChange);
  EXPECT_EQ(settled("car-0", 10_A).verified, 0_Wh);
  // That of another house: the row is no better off, so nothing is verified either.
  EXPECT_EQ(settled("elsewhere", 10_A).verified, 0_Wh);
}

TEST(FlexibilityAttack, TwoChargersOfAHouseThatTakeTurnsEarnNothing) {
  // The second car came at three and would have been full at four. It waits, and takes what the first leaves out.
  Street two = street(16_A, {car(kFive, 10'000_Wh), car(kThree, 10'000_Wh)});
  two.cars[0].connection = two.cars[1].connection = "house";
  for (PerPhase<Milliamps>& base : two.base)
    if (base.largest() > 20_A) base = PerPhase<Milliamps>::all(48_A);  // and the row really is too full for one
  Conduct waits;
  waits.asks_from = kFive - kThree;
  EXPECT_GT(earned(two, {{}, {}}), 2'000_Wh);
  EXPECT_EQ(earned(two, {{}, waits}), 0_Wh);
}

}  // namespace
}  // namespace balans::api::flexibility::test
