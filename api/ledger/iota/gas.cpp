#include "api/ledger/iota/gas.hpp"

#include <limits>

#include "common/wide_integer.hpp"

namespace balans::iota {
namespace {

using Wide = Int128;

}  // namespace

Result<std::uint64_t> budget_of(const GasUsed& dry_run, std::uint64_t price) {
  const Wide budget = Wide{kSafeOverheadUnits} * price + dry_run.computation + dry_run.storage;
  if (budget > Wide{kMostBudget}) return Error{"gas budget", "the dry run asks for more than 50 IOTA"};
  return static_cast<std::uint64_t>(budget);
}

Result<std::int64_t> charged(const GasUsed& gas) {
  const Wide nanos = Wide{gas.computation} + gas.storage - gas.rebate;
  constexpr Wide kMost = std::numeric_limits<std::int64_t>::max();
  if (nanos > kMost || nanos < -kMost) return Error{"gas used", "more than 63 bits"};
  return static_cast<std::int64_t>(nanos);
}

}  // namespace balans::iota
