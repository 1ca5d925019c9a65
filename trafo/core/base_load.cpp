#include "trafo/core/base_load.hpp"

#include <algorithm>
#include <array>

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

/// The readings that tell about one moment: from the last one certainly before it to the first one certainly after.
struct Bracket {
  DrawnLog::const_iterator first, last;  ///< both count
  bool open_before = false;              ///< nothing is known from before the moment
  bool open_after = false;               ///< nothing is known from after the moment
};

/// `later` is the first reading received after `moment`.
Bracket around(const DrawnLog& log, DrawnLog::const_iterator later, BootTime moment) {
  const auto after =
      std::find_if(later, log.end(), [&](const Drawn& d) { return d.not_before && *d.not_before >= moment; });
  return {later == log.begin() ? later : later - 1, after == log.end() ? after - 1 : after, later == log.begin(),
          after == log.end()};
}

Bracket around(const DrawnLog& log, BootTime moment) {
  return around(
      log,
      std::upper_bound(log.begin(), log.end(), moment, [](BootTime at, const Drawn& d) { return at < d.received; }),
      moment);
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

/// What is known of one device's log at a moment of the decision.
struct Freshness {
  bool young = false;
  bool seems_young = false;
};

Freshness freshness_of(const DrawnLog& log, BootTime now) { return {young(log, now), seems_young(log, now)}; }

/// Whether readings without a gap enclose the moment, or reach close enough to it.
bool is_enclosed(const Bracket& bracket, const Freshness& fresh) {
  if (bracket.open_before || (bracket.open_after && !fresh.young)) return false;
  for (auto d = bracket.first; d < bracket.last; ++d)
    if (!without_gap(d[0], d[1])) return false;
  return true;
}

PerPhase<Milliamps> smallest_in(const Bracket& bracket) {
  PerPhase<Milliamps> least = bracket.first->current;
  for (auto d = bracket.first; d < bracket.last; ++d) least = smaller_of(least, d[1].current);
  return least;
}

PerPhase<Milliamps> largest_in(const Bracket& bracket) {
  PerPhase<Milliamps> most = bracket.first->current;
  for (auto d = bracket.first; d < bracket.last; ++d) most = larger_of(most, d[1].current);
  return most;
}

PerPhase<Milliamps> negative(PerPhase<Milliamps> current) {
  for (Phase p : kPhases) current[p] = -current[p];
  return current;
}

/// What the devices' readings leave of one meter sample, at most and at least, as drawn.
struct Bounds {
  PerPhase<Milliamps> most, least;
};

/// What is taken for a device's draw while its readings do not tell. A raise is safe only if the device is taken to
/// have helped as much as it may have; for a cut a silent one counts as doing nothing.
Bounds unknown_draw(const Metered& device, Direction direction) {
  if (direction == Direction::Draw) return {PerPhase<Milliamps>{}, negative(device.envelope.feed)};
  return {device.envelope.draw, PerPhase<Milliamps>{}};
}

/// It has done nothing for as long as anybody remembers, and nothing else is to be feared of it.
bool is_idle(const DrawnLog& log, const Bounds& unknown) {
  const PerPhase<Milliamps> nothing;
  return unknown.most == nothing && unknown.least == nothing &&
         std::all_of(log.begin(), log.end(), [&](const Drawn& d) { return d.current == nothing; });
}

/// Takes what a device drew off each of the samples, newest first.
void take_off(const Metered& device, Direction direction, std::span<const MeterLog::Entry> samples, BootTime now,
              std::span<Bounds> bounds) {
  const DrawnLog& log = *device.log;
  const Bounds unknown = unknown_draw(device, direction);
  if (is_idle(log, unknown)) return;
  const Freshness fresh = freshness_of(log, now);
  auto later = log.end();
  for (std::size_t k = 0; k < samples.size(); ++k) {
    const BootTime moment = samples[samples.size() - 1 - k].taken;
    while (later != log.begin() && (later - 1)->received > moment) --later;
    PerPhase<Milliamps> least = unknown.least, most = unknown.most;
    if (!log.empty()) {
      const Bracket bracket = around(log, later, moment);
      const bool enclosed = is_enclosed(bracket, fresh);
      if (enclosed) least = smallest_in(bracket);
      const bool told = !bracket.open_after || fresh.seems_young;
      if (told && (enclosed || direction == Direction::Draw)) most = largest_in(bracket);
    }
    bounds[k].most -= least;
    bounds[k].least -= most;
  }
}

/// As it flows in a direction.
Bounds seen_in(Direction direction, const Bounds& drawn) {
  if (direction == Direction::Draw) return drawn;
  return {negative(drawn.least), negative(drawn.most)};
}

/// The newest samples, down to the first one that was taken at `needed` or before.
std::span<const MeterLog::Entry> back_to(BootTime needed, const std::vector<MeterLog::Entry>& recent) {
  auto first = recent.end() - 1;
  while (first != recent.begin() && first->taken > needed) --first;
  return {first, recent.end()};
}

/// The most that a meter showed around a moment, as it flows in a direction; absent where its samples do not enclose
/// it.
std::optional<PerPhase<Milliamps>> most_around(const MeterLog& meter, BootTime moment, Direction direction) {
  const auto after = std::find_if(meter.recent.begin(), meter.recent.end(),
                                  [&](const MeterLog::Entry& e) { return e.taken >= moment; });
  if (after == meter.recent.end()) return std::nullopt;
  if (after->taken == moment) return after->load;
  if (after == meter.recent.begin()) return std::nullopt;
  const PerPhase<Milliamps>& before = (after - 1)->load;
  return direction == Direction::Draw ? larger_of(before, after->load) : smaller_of(before, after->load);
}

}  // namespace

