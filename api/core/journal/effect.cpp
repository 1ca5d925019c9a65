#include "api/core/journal/effect.hpp"

namespace balans::api::journal {
namespace {

bool add(Amount& balance, Amount amount) {
  const auto result = trade::sum(balance, amount);
  if (result) balance = *result;
  return result.has_value();
}

bool take(Amount& balance, Amount amount) {
  const auto result = trade::difference(balance, amount);
  if (result) balance = *result;
  return result.has_value();
}

/// Pending and posted together fit too, so that every reserve can be posted.
bool fits(const Balances& balances) {
  return trade::sum(balances.debits_posted, balances.debits_pending).has_value() &&
         trade::sum(balances.credits_posted, balances.credits_pending).has_value();
}

bool move(Sides& sides, Kind kind, Amount amount, Amount reserved) {
  auto& [debit, credit] = sides;
  switch (kind) {
    case Kind::Transfer:
      return add(debit.debits_posted, amount) && add(credit.credits_posted, amount);
    case Kind::Reserve:
      return add(debit.debits_pending, amount) && add(credit.credits_pending, amount);
    case Kind::Post:
      return take(debit.debits_pending, reserved) && take(credit.credits_pending, reserved) &&
             add(debit.debits_posted, amount) && add(credit.credits_posted, amount);
    case Kind::Void:
      return take(debit.debits_pending, reserved) && take(credit.credits_pending, reserved);
  }
  return false;
}

/// Both not negative, so that nothing can overflow here.
bool within(const std::optional<Amount>& bound, Amount posted, Amount pending, Amount against) {
  return !bound || pending.units() - bound->units() <= against.units() - posted.units();
}

}  // namespace

std::optional<Sides> after(const Sides& before, Kind kind, Amount amount, Amount reserved) {
  Sides sides = before;
  if (!move(sides, kind, amount, reserved) || !fits(sides.debit) || !fits(sides.credit)) return std::nullopt;
  return sides;
}

bool debits_within_bound(const NewAccount& account, const Balances& balances) {
  return within(account.debits_over, balances.debits_posted, balances.debits_pending, balances.credits_posted);
}

bool credits_within_bound(const NewAccount& account, const Balances& balances) {
  return within(account.credits_over, balances.credits_posted, balances.credits_pending, balances.debits_posted);
}

}  // namespace balans::api::journal
