#pragma once
// The part of agent.yaml that is about the device, checked against what the device's own file says.

#include "chargepoint/shell/agent_file.hpp"
#include "common/io/config/config.hpp"

namespace balans {

/// 0, or what the device can run at in that direction; nothing where the key is absent.
std::optional<Milliamps> read_zero_or_between(const config::Section& root, std::string_view key, const Band& band);

/// Fills in all that depends on the device: its description as it is installed, where it is, its levels, habits and
/// watchdog. Everything else of the file has been read.
void read_device(const config::Section& root, const std::filesystem::path& devices_dir, AgentFile& file);

/// How often the device's watchdog has to hear from us so that two words may be lost.
Millis refresh_of(const Watchdog& watchdog, std::optional<Millis> expiry);

}  // namespace balans
