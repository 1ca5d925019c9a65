#include "trafo/shell/thermal_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/io/runtime/files.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/temp_folder.hpp"

namespace balans {
namespace {

using ::testing::HasSubstr;

/// A manual clock that somebody has yet to synchronise.
class UnsureClock final : public Clock {
 public:
  void advance(Millis by) { clock_.advance(by); }
  void synchronise() { synchronised_ = true; }
  [[nodiscard]] BootTime boot() const override { return clock_.boot(); }
  [[nodiscard]] UnixTime utc() const override { return clock_.utc(); }
  [[nodiscard]] std::optional<UnixTime> utc_if_synchronised() const override {
    return synchronised_ ? clock_.utc_if_synchronised() : std::nullopt;
  }
  [[nodiscard]] std::chrono::nanoseconds wall(Millis duration) const override { return clock_.wall(duration); }

 private:
  test::ManualClock clock_;
  bool synchronised_ = false;
};

RatingPlan plan_of(RatingMode mode) {
  RatingSettings settings;
  settings.mode = mode;
  settings.rated = 362_A;
  return *plan_rating(settings);
}

class ThermalFileTest : public testing::Test {
 protected:
  void SetUp() override {
    auto log = EventLog::open(folder_ / "events.jsonl", clock_);
    ASSERT_TRUE(log);
    log_ = std::move(*log);
  }
  [[nodiscard]] RatingInput input() const { return {clock_.boot(), std::nullopt, std::nullopt, std::nullopt}; }
  /// A tick; nothing but the rating's part of it.
  void tick(ThermalFile& file, std::optional<RatingMemory>& memory) {
    file.resume(input(), clock_.utc_if_synchronised(), memory);
    if (!memory) memory = start_rating(plan_, input());
    (void)rate(plan_, input(), *memory);
    file.save_if_due(*memory);
  }
  ThermalFile open() { return ThermalFile(path_, plan_, clock_, *log_); }
  [[nodiscard]] std::optional<SavedThermal> on_disk() const {
    const auto text = read_small_file(path_);
    if (!text) return std::nullopt;
    const auto saved = decode_saved_thermal(*text);
    EXPECT_TRUE(saved) << saved.error().message();
    return saved ? std::optional(*saved) : std::nullopt;
  }
  [[nodiscard]] std::string events() const { return *read_small_file(folder_ / "events.jsonl"); }
  /// As an earlier run with a synchronised clock would leave it, an hour into its cold start.
  void leave_a_state() {
    RatingMemory memory = start_rating(plan_, input());
    memory.state.top_oil_c = 71;
    memory.cold_until = clock_.boot();
    ASSERT_TRUE(
        replace_file(path_, encode(save(memory, clock_.utc(), ClockState::Synchronised)), FileMode::Private).ok());
  }

  test::TempFolder folder_;
  UnsureClock clock_;
  std::unique_ptr<EventLog> log_;
  std::filesystem::path path_ = folder_ / "thermal.json";
  RatingPlan plan_ = plan_of(RatingMode::Dynamic);
};

TEST_F(ThermalFileTest, IsWrittenAtOnceAndThenOnlyWhenItIsWorthIt) {
  clock_.synchronise();
  ThermalFile file = open();
  std::optional<RatingMemory> memory;
  tick(file, memory);
  ASSERT_TRUE(on_disk());
  const UnixTime first = on_disk()->at;

  clock_.advance(ThermalFile::kLookEvery);
  tick(file, memory);
  EXPECT_EQ(on_disk()->at, first) << "at rest the card is spared";
  clock_.advance(ThermalFile::kSaveEvery - ThermalFile::kLookEvery);
  tick(file, memory);
  EXPECT_EQ(on_disk()->at, first + ThermalFile::kSaveEvery);

  clock_.advance(ThermalFile::kLookEvery);
  memory->state.top_oil_c += 2;
  tick(file, memory);
  EXPECT_EQ(on_disk()->at, first + ThermalFile::kSaveEvery + ThermalFile::kLookEvery) << "it has moved";
}

TEST_F(ThermalFileTest, WhatWasSavedAtTheEndIsTakenUpAtTheStart) {
  clock_.synchronise();
  std::optional<RatingMemory> memory;
  {
    ThermalFile file = open();
    tick(file, memory);
    memory->state.top_oil_c = 66;
    file.save_at_end(*memory);
  }
  clock_.advance(10_s);
  ThermalFile file = open();
  std::optional<RatingMemory> resumed;
  tick(file, resumed);
  EXPECT_NEAR(resumed->state.top_oil_c, 66, 0.1);
  EXPECT_LT(resumed->cold_until, memory->cold_until + 10_s) << "the rest of the cold start goes on";
  EXPECT_THAT(events(), HasSubstr(R"("event":"thermal-state-resumed","gap_ms":10000)"));
}

TEST_F(ThermalFileTest, ASavedStateWaitsForTheClockAndIsNotWrittenOverMeanwhile) {
  leave_a_state();
  ThermalFile file = open();
  std::optional<RatingMemory> memory;
  for (int minute = 0; minute < 10; ++minute) {
    tick(file, memory);
    clock_.advance(60_s);
  }
  EXPECT_EQ(on_disk()->top_oil, MilliCelsius(71'000));
  EXPECT_GT(memory->cold_until, clock_.boot()) << "until then it is a cold start";

  clock_.synchronise();
  tick(file, memory);
  EXPECT_THAT(events(), HasSubstr("thermal-state-resumed"));
  EXPECT_EQ(events().find("thermal-state-waits"), events().rfind("thermal-state-waits")) << "said once";
  EXPECT_LE(memory->cold_until, clock_.boot());
  EXPECT_EQ(on_disk()->at, clock_.utc());
}

TEST_F(ThermalFileTest, AtTheEndToo) {
  leave_a_state();
  ThermalFile file = open();
  std::optional<RatingMemory> memory;
  tick(file, memory);
  file.save_at_end(*memory);
  EXPECT_EQ(on_disk()->top_oil, MilliCelsius(71'000));
}

TEST_F(ThermalFileTest, BeyondTheColdStartItIsTooOld) {
  leave_a_state();
  ThermalFile file = open();
  std::optional<RatingMemory> memory;
  tick(file, memory);
  clock_.advance(9 * 60_min);
  clock_.synchronise();
  tick(file, memory);
  EXPECT_THAT(events(),
              HasSubstr(R"("event":"thermal-state-refused","error":"the clock was not synchronised in time")"));
  EXPECT_EQ(on_disk()->at, clock_.utc()) << "from now on the new state is saved";
}

TEST_F(ThermalFileTest, AStateOfAFreeClockDoesNotCount) {
  {
    ThermalFile file = open();
    std::optional<RatingMemory> memory;
    tick(file, memory);
    file.save_at_end(*memory);
  }
  clock_.synchronise();
  ThermalFile file = open();
  std::optional<RatingMemory> memory;
  tick(file, memory);
  EXPECT_THAT(events(), HasSubstr("it was saved by a clock that was not synchronised"));
  EXPECT_EQ(on_disk()->clock, ClockState::Synchronised);
}

TEST_F(ThermalFileTest, ADamagedFileIsAColdStartAndIsSaid) {
  ASSERT_TRUE(replace_file(path_, "{", FileMode::Private).ok());
  clock_.synchronise();
  ThermalFile file = open();
  EXPECT_THAT(events(), HasSubstr("thermal-state-refused"));
  std::optional<RatingMemory> memory;
  tick(file, memory);
  EXPECT_GT(memory->cold_until, clock_.boot());
  EXPECT_TRUE(on_disk());
}

}  // namespace
}  // namespace balans
