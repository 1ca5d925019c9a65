#pragma once
// What detection found, as text: ready parts for agent.yaml and site.yaml, and JSON.

#include <string>

#include "cli/scan.hpp"
#include "common/messages/messages.hpp"

namespace balans::cli {

/// The keys of agent.yaml that the device decides; for a meter, those of a meter in site.yaml.
std::string config_part(const DeviceDescription& device, const ModbusEndpoint& endpoint, std::uint8_t unit);

/// `tcp:` or `serial:`, and `unit:`, a line each.
std::string endpoint_keys(const ModbusEndpoint& endpoint, std::uint8_t unit, const char* indent);
/// What a config file calls it.
DeviceKind kind_of(const DeviceDescription& device);

struct CurrentBounds {
  Milliamps min, max;
  bool guessed = false;  ///< the device's file knows only shares of a rated power
};
/// Of a device with so many phases; nothing where the direction has no limit.
CurrentBounds bounds_of(const std::optional<LimitSpec>& spec, int phases);

std::string found_text(const ScanResult& result);
std::string found_json(const ScanResult& result);

}  // namespace balans::cli
