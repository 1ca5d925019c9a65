#pragma once
// The least that each database must do to keep the same transfers: one prepared insert of a transfer's own row, with
// the same durability; no balances, no rules, no chain.

#include <memory>
#include <span>

#include "api/core/journal/model.hpp"
#include "api/store/open.hpp"

namespace balans::bench {

class Bare {
 public:
  virtual ~Bare() = default;
  /// Each row by itself, or all of them in one transaction.
  virtual void insert_each(std::span<const api::journal::Transfer> transfers) = 0;
  virtual void insert_together(std::span<const api::journal::Transfer> transfers) = 0;
};

std::unique_ptr<Bare> make_bare(const api::DatabaseAddress& empty);

/// Ends the program with a word on standard error.
[[noreturn]] void give_up(const Error& error);

}  // namespace balans::bench
