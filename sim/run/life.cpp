#include "sim/run/life.hpp"

#include <algorithm>

#include "common/defaults.hpp"

namespace balans::runs {
namespace {

using sim::LocalTime;
using sim::Millijoules;

/// What flows at nominal voltage.
Millijoules energy(Milliamps current, int conductors, Millis dt) {
  return sim::energy_of(sim::active_power(current, defaults::kNominal, conductors, 1000), dt);
}

Visit visit_of(const Charger& charger, const sim::Session& session) {
  const sim::CarNeed need = sim::car_of(session, 3, charger.max);
  Visit visit;
  visit.arrival = session.arrival;
  visit.departure = session.departure;
  visit.conductors = need.conductors;
  for (int i = 0; i < need.conductors; ++i) visit.phases.insert(charger.wiring[static_cast<std::size_t>(i)]);
  visit.max = need.max;
  visit.asked = std::min(sim::millijoules(session.energy),
                         energy(need.max, need.conductors, session.departure - session.arrival));
  return visit;
}

}  // namespace

std::vector<Visit> Life::visits_of(const Charger& charger, LocalTime start, LocalTime end) {
  std::vector<Visit> visits;
  for (const sim::Session& session : charger.sessions) {
    if (session.arrival < start || session.departure > end) continue;  // judged by whole sessions only
    const Visit visit = visit_of(charger, session);
    if (visit.asked > Millijoules()) visits.push_back(visit);
  }
  return visits;
}

Life::Life(const Town& town, LocalTime start, LocalTime end) : plugged_(town.chargers.size()) {
  for (const Charger& charger : town.chargers) {
    coming_.push_back(visits_of(charger, start, end));
    std::reverse(coming_.back().begin(), coming_.back().end());
  }
}

void Life::come_and_go(LocalTime now) {
  for (std::size_t i = 0; i < plugged_.size(); ++i) {
    if (plugged_[i] && plugged_[i]->departure <= now) {
      over_.push_back(*plugged_[i]);
      plugged_[i].reset();
    }
    if (plugged_[i] || coming_[i].empty() || coming_[i].back().arrival > now) continue;
    plugged_[i] = coming_[i].back();
    coming_[i].pop_back();
  }
}

void Life::charge(std::span<const Milliamps> currents, Millis dt) {
  for (std::size_t i = 0; i < plugged_.size(); ++i) {
    if (!plugged_[i]) continue;
    Visit& visit = *plugged_[i];
    const bool flows = currents[i] >= sim::kPilotMinimum && visit.wants_more();
    if (visit.flowing && !flows && visit.wants_more()) ++visit.stops;
    visit.flowing = flows;
    if (flows) visit.got = std::min(visit.asked, visit.got + energy(currents[i], visit.conductors, dt));
  }
}

}  // namespace balans::runs
