#include "api/core/flexibility/reward.hpp"

#include <algorithm>
#include <limits>

#include "common/wide_integer.hpp"

namespace balans::api::flexibility {
namespace {

using trade::Amount;
using Wide = Int128;
constexpr std::int64_t kWhPerKwh = 1000;

Error too_much(WattHours energy, Price per_kwh) {
  return {"flexibility", std::to_string(energy.count()) + " Wh at " + std::to_string(per_kwh.units()) +
                             " units per kWh do not fit an amount"};
}

}  // namespace

Price price_for(std::span<const SetPrice> prices, UnixTime slot, Price cap) {
  const SetPrice* last = nullptr;
  for (const SetPrice& price : prices)
    if (price.set <= slot && (last == nullptr || price.set >= last->set)) last = &price;
  return last == nullptr ? Price() : std::min(last->per_kwh, cap);
}

Result<Reservation> reserve(Amount available, Price price, WattHours most, std::int64_t devices) {
  if (most < 0_Wh || devices < 0) return Error{"flexibility", "less than nothing cannot be reserved for"};
  if (price.is_zero() || most == 0_Wh) return Reservation{};
  const Wide whole = (static_cast<Wide>(price.units()) * most.count() + kWhPerKwh - 1) / kWhPerKwh + devices;
  if (whole > std::numeric_limits<std::int64_t>::max()) return too_much(most, price);
  const auto needed = Amount::of(static_cast<std::int64_t>(whole));
  if (!needed || *needed > available) return Reservation{};
  return Reservation{price, *needed};
}

bool volunteers(const std::optional<std::int64_t>& for_price, Price shown) {
  return for_price && !shown.is_zero() && *for_price <= shown.units();
}

Result<Earned> earned(WattHours energy, Price per_kwh, std::int64_t carried) {
  if (energy < 0_Wh || carried < 0 || carried >= kWhPerKwh)
    return Error{"flexibility", "energy or remainder out of bounds"};
  const Wide product = static_cast<Wide>(per_kwh.units()) * energy.count() + carried;
  if (product / kWhPerKwh > std::numeric_limits<std::int64_t>::max()) return too_much(energy, per_kwh);
  const auto amount = Amount::of(static_cast<std::int64_t>(product / kWhPerKwh));
  if (!amount) return too_much(energy, per_kwh);
  return Earned{*amount, static_cast<std::int64_t>(product % kWhPerKwh)};
}

Result<Payout> pay_out(Amount reserved, std::span<const Earned> earned) {
  Amount paid;
  for (const Earned& one : earned) {
    const std::optional<Amount> more = sum(paid, one.amount);
    if (!more || *more > reserved)
      return Error{"flexibility", "more than the " + std::to_string(reserved.units()) + " units that were reserved"};
    paid = *more;
  }
  const std::optional<Amount> rest = difference(reserved, paid);
  return Payout{paid, rest.value_or(Amount())};
}

}  // namespace balans::api::flexibility
