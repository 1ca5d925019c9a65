#pragma once
// What a program does that keeps the same transfers and nothing else: prepared inserts of the same rows into the same
// tables, with the same keys, indexes and constraints and the same durability; nothing is read, judged or chained.

#include <memory>
#include <span>

#include "api/core/journal/model.hpp"
#include "api/store/open.hpp"

namespace balans::bench {

class Bare {
 public:
  virtual ~Bare() = default;
  /// All bytes that a transfer of its own commit makes durable: its row, two balances and the commit, in a transaction
  /// for each.
  virtual void insert_each(std::span<const api::journal::Transfer> transfers) = 0;
  /// The transfers' own rows alone, each by itself.
  virtual void insert_rows(std::span<const api::journal::Transfer> transfers) = 0;
  /// The transfers' own rows alone, all in one transaction.
  virtual void insert_together(std::span<const api::journal::Transfer> transfers) = 0;
};

std::unique_ptr<Bare> make_bare(const api::DatabaseAddress& empty);

/// Ends the program with a word on standard error.
[[noreturn]] void give_up(const Error& error);

}  // namespace balans::bench
