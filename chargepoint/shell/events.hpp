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
  Direction direction = Direction::Draw;
  WriteOutcome outcome;
};
struct DeviceSwitched {
  SwitchOutcome outcome;
};
struct DeviceSupplied {
  SupplyOutcome outcome;
};
/// The device was lost, or is new: it has been prepared and holds no limit of ours that we know of.
struct DevicePrepared {};
/// A batch of readings, encoded and ready to be signed and sent.
struct ReadingsReady {
  std::string batch;
};
struct JournalTrouble {
  std::string what;
};

/// SIGHUP.
struct ReloadAsked {
  std::string config;  ///< what was found in the config file
};

using ChargepointEvent = std::variant<BusEvent, DevicePolled, DeviceWritten, DeviceSwitched, DeviceSupplied,
                                      DevicePrepared, ReadingsReady, JournalTrouble, ReloadAsked>;

}  // namespace balans
