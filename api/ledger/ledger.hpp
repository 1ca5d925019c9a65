#pragma once
// A chain as the loop of settlements sees it: bytes in, bytes out. Knows neither the journal nor the database.

#include <span>
#include <string>

#include "api/core/settlement/chain.hpp"
#include "common/result.hpp"

namespace balans::api {

/// One wallet on one chain. Calls may block, for seconds at most; an error says only that there is no answer, never
/// what has become of anything.
class Ledger {
 public:
  virtual ~Ledger() = default;

  virtual Result<settlement::Tip> tip() = 0;

  /// Makes and signs one transaction with all these payments, and submits nothing. None of `in_use` is an input of it:
  /// they belong to transactions that may still be executed. It expires after `last_epoch`, where the chain has that.
  /// Refuses where the coins that are free are too few, where the chain is another than the adapter's pinned one, and
  /// where an amount is none of the chain's scale.
  virtual Result<settlement::SignedTransaction> build(std::span<const settlement::Payment> payments,
                                                      std::span<const settlement::Input> in_use,
                                                      std::int64_t last_epoch) = 0;

  /// Hands the bytes over as they are. Success: they were taken; `status` says what became of them. May be repeated.
  virtual Result<void> submit(const settlement::SignedTransaction& transaction) = 0;

  /// As one node sees it at one final checkpoint. Whether it can still be executed is for the caller to judge.
  virtual Result<settlement::Status> status(const settlement::SignedTransaction& transaction) = 0;

  /// Final transactions from and to our own addresses after that position; an empty one is the beginning.
  virtual Result<settlement::History> history(const std::string& position, std::size_t limit) = 0;
};

}  // namespace balans::api
