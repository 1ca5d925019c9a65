#pragma once
// An agent as `balans init chargepoint` was told of it, and the one writer of its file.

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "cli/init/locate.hpp"
#include "common/crypto/crypto.hpp"
#include "common/messages/messages.hpp"

namespace balans::cli {

/// Who it is to its site: by pairing, or because site.yaml lies on the same machine.
struct AgentBelonging {
  SiteId site;
  DeploymentId deployment;
  PublicKey trafo_key;
  std::string device_key;  ///< as the file says it
  std::string broker_host;
  int broker_port = 8883;
  std::string ca, certificate, key;
};

struct AgentPlan {
  AgentId id;
  AgentBelonging belonging;
  Located device;
  DeviceKind kind = DeviceKind::Charger;
  std::string node;  ///< of one that site.yaml does not know yet; empty: the transformer
  std::vector<Phase> phases;
  Milliamps min, max, failsafe, max_feed;
  std::optional<std::optional<Millis>> revert;  ///< absent: as the device's file says
  std::optional<Milliamps> fallback, fallback_feed;
  std::optional<Millis> hold;  ///< that of the site
  std::filesystem::path devices_dir;
};

/// All of agents/NAME.yaml, commented.
std::string agent_text(const AgentPlan& plan);

}  // namespace balans::cli
