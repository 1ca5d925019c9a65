#include "tests/bench/flexibility/site.hpp"

#include <algorithm>
#include <map>

#include "tests/support/equal_shares.hpp"

namespace balans::bench {
namespace {

constexpr std::int64_t kVolts = 230, kLongest = 7 * 1440, kSlotMinutes = 15;

std::int64_t minute_of(sim::LocalTime time) { return time.ms() / 60'000; }

MilliwattHours in_a_minute(const Stay& stay) {
  return MilliwattHours(stay.power.count() * stay.phases.size() * kVolts / 60);
}

/// A stay while it lasts.
struct Present {
  Visit visit;
  MilliwattHours taken;

  [[nodiscard]] PerPhase<Milliamps> ask() const {
    return visit.stay.phases.spread(taken < flex::fine(visit.stay.need) ? visit.stay.power : 0_mA);
  }

  void live(std::int64_t minute, const PerPhase<Milliamps>& limit) {
    flex::Minute noted;
    noted.end = end_of(minute);
    noted.connected = minute < visit.stay.leaves;
    if (noted.connected) {
      noted.ask = ask();
      noted.limit = limit;
      noted.drawn = drawn(limit);
    } else {
      noted.drawn.emplace();
    }
    taken += MilliwattHours(noted.drawn->sum().count() * kVolts / 60);
    noted.counter = flex::whole(taken);
    if (flex::is_bound(noted)) {
      noted.reason = limit.largest() > 0_mA ? Reason::Capacity : Reason::Waiting;
      noted.node = "row";
    }
    visit.session.minutes.push_back(std::move(noted));
  }

  /// In its last minute it takes only what is left.
  [[nodiscard]] PerPhase<Milliamps> drawn(const PerPhase<Milliamps>& limit) const {
    const std::int64_t left = (flex::fine(visit.stay.need) - taken).count();
    const Milliamps most(left * 60 / kVolts / visit.stay.phases.size() + 1);
    return smaller_of(smaller_of(ask(), limit), visit.stay.phases.spread(std::max(0_mA, most)));
  }
};

Present arrived(const Stay& stay) {
  Present present;
  present.visit.stay = stay;
  present.visit.session.plugged_in = end_of(stay.arrives - 1);
  present.visit.session.needs.push_back({end_of(stay.arrives - 1), stay.need, end_of(stay.leaves - 1)});
  return present;
}

/// When how much more or less flows where nothing is limited; a stay's last minute counts as a whole one.
std::map<std::int64_t, PerPhase<Milliamps>> changes_of(const SiteStays& site) {
  std::map<std::int64_t, PerPhase<Milliamps>> changes;
  for (const Stay& stay : site.stays) {
    const std::int64_t full = (flex::fine(stay.need) + in_a_minute(stay) - MilliwattHours(1)) / in_a_minute(stay);
    changes[stay.arrives] += stay.phases.spread(stay.power);
    changes[stay.arrives + full] -= stay.phases.spread(stay.power);
  }
  return changes;
}

}  // namespace

SiteStays stays_of(const sim::Motorists& people) {
  SiteStays site;
  site.site = people.site;
  std::size_t single = 0;
  for (const sim::Motorist& driver : people.drivers) {
    const std::size_t charger = site.chargers++;
    const Phase own = kPhases[single++ % kPhases.size()];
    for (const sim::Session& session : driver.sessions) {
      const sim::CarNeed car = sim::car_of(session, 3, 32_A);
      Stay stay{charger,
                minute_of(session.arrival),
                minute_of(session.departure),
                session.energy,
                car.conductors == 3 ? PhaseSet::all() : PhaseSet{own},
                car.max};
      if (stay.leaves <= stay.arrives || stay.leaves - stay.arrives > kLongest || stay.need <= 0_Wh) {
        ++site.left_out;
        continue;
      }
      // The power is an estimate: of the energy, no more than it can bring.
      stay.need = std::min(stay.need, flex::whole(in_a_minute(stay) * (stay.leaves - stay.arrives)));
      site.stays.push_back(stay);
    }
  }
  std::ranges::stable_sort(site.stays, {}, &Stay::arrives);
  return site;
}

MilliwattHours unlimited(const Stay& stay, std::int64_t minutes) {
  return std::min(flex::fine(stay.need), in_a_minute(stay) * std::max<std::int64_t>(0, minutes));
}

PerPhase<Milliamps> highest_flow(const SiteStays& site) {
  PerPhase<Milliamps> flow, highest;
  for (const auto& [minute, change] : changes_of(site)) highest = larger_of(highest, flow += change);
  return highest;
}

MilliwattHours too_much(const SiteStays& site, const PerPhase<Milliamps>& rating) {
  PerPhase<Milliamps> flow;
  std::int64_t last = 0;
  MilliwattHours sum;
  for (const auto& [minute, change] : changes_of(site)) {
    for (Phase p : kPhases)
      sum += MilliwattHours(std::max(0_mA, flow[p] - rating[p]).count() * kVolts / 60) * (minute - last);
    flow += change;
    last = minute;
  }
  return sum;
}

void run(const SiteStays& site, const PerPhase<Milliamps>& rating, const std::function<void(Visit)>& over,
         const std::function<void(std::int64_t)>& settled) {
  std::vector<Present> present;
  std::size_t next = 0;
  std::int64_t minute = 0;
  while (next < site.stays.size() || !present.empty()) {
    if (present.empty()) minute = site.stays[next].arrives;
    for (; next < site.stays.size() && site.stays[next].arrives <= minute; ++next)
      present.push_back(arrived(site.stays[next]));
    std::vector<PerPhase<Milliamps>> asks;
    for (const Present& one : present)
      asks.push_back(minute < one.visit.stay.leaves ? one.ask() : PerPhase<Milliamps>());
    const auto limits = test::equal_shares(asks, rating, static_cast<std::size_t>(minute / kSlotMinutes));
    for (std::size_t i = 0; i < present.size(); ++i) present[i].live(minute, limits[i]);
    std::erase_if(present, [&](Present& one) {
      if (minute < one.visit.stay.leaves) return false;
      over(std::move(one.visit));
      return true;
    });
    ++minute;
    std::int64_t oldest = minute;
    for (const Present& one : present) oldest = std::min(oldest, one.visit.stay.arrives);
    if (minute % kSlotMinutes == 0) settled(oldest);
  }
  settled(minute + kSlotMinutes);
}

}  // namespace balans::bench
