#pragma once
// api.yaml.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <string>

#include "api/app/billing.hpp"
#include "api/app/settlement_config.hpp"
#include "api/core/retention.hpp"
#include "api/core/roster.hpp"
#include "api/store/open.hpp"

namespace balans::api {

struct TlsSettings {
  std::filesystem::path certificate;
  std::filesystem::path key;
};

struct Config {
  std::string host;
  std::uint16_t port = 0;
  std::optional<TlsSettings> tls;
  std::size_t connections = 0;
  std::size_t listeners = 0;
  std::set<std::string> origins;
  bool log_all_requests = false;
  DatabaseAddress database;
  std::size_t database_connections = 0;  ///< for writing; as many for reading
  std::filesystem::path key;             ///< signs orders to sites; made at the first start
  Retention retention;
  Billing billing;
  std::optional<SettlementConfig> settlement;  ///< absent: no chain
  Roster roster;
};

Result<Config> load_config(const std::filesystem::path& file);

}  // namespace balans::api
