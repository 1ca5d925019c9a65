#include "trafo/core/base_load.hpp"

#include <algorithm>

#include "common/check.hpp"
#include "common/defaults.hpp"

namespace balans {
namespace {

constexpr Millis kMeterKept = Millis(30'000);
constexpr Millis kDrawnKept = kMeterKept + defaults::kDrawnHolds;
constexpr std::size_t kMaxReadings = 100;

/// No status can be missing between the two for longer than the base load takes to be believed.
bool without_gap(const Drawn& before, const Drawn& after) {
  const Millis apart = after.at - before.at;
  return apart >= Millis() && apart <= defaults::kStatusEvery + defaults::kMeterLate;
}

struct Bracket {
  DrawnLog::const_iterator first, last;  ///< both count
  bool open_before = false;              ///< nothing is known from before the moment
  bool open_after = false;               ///< nothing is known from after the moment
};

Bracket around(const DrawnLog& log, BootTime moment) {
  const auto later =
      std::upper_bound(log.begin(), log.end(), moment, [](BootTime at, const Drawn& d) { return at < d.received; });
  const auto after =
      std::find_if(later, log.end(), [&](const Drawn& d) { return d.not_before && *d.not_before >= moment; });
  return {later == log.begin() ? later : later - 1, after == log.end() ? after - 1 : after, later == log.begin(),
          after == log.end()};
}

bool young(const DrawnLog& log, BootTime now) {
  return !log.empty() && log.back().not_before && now - *log.back().not_before <= defaults::kDrawnHolds;
}

/// Heard lately, and not certainly old.
bool seems_young(const DrawnLog& log, BootTime now) {
  const bool heard = !log.empty() && now - log.back().received <= defaults::kAgentSilentAfter;
  return heard && (!log.back().not_before || young(log, now));
}

/// The newest moment at which every device's draw is certain, from both sides. Devices without a young reading count as
/// drawing nothing, which needs no certainty.
BootTime certain_until(std::span<const Metered> devices, BootTime now) {
  BootTime until = now;
  for (const Metered& device : devices)
    if (young(*device.log, now)) until = std::min(until, *device.log->back().not_before);
  return until;
}

/// Whether readings without a gap enclose `moment`, or reach close enough to it.
bool heard_around(const DrawnLog& log, BootTime moment, BootTime now) {
  if (log.empty()) return false;
  const Bracket bracket = around(log, moment);
  if (bracket.open_before || (bracket.open_after && !young(log, now))) return false;
  for (auto d = bracket.first; d < bracket.last; ++d)
    if (!without_gap(d[0], d[1])) return false;
  return true;
}

PerPhase<Milliamps> negative(PerPhase<Milliamps> current) {
  for (Phase p : kPhases) current[p] = -current[p];
  return current;
}

/// What the devices' readings leave of one meter sample, at most and at least, in a direction of flow.
struct Bounds {
  PerPhase<Milliamps> most, least;
};

Bounds bounds_of(const MeterLog::Entry& entry, std::span<const Metered> devices, Direction direction, BootTime now) {
  Bounds draw{entry.load, entry.load};
  for (const Metered& device : devices) {
    // A raise is safe only if the device is taken to have helped as much as it may have; for a cut a silent one counts
    // as doing nothing.
    const bool drawing = direction == Direction::Draw;
    draw.most -=
        drew_at_least(*device.log, entry.taken, now, drawing ? negative(device.envelope.feed) : PerPhase<Milliamps>{});
    const PerPhase<Milliamps> unknown = drawing ? PerPhase<Milliamps>{} : device.envelope.draw;
    draw.least -= drawing || heard_around(*device.log, entry.taken, now)
                      ? drew_at_most(*device.log, entry.taken, now, unknown)
                      : unknown;
  }
  if (direction == Direction::Draw) return draw;
  return {negative(draw.least), negative(draw.most)};
}

}  // namespace

void remember(DrawnLog& log, const Drawn& drawn) {
  log.push_back(drawn);
  // One reading from before stays: it is the one certainly before the oldest meter sample.
  while (log.size() > kMaxReadings || (log.size() > 1 && drawn.received - log[1].received > kDrawnKept))
    log.pop_front();
}

PerPhase<Milliamps> drew_at_least(const DrawnLog& log, BootTime moment, BootTime now,
                                  const PerPhase<Milliamps>& unknown) {
  if (!heard_around(log, moment, now)) return unknown;
  const Bracket bracket = around(log, moment);
  PerPhase<Milliamps> least = bracket.first->current;
  for (auto d = bracket.first; d < bracket.last; ++d) least = smaller_of(least, d[1].current);
  return least;
}

PerPhase<Milliamps> drew_at_most(const DrawnLog& log, BootTime moment, BootTime now,
                                 const PerPhase<Milliamps>& unknown) {
  if (log.empty()) return unknown;
  const Bracket bracket = around(log, moment);
  if (bracket.open_after && !seems_young(log, now)) return unknown;
  PerPhase<Milliamps> most = bracket.first->current;
  for (auto d = bracket.first; d < bracket.last; ++d) most = larger_of(most, d[1].current);
  return most;
}

void remember(MeterLog& log, BootTime taken, const PerPhase<Milliamps>& load) {
  if (!log.recent.empty() && taken - log.recent.back().taken > defaults::kMeterLate) log.recent.clear();
  log.recent.push_back({taken, load});
  while (taken - log.recent.front().taken > kMeterKept || log.recent.size() > kMaxReadings) log.recent.pop_front();
}

BaseLoad base_load(const MeterLog& meter, std::span<const Metered> devices, Direction direction,
                   const PerPhase<bool>& overloaded, BootTime now) {
  BALANS_CHECK(!meter.recent.empty());
  const MeterLog::Entry& newest = meter.recent.back();
  const Bounds first = bounds_of(newest, devices, direction, now);
  BaseLoad base{first.most, first.least, first.least, false};
  const BootTime needed = std::min(newest.taken - defaults::kBaseLoadFall, certain_until(devices, now));
  for (auto entry = meter.recent.rbegin() + 1; entry != meter.recent.rend() && !base.certain; ++entry) {
    const Bounds bounds = bounds_of(*entry, devices, direction, now);
    base.high = larger_of(base.high, bounds.most);
    base.certain = entry->taken <= needed;
    if (newest.taken - entry->taken > defaults::kTimeSkew) continue;
    base.steady = smaller_of(base.steady, bounds.least);
    for (Phase p : kPhases)
      if (!overloaded[p]) base.low[p] = std::min(base.low[p], bounds.least[p]);
  }
  return base;
}

}  // namespace balans
