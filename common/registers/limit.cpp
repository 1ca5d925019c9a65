#include "common/registers/limit.hpp"

#include <algorithm>

#include "common/check.hpp"
#include "common/defaults.hpp"

namespace balans {
namespace {

/// mA on each phase × this / 1'000'000 is W: volts, phases and power factor (‰) together.
std::int64_t watts_per_kiloampere(const Control& control, int phases) {
  return defaults::kLowVoltage.count() / 1000 * phases * control.power_factor_permille;
}

Milliamps current_of(const Control& control, Watts power, int phases) {
  const std::int64_t factor = watts_per_kiloampere(control, phases);
  return Milliamps((power.count() * 1'000'000 + factor - 1) / factor);
}

/// In the base unit of the control, before step and bounds.
std::int64_t in_unit(const Control& control, Milliamps limit, int phases, std::optional<Watts> rated) {
  if (control.unit == LimitUnit::MilliampsPerPhase) return limit.count();
  const std::int64_t watts = limit.count() * watts_per_kiloampere(control, phases) / 1'000'000;
  if (control.unit == LimitUnit::WattsTotal) return watts;
  return watts * 1000 / rated->count();
}

}  // namespace

PlannedLimit plan_limit(const Control& control, Milliamps limit, int phases, std::optional<Watts> rated) {
  BALANS_CHECK(control.unit != LimitUnit::PermilleOfRated || (rated && rated->count() > 0));
  constexpr Milliamps kMost = 1'000'000_A;  // far above any device: keeps the products inside 64 bits
  const Milliamps asked = std::clamp(limit, Milliamps(), kMost);
  std::int64_t value = std::min(in_unit(control, asked, phases, rated), control.max);
  value -= value % control.step;
  if (value < control.min) value = 0;
  return {value, setpoint_of(control, value, phases, rated)};
}

Setpoint setpoint_of(const Control& control, std::int64_t value, int phases, std::optional<Watts> rated) {
  if (control.unit == LimitUnit::MilliampsPerPhase) return {Milliamps(value), std::nullopt};
  if (control.unit == LimitUnit::WattsTotal) return {current_of(control, Watts(value), phases), Watts(value)};
  const Watts power((value * rated->count() + 999) / 1000);
  return {current_of(control, power, phases), power};
}

}  // namespace balans
