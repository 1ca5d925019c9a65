#pragma once
// What people's requests about settlements are judged by. Absent where no chain is configured.

#include <string>

#include "api/app/settlement_config.hpp"
#include "api/app/settlement_sweep.hpp"

namespace balans::api {

/// The name of the chain and of its accounts is always "iota".
inline SettlementTerms terms_of(const SettlementConfig& config, const DeploymentId& deployment) {
  return {{deployment, *settlement::ChainName::parse("iota"), trade::Asset::Iota},
          {config.network.chain, config.network.genesis},
          config.rules};
}

struct SettlementDesk {
  SettlementTerms terms;
  OwnWallets wallets;
  std::string explorer;  ///< of a transaction, where {digest} stands for it; may be empty
};

}  // namespace balans::api