void remember(DrawnLog& log, const Drawn& drawn) {
  log.push_back(drawn);
  // One reading from before stays: it is the one certainly before the oldest meter sample.
  auto kept = log.begin();
  while (log.end() - kept > static_cast<std::ptrdiff_t>(kMaxReadings) ||
         (log.end() - kept > 1 && drawn.received - kept[1].received > kDrawnKept))
    ++kept;
  log.erase(log.begin(), kept);
}

PerPhase<Milliamps> drew_at_least(const DrawnLog& log, BootTime moment, BootTime now,
                                  const PerPhase<Milliamps>& unknown) {
  if (log.empty()) return unknown;
  const Bracket bracket = around(log, moment);
  return is_enclosed(bracket, freshness_of(log, now)) ? smallest_in(bracket) : unknown;
}

PerPhase<Milliamps> drew_at_most(const DrawnLog& log, BootTime moment, BootTime now,
                                 const PerPhase<Milliamps>& unknown) {
  if (log.empty()) return unknown;
  const Bracket bracket = around(log, moment);
  return bracket.open_after && !seems_young(log, now) ? unknown : largest_in(bracket);
}

void remember(MeterLog& log, BootTime taken, const PerPhase<Milliamps>& load) {
  std::vector<MeterLog::Entry>& recent = log.recent;
  if (!recent.empty() && taken - recent.back().taken > defaults::kMeterLate) recent.clear();
  recent.push_back({taken, load});
  auto kept = recent.begin();
  while (taken - kept->taken > kMeterKept || recent.end() - kept > static_cast<std::ptrdiff_t>(kMaxReadings)) ++kept;
  recent.erase(recent.begin(), kept);
}

MeterLog beside(const MeterLog& above, std::span<const MeterLog* const> below, Direction direction) {
  MeterLog rest;
  for (const MeterLog::Entry& sample : above.recent) {
    if (above.recent.back().taken - sample.taken > defaults::kTimeSkew) continue;
    std::optional<PerPhase<Milliamps>> load = sample.load;
    for (const MeterLog* meter : below) {
      const auto there = most_around(*meter, sample.taken, direction);
      load = load && there ? std::optional(*load - *there) : std::nullopt;
    }
    if (load) rest.recent.push_back({sample.taken, *load});
  }
  return rest;
}

BaseLoad base_load(const MeterLog& meter, std::span<const Metered> devices, Direction direction,
                   const PerPhase<bool>& overloaded, BootTime now) {
  BALANS_CHECK(!meter.recent.empty());
  const BootTime newest = meter.recent.back().taken;
  const BootTime told = certain_until(devices, now);
  const BootTime needed = std::min(newest - defaults::kBaseLoadFall, told);
  const std::span<const MeterLog::Entry> samples = back_to(needed, meter.recent);
  std::array<Bounds, kMaxReadings> newest_first;
  const std::span<Bounds> bounds(newest_first.data(), samples.size());
  for (std::size_t k = 0; k < samples.size(); ++k) {
    const PerPhase<Milliamps>& load = samples[samples.size() - 1 - k].load;
    bounds[k] = {load, load};
  }
  for (const Metered& device : devices) take_off(device, direction, samples, now, bounds);

  const Bounds first = seen_in(direction, bounds[0]);
  BaseLoad base{first.most, first.least, first.least, first.least, samples.front().taken <= needed};
  std::optional<PerPhase<Milliamps>> proven;
  for (std::size_t k = 0; k < samples.size(); ++k) {
    const BootTime taken = samples[samples.size() - 1 - k].taken;
    const Bounds seen = seen_in(direction, bounds[k]);
    base.high = larger_of(base.high, seen.most);
    if (taken <= told) proven = larger_of(proven.value_or(seen.least), seen.least);
    if (newest - taken > defaults::kTimeSkew) continue;
    base.steady = smaller_of(base.steady, seen.least);
    for (Phase p : kPhases)
      if (!overloaded[p]) base.low[p] = std::min(base.low[p], seen.least[p]);
  }
  base.proven = larger_of(base.low, proven.value_or(base.low));
  return base;
}

}  // namespace balans
