#pragma once
// Everything a site needs before its programs can start: keys, passwords and configuration files.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/crypto/crypto.hpp"
#include "common/registers/description.hpp"
#include "sim/stage/chain.hpp"
#include "sim/stage/layout.hpp"
#include "sim/street/setup.hpp"

namespace balans::sim {

inline constexpr const char* kSiteName = "elm-street";

/// Beside api.yaml.
inline constexpr const char* kWalletKey = "iota.key";

/// Where a Modbus server listens.
struct ModbusPlace {
  std::uint16_t port = 0;
  std::int64_t unit = 1;
};

struct SitePlan {
  std::vector<DevicePlan> devices;
  std::vector<DeviceDescription> descriptions;  ///< in the same order
  VoltAmps rating;
  Milliamps design_peak_base;
  std::int64_t margin_percent = 3;
  Millis ttl;
  Millis failsafe_hold;
  Millis status_every;
  Millis reading_every;
  std::filesystem::path devices_dir;
  std::uint16_t broker_port = 0;
  std::uint16_t api_port = 0;
};

/// What was drawn at random for this run.
struct SiteKeys {
  DeploymentId deployment;
  PublicKey trafo;
  PublicKey site;
  std::optional<PublicKey> api;  ///< known once the api runs
  std::map<AgentId, PublicKey> agents;
};

/// What the base load may need per phase in its worst minute; at most nine tenths of the rating, so that a street whose
/// base load alone needs all of it can still be set up.
Milliamps design_peak_base(const BaseLoad& base, VoltAmps rating);

/// How long after its agent's last word a device is at its fallback; nothing when that is not certain.
std::optional<Millis> revert_time(const DevicePlan& plan, const DeviceDescription& description);

/// Debian keeps the broker in /usr/sbin, which is not on the PATH of everybody who has sudo.
std::string broker_program();

Result<void> make_folders(const RunFolder& folder, const SitePlan& plan);
/// Makes the folders, keys, passwords and the broker's files.
Result<SiteKeys> prepare_site(const RunFolder& folder, const SitePlan& plan);
/// Writes api.yaml. With a chain, accounts are in IOTA and paid out on it.
Result<void> write_api_file(const RunFolder& folder, const SitePlan& plan, const SiteKeys& keys,
                            const std::optional<LocalChain>& chain);
/// Writes site.yaml and each agent.yaml, once it is known where the street listens.
Result<void> write_site_files(const RunFolder& folder, const SitePlan& plan, const SiteKeys& keys,
                              const ModbusPlace& meter, const std::map<std::string, ModbusPlace>& devices);

}  // namespace balans::sim
