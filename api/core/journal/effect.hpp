#pragma once
// What one entry does to the balances of its two accounts; whoever applies it and whoever audits it ask the same.

#include <optional>

#include "api/core/journal/apply.hpp"

namespace balans::api::journal {

/// The two sides of an entry.
struct Sides {
  Balances debit;
  Balances credit;
};

/// Nothing where a sum does not fit or a balance would fall below zero. `reserved`: of a post or void, the amount of
/// its reserve.
std::optional<Sides> after(const Sides& before, Kind kind, Amount amount, Amount reserved);

/// Whether the account's balances keep its bounds.
bool debits_within_bound(const NewAccount& account, const Balances& balances);
bool credits_within_bound(const NewAccount& account, const Balances& balances);

/// What the account can still give, and what it can still take; nothing where there is no bound. What does not fit into
/// 63 bits is the most that does.
std::optional<std::int64_t> left_to_give(const NewAccount& account, const Balances& balances);
std::optional<std::int64_t> left_to_take(const NewAccount& account, const Balances& balances);

}  // namespace balans::api::journal
