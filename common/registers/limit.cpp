#include "common/registers/limit.hpp"

#include <algorithm>

#include "common/check.hpp"
#include "common/defaults.hpp"

namespace balans {
namespace {

/// mA on each phase × this / 1'000'000 is W: volts, phases and power factor (‰) together.
std::int64_t watts_per_kiloampere(const LimitSpec& spec, int phases) {
  return defaults::kLowVoltage.count() / 1000 * phases * spec.power_factor_permille;
}

Milliamps current_of(const LimitSpec& spec, Watts power, int phases) {
  const std::int64_t factor = watts_per_kiloampere(spec, phases);
  return Milliamps((power.count() * 1'000'000 + factor - 1) / factor);
}

/// What is drawn at most when `milliamps` arrive at the battery; rounded up.
Watts drawn_for(const LimitSpec& spec, std::int64_t milliamps) {
  const std::int64_t divisor = 1000 * spec.efficiency_permille;  // mA × mV / 1000 is mW; ‰ and W take the rest
  return Watts((milliamps * spec.dc_millivolts + divisor - 1) / divisor);
}

/// In the base unit of the limit, before step and bounds.
std::int64_t in_unit(const LimitSpec& spec, Milliamps limit, int phases, std::optional<Watts> rated) {
  if (spec.unit == LimitUnit::MilliampsPerPhase) return limit.count();
  const std::int64_t watts = limit.count() * watts_per_kiloampere(spec, phases) / 1'000'000;
  if (spec.unit == LimitUnit::WattsTotal) return watts;
  if (spec.unit == LimitUnit::MilliampsDc) return watts * 1000 * spec.efficiency_permille / spec.dc_millivolts;
  return watts * 1000 / rated->count();
}

std::int64_t rounded_down(const LimitSpec& spec, std::int64_t value) {
  if (spec.levels.empty()) {
    value = std::min(value, spec.max);
    value -= value % spec.step;
    return value < spec.min ? 0 : value;
  }
  std::int64_t result = 0;
  for (const LimitLevel& level : spec.levels)
    if (level.current <= value) result = level.current;
  return result;
}

}  // namespace

PlannedLimit plan_limit(const LimitSpec& spec, Milliamps limit, int phases, std::optional<Watts> rated) {
  BALANS_CHECK(spec.unit != LimitUnit::PermilleOfRated || (rated && rated->count() > 0));
  constexpr Milliamps kMost = 1'000'000_A;  // far above any device: keeps the products inside 64 bits
  const Milliamps asked = std::clamp(limit, Milliamps(), kMost);
  const std::int64_t value = rounded_down(spec, in_unit(spec, asked, phases, rated));
  return {value, setpoint_of(spec, value, phases, rated)};
}

Setpoint setpoint_of(const LimitSpec& spec, std::int64_t value, int phases, std::optional<Watts> rated) {
  if (spec.unit == LimitUnit::MilliampsPerPhase) return {Milliamps(value), std::nullopt};
  if (spec.unit == LimitUnit::WattsTotal) return {current_of(spec, Watts(value), phases), Watts(value)};
  const Watts power =
      spec.unit == LimitUnit::MilliampsDc ? drawn_for(spec, value) : Watts((value * rated->count() + 999) / 1000);
  return {current_of(spec, power, phases), power};
}

const LimitLevel& level_of(const LimitSpec& spec, std::int64_t value) {
  const auto level =
      std::find_if(spec.levels.begin(), spec.levels.end(), [&](const LimitLevel& l) { return l.current == value; });
  BALANS_CHECK(level != spec.levels.end());
  return *level;
}

}  // namespace balans
