#pragma once
// What people's requests about settlements are judged by. Absent where no chain is configured.

#include <string>

#include "api/app/settlement_sweep.hpp"

namespace balans::api {

struct SettlementDesk {
  SettlementTerms terms;
  OwnWallets wallets;
  std::string explorer;  ///< of a transaction, where {digest} stands for it; may be empty
};

}  // namespace balans::api
