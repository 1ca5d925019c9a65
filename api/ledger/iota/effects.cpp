#include "api/ledger/iota/effects.hpp"

namespace balans::iota {

std::optional<Deposit> deposit_to(const Address& own, const Executed& executed) {
  if (!executed.checkpoint || !executed.effects || !executed.changes) return std::nullopt;
  if (executed.effects->outcome != Outcome::Success) return std::nullopt;
  Deposit deposit{executed.digest, *executed.checkpoint, 0, {}};
  for (const BalanceChange& change : *executed.changes) {
    if (change.owner == own && change.nanos > 0) deposit.nanos = static_cast<std::uint64_t>(change.nanos);
    if (change.nanos < 0) deposit.payers.push_back(change.owner);
  }
  if (deposit.nanos == 0) return std::nullopt;
  return deposit;
}

}  // namespace balans::iota
