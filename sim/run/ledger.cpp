#include "sim/run/ledger.hpp"

#include <algorithm>

#include "common/defaults.hpp"

namespace balans::runs {
namespace {

constexpr double kMet = 0.99;
constexpr double kMillijoulesPerKilowattHour = 3.6e9;

double kwh(sim::Millijoules energy) { return static_cast<double>(energy.count()) / kMillijoulesPerKilowattHour; }

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

void Ledger::add(const TickTruth& truth, std::span<const std::optional<Visit>> plugged,
                 std::span<const Milliamps> currents) {
  bool over = false, base_over = false;
  Milliamps idle;
  for (Phase p : kPhases) {
    const Milliamps load = truth.base[p] + truth.charged[p];
    idle += std::max(Milliamps(), truth.booked[p] - truth.charged[p]);
    if (load <= truth.limit[p]) continue;
    (truth.charged[p] > Milliamps() ? over : base_over) = true;
    if (truth.charged[p] > Milliamps())
      worst_percent_ = std::max(worst_percent_, 100.0 * static_cast<double>((load - truth.limit[p]).count()) /
                                                    static_cast<double>(truth.limit[p].count()));
  }
  peak_ = std::max(peak_, (truth.base + truth.charged).sum());
  over_now_ms_ = over ? over_now_ms_ + tick_.count() : 0;
  longest_over_ms_ = std::max(longest_over_ms_, over_now_ms_);
  over_ms_ += over ? tick_.count() : 0;
  base_over_ms_ += base_over ? tick_.count() : 0;
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
  result.overload_seconds = over_ms_ / 1000;
  result.longest_overload_s = longest_over_ms_ / 1000;
  result.base_overload_seconds = base_over_ms_ / 1000;
  result.worst_overload_percent = worst_percent_;
  result.peak_load_kva = static_cast<double>(peak_.count()) * 230 / 1e6;
}

}  // namespace balans::runs
