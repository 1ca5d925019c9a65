#pragma once
// Device files: config/devices/**/*.yaml into DeviceDescription, and the vectors by which each file proves itself.

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/registers/description.hpp"
#include "common/registers/sample.hpp"
#include "common/result.hpp"

namespace balans {

struct RegisterWrite {
  WriteFunction function = WriteFunction::Register;
  std::uint16_t address = 0;
  std::vector<std::uint16_t> words;
  bool operator==(const RegisterWrite&) const = default;
};

/// One proof: registers in, and quantities, an error or writes out.
struct DeviceVector {
  std::string name;
  std::map<std::pair<ReadFunction, std::uint16_t>, std::uint16_t> registers;
  std::map<QuantityId, std::int64_t> quantities;  ///< base units
  std::vector<QuantityId> absent;                 ///< what the sample must not have
  std::optional<std::string> error;               ///< a part of the message that the poll must fail with
  std::optional<std::int64_t> setpoint_ma;        ///< what the read-back says
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
