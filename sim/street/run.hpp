#pragma once
// Runs a street: paced by a clock with its servers open, or as fast as possible without any.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "common/io/clock/clock.hpp"
#include "sim/street/summary.hpp"

namespace balans::sim {

struct PacedFiles {
  std::optional<std::filesystem::path> ports;
  std::optional<std::filesystem::path> truth;
};

/// When, on a clock, the street's local time is what.
struct StreetTime {
  BootTime boot;
  LocalTime local;

  [[nodiscard]] LocalTime local_at(BootTime at) const { return local + (at - boot); }
  [[nodiscard]] BootTime boot_at(LocalTime at) const { return boot + (at - local); }
};

/// Until the minutes are over, SIGTERM or SIGINT. Reads commands from standard input and answers each on standard
/// output with {"line":n,"ok":true} or {"line":n,"ok":false,"error":"…"}.
Result<boost::json::object> run_paced(StreetSetup setup, const StreetOptions& options, const Clock& clock,
                                      const StreetTime& time, std::int64_t speed, const PacedFiles& files);

/// No sockets, no clock: only for the uncontrolled policy, which needs neither.
boost::json::object run_unpaced(StreetSetup setup, const StreetOptions& options);

}  // namespace balans::sim
