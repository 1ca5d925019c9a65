#pragma once
// How much a transaction may cost at most, judged by a dry run.

#include <cstdint>

#include "api/ledger/iota/effects.hpp"
#include "common/result.hpp"

namespace balans::iota {

/// In units of gas, on top of what the dry run took: what `GAS_SAFE_OVERHEAD` is in the official SDK and node.
inline constexpr std::uint64_t kSafeOverheadUnits = 1000;
/// `max_tx_gas` of the protocol, in nanos: 50 IOTA.
inline constexpr std::uint64_t kMostBudget = 50'000'000'000;

/// computation + overhead · price + storage, in nanos. The SDK takes the storage rebate off too, but never goes below
/// computation + overhead; we leave it on, because what is not needed is not charged. An error where it does not fit
/// into what the protocol allows.
Result<std::uint64_t> budget_of(const GasUsed& dry_run, std::uint64_t price);

/// What was charged: below zero where the rebate was more than the rest. An error where it does not fit.
Result<std::int64_t> charged(const GasUsed& gas);

}  // namespace balans::iota
