// The parts of the rule, each alone.
#include <gtest/gtest.h>

#include <numeric>

#include "api/core/flexibility/habit.hpp"
#include "api/core/flexibility/reward.hpp"
#include "api/core/flexibility/schedule.hpp"
#include "sim/random.hpp"
#include "tests/api/flexibility_world.hpp"

namespace balans::api::flexibility::test {
namespace {

using trade::Amount;

constexpr int kSlotAt = 18 * 60;

WattHours sum_of(const std::vector<WattHours>& energies) {
  return std::accumulate(energies.begin(), energies.end(), WattHours());
}

TEST(FlexibilityShare, GivesEveryWhOnceByTheLargestRemainder) {
  const std::vector<WattHours> claims{100_Wh, 100_Wh, 100_Wh};
  EXPECT_EQ(share_out(claims, 100_Wh), (std::vector<WattHours>{34_Wh, 33_Wh, 33_Wh}));
  EXPECT_EQ(share_out(claims, 300_Wh), claims);
  EXPECT_EQ(share_out(claims, 1'000'000_Wh), claims);
  EXPECT_EQ(sum_of(share_out(claims, WattHours(-5))), 0_Wh);
  Random random(7);
  for (int round = 0; round < 1000; ++round) {
    std::vector<WattHours> some(static_cast<std::size_t>(random.between(0, 8)));
    for (WattHours& claim : some) claim = WattHours(random.between(0, 5'000));
    const WattHours total(random.between(0, 20'000));
    const std::vector<WattHours> shares = share_out(some, total);
    EXPECT_EQ(sum_of(shares), std::min(total, sum_of(some))) << "round " << round;
    for (std::size_t i = 0; i < some.size(); ++i) EXPECT_LE(shares[i], some[i]) << "round " << round;
  }
}

TEST(FlexibilityShare, VerifiesOnlyWhatAPhaseLacked) {
  const std::vector<RowClaim> claims{{900_Wh, PhaseSet::all()}, {300_Wh, PhaseSet{Phase::L2}}};
  PerPhase<MilliwattHours> room;
  room[Phase::L2] = fine(300_Wh);  // the others had room
  EXPECT_EQ(verified_of(claims, room), (std::vector<WattHours>{150_Wh, 150_Wh}));
  EXPECT_EQ(verified_of(claims, PerPhase<MilliwattHours>::all(fine(10'000_Wh))),
            (std::vector<WattHours>{900_Wh, 300_Wh}));
  EXPECT_EQ(sum_of(verified_of(claims, {})), 0_Wh);
}

/// One car that is held at 6 A of 16 for its first quarter-hours, and one slot of it.
struct Held {
  Street street{kSlotAt - 60, kSlotAt + 15 * 60, {}, PerPhase<Milliamps>::all(60_A), {}};
  Day day;
  DeviceSlot device;
  Held() {
    street.base.assign(static_cast<std::size_t>(street.last - street.first), PerPhase<Milliamps>::all(54_A));
    street.cars.push_back({kSlotAt, kSlotAt + 600, 10'000_Wh, 16_A, PhaseSet::all(), ""});
    day = live(street, {{}});
    const Session& session = day.stays[0].sessions[0];
    device = slot_of(0, street, session, *course_of(session, day.stays[0].shown), kSlotAt);
  }
  [[nodiscard]] Claim claim(const UsedProofs& used = {}) const { return claim_of(device, minute_start(kSlotAt), used); }
  [[nodiscard]] Delivered settled(const UsedProofs& used = {}) const {
    return (*settle({minute_start(kSlotAt), {device}, {{"row", day.row}}}, used))[0];
  }
};

TEST(FlexibilityClaim, IsInWholeStepsOfTheCounter) {
  Held held;
  // 10 A on three phases for a quarter-hour at 230 V.
  EXPECT_EQ(held.claim().verdict, Verdict::Counts);
  EXPECT_NEAR(static_cast<double>(held.claim().energy.count()), 1725, 10);
  held.device.step = 100_Wh;
  EXPECT_EQ(held.claim().energy, 1700_Wh);
  held.device.step = 0_Wh;
  EXPECT_EQ(held.claim().verdict, Verdict::BadRecord);
}

TEST(FlexibilityClaim, IsTheCourseMinusTheCounterWhateverTheCurrentsSay) {
  Held held;
  for (Minute& minute : held.device.minutes) minute.counter = *minute.counter * 11 / 10;
  // 16 A are 2,760 Wh; the counter has 1,138 of them, where 6 A are 1,035.
  EXPECT_NEAR(static_cast<double>(held.claim().energy.count()), 2760 - 1138, 10);
}

TEST(FlexibilityClaim, PaysALimitOnce) {
  const Held held;
  const Delivered first = held.settled();
  EXPECT_GT(first.verified, 0_Wh);
  ASSERT_FALSE(first.proofs.empty());
  const UsedProofs used(first.proofs.begin(), first.proofs.end());
  EXPECT_EQ(held.settled(used).verdict, Verdict::Replayed);
  EXPECT_EQ(held.settled(used).verified, 0_Wh);
}

TEST(FlexibilityClaim, WantsAProofThatMatches) {
  const auto verdict = [](auto change) {
    Held held;
    for (Proof& proof : held.device.proofs) change(proof);
    return held.claim().verdict;
  };
  EXPECT_EQ(verdict([](Proof&) {}), Verdict::Counts);
  EXPECT_EQ(verdict([](Proof& p) { p.status.ack.reset(); }), Verdict::NoProof);
  EXPECT_EQ(verdict([](Proof& p) { p.status.ack->seq.value += 1; }), Verdict::NoProof);
  EXPECT_EQ(verdict([](Proof& p) { p.status.ack->boot.value += 1; }), Verdict::NoProof);
  EXPECT_EQ(verdict([](Proof& p) { p.status.ack->epoch.value += 1; }), Verdict::NoProof);
  EXPECT_EQ(verdict([](Proof& p) { p.status.nonce.value += 1; }), Verdict::NoProof);
  EXPECT_EQ(verdict([](Proof& p) { p.limit.reason = Reason::Dso; }), Verdict::NoProof);
  EXPECT_EQ(verdict([](Proof& p) { p.status.ack->limit.draw[Phase::L1] += 1_mA; }), Verdict::NoProof);
  EXPECT_EQ(verdict([](Proof& p) { p.acknowledged = p.acknowledged + kSlot; }), Verdict::NoProof);
  EXPECT_EQ(verdict([](Proof& p) { p.acknowledged = p.acknowledged - kSlot; }), Verdict::NoProof);
}

TEST(FlexibilityClaim, CountsNoMinuteAsDeeperThanWhatWasSigned) {
  Held held;
  for (Proof& proof : held.device.proofs)
    proof.limit.max = proof.status.ack->limit = PerPhase<Milliamps>::all(11_A);  // the record says 6 A
  EXPECT_NEAR(static_cast<double>(held.claim().energy.count()), 1725 / 2.0, 10);
}

TEST(FlexibilityClaim, PutsAsideWhatCannotBe) {
  Held held;
  held.device.most = 5_A;  // of a connection that carries no 6 A
  EXPECT_EQ(held.claim().verdict, Verdict::Impossible);
  EXPECT_TRUE(is_for_review(held.claim().verdict));
  Held course;
  for (CourseMinute& minute : course.device.course.minutes) minute.unheld = PerPhase<Milliamps>::all(200_A);
  EXPECT_EQ(course.claim().verdict, Verdict::Impossible);
  Held stands;
  for (Minute& minute : stands.device.minutes) minute.counter = 0_Wh;
  EXPECT_EQ(stands.claim().verdict, Verdict::MeterDisagrees);
  Held runs;
  for (Minute& minute : runs.device.minutes) minute.drawn = PerPhase<Milliamps>::all(1_A);
  EXPECT_EQ(runs.claim().verdict, Verdict::MeterDisagrees);
  Held silent;
  for (Minute& minute : silent.device.minutes) minute.counter.reset();
  EXPECT_EQ(silent.claim().verdict, Verdict::NoReading);
}

TEST(FlexibilitySettle, VerifiesNoMoreThanTheRowWasTooFull) {
  Held held;
  const WattHours all = held.settled().verified;
  for (NodeMinute& minute : held.day.row) minute.rating = PerPhase<Milliamps>::all(65_A);  // 54 + 16 is 5 A too much
  EXPECT_NEAR(static_cast<double>(held.settled().verified.count()), static_cast<double>(all.count()) / 2, 10);
  for (NodeMinute& minute : held.day.row) minute.rating = PerPhase<Milliamps>::all(70_A);
  EXPECT_EQ(held.settled().verified, 0_Wh);
  held.day.row.clear();
  EXPECT_EQ(held.settled().verified, 0_Wh) << "nothing is known of the row";
}

TEST(FlexibilitySettle, CountsNoDeviceTwice) {
  const Held held;
  const auto twice = settle({minute_start(kSlotAt), {held.device, held.device}, {}}, {});
  ASSERT_FALSE(twice.ok());
  EXPECT_EQ(twice.error().message(), "devices: car-0 is there twice");
  EXPECT_FALSE(settle({minute_start(kSlotAt + 1), {}, {}}, {}).ok());
}

TEST(FlexibilityBaseline, RefusesARecordThatContradictsItself) {
  Held held;
  Session session = held.day.stays[0].sessions[0];
  std::swap(session.minutes[3], session.minutes[4]);
  EXPECT_EQ(course_of(session, held.day.stays[0].shown).error().message(), "minutes: not in order of time");
  session = held.day.stays[0].sessions[0];
  session.minutes[7].counter = 0_Wh;
  EXPECT_EQ(course_of(session, held.day.stays[0].shown).error().message(), "minutes: the import counter goes back");
}

TEST(FlexibilityBaseline, RefusesACounterThatItsCurrentsDoNotMake) {
  const Held held;
  Session session = held.day.stays[0].sessions[0];
  for (Minute& minute : session.minutes) minute.counter = 0_Wh;
  EXPECT_EQ(course_of(session, held.day.stays[0].shown).error().message(),
            "counter: has 0 Wh where the mean currents make more");
  session = held.day.stays[0].sessions[0];
  for (Minute& minute : session.minutes) minute.counter = *minute.counter * 2;
  EXPECT_EQ(course_of(session, held.day.stays[0].shown).error().message(),
            "counter: has 20000 Wh where the mean currents make less");
}

TEST(FlexibilityBaseline, IsFinalWhenTheCarHasGoneOrSaidItWould) {
  const Held held;
  Session session = held.day.stays[0].sessions[0];
  EXPECT_EQ(final_from(session), minute_start(kSlotAt + 600));
  session.minutes.resize(60);  // as it stands after an hour
  EXPECT_EQ(final_from(session), minute_start(kSlotAt + 600));
}

TEST(FlexibilityBaseline, TakesTheShownPowerFromFreeMinutes) {
  const Held held;
  EXPECT_FALSE(highest_free_minute(held.day.stays[0].sessions[0])) << "a limit held it all the time";
  EXPECT_EQ(highest_minute(held.day.stays[0].sessions[0]), PerPhase<Milliamps>::all(6_A));
}

std::vector<EarlierQuarter> ten_days(WattHours each) {
  std::vector<EarlierQuarter> earlier;
  for (int day = 1; day <= 10; ++day) earlier.push_back({minute_start(kSlotAt - 1440 * day), each, false});
  return earlier;
}

TEST(FlexibilityHabit, IsTheLeastOfTheLastTenFreeDaysAtThatTime) {
  std::vector<EarlierQuarter> earlier = ten_days(500_Wh);
  earlier[4].energy = 300_Wh;
  earlier[5].energy = 900_Wh;
  earlier.push_back({minute_start(kSlotAt - 1440 * 11), 1_Wh, false});      // too long ago
  earlier.push_back({minute_start(kSlotAt - 1440 * 2 - 15), 2_Wh, false});  // another time of the day
  earlier.push_back({minute_start(kSlotAt - 15), 3'000_Wh, false});         // just before the event
  earlier.push_back({minute_start(kSlotAt + 1440), 3_Wh, false});           // later
  const auto habit = habit_of(earlier, minute_start(kSlotAt));
  ASSERT_TRUE(habit);
  EXPECT_EQ(habit->least, 300_Wh);
  EXPECT_EQ(habit->most, 900_Wh);
  earlier[4].day_was_bound = true;  // then the eleventh counts
  EXPECT_EQ(habit_of(earlier, minute_start(kSlotAt))->least, 1_Wh);
  EXPECT_FALSE(habit_of(std::vector(earlier.begin(), earlier.begin() + 9), minute_start(kSlotAt)));
}

/// A quarter-hour of a load that is not allowed anything.
std::vector<Minute> held_at_nothing() {
  std::vector<Minute> minutes;
  for (int minute = 0; minute < 15; ++minute) {
    Minute noted;
    noted.end = minute_end(kSlotAt + minute);
    noted.ask = PerPhase<Milliamps>::all(10_A);
    noted.drawn = PerPhase<Milliamps>();
    noted.counter = 0_Wh;
    noted.reason = Reason::Waiting;
    noted.node = "row";
    minutes.push_back(noted);
  }
  return minutes;
}

MilliwattHours withheld(const Course& course) {
  MilliwattHours sum;
  for (const CourseMinute& minute : course.minutes)
    if (minute.earns) sum += in_a_minute((minute.unheld - minute.drawn).sum(), course.voltage);
  return sum;
}

TEST(FlexibilityHabit, EarnsOnlyWhatIsCaughtUp) {
  LoadEvent event{held_at_nothing(), ten_days(500_Wh), PhaseSet::all(), 10'000_Wh};
  EXPECT_NEAR(static_cast<double>(withheld(*course_of(event)).count()), 500'000, 1'000);
  event.taken_after = 100_Wh;
  EXPECT_LE(withheld(*course_of(event)), fine(100_Wh));
  EXPECT_GT(withheld(*course_of(event)), fine(60_Wh));
  event.taken_after = 0_Wh;
  EXPECT_EQ(withheld(*course_of(event)), MilliwattHours());
  event.minutes.resize(2000);
  EXPECT_FALSE(course_of(event).ok());
}

TEST(FlexibilitySchedule, CountsOnlyWhatStoodWhenTheGateClosed) {
  const UnixTime slot = minute_start(kSlotAt);
  std::vector<Scheduled> submitted{{slot - 90_min, slot, 400_Wh},
                                   {slot - 60_min, slot, 600_Wh},
                                   {slot - 59_min, slot, 9'000_Wh},
                                   {slot - 90_min, slot + kSlot, 7_Wh}};
  EXPECT_EQ(fixed_for(submitted, slot), 600_Wh);
  EXPECT_FALSE(fixed_for(submitted, slot - kSlot));
}

TEST(FlexibilitySchedule, MeansNothingWhereSchedulesAreNotKept) {
  const UnixTime slot = minute_start(kSlotAt);
  BatteryEvent event{held_at_nothing(), {{slot - 90_min, slot, 600_Wh}}, {}, PhaseSet::all(), 10'000_Wh};
  event.earlier.assign(16, {600_Wh, 560_Wh});
  EXPECT_NEAR(static_cast<double>(withheld(*course_of(event)).count()), 600'000, 1'000);
  event.earlier.assign(16, {600_Wh, 500_Wh});
  EXPECT_EQ(withheld(*course_of(event)), MilliwattHours());
  event.earlier.assign(15, {600_Wh, 600_Wh});
  EXPECT_EQ(withheld(*course_of(event)), MilliwattHours()) << "too few";
  event.earlier.assign(16, {600_Wh, 600_Wh});
  event.taken_after = 0_Wh;
  EXPECT_EQ(withheld(*course_of(event)), MilliwattHours()) << "and never charged later";
}

Amount amount(std::int64_t units) { return *Amount::of(units); }

TEST(FlexibilityReward, HoldsAPriceFromTheNextQuarterHourAndUnderTheCap) {
  const UnixTime slot = minute_start(kSlotAt);
  const std::vector<SetPrice> prices{
      {slot - 1_min, amount(200)}, {slot - 30_min, amount(100)}, {slot + 1_ms, amount(900)}};
  EXPECT_EQ(price_for(prices, slot, amount(1'000)), amount(200));
  EXPECT_EQ(price_for(prices, slot + kSlot, amount(1'000)), amount(900));
  EXPECT_EQ(price_for(prices, slot + kSlot, amount(500)), amount(500));
  EXPECT_EQ(price_for({}, slot, amount(500)), amount(0));
}

TEST(FlexibilityReward, ShowsNoPriceThatTheBudgetDoesNotReachFor) {
  const Amount price = amount(200'000);  // 20 ct in 10⁻⁶ EUR
  const Reservation reserved = *reserve(amount(2'000'010), price, 10'000_Wh, 10);
  EXPECT_EQ(reserved.shown, price);
  EXPECT_EQ(reserved.reserved, amount(2'000'010));
  const Reservation empty = *reserve(amount(2'000'009), price, 10'000_Wh, 10);
  EXPECT_TRUE(empty.shown.is_zero() && empty.reserved.is_zero());
  EXPECT_TRUE(volunteers(200'000, reserved.shown));
  EXPECT_FALSE(volunteers(200'001, reserved.shown)) << "dearer than what is paid";
  EXPECT_FALSE(volunteers(0, empty.shown)) << "treated like everyone";
  EXPECT_FALSE(volunteers(std::nullopt, reserved.shown));
  EXPECT_FALSE(reserve(amount(1), amount(std::int64_t{1} << 62), 1'000'000_Wh, 1).ok());
}

TEST(FlexibilityReward, CarriesWhatIsLeftOfAUnit) {
  std::int64_t carried = 0, sum = 0;
  for (int slot = 0; slot < 1000; ++slot) {
    const Earned one = *earned(7_Wh, amount(123), carried);
    sum += one.amount.units();
    carried = one.carried;
  }
  EXPECT_EQ(sum, 7 * 123);
  EXPECT_EQ(carried, 0);
  EXPECT_FALSE(earned(1'000'000_Wh, amount(std::int64_t{1} << 62), 0).ok());
  EXPECT_FALSE(earned(1_Wh, amount(1), 1000).ok());
}

TEST(FlexibilityReward, PaysNoMoreThanWasReserved) {
  const std::vector<Earned> two{{amount(60), 0}, {amount(30), 5}};
  const Payout payout = *pay_out(amount(100), two);
  EXPECT_EQ(payout.paid, amount(90));
  EXPECT_EQ(payout.released, amount(10));
  EXPECT_EQ(pay_out(amount(89), two).error().message(), "flexibility: more than the 89 units that were reserved");
}

TEST(FlexibilityReward, EveryVerdictHasAName) {
  EXPECT_EQ(name_of(Verdict::Counts), "counts");
  EXPECT_EQ(name_of(Verdict::BadRecord), "bad-record");
  EXPECT_FALSE(is_for_review(Verdict::NoReading));
}

}  // namespace
}  // namespace balans::api::flexibility::test
