// Does the device answer, does it obey?
#include <algorithm>

#include "chargepoint/core/parts.hpp"

namespace balans::parts {
namespace {

constexpr Millis kNoAnswerAfter = Millis(3'000);  // one lost poll is not a fault

void note_answers(const AgentInput& input, AgentMemory& memory) {
  DeviceHealth& device = memory.device;
  if (input.report || !input.poll_error.empty()) note(device.polls, input.poll_error, input.now);
  for (Direction direction : kDirections)
    if (input.write[direction]) note(memory.actuation[direction].failing, input.write[direction]->error, input.now);
  if (input.report) device.report = input.report;
}

/// A device whose watchdog counts any traffic as life must not be kept alive by an agent that cannot control it: when
/// it keeps failing the agent falls silent until the device has reverted by itself, then tries afresh.
void fall_silent(const AgentSettings& settings, BootTime now, AgentMemory& memory) {
  DeviceHealth& device = memory.device;
  if (device.quiet_until && now >= *device.quiet_until) {
    device.quiet_until.reset();
    if (device.polls) device.polls->since = now;
    for (Direction direction : kDirections) {
      write_afresh(memory.actuation[direction]);  // it holds its own fallback by now
      if (memory.actuation[direction].failing) memory.actuation[direction].failing->since = now;
    }
  }
  if (device.quiet_until || !settings.revert) return;
  const bool lost = fails_for(device.polls, defaults::kStuckAfter, now) ||
                    fails_for(memory.actuation.draw.failing, defaults::kStuckAfter, now) ||
                    fails_for(memory.actuation.feed.failing, defaults::kStuckAfter, now);
  if (lost) device.quiet_until = now + *settings.revert + settings.settle;
}

/// Above its setpoint for longer than it may take to settle: the device does not obey.
void judge_obedience(const AgentSettings& settings, const AgentInput& input, Direction direction, AgentMemory& memory) {
  Actuation& actuation = memory.actuation[direction];
  const std::optional<Flow> flow = flow_of(memory.device, direction);
  if (!flow || !is_above(actuation.target, flow->current)) {
    actuation.above_since.reset();
    actuation.disobeys = false;
    return;
  }
  const Millis patience = std::max(defaults::kStuckAfter, settings.settle + 2 * kRetryWrite);
  if (!actuation.above_since) actuation.above_since = input.now;
  if (input.now - *actuation.above_since >= patience) actuation.disobeys = true;
}

std::string disobedience(const AgentMemory& memory, Direction direction) {
  const Milliamps flows = flow_of(memory.device, direction).value_or(Flow{}).current.largest();
  return std::string(direction == Direction::Draw ? "draws " : "feeds in ") + std::to_string(flows.count()) +
         " mA of " + std::to_string(memory.actuation[direction].target.setpoint.count()) + " mA";
}

std::string fault_of(const AgentMemory& memory, BootTime now) {
  constexpr std::size_t kMaxText = 160;
  const DeviceHealth& device = memory.device;
  if (device.quiet_until) return "device does not answer; silent so that its own watchdog acts";
  const Millis patience =
      device.fault.empty() ? kNoAnswerAfter : Millis();  // a fault ends with an answer, not with time
  for (const auto* failing :
       {&memory.actuation.draw.failing, &memory.actuation.feed.failing, &device.polls, &memory.contactor.failing})
    if (fails_for(*failing, patience, now)) return (*failing)->why.substr(0, kMaxText);
  for (Direction direction : kDirections)
    if (memory.actuation[direction].disobeys) return disobedience(memory, direction);
  if (memory.contactor.doubted) return "draws on a phase that it has switched off";
  return {};
}

}  // namespace

std::optional<Flow> flow_of(const DeviceHealth& device, Direction direction) {
  if (!device.report || !device.report->current) return std::nullopt;
  Flow flow{*device.report->current, device.report->taken};
  for (Phase p : kPhases)
    flow.current[p] = std::max(Milliamps(), direction == Direction::Draw ? flow.current[p] : -flow.current[p]);
  return flow;
}

bool is_heard(const DeviceHealth& device, BootTime now) {
  return device.report && now - device.report->taken <= kUnheard;
}

void watch_device(const AgentSettings& settings, const AgentInput& input, AgentMemory& memory) {
  note_answers(input, memory);
  fall_silent(settings, input.now, memory);
  for (Direction direction : kDirections)
    if (band_of(settings, direction).max > Milliamps()) judge_obedience(settings, input, direction, memory);
}

void tell_faults(const AgentInput& input, AgentMemory& memory, AgentOutput& output) {
  DeviceHealth& device = memory.device;
  const std::string fault = fault_of(memory, input.now);
  if (!fault.empty() && device.fault.empty()) output.events.push_back({AgentEvent::What::Fault, fault});
  device.fault = fault;
}

}  // namespace balans::parts
