// From what is allowed to what the device is to do.
#include <algorithm>

#include "chargepoint/core/parts.hpp"
#include "common/registers/installed.hpp"

namespace balans::parts {
namespace {

Milliamps smallest_on(PhaseSet phases, const PerPhase<Milliamps>& limit) {
  std::optional<Milliamps> smallest;
  for (Phase p : kPhases)
    if (phases.contains(p)) smallest = std::min(smallest.value_or(limit[p]), limit[p]);
  return smallest.value_or(Milliamps());
}

Milliamps largest_level(const std::vector<Milliamps>& levels, Milliamps current) {
  Milliamps largest;
  for (Milliamps level : levels)
    if (level <= current) largest = level;
  return largest;
}

/// 0 for Q, then a ramp to the failsafe; one write where each of them wears memory out.
Milliamps fallback(const AgentSettings& settings, Direction direction, BootTime since, BootTime now) {
  const Band band = band_of(settings, direction);
  const Millis over = now - since - settings.failsafe_hold;
  if (over < Millis()) return Milliamps();
  if (settings.habits.wear_interval) return band.failsafe;
  const Milliamps ramp = band.min + defaults::kRampPerSecond * (over.count() / 1000);
  return std::min(band.failsafe, std::max(band.min, ramp));
}

/// What the lease allows on the phases that may be loaded now. What of it can no longer be used is given back: under
/// the same lease it is never taken again.
Target under_lease(const AgentSettings& settings, const AgentMemory& memory, Direction direction, Milliamps most,
                   Following& lease) {
  const PhaseSet loaded = direction == Direction::Draw ? loaded_phases(settings, memory) : settings.phases;
  PerPhase<Milliamps>& taken = direction == Direction::Draw ? lease.taken.draw : lease.taken.feed;
  const Milliamps setpoint = rounded_down(settings, direction, std::min(most, smallest_on(loaded, taken)));
  for (Phase p : kPhases) taken[p] = std::min(taken[p], setpoint);
  return {setpoint, taken};
}

}  // namespace

Milliamps rounded_down(const AgentSettings& settings, Direction direction, Milliamps current) {
  const Band band = band_of(settings, direction);
  current = std::min(current, band.max);
  if (direction == Direction::Draw && !settings.levels.empty()) current = largest_level(settings.levels, current);
  if (current < band.min) return Milliamps();
  if (direction == Direction::Draw && !settings.levels.empty()) return current;
  return std::max(band.min, current - current % settings.step);
}

Milliamps may_rise_to(const AgentSettings& settings, const AgentMemory& memory, Direction direction, BootTime now) {
  const Actuation& actuation = memory.actuation[direction];
  const std::optional<Millis>& interval = settings.habits.wear_interval;
  const bool waits = interval && actuation.raised && now - *actuation.raised < *interval;
  return waits ? actuation.target.setpoint : band_of(settings, direction).max;
}

Milliamps booked_draw(const AgentSettings& settings, const AgentMemory& memory, BootTime now) {
  const DeviceHabits& habits = settings.habits;
  const Millis paused_for = memory.paused ? now - *memory.paused + kRoomTakes : Millis();
  return booked(habits.semantics, habits.longest_pause, memory.actuation.draw.target.setpoint, settings.max,
                paused_for);
}

bool is_free_to_draw(const AgentSettings& settings, const AgentMemory& memory, BootTime now) {
  return !settings.supply && booked_draw(settings, memory, now) > memory.actuation.draw.target.setpoint;
}

bool is_held_back(const AgentMemory& memory, BootTime now) { return memory.hold_until && now < *memory.hold_until; }

Target target_of(const AgentSettings& settings, AgentMemory& memory, Direction direction, BootTime now) {
  if (memory.actuation[direction].paused) return {};  // the next means when it does not follow
  if (direction == Direction::Draw && is_held_back(memory, now)) return {};
  if (is_switching(settings, memory)) return {};
  const Milliamps most = may_rise_to(settings, memory, direction, now);
  if (auto* lease = std::get_if<Following>(&memory.mode)) return under_lease(settings, memory, direction, most, *lease);
  const auto* failsafe = std::get_if<Failsafe>(&memory.mode);
  const BootTime since = failsafe != nullptr ? failsafe->since : std::get<Starting>(memory.mode).since;
  const Milliamps setpoint = std::min(most, fallback(settings, direction, since, now));
  return {setpoint, settings.phases.spread(setpoint)};
}

void let_hold_end(const AgentInput& input, AgentMemory& memory, AgentOutput& output) {
  if (!memory.hold_until) return;
  const bool over = input.now >= *memory.hold_until;
  if (over || !memory.hold_told)
    output.events.push_back(
        {AgentEvent::What::ColdLoad, over ? "over"
                                          : "nothing is drawn for " +
                                                std::to_string((*memory.hold_until - input.now).count() / 1000) +
                                                " s after a power cut"});
  memory.hold_told = true;
  if (over) memory.hold_until.reset();
}

}  // namespace balans::parts
