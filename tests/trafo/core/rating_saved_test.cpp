// The thermal state across a restart.

#include <gtest/gtest.h>

#include "tests/trafo/core/rating_bench.hpp"
#include "trafo/core/saved_thermal.hpp"

namespace balans {
namespace {

constexpr UnixTime kNoon{1'790'000'000'000};
constexpr Millis kHour = Millis(3'600'000);

/// A controller that has run for a day, and the one that follows it.
class Restart : public testing::Test {
 protected:
  Restart() {
    before.settle(0.5);
    before.set_load(300_A);
    before.run_for(kHour * 24);
    saved = save(before.memory, kNoon, ClockState::Synchronised);
    after.input.now = BootTime(5'000);
    after.set_ambient(10);
    after.memory = start_rating(after.plan, after.input);
  }
  Resumed resume(std::optional<UnixTime> unix_now) {
    return resume_rating(after.plan, after.input, unix_now, saved, after.memory);
  }

  RatingBench before{bench_settings(), 10};
  RatingBench after{bench_settings(), 10};
  SavedThermal saved;
};

TEST_F(Restart, GoesOnWhereItWas) {
  ASSERT_EQ(resume(kNoon), Resumed::Yes);
  EXPECT_NEAR(after.memory.state.top_oil_c, before.memory.state.top_oil_c, 0.001);
  EXPECT_GE(after.memory.state.top_oil_c, before.memory.state.top_oil_c) << "rounded to the warm side";
  for (Phase p : kPhases) {
    EXPECT_NEAR(after.memory.state.hot_spot_c(p), before.memory.state.hot_spot_c(p), 0.003);
    EXPECT_GE(after.memory.state.hot_spot_c(p), before.memory.state.hot_spot_c(p));
  }
  EXPECT_NEAR(after.memory.ageing.last_day(), before.memory.ageing.last_day(), 1e-6);
  EXPECT_GT(after.tick().normal.smallest(), 400_A) << "no cold start";
}

TEST_F(Restart, RunsTheGapAtRatedCurrentAndTheDesignMaximum) {
  ASSERT_EQ(resume(UnixTime(kNoon.ms() + 2 * kHour.count())), Resumed::Yes);
  const ThermalState expected =
      step(after.plan.settings.thermal, before.memory.state, {PerPhase<double>::all(1.0), 35}, 120);
  EXPECT_NEAR(after.memory.state.top_oil_c, expected.top_oil_c, 0.001);
  EXPECT_NEAR(after.memory.state.hottest_c(), expected.hottest_c(), 0.003);
  EXPECT_GT(after.memory.ageing.last_day(), before.memory.ageing.last_day());
}

TEST_F(Restart, AfterALongGapIsWarmAndHasAgedForADayOnly) {
  ASSERT_EQ(resume(UnixTime(kNoon.ms() + 1000 * kHour.count())), Resumed::Yes);
  EXPECT_NEAR(after.memory.state.hottest_c(), 35 + 55 + 23, 1e-6);
  EXPECT_NEAR(after.memory.ageing.last_day(), ageing_rate(Paper::Normal, 113), 1e-6);
}

TEST_F(Restart, IgnoresAStateOfAClockThatWasNotSynchronised) {
  saved.clock = ClockState::Free;
  EXPECT_EQ(resume(kNoon), Resumed::ClockWasFree);
  EXPECT_EQ(after.memory.state.top_oil_c, 65);
  EXPECT_EQ(after.tick().bound, RatingBound::ColdStart);
}

TEST_F(Restart, WaitsUntilItsOwnClockIsSynchronised) {
  EXPECT_EQ(resume(std::nullopt), Resumed::ClockIsFree);
  after.run_for(5_min);
  EXPECT_EQ(after.last.bound, RatingBound::ColdStart);
  EXPECT_EQ(resume(UnixTime(kNoon.ms() + 300'000)), Resumed::Yes);
  EXPECT_NE(after.tick().bound, RatingBound::ColdStart);
}

TEST_F(Restart, IgnoresAStateFromTheFuture) {
  EXPECT_EQ(resume(UnixTime(kNoon.ms() - 1)), Resumed::FromTheFuture);
  EXPECT_EQ(after.memory.state.top_oil_c, 65);
}

TEST_F(Restart, DoesNotEndAColdStartEarly) {
  before.memory.cold_until = before.input.now + kHour * 4;
  saved = save(before.memory, kNoon, ClockState::Synchronised);
  ASSERT_EQ(resume(UnixTime(kNoon.ms() + kHour.count())), Resumed::Yes);
  EXPECT_EQ(after.memory.cold_until, after.input.now + kHour * 3);
}

TEST_F(Restart, TheSavedStateIsTheSameAfterItsWayThroughText) {
  const std::string text = encode(saved);
  const Result<SavedThermal> read = decode_saved_thermal(text);
  ASSERT_TRUE(read.ok()) << read.error().message();
  EXPECT_EQ(*read, saved);
  EXPECT_EQ(encode(*read), text);
  EXPECT_EQ(text.substr(0, 57), R"({"version":1,"at_ms":1790000000000,"clock":"synchronised")");
}

TEST_F(Restart, EvenTheWorstStateCanBeSavedAndReadAgain) {
  before.set_load(100'000_A);
  before.set_ambient(79);
  before.run_for(kHour * 30, 60_s);
  saved = save(before.memory, kNoon, ClockState::Free);
  const Result<SavedThermal> read = decode_saved_thermal(encode(saved));
  ASSERT_TRUE(read.ok()) << read.error().message();
  EXPECT_EQ(*read, saved);
}

TEST_F(Restart, AStateOfANewerVersionIsRefusedByItsNumber) {
  std::string text = encode(saved);
  const std::string mark = "\"version\":1";
  ASSERT_NE(text.find(mark), std::string::npos);
  std::string newer = text;
  newer.replace(newer.find(mark), mark.size(), "\"version\":2,\"new_in_2\":1");
  EXPECT_EQ(decode_saved_thermal(newer).error().message(),
            "thermal state: is of version 2; this program knows up to 1");
  text.replace(text.find(mark), mark.size() + 1, "");
  EXPECT_TRUE(decode_saved_thermal(text).ok()) << "what was written before there were versions is read";
}

TEST_F(Restart, WhatIsWrongInASavedStateIsNamed) {
  const std::string text = encode(saved);
  const auto refusal = [&](const std::string& from, const std::string& to) {
    std::string changed = text;
    const std::size_t at = changed.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    changed.replace(at, from.size(), to);
    const Result<SavedThermal> read = decode_saved_thermal(changed);
    return read.ok() ? "" : read.error().message();
  };
  EXPECT_EQ(refusal("\"clock\":\"synchronised\"", "\"clock\":\"good\""),
            "thermal.clock: 'good' is neither 'synchronised' nor 'free'");
  EXPECT_EQ(refusal("\"top_oil_mc\":", "\"top_oil_mc\":-9"),
            "thermal.top_oil_mc: -9" + std::to_string(saved.top_oil.count()) + " is outside -100000..100000000");
  EXPECT_EQ(refusal("\"slow_gradient_mk\":[0,", "\"slow_gradient_mk\":[-1,"),
            "thermal.slow_gradient_mk[0]: -1 is outside 0..100000000");
  EXPECT_EQ(refusal("\"slow_gradient_mk\":[0,", "\"slow_gradient_mk\":["),
            "thermal.slow_gradient_mk: expected 3 integers, got 2");
  EXPECT_EQ(refusal("\"at_ms\":", "\"at_ms\":0.5,\"x\":"),
            "thermal.at_ms: expected an integer, got a number with fraction, exponent or more than 64 bits");
  EXPECT_EQ(refusal("\"cold_for_ms\"", "\"cold\""), "thermal.cold_for_ms: missing");
  EXPECT_FALSE(decode_saved_thermal("{").ok());
  EXPECT_FALSE(decode_saved_thermal(std::string(20'000, ' ')).ok());
}

}  // namespace
}  // namespace balans
