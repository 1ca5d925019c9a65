#include "api/core/journal/effect.hpp"

#include <algorithm>
#include <limits>

#include "common/wide_integer.hpp"

namespace balans::api::journal {
namespace {

using Wide = Int128;

std::int64_t fitting(Wide number) {
  return static_cast<std::int64_t>(
      std::clamp<Wide>(number, -std::numeric_limits<std::int64_t>::max(), std::numeric_limits<std::int64_t>::max()));
}

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

std::optional<std::int64_t> left_to_give(const NewAccount& account, const Balances& balances) {
  if (!account.debits_over) return std::nullopt;
  return fitting(Wide{balances.available()} + account.debits_over->units());
}

std::optional<std::int64_t> left_to_take(const NewAccount& account, const Balances& balances) {
  if (!account.credits_over) return std::nullopt;
  return fitting(Wide{account.credits_over->units()} - balances.posted() - balances.credits_pending.units());
}

}  // namespace balans::api::journal
