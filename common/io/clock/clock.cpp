#include "common/io/clock/clock.hpp"

#include <sys/timex.h>
#include <time.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "common/check.hpp"

namespace balans {
namespace {

std::chrono::nanoseconds read(clockid_t id) {
  timespec now{};
  BALANS_CHECK(clock_gettime(id, &now) == 0);
  return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

std::int64_t whole_ms(std::chrono::nanoseconds time) { return time.count() / 1'000'000; }

/// No loop waits longer than this, and no sum of nanoseconds overflows.
constexpr Millis kLongestWait = Millis(86'400'000);

Millis bounded(Millis duration) { return std::clamp(duration, Millis(0), kLongestWait); }

bool kernel_says_synchronised() {
  timex query{};  // modes = 0: only asks
  const int state = adjtimex(&query);
  return state >= 0 && state != TIME_ERROR && (query.status & STA_UNSYNC) == 0;
}

}  // namespace

BootTime SystemClock::boot() const { return BootTime(whole_ms(read(CLOCK_BOOTTIME))); }

UnixTime SystemClock::utc() const { return UnixTime(whole_ms(read(CLOCK_REALTIME))); }

std::optional<UnixTime> SystemClock::utc_if_synchronised() const {
  return kernel_says_synchronised() ? std::optional(utc()) : std::nullopt;
}

std::chrono::nanoseconds SystemClock::wall(Millis duration) const {
  return std::chrono::milliseconds(bounded(duration).count());
}

#ifdef BALANS_SIM_CLOCK

namespace {

std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<std::array<std::int64_t, 3>> three_numbers(std::string_view text) {
  std::array<std::int64_t, 3> numbers{};
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const std::size_t colon = text.find(':');
    const bool last = i + 1 == numbers.size();
    if (last != (colon == std::string_view::npos)) return std::nullopt;
    const auto number = whole_number(text.substr(0, colon));
    if (!number) return std::nullopt;
    numbers[i] = *number;
    if (!last) text.remove_prefix(colon + 1);
  }
  return numbers;
}

constexpr std::int64_t kMaxSpeed = 30;
constexpr std::int64_t kMaxUtcMs = 32'503'680'000'000;  // the year 3000
constexpr std::int64_t kMaxBootMs = 100'000'000'000;    // three years

}  // namespace

Result<ScaledClock::Settings> ScaledClock::parse(std::string_view text) {
  const auto numbers = three_numbers(text);
  if (!numbers) return Error{"--sim-clock", "'" + std::string(text) + "' is not SPEED:UTC0_MS:BOOT0_MS"};
  const auto [speed, utc0, boot0] = *numbers;
  if (speed < 1 || speed > kMaxSpeed)
    return Error{"--sim-clock", "speed " + std::to_string(speed) + " is outside 1.." + std::to_string(kMaxSpeed)};
  if (utc0 < 0 || utc0 > kMaxUtcMs) return Error{"--sim-clock", "UTC0_MS is not a time before the year 3000"};
  if (boot0 < 0 || boot0 > kMaxBootMs) return Error{"--sim-clock", "BOOT0_MS is not a time since boot"};
  return Settings{speed, UnixTime(utc0), BootTime(boot0)};
}

ScaledClock::ScaledClock(const Settings& settings) : settings_(settings) {}

BootTime ScaledClock::boot() const { return BootTime(whole_ms(read(CLOCK_BOOTTIME) * settings_.speed)); }

UnixTime ScaledClock::utc() const {
  const auto since = read(CLOCK_BOOTTIME) - std::chrono::milliseconds(settings_.boot0.ms());
  return settings_.utc0 + Millis(whole_ms(since * settings_.speed));
}

std::optional<UnixTime> ScaledClock::utc_if_synchronised() const { return utc(); }

std::chrono::nanoseconds ScaledClock::wall(Millis duration) const {
  // Rounded up: who waits this long has waited long enough.
  const std::int64_t ns = bounded(duration).count() * 1'000'000;
  return std::chrono::nanoseconds((ns + settings_.speed - 1) / settings_.speed);
}

#endif

Result<std::unique_ptr<Clock>> make_clock(const std::optional<std::string>& sim_clock) {
  if (!sim_clock) return std::unique_ptr<Clock>(std::make_unique<SystemClock>());
#ifdef BALANS_SIM_CLOCK
  auto settings = ScaledClock::parse(*sim_clock);
  if (!settings.ok()) return settings.error();
  return std::unique_ptr<Clock>(std::make_unique<ScaledClock>(*settings));
#else
  return Error{"--sim-clock", "this program was built without the scaled clock"};
#endif
}

}  // namespace balans
