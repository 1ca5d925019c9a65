#pragma once
// What the api pays out by, from its configuration.

#include <filesystem>
#include <optional>
#include <string>

#include "api/core/settlement/model.hpp"
#include "api/ledger/iota/network.hpp"

namespace balans::api {

/// Settlement on IOTA.
struct SettlementConfig {
  iota::Network network;
  /// Of the hot wallet; made at the first start. Absent: nothing is paid out, and no chain is asked.
  std::optional<std::filesystem::path> key;
  settlement::Rules rules;
  std::string cold_address;  ///< where the wallet sends what it has above its cap; empty: nowhere
  Millis round = 10_s;       ///< from the end of one round to the next
};

}  // namespace balans::api
