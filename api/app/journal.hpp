#pragma once
// Use case: entering transfers into the journal.

#include <span>
#include <vector>

#include "api/core/journal/apply.hpp"
#include "api/store/store.hpp"

namespace balans::api {

/// Inside a transaction of the caller's (`Store::transaction`): several use cases, one database transaction. Gives the
/// outcomes of each batch; an error means that the transaction has to be rolled back. All batches share one commit.
Result<std::vector<journal::Outcomes>> enter(JournalStore& store, std::span<const journal::Batch> batches,
                                             UnixTime now);
/// Like `enter` of one batch, but anything refused is an error too, so that the caller's transaction ends without it.
Result<journal::Outcomes> enter_all(JournalStore& store, const journal::Batch& batch, UnixTime now);
/// For who opens an account by hand, inside a transaction of the caller's. Owners are looked up by name, and of several
/// accounts the oldest counts. A second one of an owner in that asset at that site would never be looked at, and is
/// refused. Accounts of no site are found by their ids alone; of these an owner may have several.
Result<journal::Outcome> open_account(JournalStore& store, const journal::NewAccount& account, UnixTime now);
/// In a transaction of its own; durable on success.
Result<std::vector<journal::Outcomes>> post_transfers(Store& store, std::span<const journal::Batch> batches,
                                                      UnixTime now);

}  // namespace balans::api
