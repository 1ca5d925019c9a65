#pragma once
// What batches need to be loaded for them.

#include <set>
#include <span>

#include "api/core/journal/apply.hpp"

namespace balans::api {

struct Touched {
  std::set<journal::Id> accounts;
  std::set<journal::Id> entries;   ///< of the batches' transfers; of reserves and their time-outs
  std::set<journal::Id> reserves;  ///< to post or make void
};

inline Touched touched_by(std::span<const journal::Batch> batches) {
  Touched touched;
  for (const journal::Batch& batch : batches) {
    for (const journal::NewAccount& account : batch.accounts) touched.accounts.insert(account.id);
    for (const journal::Transfer& transfer : batch.transfers) {
      touched.entries.insert(transfer.id);
      if (!transfer.debit.is_none()) touched.accounts.insert(transfer.debit);
      if (!transfer.credit.is_none()) touched.accounts.insert(transfer.credit);
      if (!transfer.reserve) continue;
      touched.reserves.insert(*transfer.reserve);
      touched.entries.insert(*transfer.reserve);
      touched.entries.insert(journal::time_out_of(*transfer.reserve));
    }
  }
  return touched;
}

}  // namespace balans::api
