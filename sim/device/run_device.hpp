#pragma once
// Serves a virtual device until it is told to stop.

#include <optional>
#include <string>
#include <vector>

#include "common/io/clock/clock.hpp"
#include "sim/device/served_device.hpp"

namespace balans::sim {

struct RunDeviceOptions {
  std::vector<DeviceModelSetup> sockets;
  ServedOver over;
  std::optional<CarNeed> car;          ///< plugged into each socket at the start
  LocalTime start;                     ///< local time then
  std::int64_t speed = 1;              ///< of `clock`
  std::optional<Millis> status_every;  ///< on the device's own clock; absent: never
  bool tells_writes = false;           ///< a line for each write
};

/// Prints one line that says where it can be reached; reads commands from standard input and answers each on standard
/// output with {"line":n,"ok":true} or {"line":n,"ok":false,"error":"…"}. What it does goes to standard error. Until
/// SIGTERM or SIGINT.
Result<void> run_device(const RunDeviceOptions& options, const Clock& clock);

}  // namespace balans::sim
