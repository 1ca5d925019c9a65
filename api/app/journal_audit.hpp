#pragma once
// Use case: reading the whole journal from its first row and saying whether it is sound.

#include <cstdint>
#include <vector>

#include "api/store/store.hpp"

namespace balans::api {

struct AuditReport {
  journal::Head head;  ///< noted elsewhere, it shows later that nothing at the end was taken away
  std::int64_t transfers = 0;
  std::int64_t balances = 0;
  std::int64_t open_reserves = 0;
  std::vector<TrialBalance> totals;
};

/// Verifies the chain, every balance after every commit, the open reserves, and that debits and credits of each asset
/// are the same. An error says which row is the first that is wrong. Reads beside a service that goes on writing, and
/// holds it up only for the last few commits and the open reserves.
Result<AuditReport> audit_journal(Store& store);

}  // namespace balans::api
