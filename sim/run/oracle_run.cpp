#include "sim/run/oracle_run.hpp"

#include <algorithm>

#include "sim/run/ledger.hpp"
#include "sim/run/oracle.hpp"
#include "sim/run/transformer.hpp"

namespace balans::runs {
namespace {

constexpr Millis kSlot = 15_min;
constexpr Millis kMinute = Millis(60'000);

PerPhase<Milliamps> most_usable(const RunOptions& options) {
  const Transformer transformer(options);
  PerPhase<Milliamps> usable = transformer.usable();
  if (const auto plan = rating_plan(options))
    for (Phase p : kPhases)
      usable[p] = Milliamps(static_cast<std::int64_t>(static_cast<double>(usable[p].count()) * plan->most.k));
  return usable;
}

SlotRoom room_of(const RunOptions& options, const Town& town, const PerPhase<Milliamps>& usable, sim::LocalTime begin) {
  SlotRoom room{};
  for (sim::LocalTime minute = begin; minute < begin + kSlot; minute = minute + kMinute) {
    const PerPhase<Milliamps> base = town.base_at(minute, options.pv);
    for (Phase p : kPhases) room.ma_s[p] += std::max(Milliamps(), usable[p] - base[p]).count() * 60;
  }
  return room;
}

std::vector<Visit> visits_of(const RunOptions& options, const Town& town) {
  std::vector<Visit> visits;
  for (const Charger& charger : town.chargers)
    for (const Visit& visit : Life::visits_of(charger, options.start, options.end())) visits.push_back(visit);
  return visits;
}

}  // namespace

Result<void> run_oracle(const RunOptions& options, const Town& town, RunResult& result) {
  const PerPhase<Milliamps> usable = most_usable(options);
  OracleProblem problem;
  problem.start = options.start;
  problem.slot = kSlot;
  for (sim::LocalTime slot = options.start; slot < options.end(); slot = slot + kSlot)
    problem.room.push_back(room_of(options, town, usable, slot));
  std::vector<Visit> visits = visits_of(options, town);
  for (const Visit& visit : visits)
    problem.stays.push_back({visit.arrival, visit.departure, visit.phases, visit.max, visit.asked});
  const Result<OracleAnswer> answer = solve(problem);
  if (!answer) return answer.error();
  for (std::size_t i = 0; i < visits.size(); ++i) visits[i].got = std::min(visits[i].asked, answer->delivered[i]);

  Ledger ledger(kSlot);
  Transformer transformer(options);
  for (std::size_t i = 0; i < problem.room.size(); ++i) {
    const sim::LocalTime slot = options.start + kSlot * static_cast<std::int64_t>(i);
    const PerPhase<Milliamps> base = town.base_at(slot, options.pv);
    transformer.carry(slot + kSlot, base + answer->load[i], town.weather_at(slot).ambient);
  }
  ledger.sum_up(visits, result);
  result.hot_spot_peak_c = transformer.hot_spot_peak_c();
  result.loss_of_life_hours = transformer.loss_of_life_hours();
  result.ticks = static_cast<std::int64_t>(problem.room.size());
  return {};
}

}  // namespace balans::runs
