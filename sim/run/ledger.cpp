#include "sim/run/ledger.hpp"

#include <algorithm>

#include "common/defaults.hpp"

namespace balans::runs {
namespace {

constexpr double kMet = 0.99;
double kwh(sim::Millijoules energy) {
  return static_cast<double>(energy.count()) / (1000.0 * sim::kMillijoulesPerWattHour);
}

double share(const Visit& visit) {
  return static_cast<double>(visit.got.count()) / static_cast<double>(visit.asked.count());
}

/// (Σx)² / (n·Σx²); 1 when all are equal, 1/n when one has everything.
double jain_of(const std::vector<Visit>& visits) {
  double sum = 0, squares = 0;
  for (const Visit& visit : visits) {
    sum += share(visit);
    squares += share(visit) * share(visit);
  }
  return squares > 0 ? sum * sum / (static_cast<double>(visits.size()) * squares) : 1;
}

}  // namespace

bool Ledger::anybody_waits(std::span<const std::optional<Visit>> plugged, std::span<const Milliamps> currents) const {
  for (std::size_t i = 0; i < plugged.size(); ++i)
    if (plugged[i] && plugged[i]->wants_more() && currents[i] < plugged[i]->max) return true;
  return false;
}

void Ledger::Over::add(bool over, Millis tick) {
  now_ms = over ? now_ms + tick.count() : 0;
  longest_ms = std::max(longest_ms, now_ms);
  sum_ms += over ? tick.count() : 0;
}

void Ledger::add(const TickTruth& truth, std::span<const std::optional<Visit>> plugged,
                 std::span<const Milliamps> currents) {
  bool over = false, caused = false, base_over = false;
  Milliamps idle;
  for (Phase p : kPhases) {
    const Milliamps load = truth.base[p] + truth.charged[p];
    idle += std::max(Milliamps(), truth.booked[p] - truth.charged[p]);
    if (load <= truth.limit[p]) continue;
    const bool charges = truth.charged[p] > Milliamps();
    (charges ? over : base_over) = true;
    caused = caused || (charges && truth.base[p] <= truth.limit[p]);
    if (charges)
      worst_percent_ = std::max(worst_percent_, 100.0 * static_cast<double>((load - truth.limit[p]).count()) /
                                                    static_cast<double>(truth.limit[p].count()));
  }
  peak_ = std::max(peak_, (truth.base + truth.charged).sum());
  over_.add(over, tick_);
  caused_.add(caused, tick_);
  base_over_.add(base_over, tick_);
  if (idle > Milliamps() && anybody_waits(plugged, currents))
    reserved_ += sim::energy_of(sim::active_power(idle, defaults::kNominal, 1, 1000), tick_);
}

void Ledger::sum_up(const std::vector<Visit>& visits, RunResult& result) const {
  sim::Millijoules asked, got;
  std::int64_t met = 0, stops = 0;
  for (const Visit& visit : visits) {
    asked += visit.asked;
    got += visit.got;
    met += share(visit) >= kMet ? 1 : 0;
    stops += visit.stops;
  }
  const double count = std::max<double>(1, static_cast<double>(visits.size()));
  result.sessions = static_cast<int>(visits.size());
  result.requested_kwh = kwh(asked);
  result.delivered_kwh = kwh(got);
  result.reserved_kwh = kwh(reserved_);
  result.demands_met = visits.empty() ? 1 : static_cast<double>(met) / count;
  result.jain = jain_of(visits);
  result.stops_per_session = static_cast<double>(stops) / count;
  result.overload_seconds = over_.sum_ms / 1000;
  result.longest_overload_s = over_.longest_ms / 1000;
  result.caused_overload_seconds = caused_.sum_ms / 1000;
  result.longest_caused_overload_s = caused_.longest_ms / 1000;
  result.base_overload_seconds = base_over_.sum_ms / 1000;
  result.worst_overload_percent = worst_percent_;
  result.peak_load_kva = static_cast<double>(peak_.count()) * 230 / 1e6;
}

}  // namespace balans::runs
