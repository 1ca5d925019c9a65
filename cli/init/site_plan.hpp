#pragma once
// A site as `balans init trafo` was told of it, and the one writer of its file.

#include <optional>
#include <string>
#include <vector>

#include "cli/check/config_facts.hpp"
#include "common/messages/messages.hpp"

namespace balans::cli {

struct MeterPlan {
  std::string device;
  ModbusPlace place;
};

struct FeederPlan {
  std::string name;
  std::string parent;  ///< empty: the transformer
  Milliamps max, base;
};

struct DevicePlan {
  AgentId id;
  PublicKey key = kNobody;
  DeviceKind kind = DeviceKind::Charger;
  std::string node;  ///< empty: the transformer
  std::vector<Phase> phases;
  Milliamps max, failsafe, fallback;
  Milliamps max_feed, fallback_feed;
  std::optional<Millis> revert, contactor, settle;
};

struct SitePlan {
  SiteId site;
  DeploymentId deployment;
  VoltAmps rated;
  std::string impedance;  ///< per cent, from the name plate; empty: not told
  Milliamps base;
  MeterPlan meter;
  std::vector<FeederPlan> feeders;
  std::vector<DevicePlan> devices;
  std::string api_url;  ///< empty: none
  std::filesystem::path devices_dir;
};

/// All of site.yaml, commented.
std::string site_text(const SitePlan& plan);
/// The lines of one device below `agents:`.
std::string enrolment_text(const DevicePlan& device);

std::string amps_number(Milliamps current);                 ///< 11500 mA as "11.5"
std::string phase_names(const std::vector<Phase>& phases);  ///< "[L1, L2]"

}  // namespace balans::cli
