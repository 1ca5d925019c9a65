#pragma once
// What the config files of one machine say that must agree with one another. Each file as a whole is judged by the
// program that it is for.

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "common/crypto/crypto.hpp"
#include "common/ids.hpp"
#include "common/io/modbus/endpoint_config.hpp"
#include "common/result.hpp"

namespace balans::cli {

struct BusPlace {
  std::string name;  ///< "meter feeder-1", "contactor of charger-1"
  ModbusPlace place;
};

struct BrokerFacts {
  std::string host;
  int port = 0;
  std::optional<std::filesystem::path> ca, certificate, key;
};

struct SiteFacts {
  std::filesystem::path file;
  SiteId site;
  DeploymentId deployment;
  std::filesystem::path trafo_key, site_key, revoked_file;
  BrokerFacts broker;
  std::vector<BusPlace> meters;
  struct Entry {
    AgentId id;
    PublicKey key;
  };
  std::vector<Entry> agents;
  std::optional<std::string> api_url;
  [[nodiscard]] const Entry* find(const AgentId& id) const;
};

struct AgentFacts {
  std::filesystem::path file;
  AgentId agent;
  SiteId site;
  DeploymentId deployment;
  std::filesystem::path device_key, state_dir;
  PublicKey trafo_key;
  BrokerFacts broker;
  std::vector<BusPlace> places;  ///< its device's, its contactor's
  int socket = 1;                ///< of the device, of a box with several
};

struct ApiFacts {
  std::filesystem::path file;
  DeploymentId deployment;
  struct EnrolledSite {
    SiteId site;
    PublicKey key;
    std::vector<SiteFacts::Entry> agents;
  };
  std::vector<EnrolledSite> sites;
};

enum class ConfigKind : std::uint8_t { Site, Agent, Api };
/// By the keys that only one of them has.
Result<ConfigKind> kind_of(const std::filesystem::path& file);

Result<SiteFacts> read_site_facts(const std::filesystem::path& file);
Result<AgentFacts> read_agent_facts(const std::filesystem::path& file);
Result<ApiFacts> read_api_facts(const std::filesystem::path& file);

/// Stands in site.yaml until an agent has been paired. No signature is good under it.
inline constexpr PublicKey kNobody{};

}  // namespace balans::cli
