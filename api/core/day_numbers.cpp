#include "api/core/day_numbers.hpp"

#include <algorithm>
#include <map>

namespace balans::api {
namespace {

constexpr std::int64_t kNominalVolts = 230;
constexpr std::int64_t kMostStepWh = 1'000'000;  // a counter that jumps further was replaced

bool any_over(const TrafoState& state) {
  return std::any_of(state.nodes.begin(), state.nodes.end(), [](const NodeState& node) {
    return std::any_of(kPhases.begin(), kPhases.end(), [&](Phase p) { return node.load[p] > node.rating[p]; });
  });
}

/// What it asks for above its limit, over all phases.
Milliamps held_back(const DeviceState& device) {
  Milliamps sum = 0_A;
  for (Phase p : kPhases) sum = sum + std::max(0_A, device.ask.draw[p] - device.limit.draw[p]);
  return sum;
}

}  // namespace

void DayNumbers::add(const DayNumbers& more) {
  heard = heard + more.heard;
  overload = overload + more.overload;
  limited = limited + more.limited;
  delivered_wh += more.delivered_wh;
  curtailed_mas += more.curtailed_mas;
  life_used_ppm = std::max(life_used_ppm, more.life_used_ppm);
  hot_spot_mdeg = std::max(hot_spot_mdeg, more.hot_spot_mdeg);
}

std::int64_t DayNumbers::curtailed_wh() const { return curtailed_mas * kNominalVolts / 1000 / 3600; }

DayNumbers numbers_between(const TrafoState& before, const TrafoState& after, Millis passed) {
  DayNumbers numbers;
  if (after.temperatures) {
    numbers.life_used_ppm = after.temperatures->life_used_ppm;
    numbers.hot_spot_mdeg = after.temperatures->hot_spot_mdeg;
  }
  std::map<AgentId, WattHours> counters;
  for (const DeviceState& device : before.devices)
    if (device.energy) counters[device.agent] = *device.energy;
  for (const DeviceState& device : after.devices) {
    const auto counter = counters.find(device.agent);
    if (!device.energy || counter == counters.end()) continue;
    const std::int64_t step = (*device.energy - counter->second).count();
    if (step > 0 && step <= kMostStepWh) numbers.delivered_wh += step;
  }
  if (passed <= Millis(0) || passed > kHeardTogether) return numbers;
  numbers.heard = passed;
  if (any_over(before)) numbers.overload = passed;
  for (const DeviceState& device : before.devices) {
    const Milliamps missing = held_back(device);
    if (missing <= 0_A) continue;
    numbers.limited = numbers.limited + passed;
    numbers.curtailed_mas += missing.count() * passed.count() / 1000;
  }
  return numbers;
}

}  // namespace balans::api
