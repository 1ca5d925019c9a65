// The rule from a limit to registers, over every device file: what is written is never more than the limit.

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "common/io/device_file/device_file.hpp"
#include "common/registers/field.hpp"
#include "common/registers/installed.hpp"
#include "common/registers/limit.hpp"

namespace balans {
namespace {

constexpr Watts kRated = 7300_W;

struct Rule {
  std::string name;
  LimitSpec spec;
};

std::vector<Rule> rules() {
  std::vector<Rule> found;
  for (const auto& entry : std::filesystem::recursive_directory_iterator("config/devices")) {
    if (entry.path().extension() != ".yaml") continue;
    const auto loaded = load_device(entry.path());
    if (!loaded) continue;  // the vectors' test says so
    const auto device = installed(*loaded, {1, 16_A});
    if (!device || !device->control) continue;
    if (device->control->draw) found.push_back({device->name + " draw", *device->control->draw});
    if (device->control->feed) found.push_back({device->name + " feed", *device->control->feed});
  }
  return found;
}

/// What the device makes of the words that are written, base units.
std::int64_t understood(const LimitSpec& spec, std::int64_t value) {
  if (!spec.levels.empty()) return value;
  const Field field = readable(spec.field);
  const int factor = spec.field.shown_scale_factor;
  const auto words = words_for(field, value, factor, Rounding::Smaller);
  EXPECT_TRUE(words.ok()) << words.error().message();
  if (!words) return 0;
  RegisterMemory memory;
  memory.put(field.function, field.address, *words);
  if (field.scale_factor) {
    const std::uint16_t exponent = static_cast<std::uint16_t>(factor);
    memory.put(field.function, *field.scale_factor, std::span(&exponent, 1));
  }
  const auto number = number_at(field, memory);
  EXPECT_TRUE(number.ok()) << number.error().message();
  return number ? *number : 0;
}

bool is_level(const LimitSpec& spec, std::int64_t value) {
  return std::any_of(spec.levels.begin(), spec.levels.end(), [&](const auto& level) { return level.current == value; });
}

void check(const Rule& rule, int phases) {
  std::int64_t before = 0;
  for (std::int64_t ma = 0; ma <= 70'000; ma += 37) {
    const PlannedLimit planned = plan_limit(rule.spec, Milliamps(ma), phases, kRated);
    const std::int64_t value = understood(rule.spec, planned.value);
    ASSERT_LE(setpoint_of(rule.spec, value, phases, kRated).current, Milliamps(ma)) << rule.name << " at " << ma;
    ASSERT_LE(value, planned.value) << rule.name << " at " << ma;
    ASSERT_GE(value, before) << rule.name << " at " << ma << ": more limit, less power";
    if (rule.spec.levels.empty())
      ASSERT_TRUE(planned.value == 0 || (value >= rule.spec.min && value <= rule.spec.max))
          << rule.name << " at " << ma << ": " << value << " is between 0 and the minimum, or above the maximum";
    else
      ASSERT_TRUE(is_level(rule.spec, value)) << rule.name << " at " << ma;
    before = value;
  }
}

TEST(LimitRule, NeverAboveTheLimitNeverBetweenZeroAndTheMinimumAndMonotone) {
  const std::vector<Rule> all = rules();
  ASSERT_FALSE(all.empty());
  for (const Rule& rule : all)
    for (int phases = 1; phases <= 3; ++phases) check(rule, phases);
}

TEST(LimitRule, ZeroIsAlwaysAPause) {
  for (const Rule& rule : rules())
    for (int phases = 1; phases <= 3; ++phases)
      EXPECT_EQ(plan_limit(rule.spec, Milliamps(), phases, kRated).value, 0) << rule.name;
}

TEST(LimitRule, EveryFileCanDoSomethingAtItsLargest) {
  for (const Rule& rule : rules()) EXPECT_GT(plan_limit(rule.spec, 1000_A, 3, kRated).value, 0) << rule.name;
}

}  // namespace
}  // namespace balans
