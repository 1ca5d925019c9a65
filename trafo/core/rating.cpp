#include "trafo/core/rating.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace balans {
namespace {

constexpr double kMostK = 5;                   // no trusted meter shows more, and the sums stay finite
constexpr Millis kLoadHolds = Millis(60'000);  // a load says nothing of what was before that
constexpr std::int64_t kColdTimeConstants = 3;

double celsius(MilliCelsius value) { return static_cast<double>(value.count()) / 1000; }

std::int64_t permille_up(double value) { return static_cast<std::int64_t>(std::ceil(value * 1000)); }

PerPhase<double> k_of(const PerPhase<Milliamps>& load, Milliamps rated) {
  PerPhase<double> k;
  for (Phase p : kPhases) {
    const double amps = std::abs(static_cast<double>(load[p].count()));
    k[p] = std::min(kMostK, amps / static_cast<double>(rated.count()));
  }
  return k;
}

/// What the transformer is taken to have carried since the last tick: by the meter; without one, or after a longer
/// pause, at least its rated current.
PerPhase<double> carried(const RatingPlan& plan, const RatingInput& input, Millis elapsed, RatingMemory& memory) {
  PerPhase<double> k = memory.last_k;
  if (input.load) {
    memory.last_k = k_of(*input.load, plan.settings.rated);
    if (elapsed <= kLoadHolds) return memory.last_k;
    k = larger_of(k, memory.last_k);
  }
  return larger_of(k, PerPhase<double>::all(1.0));
}

void catch_up(const RatingPlan& plan, const PerPhase<double>& k, double ambient_c, BootTime now, RatingMemory& memory) {
  if (now <= memory.stepped) return;
  memory.state = run(plan.settings.thermal, memory.state, {k, ambient_c}, now - memory.stepped, memory.ageing);
  memory.stepped = now;
}

void lower(Capacity& capacity, double k, RatingBound bound) {
  if (k < capacity.k) capacity = {k, bound};
}

/// The capacities of the last search, while they still hold and are young; found anew otherwise.
RatingMemory::Held& searched(const RatingPlan& plan, MilliCelsius ambient, BootTime now, RatingMemory& memory) {
  const RatingSettings& settings = plan.settings;
  const double ambient_c = celsius(ambient);
  auto& held = memory.held;
  const bool young = held && now >= held->searched && now - held->searched < settings.search_every;
  if (young && ambient <= held->ambient &&
      !rating::first_broken(plan, settings.normal, memory.state, ambient_c, held->normal.k) &&
      !rating::first_broken(plan, settings.emergency, memory.state, ambient_c, held->emergency.k))
    return *held;
  const Capacity normal = rating::search(plan, settings.normal, memory.state, ambient_c, plan.most);
  const Capacity emergency = rating::search(plan, settings.emergency, memory.state, ambient_c, plan.most_emergency);
  held = RatingMemory::Held{normal, emergency, std::nullopt, ambient, now};
  return *held;
}

struct Capacities {
  Capacity normal;
  Capacity emergency;
};

Capacities by_heat(const RatingPlan& plan, const Ambient& ambient, BootTime now, RatingMemory& memory) {
  RatingMemory::Held& held = searched(plan, ambient.value, now, memory);
  Capacities capacities{held.normal, held.emergency};
  if (memory.ageing.last_day() * 100 >= static_cast<double>(plan.settings.budget_percent)) {
    if (!held.sustainable_k) held.sustainable_k = rating::sustainable_k(plan.settings.thermal, celsius(held.ambient));
    lower(capacities.normal, *held.sustainable_k, RatingBound::LossOfLife);
  }
  if (now < memory.cold_until) {
    lower(capacities.normal, 1, RatingBound::ColdStart);
    lower(capacities.emergency, 1, RatingBound::ColdStart);
  }
  return capacities;
}

/// Name plate and table know no emergency: both capacities are the same.
Capacities by_plate(const RatingPlan& plan, const std::optional<LocalTime>& local) {
  Capacity capacity{1, RatingBound::Static};
  if (plan.settings.mode == RatingMode::Schedule)
    if (const auto percent = rating::scheduled_percent(plan.settings, local))
      capacity = {static_cast<double>(*percent) / 100, RatingBound::Schedule};
  lower(capacity, plan.most.k, plan.most.bound);
  return {capacity, capacity};
}

PerPhase<Milliamps> current_of(const RatingPlan& plan, double k) {
  constexpr double kRounding = 1e-6;  // mA, so that 95 % of 300 A is 285 A
  const double milliamps = std::floor(k * static_cast<double>(plan.settings.rated.count()) + kRounding);
  return PerPhase<Milliamps>::all(Milliamps(static_cast<std::int64_t>(milliamps)));
}

RatingDecision describe(const RatingPlan& plan, const Capacities& capacities, const PerPhase<double>& k,
                        const RatingMemory& memory) {
  RatingDecision decision;
  decision.normal = current_of(plan, capacities.normal.k);
  decision.emergency = larger_of(current_of(plan, capacities.emergency.k), decision.normal);
  decision.bound = capacities.normal.bound;
  decision.emergency_bound = capacities.emergency.bound;
  decision.permille = static_cast<std::int64_t>(std::floor(capacities.normal.k * 1000));
  decision.top_oil = rounded_up(memory.state.top_oil_c);
  for (Phase p : kPhases) {
    decision.load_permille[p] = permille_up(k[p]);
    decision.hot_spot[p] = rounded_up(memory.state.hot_spot_c(p));
  }
  decision.life_permille = permille_up(memory.ageing.last_day());
  return decision;
}

bool runs(const ScheduleRow& row, const LocalTime& local) {
  if (local.month < 1 || local.month > 12 || ((row.months >> (local.month - 1)) & 1) == 0) return false;
  if (row.from_minute == row.to_minute) return true;
  const bool after = local.minute_of_day >= row.from_minute;
  const bool before = local.minute_of_day < row.to_minute;
  return row.from_minute < row.to_minute ? after && before : after || before;
}

}  // namespace

RatingMemory start_rating(const RatingPlan& plan, const RatingInput& input) {
  const ThermalParameters& thermal = plan.settings.thermal;
  const Ambient ambient = ambient_now(plan.settings.ambient, input.ambient, input.local, input.now);
  RatingMemory memory;
  memory.state = steady_state(thermal, {PerPhase<double>::all(1.0), celsius(ambient.value)});
  memory.stepped = input.now;
  const double cold_ms = thermal.tau_o_min * static_cast<double>(kColdTimeConstants) * 60e3;
  memory.cold_until = input.now + Millis(static_cast<std::int64_t>(cold_ms));
  return memory;
}

RatingDecision rate(const RatingPlan& plan, const RatingInput& input, RatingMemory& memory) {
  const Ambient ambient = ambient_now(plan.settings.ambient, input.ambient, input.local, input.now);
  const PerPhase<double> k = carried(plan, input, input.now - memory.stepped, memory);
  catch_up(plan, k, celsius(ambient.value), input.now, memory);
  const Capacities capacities = plan.settings.mode == RatingMode::Dynamic ? by_heat(plan, ambient, input.now, memory)
                                                                          : by_plate(plan, input.local);
  RatingDecision decision = describe(plan, capacities, k, memory);
  decision.ambient = ambient;
  return decision;
}

std::optional<std::int64_t> rating::scheduled_percent(const RatingSettings& settings,
                                                      const std::optional<LocalTime>& local) {
  std::optional<std::int64_t> smallest;
  for (const ScheduleRow& row : settings.schedule) {
    if (local && runs(row, *local)) return row.percent;
    smallest = std::min(row.percent, smallest.value_or(row.percent));
  }
  if (local) return std::nullopt;
  return smallest ? std::min<std::int64_t>(*smallest, 100) : smallest;  // outside the rows the name plate counts
}

}  // namespace balans
