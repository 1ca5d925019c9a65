#pragma once
// A site's real charging sessions on a row that cannot carry them all at once, shared out equally.

#include <functional>

#include "api/core/flexibility/baseline.hpp"
#include "api/core/flexibility/share.hpp"
#include "sim/data/sessions.hpp"

namespace balans::bench {

namespace flex = api::flexibility;
using flex::MilliwattHours;

/// A session on its charger: when it comes and goes in minutes of its site's run, and what the car takes.
struct Stay {
  std::size_t charger = 0;
  std::int64_t arrives = 0, leaves = 0;
  WattHours need;
  PhaseSet phases;
  Milliamps power;
};

struct SiteStays {
  std::string site;
  std::size_t chargers = 0;
  std::vector<Stay> stays;  ///< by arrival
  int left_out = 0;         ///< shorter than a minute, longer than a week, or without energy
};
/// Chargers of one phase are spread over the three.
SiteStays stays_of(const sim::Motorists& people);

/// The highest minute of each phase where nothing is limited.
PerPhase<Milliamps> highest_flow(const SiteStays& site);
/// What would flow above `rating` in all, where nothing is limited.
MilliwattHours too_much(const SiteStays& site, const PerPhase<Milliamps>& rating);
/// What a stay takes by the end of so many minutes where nothing limits it.
MilliwattHours unlimited(const Stay& stay, std::int64_t minutes);

/// A stay when it is over, as it is recorded.
struct Visit {
  Stay stay;
  flex::Session session;
};

/// Runs the row at `rating`. `over` is given each stay that has ended; `settled` a minute, for all stays that began
/// before which it has been given.
void run(const SiteStays& site, const PerPhase<Milliamps>& rating, const std::function<void(Visit)>& over,
         const std::function<void(std::int64_t)>& settled);

/// The end of a minute of the run.
constexpr UnixTime end_of(std::int64_t minute) { return UnixTime((minute + 1) * 60'000); }

}  // namespace balans::bench
