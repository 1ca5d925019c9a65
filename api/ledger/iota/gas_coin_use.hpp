#pragma once
// What a transaction takes out of its gas coin.

#include <cstdint>
#include <optional>

#include "api/ledger/iota/transaction.hpp"

namespace balans::iota {

/// The sum of what is split off it. Nothing where it is used for anything else, or the amounts are no inputs.
[[nodiscard]] std::optional<std::uint64_t> split_off_gas_coin(const Programmable& body);

}  // namespace balans::iota
