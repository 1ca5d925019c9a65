#pragma once
// Device files: config/devices/**/*.yaml into DeviceDescription, and the vectors by which each file proves itself.

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "common/registers/description.hpp"
#include "common/registers/sample.hpp"
#include "common/result.hpp"

namespace balans {

struct RegisterWrite {
  WriteFunction function = WriteFunction::Register;
  std::uint16_t address = 0;
  std::vector<std::uint16_t> words;
  std::uint8_t unit_id = kOwnUnit;
  bool operator==(const RegisterWrite&) const = default;
};

/// One proof: registers in, and quantities, an error or writes out.
struct DeviceVector {
  std::string name;
  int line = 1;                                                                              ///< of the file
  std::map<std::tuple<std::uint8_t, ReadFunction, std::uint16_t>, std::uint16_t> registers;  ///< by unit id first
  std::map<QuantityId, std::int64_t> quantities;                                             ///< base units
  std::vector<QuantityId> absent;           ///< what the sample must not have
  std::optional<std::string> error;         ///< a part of the message that the poll must fail with
  std::optional<std::int64_t> setpoint_ma;  ///< what the read-back says
  std::optional<std::int64_t> feed_setpoint_ma;
  std::optional<PhaseMode> phase_mode;
  int phases = 3;
  bool start = false;  ///< the writes are those of prepare()
  std::int64_t failsafe_ma = 0;
  std::optional<std::int64_t> watchdog_ms;
  bool feeds = false;                         ///< the driver limits what is fed in
  std::optional<std::int64_t> limit_ma;       ///< the writes are those of write_limit()
  std::optional<std::int64_t> feed_limit_ma;  ///< the writes are those of write_feed_limit()
  std::optional<PhaseMode> switch_to;         ///< the writes are those of switch_phases()
  int keep_alive = 0;                         ///< not 0: the writes are those of so many keep_alive()
  int socket = 1;                             ///< another one starts from no registers
  std::vector<RegisterWrite> writes;
};

struct DeviceFile {
  DeviceDescription description;
  std::vector<DeviceVector> vectors;
};

/// `name` is "meters/eastron_sdm630", looked up in `devices_dir` with ".yaml" added. Errors say
/// `file:line:col key: what`; unknown keys are errors. Device settings without vectors are refused.
Result<DeviceFile> load_device_file(const std::filesystem::path& path);
Result<DeviceDescription> load_device(const std::filesystem::path& path);
Result<DeviceDescription> load_device(const std::filesystem::path& devices_dir, std::string_view name);

}  // namespace balans
