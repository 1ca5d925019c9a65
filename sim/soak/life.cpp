#include "sim/soak/life.hpp"

#include <algorithm>

namespace balans::soak {
namespace {

constexpr Millis kCarsChangeIn = Millis(30'000);  // one leaves, another comes

/// The design peak of a node without those below it.
PerPhase<Milliamps> own_peak(const Site& site, std::size_t node) {
  PerPhase<Milliamps> peak = site.nodes[node].design_peak_base;
  for (const Node& below : site.nodes)
    if (below.parent == static_cast<int>(node)) peak -= below.design_peak_base;
  return peak;
}

}  // namespace

Life::Life(const Weather& weather, std::uint64_t seed, const twin::Street& street)
    : weather_(weather), random_(seed ^ 0x11fe), places_(street.agents.size()) {
  for (std::size_t v = 0; v < street.bases.size(); ++v) {
    Course course;
    course.most = own_peak(street.site, v);
    course.least = smaller_of(street.bases[v], PerPhase<Milliamps>{});
    course.target = street.bases[v];
    courses_.push_back(course);
  }
}

void Life::go_on(twin::World& world) {
  for (std::size_t i = 0; i < places_.size(); ++i) change_appetite(world, i);
  for (std::size_t v = 0; v < courses_.size(); ++v) change_base(world, v);
}

void Life::settle_down(twin::World& world) {
  weather_ = Weather{};
  for (std::size_t i = 0; i < places_.size(); ++i) {
    world.agents()[i].device.appetite = {world.agents()[i].settings.max, {}};
    places_[i].empty_since.reset();
  }
  for (std::size_t v = 0; v < courses_.size(); ++v) courses_[v].target = world.street().bases[v];
}

void Life::change_appetite(twin::World& world, std::size_t index) {
  const twin::WorldTime now = world.now();
  twin::AgentProcess& agent = world.agents()[index];
  twin::DeviceModel& device = agent.device;
  Place& place = places_[index];
  if (!agent.is_quiet(now)) place.disturbed = now;
  // A car that stops by itself while a cut is on its way looks like one that obeys; no protocol can tell.
  if (!device.is_settled(now) || !agent.orders.empty()) return;
  if (place.empty_since) {
    // Another car that comes while nobody looks is a base load that jumps.
    if (now - std::max(*place.empty_since, place.disturbed) < kCarsChangeIn) return;
    const bool takes_all = device.phases.size() < 3 || device.conductors.size() < 3;
    device.conductors = takes_all ? PhaseSet::all() : PhaseSet{Phase::L1};
    device.appetite.draw = agent.settings.max;
    place.empty_since.reset();
  } else if (!device.is_store && device.fewer.empty() && random_.happens(weather_.car_changes)) {
    device.appetite = {};
    place.empty_since = now;
  } else if (random_.happens(weather_.appetite_changes)) {
    const bool feeds = device.is_store && random_.happens(500'000);
    const Milliamps most = feeds ? agent.settings.max_feed : agent.settings.max;
    const Milliamps wants = random_.happens(300'000) ? Milliamps() : Milliamps(random_.between(0, most.count()));
    device.appetite = {};
    device.appetite[feeds ? Direction::Feed : Direction::Draw] = wants;
  }
}

void Life::change_base(twin::World& world, std::size_t node) {
  Course& course = courses_[node];
  PerPhase<Milliamps>& base = world.street().bases[node];
  const auto anywhere = [&](Phase p) {
    return Milliamps(random_.between(course.least[p].count(), course.most[p].count()));
  };
  const bool one_phase = random_.happens(500'000);
  const Phase only = kPhases[static_cast<std::size_t>(random_.between(0, 2))];
  const auto set_course = [&](Milliamps per_second) {
    course.per_second = per_second;
    for (Phase p : kPhases) course.target[p] = one_phase && p != only ? base[p] : anywhere(p);
  };
  if (random_.happens(weather_.base_steps)) set_course(100_A);
  if (random_.happens(weather_.base_ramps)) set_course(Milliamps(random_.between(50, 2'000)));
  if (random_.happens(weather_.base_walks)) {
    course.per_second = 500_mA;
    const Milliamps stride(random_.between(-500, 500));
    course.target[only] = std::clamp(base[only] + stride, course.least[only], course.most[only]);
  }
  for (Phase p : kPhases) base[p] += std::clamp(course.target[p] - base[p], -course.per_second, course.per_second);
}

}  // namespace balans::soak
