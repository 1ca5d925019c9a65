// A real feeder's day through trust: its phases repeat their values for minutes on end, and that is no frozen meter.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "trafo/core/trust.hpp"

namespace balans {
namespace {

std::vector<std::string> cells_of(const std::string& line) {
  std::vector<std::string> cells;
  std::string cell;
  std::istringstream stream(line);
  while (std::getline(stream, cell, ',')) {
    if (cell.ends_with('\r')) cell.pop_back();
    cells.push_back(cell);
  }
  return cells;
}

/// What each minute of the day brings.
struct Minute {
  PerPhase<Milliamps> current;
  Watts power;
};

class FeederDay : public testing::Test {
 protected:
  void SetUp() override {
    const char* named = std::getenv("BALANS_DATA_DIR");
    const std::filesystem::path folder = std::filesystem::path(named ? named : "../shared/data") / "eu_lv_feeder";
    if (!std::filesystem::is_directory(folder)) GTEST_SKIP() << "the shared data is not on this machine";
    read(folder);
    ASSERT_EQ(minutes.size(), 1440U);
  }

  void read(const std::filesystem::path& folder) {
    std::vector<Phase> phases;
    std::ifstream loads(folder / "loads.csv");
    std::string line;
    std::getline(loads, line);
    while (std::getline(loads, line)) phases.push_back(kPhases[std::stoul(cells_of(line).at(3)) - 1]);
    std::ifstream profiles(folder / "load_profiles.csv");
    std::getline(profiles, line);
    while (std::getline(profiles, line)) minutes.push_back(minute_of(cells_of(line), phases));
  }

  static Minute minute_of(const std::vector<std::string>& cells, const std::vector<Phase>& phases) {
    Minute minute;
    for (std::size_t i = 0; i < phases.size(); ++i) {
      const double watts = std::stod(cells.at(i + 1)) * 1000;
      minute.power += Watts(std::lround(watts));
      minute.current[phases[i]] += Milliamps(std::lround(watts / 0.95 / 230 * 1000));
    }
    return minute;
  }

  std::vector<Minute> minutes;
};

/// A meter with an energy counter of 10 Wh, a frequency and voltages that live.
class LivingMeter {
 public:
  MeterSample poll(BootTime now, const Minute& minute) {
    milliwatt_seconds_ += minute.power.count() * 1000;
    MeterSample sample;
    sample.taken = now;
    sample.current = minute.current;
    sample.power = minute.power;
    sample.energy_import = WattHours(milliwatt_seconds_ / 3'600'000 / 10 * 10);
    const std::int64_t second = now.ms() / 1000;
    const std::int64_t millihertz = 49'950 + second * 7 % 100 / 10 * 10;
    sample.voltage = PerPhase<Millivolts>::all(Millivolts(229'000 + second * 13 % 50 * 100));
    sample.life = static_cast<std::uint64_t>(millihertz) ^ static_cast<std::uint64_t>(second * 13 % 50) << 20 ^
                  static_cast<std::uint64_t>(sample.energy_import->count()) << 32;
    return sample;
  }

 private:
  std::int64_t milliwatt_seconds_ = 0;
};

Expected expectation() {
  Expected expected;
  expected.limit = PerPhase<Milliamps>::all(145_A);
  return expected;
}

TEST_F(FeederDay, IsNeverCalledFrozenNorDoubted) {
  LivingMeter meter;
  MeterTrust trust;
  BootTime now{1'000'000};
  for (std::size_t m = 0; m < minutes.size(); ++m)
    for (int second = 0; second < 60; ++second) {
      now = now + 1_s;
      trust = judge(expectation(), std::move(trust), meter.poll(now, minutes[m]), now);
      ASSERT_EQ(trust.quality, MeterQuality::Good) << "minute " << m << ": " << trust.doubt;
    }
}

TEST_F(FeederDay, RepeatsItsCurrentsForLongerThanAFrozenMeterIsWaitedFor) {
  std::size_t longest = 1, current = 1;
  for (std::size_t m = 1; m < minutes.size(); ++m) {
    bool same = false;  // any phase, as a meter that shows one would see it
    for (Phase p : kPhases) same = same || minutes[m].current[p] == minutes[m - 1].current[p];
    current = same ? current + 1 : 1;
    longest = std::max(longest, current);
  }
  EXPECT_GE(longest, 2U) << "then the day proves nothing";
}

TEST_F(FeederDay, IsCalledFrozenWhenNothingChangesAnyMore) {
  LivingMeter meter;
  MeterTrust trust;
  BootTime now{1'000'000};
  for (int second = 0; second < 30; ++second) {
    now = now + 1_s;
    trust = judge(expectation(), std::move(trust), meter.poll(now, minutes[0]), now);
  }
  MeterSample same = meter.poll(now, minutes[0]);
  for (int second = 0; second < 11; ++second) {
    now = now + 1_s;
    same.taken = now;
    trust = judge(expectation(), std::move(trust), same, now);
  }
  EXPECT_EQ(trust.quality, MeterQuality::Frozen);
}

}  // namespace
}  // namespace balans
