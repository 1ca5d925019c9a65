// Clock, watchdog, memory, heat and supply of the machine itself.

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "cli/doctor/checks.hpp"
#include "common/io/pki/authority.hpp"

namespace balans::cli {
namespace {

constexpr std::int64_t kWarmMilli = 75'000;
constexpr std::int64_t kHotMilli = 82'000;  ///< a Pi slows down from here on
constexpr std::int64_t kLittleMemoryPercent = 10;
constexpr std::int64_t kHexWord = 16;

std::optional<std::int64_t> number_of(std::string_view text, int base = 10) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  return error == std::errc() && end != text.data() ? std::optional(value) : std::nullopt;
}

Finding power_cut(const Machine& machine) {
  if (const std::string name = machine.text("/sys/class/rtc/rtc0/name"); !name.empty())
    return ok("clock: goes on without power: " + name);
  if (machine.has("/sbin/fake-hwclock") || machine.has("/usr/sbin/fake-hwclock") ||
      machine.has("/etc/fake-hwclock.data"))
    return ok("clock: fake-hwclock keeps roughly the time over a restart");
  return warning("clock: starts in the past after a power cut", "sudo apt-get install fake-hwclock");
}

// ---- watchdog ----

std::optional<Finding> watchdog(const Machine& machine) {
  const auto dogs = machine.names("/sys/class/watchdog");
  if (dogs.empty() && !machine.has("/dev/watchdog")) return std::nullopt;
  const std::string name = dogs.empty() ? "" : machine.text("/sys/class/watchdog/" + dogs.front() + "/identity");
  const std::string called = name.empty() ? "there is one" : name;
  const std::string said = machine.run({"systemctl", "show", "--value", "--property=RuntimeWatchdogUSec"}).text;
  if (said.empty()) return ok("hardware watchdog: " + called);
  if (said != "0" && said != "infinity") return ok(fmt::format("hardware watchdog: {}, fed every {}", called, said));
  return warning(fmt::format("hardware watchdog: {}, and nobody uses it: a machine that hangs stays so", called),
                 "sudo install -D -m 644 /usr/share/balans/host/hardware-watchdog.conf "
                 "/etc/systemd/system.conf.d/50-balans.conf && sudo systemctl daemon-reexec");
}

// ---- memory ----

std::optional<std::int64_t> kilobytes(const std::string& meminfo, std::string_view key) {
  const std::size_t at = meminfo.find(key);
  if (at == std::string::npos) return std::nullopt;
  const std::size_t digit = meminfo.find_first_of("0123456789", at);
  return digit == std::string::npos ? std::nullopt : number_of(std::string_view(meminfo).substr(digit));
}

std::optional<Finding> memory(const Machine& machine) {
  const std::string info = machine.text("/proc/meminfo");
  const auto total = kilobytes(info, "MemTotal:"), available = kilobytes(info, "MemAvailable:");
  if (!total || !available || *total == 0) return std::nullopt;
  const std::int64_t percent = *available * 100 / *total;
  const std::string text = fmt::format("memory: {} MB of {} MB available", *available / 1024, *total / 1024);
  if (percent >= kLittleMemoryPercent) return ok(text);
  return warning(text, "ps -eo rss,comm --sort=-rss | head");
}

// ---- heat and supply ----

std::optional<Finding> temperature(const Machine& machine) {
  std::optional<std::int64_t> warmest;
  for (const std::string& zone : machine.names("/sys/class/thermal"))
    if (zone.starts_with("thermal_zone"))
      if (const auto milli = number_of(machine.text("/sys/class/thermal/" + zone + "/temp")))
        warmest = std::max(warmest.value_or(*milli), *milli);
  if (!warmest) return std::nullopt;
  const std::string text = fmt::format("temperature: {} °C", *warmest / 1000);
  if (*warmest >= kHotMilli) return failure(text + ": it slows down", "give the box air, or the processor a heat sink");
  if (*warmest >= kWarmMilli) return warning(text, "give the box air, or the processor a heat sink");
  return ok(text);
}

/// A Pi tells when its supply gave less than 4.63 V: now, and since it was started.
std::optional<Finding> supply_voltage(const Machine& machine) {
  constexpr std::int64_t kNow = 1, kSinceStart = 1 << 16;
  std::string_view digits;
  const std::string word = machine.text("/sys/devices/platform/soc/soc:firmware/get_throttled");
  digits = word;
  if (digits.starts_with("0x")) digits.remove_prefix(2);
  std::optional<std::int64_t> bits = number_of(digits, kHexWord);
  for (const std::string& monitor : machine.names("/sys/class/hwmon"))
    if (machine.text("/sys/class/hwmon/" + monitor + "/name") == "rpi_volt")
      if (const auto alarm = number_of(machine.text("/sys/class/hwmon/" + monitor + "/in0_lcrit_alarm")))
        bits = bits.value_or(0) | (*alarm != 0 ? kNow : 0);
  if (!bits) return std::nullopt;
  const char* remedy = "a power supply of 5.1 V and 3 A or more, on a short cable";
  if ((*bits & kNow) != 0) return failure("supply: less than 4.63 V now", remedy);
  if ((*bits & kSinceStart) != 0) return warning("supply: was below 4.63 V since the machine was started", remedy);
  return ok("supply: never too low since the machine was started");
}

}  // namespace

Findings check_clock(const Machine& machine) {
  Findings findings;
  if (machine.now() < pki::kNoEarlierThan)
    findings.push_back(failure("clock: is wrong by years", "sudo date --set 'YYYY-MM-DD hh:mm'"));
  if (machine.synchronised()) {
    findings.push_back(ok("clock: synchronised"));
  } else {
    const std::string ntp = machine.run({"timedatectl", "show", "--property=NTP", "--value"}).text;
    const char* remedy =
        ntp == "yes" ? "timedatectl timesync-status (does it reach a time server?)" : "sudo timedatectl set-ntp true";
    findings.push_back(warning("clock: nothing sets it, so limits with a time of day hold all day", remedy));
  }
  findings.push_back(power_cut(machine));
  return findings;
}

Findings check_hardware(const Machine& machine) {
  Findings findings;
  for (auto* look : {watchdog, memory, temperature, supply_voltage})
    if (auto found = look(machine)) findings.push_back(*std::move(found));
  return findings;
}

}  // namespace balans::cli
