// A setpoint's way into the device, in each direction by itself.
#include "chargepoint/core/parts.hpp"

namespace balans::parts {
namespace {

const char* name_of(Direction direction) { return direction == Direction::Draw ? "" : "feed"; }

void take_outcome(const AgentInput& input, Direction direction, Actuation& actuation, AgentOutput& output) {
  const std::optional<WriteOutcome>& outcome = input.write[direction];
  if (outcome) {
    actuation.under_way = false;
    if (!actuation.orders.empty()) actuation.orders.back().at = input.now;
  }
  if (!outcome || outcome->setpoint != actuation.target.setpoint) return;
  actuation.tried = true;
  if (!outcome->error.empty()) return;
  if (!actuation.written)
    output.events.push_back({AgentEvent::What::SetpointWritten, name_of(direction), actuation.target.setpoint});
  if (!actuation.written) actuation.written = outcome->at;
}

/// What is read back is not what we set.
void notice_overwritten(const AgentSettings& settings, const AgentInput& input, PhaseSet loaded, Direction direction,
                        Actuation& actuation) {
  if (!input.report || !input.report->setpoint[direction] || !actuation.written) return;
  if (input.report->taken <= *actuation.written) return;
  const Milliamps found = *input.report->setpoint[direction];
  if (found + settings.step < actuation.target.setpoint && input.now - *actuation.written >= kRewriteAfter)
    return write_afresh(actuation);  // it has reverted by itself, or rounds down
  // Rounding is forgiven, but not that a device which is to stand still does not.
  const Milliamps rounding = actuation.target.setpoint > Milliamps() ? settings.step : Milliamps();
  if (found <= actuation.target.setpoint + rounding) return;
  take_in_held(actuation, loaded.spread(found));
  write_afresh(actuation);
}

void ask_for_write(const AgentSettings& settings, Direction direction, const AgentInput& input, AgentMemory& memory,
                   AgentOutput& output) {
  Actuation& actuation = memory.actuation[direction];
  const bool due = !actuation.asked || (!actuation.written && input.now - *actuation.asked >= kRetryWrite);
  if (!due || actuation.under_way) return;
  begin_write(actuation, flow_of(memory.device, direction), settings.settle, input.now);
  memory.spoken = input.now;
  output.write[direction] = actuation.target.setpoint;
}

void run(const AgentSettings& settings, const AgentInput& input, Direction direction, AgentMemory& memory,
         AgentOutput& output) {
  Actuation& actuation = memory.actuation[direction];
  if (input.device_prepared) write_afresh(actuation);
  take_outcome(input, direction, actuation, output);
  const PhaseSet loaded = direction == Direction::Draw ? loaded_phases(settings, memory) : settings.phases;
  notice_overwritten(settings, input, loaded, direction, actuation);
  aim(actuation, target_of(settings, memory, direction, input.now));
  if (!actuation.effective && has_effect(actuation, flow_of(memory.device, direction), settings.settle, input.now)) {
    actuation.effective = true;
    actuation.holding = actuation.target.claim;
    output.events.push_back({AgentEvent::What::Effective, name_of(direction), actuation.target.setpoint});
  }
  if (output.poll) ask_for_write(settings, direction, input, memory, output);
}

/// Only while the device has what it is to have: one that we cannot tell so must be left to its watchdog.
void keep_alive(const AgentSettings& settings, BootTime now, AgentMemory& memory, AgentOutput& output) {
  if (!settings.refresh || !memory.spoken || now - *memory.spoken < *settings.refresh) return;
  for (Direction direction : kDirections) {
    const Actuation& actuation = memory.actuation[direction];
    const bool settled = actuation.written && !actuation.under_way;
    if (!settled && band_of(settings, direction).max > Milliamps()) return;
  }
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
