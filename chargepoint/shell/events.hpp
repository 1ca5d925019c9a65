#pragma once
// What the agent's threads tell its loop.

#include <cstdint>
#include <string>
#include <variant>

#include "chargepoint/core/agent.hpp"
#include "common/io/mqtt/bus.hpp"

namespace balans {

struct DevicePolled {
  Result<DeviceReport> report;
};
struct DeviceWritten {
  WriteOutcome outcome;
};
/// A batch of readings, encoded and ready to be signed and sent.
struct ReadingsReady {
  std::string batch;
};
struct JournalTrouble {
  std::string what;
};

using ChargepointEvent = std::variant<BusEvent, DevicePolled, DeviceWritten, ReadingsReady, JournalTrouble>;

}  // namespace balans
