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
/// In a transaction of its own; durable on success.
Result<std::vector<journal::Outcomes>> post_transfers(Store& store, std::span<const journal::Batch> batches,
                                                      UnixTime now);

}  // namespace balans::api
