#pragma once
// Everything that a device shows, read once and judged.

#include <optional>
#include <string>
#include <vector>

#include "common/registers/description.hpp"
#include "common/registers/transport.hpp"
#include "common/result.hpp"

namespace balans::cli {

struct Reading {
  QuantityField quantity;
  std::optional<std::int64_t> value;   ///< base unit; absent: see below
  std::optional<std::string> problem;  ///< why there is none that can be used
};

/// What stands in a device, without a word being written.
struct Readings {
  std::vector<Reading> quantities;
  std::vector<std::string> doubts;      ///< plausible by itself, and yet hardly true
  std::optional<std::string> identity;  ///< what stands there
  std::optional<Error> wrong_identity;  ///< it is not the one the file expects
  [[nodiscard]] bool sound() const;     ///< everything was read and plausible
  [[nodiscard]] std::size_t answered() const;
};

/// An error when the device is not there: its SunSpec models cannot be found, or nothing at all could be read.
Result<Readings> read_everything(const DeviceDescription& device, Transport& transport, std::uint8_t unit);

/// The file without anything that the driver would write: for looking only.
DeviceDescription for_looking(DeviceDescription device);

std::string readings_text(const Readings& readings);

}  // namespace balans::cli
