#include "trafo/core/thermal.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>

namespace balans {
namespace {

double mean_square(const PerPhase<double>& k) {
  double sum = 0;
  for (Phase p : kPhases) sum += k[p] * k[p];
  return sum / static_cast<double>(kPhases.size());
}

/// From `now` towards `goal`, of which `left` of the way is left.
double towards(double now, double goal, double left) { return goal + (now - goal) * left; }

std::string outside(const ThermalField& field, double value) {
  char text[96];
  std::snprintf(text, sizeof text, "%g is outside %g..%g", value, field.min, field.max);
  return text;
}

}  // namespace

ThermalParameters parameters_of(ThermalSet set) {
  ThermalParameters parameters;
  if (set == ThermalSet::DistributionOnan) return parameters;
  parameters.y = 1.3;
  parameters.k11 = 0.5;
  parameters.k21 = 2;
  parameters.loss_ratio = 6;
  parameters.surcharge_to = SurchargeTo::Ambient;
  const bool onan = set == ThermalSet::PowerOnan;
  parameters.oil_rise_k = onan ? 60 : 52;
  parameters.hot_spot_gradient_k = onan ? 22.1 : 26;
  parameters.tau_o_min = onan ? 210 : 150;
  parameters.tau_w_min = onan ? 10 : 7;
  return parameters;
}

Result<void> check_thermal(const ThermalParameters& parameters, std::string_view path) {
  const std::string prefix = std::string(path) + ".";
  for (const ThermalField& field : kThermalFields) {
    const double value = parameters.*field.member;
    if (!(value >= field.min && value <= field.max))  // so that NaN is refused too
      return Error{prefix + std::string(field.name), outside(field, value)};
  }
  const TimeConstants tau = time_constants(parameters);
  if (tau.fast_min > tau.slow_min)
    return Error{prefix + "tau_w_min", "k22 * tau_w_min is above tau_o_min / k22: more current would mean less heat"};
  return {};
}

double ThermalState::hottest_c() const {
  double hottest = hot_spot_c(Phase::L1);
  for (Phase p : kPhases) hottest = std::max(hottest, hot_spot_c(p));
  return hottest;
}

double top_oil_at(const ThermalParameters& parameters, double ambient_c, double mean_k2) {
  const double surcharge = parameters.surcharge_k;
  const bool on_rise = parameters.surcharge_to == SurchargeTo::OilRise;
  const double losses = (1 + parameters.loss_ratio * mean_k2) / (1 + parameters.loss_ratio);
  const double rise = (parameters.oil_rise_k + (on_rise ? surcharge : 0)) * std::pow(losses, parameters.x);
  return ambient_c + (on_rise ? 0 : surcharge) + rise;
}

double gradient_at(const ThermalParameters& parameters, double k) {
  return parameters.hot_spot_gradient_k * std::pow(k, parameters.y);
}

TimeConstants time_constants(const ThermalParameters& parameters) {
  return {parameters.k11 * parameters.tau_o_min, parameters.k22 * parameters.tau_w_min,
          parameters.tau_o_min / parameters.k22};
}

ThermalState steady_state(const ThermalParameters& parameters, const ThermalDrive& drive) {
  ThermalState state;
  state.top_oil_c = top_oil_at(parameters, drive.ambient_c, mean_square(drive.k));
  for (Phase p : kPhases) {
    const double gradient = gradient_at(parameters, drive.k[p]);
    state.fast_gradient_k[p] = parameters.k21 * gradient;
    state.slow_gradient_k[p] = (parameters.k21 - 1) * gradient;
  }
  return state;
}

ThermalState step(const ThermalParameters& parameters, const ThermalState& state, const ThermalDrive& drive,
                  double minutes) {
  const TimeConstants tau = time_constants(parameters);
  const double fast = std::exp(-minutes / tau.fast_min);
  const double slow = std::exp(-minutes / tau.slow_min);
  const ThermalState goal = steady_state(parameters, drive);
  ThermalState after;
  after.top_oil_c = towards(state.top_oil_c, goal.top_oil_c, std::exp(-minutes / tau.oil_min));
  for (Phase p : kPhases) {
    after.fast_gradient_k[p] = towards(state.fast_gradient_k[p], goal.fast_gradient_k[p], fast);
    after.slow_gradient_k[p] = towards(state.slow_gradient_k[p], goal.slow_gradient_k[p], slow);
  }
  return after;
}

MilliCelsius rounded_up(double celsius) { return MilliCelsius(static_cast<std::int64_t>(std::ceil(celsius * 1000))); }

}  // namespace balans
