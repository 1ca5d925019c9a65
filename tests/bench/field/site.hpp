#pragma once
// One site in a folder of its own: keys, certificates of its own authority, the broker as it is installed, and the
// configuration of the controller and of an agent for each charger.

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "common/io/mqtt/bus.hpp"
#include "common/messages/messages.hpp"
#include "common/result.hpp"
#include "tests/bench/field/hardware.hpp"

namespace balans::bench {

struct FieldPlan {
  std::filesystem::path folder;
  std::filesystem::path source;  ///< of Balans: device files, and the broker's configuration
  std::size_t chargers = 0;
  std::uint16_t broker_port = 0;
  std::uint16_t meter_port = 0;
  std::uint16_t charger_port = 0;
  Milliamps design_peak_base{};
  VoltAmps rated{};

  [[nodiscard]] static std::string name_of(std::size_t charger) { return "charger-" + std::to_string(charger + 1); }
  [[nodiscard]] std::filesystem::path broker_config() const { return folder / "broker" / "mosquitto.conf"; }
  [[nodiscard]] std::filesystem::path site_config() const { return folder / "site.yaml"; }
  [[nodiscard]] std::filesystem::path agent_config(std::size_t charger) const {
    return folder / "agents" / (name_of(charger) + ".yaml");
  }
  [[nodiscard]] std::filesystem::path tls(const std::string& file) const { return folder / "tls" / file; }
};

/// Everything but what runs. The bare programs have certificates too: `bare-controller`, and those of the agents.
Result<void> prepare(const FieldPlan& plan);

}  // namespace balans::bench
