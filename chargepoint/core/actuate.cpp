// A setpoint's way into the device, in each direction by itself.
#include <algorithm>

#include "chargepoint/core/parts.hpp"

namespace balans::parts {
namespace {

const char* name_of(Direction direction) { return direction == Direction::Draw ? "" : "feed"; }

/// Less than a step is forgiven, but not that a device which is to stand still does not.
bool is_no_more(const AgentSettings& settings, Milliamps found, Milliamps setpoint) {
  return found <= setpoint || (setpoint > Milliamps() && found < setpoint + settings.step);
}

bool is_read_back(Confirm confirm) { return confirm == Confirm::ReadBack || confirm == Confirm::Applied; }

/// One that shows more right after it took a write has not taken it.
void note_certain(const AgentSettings& settings, const WriteOutcome& outcome, Actuation& actuation) {
  if (outcome.read_back && !is_no_more(settings, *outcome.read_back, outcome.setpoint))
    actuation.certain.reset();
  else
    actuation.certain = outcome.setpoint;
}

void take_outcome(const AgentSettings& settings, const AgentInput& input, Direction direction, Actuation& actuation,
                  AgentOutput& output) {
  const std::optional<WriteOutcome>& outcome = input.write[direction];
  if (outcome) {
    actuation.under_way = false;
    if (!actuation.orders.empty()) actuation.orders.back().at = input.now;
    if (outcome->error.empty()) note_certain(settings, *outcome, actuation);
  }
  if (!outcome || outcome->setpoint != actuation.target.setpoint) return;
  actuation.tried = true;
  if (!outcome->error.empty()) return;
  if (!actuation.written)
    output.events.push_back({AgentEvent::What::SetpointWritten, name_of(direction), actuation.target.setpoint});
  if (!actuation.written) actuation.written = outcome->at;
  if (outcome->read_back && is_no_more(settings, *outcome->read_back, actuation.target.setpoint))
    actuation.confirmed = true;
}

/// What is read back is not what we set.
void notice_overwritten(const AgentSettings& settings, const AgentInput& input, PhaseSet loaded, Direction direction,
                        Actuation& actuation) {
  if (!input.report || !input.report->setpoint[direction] || !actuation.written) return;
  if (input.report->taken <= *actuation.written) return;
  const Milliamps found = *input.report->setpoint[direction];
  const Millis patience = std::max(kRewriteAfter, settings.habits.wear_interval.value_or(Millis()));
  const bool lost = settings.habits.confirm[direction] != Confirm::Applied &&  // there it may be in force with less
                    found + settings.step < actuation.target.setpoint;
  if (lost && input.now - *actuation.written >= patience)
    return write_afresh(actuation);  // it has reverted by itself, or rounds down
  if (is_no_more(settings, found, actuation.target.setpoint)) return void(actuation.confirmed = true);
  // A whole step more may be the device's rounding, or a cut that it ignores: no reason to repeat it, and no proof.
  if (actuation.target.setpoint > Milliamps() && found <= actuation.target.setpoint + settings.step) return;
  take_in_held(actuation, loaded.spread(found));
  write_afresh(actuation);
  actuation.certain.reset();
}

void ask_for_write(const AgentSettings& settings, const AgentInput& input, Direction direction, AgentMemory& memory,
                   AgentOutput& output) {
  Actuation& actuation = memory.actuation[direction];
  const bool due = !actuation.asked || (!actuation.written && input.now - *actuation.asked >= kRetryDue);
  if (!due || actuation.under_way) return;
  begin_write(actuation, seen_flow(settings, memory, direction), settings.settle, input.now);
  const KeptBy kept_by = settings.habits.kept_by;  // others are kept up by words of their own
  if (kept_by == KeptBy::AnyRequest || kept_by == KeptBy::LimitWrite) memory.spoken = input.now;
  output.write[direction] = actuation.target.setpoint;
}

/// When a pause began, and what the device may do although it was told less.
void book_by_habits(const AgentSettings& settings, BootTime now, AgentMemory& memory) {
  Actuation& draw = memory.actuation.draw;
  const bool paused = draw.target.setpoint == Milliamps() && draw.certain == Milliamps();
  if (!paused) memory.paused.reset();
  if (paused && !memory.paused) memory.paused = now;
  const Milliamps booked = booked_draw(settings, memory, now);
  if (booked <= draw.target.setpoint) return;
  if (settings.habits.semantics == LimitSemantics::Hint)
    draw.holding = larger_of(draw.holding, settings.phases.spread(booked));
  else
    take_in_held(draw, settings.phases.spread(booked));
}

/// Whether what was asked for has come into effect, by the means that the device has.
bool takes_effect(const AgentSettings& settings, const AgentInput& input, Direction direction,
                  const AgentMemory& memory) {
  const Actuation& actuation = memory.actuation[direction];
  const Confirm confirm = settings.habits.confirm[direction];
  if (is_read_back(confirm) && !actuation.confirmed) return false;
  if (direction == Direction::Draw && booked_draw(settings, memory, input.now) > actuation.target.setpoint)
    return settings.habits.semantics == LimitSemantics::Hint && actuation.written;  // it is always booked
  const std::optional<Flow> flow = seen_flow(settings, memory, direction);
  if (confirm == Confirm::Current && !flow) return false;
  return has_effect(actuation, flow, settings.settle, input.now);
}

void run(const AgentSettings& settings, const AgentInput& input, Direction direction, AgentMemory& memory,
         AgentOutput& output) {
  Actuation& actuation = memory.actuation[direction];
  if (input.device_prepared) {
    write_afresh(actuation);
    actuation.certain.reset();
  }
  take_outcome(settings, input, direction, actuation, output);
  const PhaseSet loaded = direction == Direction::Draw ? loaded_phases(settings, memory) : settings.phases;
  notice_overwritten(settings, input, loaded, direction, actuation);
  aim(actuation, target_of(settings, memory, direction, input.now), input.now);
  if (direction == Direction::Draw) book_by_habits(settings, input.now, memory);
  if (!actuation.effective && takes_effect(settings, input, direction, memory)) {
    actuation.effective = true;
    actuation.holding = actuation.target.claim;
    if (direction == Direction::Draw) book_by_habits(settings, input.now, memory);
    output.events.push_back({AgentEvent::What::Effective, name_of(direction), actuation.target.setpoint});
  }
  if (output.poll) ask_for_write(settings, input, direction, memory, output);
}

/// A device that does not obey is left to its watchdog. Once that has kept it down for a while it is spoken to again,
/// for it may obey now.
bool is_left_to_its_watchdog(const AgentSettings& settings, const Actuation& actuation, BootTime now) {
  return actuation.disobeys && settings.revert && actuation.above_fallback &&
         now - *actuation.above_fallback < defaults::kPauseLasts;
}

/// Whether the device surely has no more than it is to have, as far as registers tell and currents do not deny it.
bool is_held_down(const AgentSettings& settings, const Actuation& actuation, BootTime now) {
  return holds_at_most_its_target(actuation) && !is_left_to_its_watchdog(settings, actuation, now);
}

/// One that is not surely held down must be left to its watchdog.
void keep_alive(const AgentSettings& settings, BootTime now, AgentMemory& memory, AgentOutput& output) {
  if (!settings.refresh || (memory.spoken && now - *memory.spoken < *settings.refresh)) return;
  for (Direction direction : kDirections)
    if (band_of(settings, direction).max > Milliamps() && !is_held_down(settings, memory.actuation[direction], now))
      return;
  memory.spoken = now;
  output.keep_alive = true;
}

}  // namespace

void actuate(const AgentSettings& settings, const AgentInput& input, AgentMemory& memory, AgentOutput& output) {
  output.poll = !memory.device.quiet_until;
  bool tried = true;
  for (Direction direction : kDirections) {
    if (band_of(settings, direction).max == Milliamps()) continue;
    run(settings, input, direction, memory, output);
    tried = tried && memory.actuation[direction].tried;
  }
  memory.announced = memory.announced || tried;
  if (output.poll) keep_alive(settings, input.now, memory, output);
  if (const auto* lease = std::get_if<Following>(&memory.mode)) output.write_before = lease->until;
}

}  // namespace balans::parts
