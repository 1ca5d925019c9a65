// Second part of a step: trust, base load, headroom.
#include <algorithm>

#include "trafo/core/step.hpp"

namespace balans::deciding {
namespace {

std::vector<const DrawnLog*> drawn_logs(const Memory& memory) {
  std::vector<const DrawnLog*> logs;
  for (const AgentRecord& agent : memory.agents) logs.push_back(&agent.drawn);
  return logs;
}

/// What the devices are known to have drawn at `moment`, at least. Of the meter's own moment: cars that start between
/// its sample and now are no reason to doubt it.
PerPhase<Milliamps> drawn_at(const Memory& memory, BootTime moment, BootTime now) {
  PerPhase<Milliamps> sum;
  for (const AgentRecord& agent : memory.agents) sum += drew_at_least(agent.drawn, moment, now);
  return sum;
}

BaseLoad base_of(const Site& site, const Memory& memory, const PerPhase<Milliamps>& rating, BootTime now) {
  if (!still_holds(memory.meter, now)) return {site.design_peak_base, site.design_peak_base, false};
  PerPhase<bool> overloaded;
  for (Phase p : kPhases) overloaded[p] = memory.meter.good->current[p] > rating[p];
  return base_load(memory.meter_log, drawn_logs(memory), overloaded, now);
}

}  // namespace

bool Budget::overbooked(PhaseSet phases, const PerPhase<Milliamps>& headroom) const {
  return std::any_of(kPhases.begin(), kPhases.end(),
                     [&](Phase p) { return phases.contains(p) && booked[p] > headroom[p]; });
}

PerPhase<Milliamps> Budget::to_share() const { return smaller_of(for_cuts, larger_of(for_raises, booked)); }

Budget budget(const Site& site, const Snapshot& snapshot, Memory& memory) {
  const BootTime now = snapshot.now;
  const std::optional<MeterSample> before = memory.meter.good;
  const BootTime measured_at = snapshot.meter ? snapshot.meter->taken : now;
  memory.meter = judge(site, std::move(memory.meter), snapshot.meter, drawn_at(memory, measured_at, now), now);
  const std::optional<MeterSample>& good = memory.meter.good;
  if (good && (!before || before->taken < good->taken)) remember(memory.meter_log, good->taken, good->current);

  Budget budget;
  budget.rating = usable_rating(site);
  budget.base = base_of(site, memory, budget.rating, now);
  budget.for_raises = budget.rating - budget.base.high;
  budget.for_cuts = budget.rating - budget.base.low;
  for (std::size_t i = 0; i < site.agents.size(); ++i) {
    const PerPhase<Milliamps> most = envelope(memory.agents[i].book, site.agents[i]);
    if (controllable(memory.agents[i])) {
      budget.booked += most;
    } else {
      budget.for_raises -= most;
      budget.for_cuts -= most;
    }
  }
  budget.may_raise = trusted(memory.meter.quality) && budget.base.certain;
  return budget;
}

}  // namespace balans::deciding
