#include "common/io/modbus/line_schedule.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace balans {
namespace {

using testing::HasSubstr;
using Serve = LineSchedule::Serve;
using Refuse = LineSchedule::Refuse;
using WaitUntil = LineSchedule::WaitUntil;
using Idle = LineSchedule::Idle;

LineRequest poll(std::uint8_t unit, std::int64_t due = 0) { return {unit, Urgency::Poll, LineTime(due)}; }
LineRequest setpoint(std::uint8_t unit, std::int64_t due = 0) { return {unit, Urgency::Setpoint, LineTime(due)}; }

/// The id that is served at `now`; 0 when none is.
LineSchedule::Id served(LineSchedule& schedule, std::int64_t now) {
  const LineSchedule::Step step = schedule.next(LineTime(now));
  const auto* serve = std::get_if<Serve>(&step);
  return serve == nullptr ? 0 : serve->id;
}

TEST(LineSchedule, TheLongestOverdueGoesFirst) {
  LineSchedule schedule;
  const auto late = *schedule.submit(poll(1, 90), LineTime(100));
  const auto later = *schedule.submit(poll(2, 50), LineTime(100));
  const auto as_late = *schedule.submit(poll(3, 90), LineTime(100));
  EXPECT_EQ(served(schedule, 100), later);
  EXPECT_EQ(served(schedule, 100), late);
  EXPECT_EQ(served(schedule, 100), as_late);
  EXPECT_TRUE(std::holds_alternative<Idle>(schedule.next(LineTime(100))));
}

TEST(LineSchedule, ASetpointGoesBeforeEveryPoll) {
  LineSchedule schedule;
  (void)schedule.submit(poll(1, 0), LineTime(100));
  const auto write = *schedule.submit(setpoint(2, 100), LineTime(100));
  EXPECT_EQ(served(schedule, 100), write);
}

TEST(LineSchedule, SetpointsWithoutEndLeavePollsTheirTurn) {
  LineSchedule schedule;
  const auto waits = *schedule.submit(poll(1), LineTime(0));
  for (int i = 0; i < 8; ++i) {
    const auto write = *schedule.submit(setpoint(2), LineTime(0));
    EXPECT_EQ(served(schedule, 0), write);
  }
  (void)schedule.submit(setpoint(2), LineTime(0));
  EXPECT_EQ(served(schedule, 0), waits);
}

TEST(LineSchedule, AUnitsRestIsUsedByOthers) {
  LineSchedule schedule;
  schedule.set_gap(1, 100_ms);
  const auto first = *schedule.submit(poll(1), LineTime(0));
  EXPECT_EQ(served(schedule, 0), first);
  schedule.finished(1, Heard::Unit, LineTime(30));
  const auto second = *schedule.submit(poll(1), LineTime(30));
  const auto other = *schedule.submit(poll(2, 30), LineTime(30));
  EXPECT_EQ(served(schedule, 30), other);
  const LineSchedule::Step step = schedule.next(LineTime(60));
  ASSERT_TRUE(std::holds_alternative<WaitUntil>(step));
  EXPECT_EQ(std::get<WaitUntil>(step).time, LineTime(130));
  EXPECT_EQ(served(schedule, 130), second);
}

TEST(LineSchedule, ASilentUnitRestsLongerAndLonger) {
  LineSchedule schedule;
  (void)schedule.submit(poll(2), LineTime(0));
  EXPECT_NE(served(schedule, 0), 0U);
  std::vector<std::int64_t> rests;
  std::int64_t now = 0;
  for (int i = 0; i < 7; ++i) {
    ASSERT_TRUE(schedule.submit(poll(1), LineTime(now)));
    EXPECT_NE(served(schedule, now), 0U);
    schedule.finished(1, Heard::Nothing, LineTime(now += 500));
    const std::int64_t silent_since = now;
    while (!schedule.submit(poll(1), LineTime(now))) now += 100;
    schedule.cancel(served(schedule, now));
    rests.push_back(now - silent_since);
  }
  EXPECT_EQ(rests, (std::vector<std::int64_t>{0, 500, 1000, 2000, 4000, 5000, 5000}));
}

TEST(LineSchedule, OneAnswerEndsTheRest) {
  LineSchedule schedule;
  (void)schedule.submit(poll(2), LineTime(0));
  for (int i = 0; i < 5; ++i) schedule.finished(1, Heard::Nothing, LineTime(0));
  EXPECT_THAT(schedule.submit(poll(1), LineTime(10)).error().what, HasSubstr("silent 5 times"));
  schedule.finished(1, Heard::Unit, LineTime(20));
  EXPECT_TRUE(schedule.submit(poll(1), LineTime(20)));
}

TEST(LineSchedule, AUnitThatIsAloneNeverRests) {
  LineSchedule schedule;
  for (int i = 0; i < 5; ++i) schedule.finished(1, Heard::Nothing, LineTime(0));
  EXPECT_TRUE(schedule.submit(poll(1), LineTime(10)));
}

TEST(LineSchedule, ASetpointIsTriedWhileItsUnitRests) {
  LineSchedule schedule;
  (void)schedule.submit(poll(2), LineTime(0));
  for (int i = 0; i < 5; ++i) schedule.finished(1, Heard::Nothing, LineTime(0));
  EXPECT_TRUE(schedule.submit(setpoint(1), LineTime(10)));
}

TEST(LineSchedule, ALineThatIsNotThereIsNoFaultOfItsUnits) {
  LineSchedule schedule;
  (void)schedule.submit(poll(2), LineTime(0));
  for (int i = 0; i < 5; ++i) schedule.finished(1, Heard::NoLine, LineTime(0));
  EXPECT_TRUE(schedule.submit(poll(1), LineTime(10)));
}

TEST(LineSchedule, NothingIsBegunTooLate) {
  LineSchedule schedule;
  LineRequest request = setpoint(1);
  request.not_after = LineTime(50);
  const auto id = *schedule.submit(request, LineTime(0));
  const LineSchedule::Step step = schedule.next(LineTime(50));
  ASSERT_TRUE(std::holds_alternative<Refuse>(step));
  EXPECT_EQ(std::get<Refuse>(step).id, id);
  EXPECT_FALSE(schedule.submit(request, LineTime(50)));
}

TEST(LineSchedule, WaitingHasAnEnd) {
  LineSchedule schedule;
  schedule.set_gap(1, 60_s);
  schedule.finished(1, Heard::Unit, LineTime(0));
  const auto id = *schedule.submit(poll(1), LineTime(0));
  const LineSchedule::Step wait = schedule.next(LineTime(0));
  ASSERT_TRUE(std::holds_alternative<WaitUntil>(wait));
  EXPECT_EQ(std::get<WaitUntil>(wait).time, LineTime(5000));
  const LineSchedule::Step step = schedule.next(LineTime(5000));
  ASSERT_TRUE(std::holds_alternative<Refuse>(step));
  EXPECT_EQ(std::get<Refuse>(step).id, id);
}

TEST(LineSchedule, TheQueueIsBounded) {
  LineSchedule schedule(LineLimits{.most_waiting = 2});
  EXPECT_TRUE(schedule.submit(poll(1), LineTime(0)));
  const auto second = schedule.submit(poll(1), LineTime(0));
  EXPECT_THAT(schedule.submit(poll(1), LineTime(0)).error().what, HasSubstr("2 requests wait"));
  schedule.cancel(*second);
  EXPECT_TRUE(schedule.submit(poll(1), LineTime(0)));
}

/// Ten units polled every second, 30 ms each; some of them dead, which takes a time-out of 500 ms each time.
struct Street {
  explicit Street(int dead) : first_alive(dead) {}
  int first_alive;
  LineSchedule schedule;
  std::int64_t worst_delay = 0;
  std::int64_t spent_on_dead = 0;
  std::int64_t polls = 0;

