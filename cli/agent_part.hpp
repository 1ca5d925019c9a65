#pragma once
// What detection found, as text: ready parts for agent.yaml and site.yaml, and JSON.

#include <string>

#include "cli/scan.hpp"

namespace balans::cli {

/// The keys of agent.yaml that the device decides; for a meter, those of a meter in site.yaml.
std::string config_part(const DeviceDescription& device, const ModbusEndpoint& endpoint, std::uint8_t unit);

std::string found_text(const ScanResult& result);
std::string found_json(const ScanResult& result);

}  // namespace balans::cli
