#pragma once
// Where a device is and which file describes it: as told, or as a real scan of that host or line finds it.

#include "cli/catalogue.hpp"
#include "cli/init/dialogue.hpp"
#include "common/io/modbus/endpoint_config.hpp"

namespace balans::cli {

struct LocateAnswers {
  Given host, serial, unit, device;
};

struct Located {
  DeviceDescription description;
  ModbusPlace place;
};

/// `what` is "meter" or "device"; flags are --meter-host … or --host …, by `prefix`.
Result<Located> locate(Dialogue& dialogue, const std::string& what, const std::string& prefix,
                       const LocateAnswers& answers, const std::filesystem::path& devices);

}  // namespace balans::cli
