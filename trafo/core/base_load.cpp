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
  const auto later = std::find_if(log.begin(), log.end(), [&](const Drawn& d) { return d.received > moment; });
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
BootTime certain_until(std::span<const DrawnLog* const> devices, BootTime now) {
  BootTime until = now;
  for (const DrawnLog* log : devices)
    if (young(*log, now)) until = std::min(until, *log->back().not_before);
  return until;
}

PerPhase<Milliamps> base_at_most(const MeterLog::Entry& entry, std::span<const DrawnLog* const> devices, BootTime now) {
  PerPhase<Milliamps> base = entry.load;
  for (const DrawnLog* log : devices) base -= drew_at_least(*log, entry.taken, now);
  return base;
}

PerPhase<Milliamps> base_at_least(const MeterLog::Entry& entry, std::span<const DrawnLog* const> devices,
                                  BootTime now) {
  PerPhase<Milliamps> base = entry.load;
  for (const DrawnLog* log : devices) base -= drew_at_most(*log, entry.taken, now);
  return base;
}

}  // namespace

void remember(DrawnLog& log, const Drawn& drawn) {
  log.push_back(drawn);
  // One reading from before stays: it is the one certainly before the oldest meter sample.
  while (log.size() > kMaxReadings || (log.size() > 1 && drawn.received - log[1].received > kDrawnKept))
    log.pop_front();
}

PerPhase<Milliamps> drew_at_least(const DrawnLog& log, BootTime moment, BootTime now) {
  if (log.empty()) return {};
  const Bracket bracket = around(log, moment);
  if (bracket.open_before || (bracket.open_after && !young(log, now))) return {};
  PerPhase<Milliamps> least = bracket.first->current;
  for (auto d = bracket.first; d < bracket.last; ++d) {
    if (!without_gap(d[0], d[1])) return {};
    least = smaller_of(least, d[1].current);
  }
  return least;
}

PerPhase<Milliamps> drew_at_most(const DrawnLog& log, BootTime moment, BootTime now) {
  if (log.empty()) return {};
  const Bracket bracket = around(log, moment);
  if (bracket.open_after && !seems_young(log, now)) return {};
  PerPhase<Milliamps> most;
  for (auto d = bracket.first; d <= bracket.last; ++d) most = larger_of(most, d->current);
  return most;
}

void remember(MeterLog& log, BootTime taken, const PerPhase<Milliamps>& load) {
  if (!log.recent.empty() && taken - log.recent.back().taken > defaults::kMeterLate) log.recent.clear();
  log.recent.push_back({taken, load});
  while (taken - log.recent.front().taken > kMeterKept || log.recent.size() > kMaxReadings) log.recent.pop_front();
}

BaseLoad base_load(const MeterLog& meter, std::span<const DrawnLog* const> devices, const PerPhase<bool>& overloaded,
                   BootTime now) {
  BALANS_CHECK(!meter.recent.empty());
  const MeterLog::Entry& newest = meter.recent.back();
  BaseLoad base{base_at_most(newest, devices, now), base_at_least(newest, devices, now), false};
  const BootTime needed = std::min(newest.taken - defaults::kBaseLoadFall, certain_until(devices, now));
  for (auto entry = meter.recent.rbegin() + 1; entry != meter.recent.rend() && !base.certain; ++entry) {
    base.high = larger_of(base.high, base_at_most(*entry, devices, now));
    base.certain = entry->taken <= needed;
    if (newest.taken - entry->taken > defaults::kTimeSkew) continue;
    for (Phase p : kPhases)
      if (!overloaded[p]) base.low[p] = std::min(base.low[p], base_at_least(*entry, devices, now)[p]);
  }
  return base;
}

}  // namespace balans
