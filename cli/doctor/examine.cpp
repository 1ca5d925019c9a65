#include <fmt/format.h>

#include "cli/doctor/checks.hpp"

namespace balans::cli {
namespace {

constexpr std::int64_t kMinute = 60, kHour = 3600, kDay = 86'400;

Finding is_anything_here(const Services& services) {
  if (services.empty()) return failure("configuration: none in /etc/balans, so nothing runs here", "sudo balans init");
  std::string names;
  for (const Service& service : services) names += (names.empty() ? "" : ", ") + service.name;
  return ok("configuration: of " + names);
}

}  // namespace

std::string shown_age(Millis age) {
  const std::int64_t seconds = age.count() / 1000;
  if (seconds < 2 * kMinute) return fmt::format("{} s", seconds);
  if (seconds < 2 * kHour) return fmt::format("{} min", seconds / kMinute);
  if (seconds < 2 * kDay) return fmt::format("{} h", seconds / kHour);
  return fmt::format("{} days", seconds / kDay);
}

std::string shown_size(std::uint64_t bytes) {
  if (bytes < 1'000'000) return fmt::format("{} kB", (bytes + 999) / 1000);
  if (bytes < 10'000'000'000) return fmt::format("{} MB", bytes / 1'000'000);
  return fmt::format("{} GB", bytes / 1'000'000'000);
}

Findings examine(const Machine& machine) {
  const Services services = services_of(machine);
  Findings all{is_anything_here(services)};
  if (!machine.is_root())
    all.push_back(warning("not run as root: keys and some files cannot be read", "sudo balans doctor"));
  for (const Service& service : services)
    if (service.trouble)
      all.push_back(failure("configuration: " + service.trouble->message(), "sudo editor " + service.config.string()));
  append(all, check_services(machine, services));
  append(all, check_clock(machine));
  append(all, check_certificates(machine, services));
  append(all, check_broker(machine, services));
  append(all, check_keys(machine, services));
  append(all, check_states(machine, services));
  append(all, check_outboxes(machine, services));
  append(all, check_set_aside(machine, services));
  append(all, check_disk(machine));
  append(all, check_versions(machine, services));
  append(all, check_hardware(machine));
  return all;
}

}  // namespace balans::cli
