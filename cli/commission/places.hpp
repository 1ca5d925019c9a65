#pragma once
// What is configured and enrolled for a device that is to be commissioned, and the meter that sees it.

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "cli/place.hpp"
#include "common/direction.hpp"
#include "common/phases.hpp"
#include "common/registers/description.hpp"
#include "common/result.hpp"

namespace balans::cli {

/// A contactor in the device's supply: it holds while it is told to.
struct ContactorPlace {
  ModbusPlace place;
  WriteFunction function = WriteFunction::Coil;
  std::uint16_t address = 0;
  std::uint16_t on = 1;
  Millis refresh{2000};
  Millis drops_out;
};

/// What the controller books for it.
struct EnrolledDevice {
  std::vector<Phase> phases;
  Milliamps max;
  Milliamps failsafe, fallback;  ///< in the direction that is stepped
  Millis settle;
  std::optional<Millis> revert;
};

/// What its agent would count on.
struct CommissionedDevice {
  std::string name;
  std::string site;
  std::filesystem::path config;
  DeviceDescription description;  ///< as it is installed
  ModbusPlace place;
  Direction direction = Direction::Draw;
  std::vector<Phase> phases;  ///< the grid phase on each of its terminals
  Milliamps max;              ///< in the direction that is stepped
  Milliamps failsafe, fallback;
  std::optional<Millis> revert;  ///< absent: nobody counts on its watchdog
  Millis settle;
  bool limits_feed = false;
  std::optional<ContactorPlace> contactor;
  std::optional<EnrolledDevice> enrolled;
};

/// `devices` is the folder of device files where the agent's file names none.
Result<CommissionedDevice> read_commissioned(const std::filesystem::path& agent_yaml,
                                             const std::optional<std::filesystem::path>& devices);
/// Fills in `enrolled` from site.yaml; an error when the device is not there.
Result<void> read_enrolment(const std::filesystem::path& site_yaml, CommissionedDevice& device);

struct CommissioningMeter {
  std::string name;  ///< "transformer", or that of `meters:`
  DeviceDescription description;
  ModbusPlace place;
  std::vector<Phase> phases;  ///< the grid phase on each of its terminals
};
/// `name` empty: the transformer's.
Result<CommissioningMeter> read_commissioning_meter(const std::filesystem::path& site_yaml, const std::string& name,
                                                    const std::optional<std::filesystem::path>& devices);

}  // namespace balans::cli