  void run(std::int64_t until) {
    std::vector<std::int64_t> due(10, 0);
    std::map<LineSchedule::Id, std::size_t> waiting;
    std::int64_t now = 0;
    while (now < until) {
      for (std::size_t unit = 0; unit < due.size(); ++unit) submit(due, unit, now, waiting);
      const LineSchedule::Id id = served(schedule, now);
      if (id == 0) {
        now += 5;
        continue;
      }
      const std::size_t unit = waiting.at(id);
      waiting.erase(id);
      const bool alive = static_cast<int>(unit) >= first_alive;
      if (alive) worst_delay = std::max(worst_delay, now - due[unit]);
      polls += alive;
      now += alive ? 30 : 500;
      spent_on_dead += alive ? 0 : 500;
      schedule.finished(static_cast<std::uint8_t>(unit), alive ? Heard::Unit : Heard::Nothing, LineTime(now));
      due[unit] = std::max(due[unit] + 1000, now);
    }
  }
  void submit(std::vector<std::int64_t>& due, std::size_t unit, std::int64_t now,
              std::map<LineSchedule::Id, std::size_t>& waiting) {
    const bool waits = std::ranges::any_of(waiting, [&](const auto& one) { return one.second == unit; });
    if (waits || due[unit] > now) return;
    const auto id = schedule.submit(poll(static_cast<std::uint8_t>(unit), due[unit]), LineTime(now));
    if (id)
      waiting.emplace(*id, unit);
    else
      due[unit] += 1000;
  }
};

TEST(LineSchedule, ADeadUnitDoesNotStarveTheOthers) {
  Street street(1);
  street.run(600'000);
  EXPECT_LE(street.worst_delay, 500 + 9 * 30) << "one time-out, and those that waited with it";
  EXPECT_LE(street.spent_on_dead, 600'000 / 10 + 2000);
  EXPECT_GE(street.polls, 9 * 600 * 99 / 100);
}

TEST(LineSchedule, NorDoThreeDeadOnes) {
  Street street(3);
  street.run(600'000);
  EXPECT_LE(street.worst_delay, 3 * 500 + 7 * 30);
  EXPECT_GE(street.polls, 7 * 600 * 90 / 100);
}

TEST(LineSchedule, EveryRequestIsServedOrRefusedInTime) {
  std::mt19937 random(5);
  std::cout << "seed 5\n";
  LineSchedule schedule;
  std::map<LineSchedule::Id, std::int64_t> since;
  std::map<LineSchedule::Id, std::uint8_t> unit_of;
  for (std::int64_t now = 0; now < 300'000; now += 7) {
    const auto unit = static_cast<std::uint8_t>(random() % 12);
    LineRequest request{unit, random() % 4 == 0 ? Urgency::Setpoint : Urgency::Poll,
                        LineTime(now - static_cast<std::int64_t>(random() % 2000))};
    if (random() % 3 == 0)
      if (const auto id = schedule.submit(request, LineTime(now))) since[*id] = now, unit_of[*id] = unit;
    const LineSchedule::Step step = schedule.next(LineTime(now));
    LineSchedule::Id id = 0;
    if (const auto* serve = std::get_if<Serve>(&step)) id = serve->id;
    if (const auto* refuse = std::get_if<Refuse>(&step)) id = refuse->id;
    if (id == 0) continue;
    ASSERT_LE(now - since.at(id), 5000 + 7 * 64);
    since.erase(id);
    if (std::holds_alternative<Serve>(step))
      schedule.finished(unit_of.at(id), random() % 5 == 0 ? Heard::Nothing : Heard::Unit, LineTime(now));
  }
  EXPECT_LE(schedule.waiting(), 64U);
}

}  // namespace
}  // namespace balans
