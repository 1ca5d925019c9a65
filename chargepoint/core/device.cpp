// Does the device answer, does it obey? And the setpoint's way into it.
#include <algorithm>

#include "chargepoint/core/parts.hpp"

namespace balans::parts {
namespace {

constexpr Millis kNoAnswerAfter = Millis(3'000);  // one lost poll is not a fault
constexpr Millis kRetryWrite = Millis(2'000);

using Failing = std::optional<DeviceHealth::Failing>;

void note(Failing& failing, const std::string& error, BootTime now) {
  if (error.empty()) return failing.reset();
  failing = DeviceHealth::Failing{failing ? failing->since : now, error};
}

void note_answers(const AgentInput& input, DeviceHealth& device) {
  if (input.report || !input.poll_error.empty()) note(device.polls, input.poll_error, input.now);
  if (input.write) note(device.writes, input.write->error, input.now);
  if (input.report) device.report = input.report;
}

bool fails_for(const Failing& failing, Millis time, BootTime now) { return failing && now - failing->since >= time; }

void write_afresh(Actuation& actuation) {
  actuation.asked.reset();
  actuation.written.reset();
  actuation.effective = false;
}

/// A device whose watchdog counts any traffic as life must not be kept alive by an agent that cannot control it: when
/// it keeps failing the agent falls silent until the device has reverted by itself, then tries afresh.
void fall_silent(const AgentSettings& settings, BootTime now, AgentMemory& memory) {
  DeviceHealth& device = memory.device;
  if (device.quiet_until && now >= *device.quiet_until) {
    device.quiet_until.reset();
    write_afresh(memory.actuation);  // it holds its own fallback by now
    if (device.polls) device.polls->since = now;
    if (device.writes) device.writes->since = now;
  }
  if (device.quiet_until || !settings.revert) return;
  const bool lost =
      fails_for(device.polls, defaults::kStuckAfter, now) || fails_for(device.writes, defaults::kStuckAfter, now);
  if (lost) device.quiet_until = now + *settings.revert + settings.settle;
}

/// Above its setpoint for longer than it may take to settle: the device does not obey.
void judge_obedience(const AgentSettings& settings, const AgentInput& input, AgentMemory& memory) {
  DeviceHealth& device = memory.device;
  const std::optional<Milliamps> drawn = largest_current(device);
  if (!drawn || *drawn <= obeyed_up_to(memory.actuation.setpoint)) {
    device.above_since.reset();
    device.disobeys = false;
    return;
  }
  const Millis patience = std::max(defaults::kStuckAfter, settings.settle + 2 * kRetryWrite);
  if (!device.above_since) device.above_since = input.now;
  if (input.now - *device.above_since >= patience) device.disobeys = true;
}

std::string fault_of(const AgentMemory& memory, BootTime now) {
  constexpr std::size_t kMaxText = 160;
  const DeviceHealth& device = memory.device;
  if (device.quiet_until) return "device does not answer; silent so that its own watchdog acts";
  const Millis patience =
      device.fault.empty() ? kNoAnswerAfter : Millis();  // a fault ends with an answer, not with time
  if (fails_for(device.writes, patience, now)) return device.writes->why.substr(0, kMaxText);
  if (fails_for(device.polls, patience, now)) return device.polls->why.substr(0, kMaxText);
  if (!device.disobeys) return {};
  return "draws " + std::to_string(largest_current(device).value_or(Milliamps()).count()) + " mA of " +
         std::to_string(memory.actuation.setpoint.count()) + " mA";
}

Milliamps wanted_setpoint(const AgentSettings& settings, const AgentMemory& memory, BootTime now) {
  if (memory.device.disobeys) return Milliamps();  // the next means: pause
  if (const auto* lease = std::get_if<Following>(&memory.mode)) return lease->limit;
  const auto* failsafe = std::get_if<Failsafe>(&memory.mode);
  const BootTime since = failsafe != nullptr ? failsafe->since : std::get<Starting>(memory.mode).since;
  const Millis over = now - since - settings.failsafe_hold;
  if (over < Millis()) return Milliamps();
  const Milliamps ramp = settings.min + defaults::kRampPerSecond * (over.count() / 1000);
  return std::min(settings.failsafe, std::max(settings.min, ramp));
}

void aim(Milliamps setpoint, Actuation& actuation) {
  write_afresh(actuation);
  actuation.setpoint = setpoint;
  actuation.holding = std::max(actuation.holding, setpoint);
}

/// Asked at each write: between two tries a current may fall for reasons of its own, and an old poll tells nothing.
bool draws_above(const DeviceHealth& device, Milliamps setpoint, BootTime now) {
  const std::optional<Milliamps> drawn = largest_current(device);
  return drawn && *drawn > obeyed_up_to(setpoint) && now - device.report->taken <= defaults::kReportFresh;
}

void take_outcome(const AgentInput& input, AgentMemory& memory, AgentOutput& output) {
  Actuation& actuation = memory.actuation;
  if (input.write) actuation.under_way = false;
  if (!input.write || input.write->setpoint != actuation.setpoint) return;
  memory.announced = true;
  if (!input.write->error.empty()) return;
  if (!actuation.written) output.events.push_back({AgentEvent::What::SetpointWritten, "", actuation.setpoint});
  if (!actuation.written) actuation.written = input.write->at;
}

/// Somebody else wrote, or the device forgot: what is read back is more than we set.
void notice_overwritten(const AgentSettings& settings, const AgentInput& input, Actuation& actuation) {
  if (!input.report || !input.report->setpoint || !actuation.written || input.report->taken <= *actuation.written)
    return;
  if (*input.report->setpoint <= actuation.setpoint + settings.step) return;
  actuation.holding = std::max(actuation.holding, *input.report->setpoint);
  write_afresh(actuation);
}

/// Nothing to come down from; or the fall was seen in a sample after the write; or the worst settling time has passed
/// and the device does not draw more. A current that was low before the write proves nothing: a car may be on its way
/// up.
bool has_effect(const AgentSettings& settings, const AgentMemory& memory, BootTime now) {
  const Actuation& actuation = memory.actuation;
  if (!actuation.written) return false;
  if (actuation.holding <= actuation.setpoint) return true;
  const DeviceHealth& device = memory.device;
  const std::optional<Milliamps> drawn = largest_current(device);
  if (!drawn) return now >= *actuation.written + settings.settle;
  if (*drawn > obeyed_up_to(actuation.setpoint) || device.report->taken <= *actuation.written) return false;
  return actuation.was_above || device.report->taken >= *actuation.written + settings.settle;
}

}  // namespace

std::optional<Milliamps> largest_current(const DeviceHealth& device) {
  if (!device.report || !device.report->current) return std::nullopt;
  return device.report->current->largest();
}

void watch_device(const AgentSettings& settings, const AgentInput& input, AgentMemory& memory, AgentOutput& output) {
  DeviceHealth& device = memory.device;
  note_answers(input, device);
  fall_silent(settings, input.now, memory);
  judge_obedience(settings, input, memory);
  const std::string fault = fault_of(memory, input.now);
  if (!fault.empty() && device.fault.empty()) output.events.push_back({AgentEvent::What::Fault, fault});
  device.fault = fault;
}

void actuate(const AgentSettings& settings, const AgentInput& input, AgentMemory& memory, AgentOutput& output) {
  Actuation& actuation = memory.actuation;
  if (input.device_prepared) write_afresh(actuation);
  take_outcome(input, memory, output);
  notice_overwritten(settings, input, actuation);
  const Milliamps wanted = wanted_setpoint(settings, memory, input.now);
  if (wanted != actuation.setpoint) aim(wanted, actuation);
  if (!actuation.effective && has_effect(settings, memory, input.now)) {
    actuation.effective = true;
    actuation.holding = actuation.setpoint;
    output.events.push_back({AgentEvent::What::Effective, "", actuation.setpoint});
  }
  output.poll = !memory.device.quiet_until;
  if (!output.poll) return;
  const Millis again = actuation.written ? settings.refresh.value_or(Millis()) : kRetryWrite;
  const bool due = !actuation.asked || (again > Millis() && input.now - *actuation.asked >= again);
  if (!due || actuation.under_way) return;
  actuation.asked = input.now;
  if (const auto* lease = std::get_if<Following>(&memory.mode)) output.write_before = lease->until;
  if (actuation.written) return void(output.keep_alive = true);
  actuation.under_way = true;
  actuation.was_above = draws_above(memory.device, actuation.setpoint, input.now);
  output.write = actuation.setpoint;
}

}  // namespace balans::parts
