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

/// What is under way when an agent falls silent is over within this.
constexpr Millis kUnderWay = Millis(2'000);

/// The controller counts on it that a device is left to its watchdog soon after the end of its lease, unless it has
/// been told 0. An agent that was stalled over that moment must not begin to feed the watchdog anew by trying.
bool tries_too_late(const AgentMemory& memory, BootTime now) {
  constexpr Millis kPatience = defaults::kGivesUpAfter - kUnderWay;
  if (const auto* lease = std::get_if<Following>(&memory.mode)) return now >= lease->until + kPatience;
  const auto* failsafe = std::get_if<Failsafe>(&memory.mode);
  return failsafe != nullptr && !failsafe->down && now >= failsafe->since + kPatience;
}

/// Whether the very first word to a device failed. Nobody knows since when it has no lease. One that is only booting
/// waits once for as long as its watchdog.
bool never_reached(const AgentMemory& memory) {
  if (memory.announced || !std::holds_alternative<Starting>(memory.mode)) return false;
  return memory.actuation.draw.failing || memory.actuation.feed.failing;
}

bool is_written(const AgentSettings& settings, const AgentMemory& memory) {
  return std::all_of(kDirections.begin(), kDirections.end(), [&](Direction d) {
    return band_of(settings, d).max == Milliamps() || memory.actuation[d].written;
  });
}

bool has_lost_control(const AgentMemory& memory, BootTime now) {
  return tries_too_late(memory, now) || never_reached(memory) ||
         fails_for(memory.device.polls, defaults::kStuckAfter, now) ||
         fails_for(memory.actuation.draw.failing, defaults::kStuckAfter, now) ||
         fails_for(memory.actuation.feed.failing, defaults::kStuckAfter, now);
}

/// What was under way when it fell silent was a word to the device.
bool has_spoken(const AgentInput& input) {
  return input.report || !input.poll_error.empty() || input.write.draw || input.write.feed;
}

/// The device holds its own fallback by now.
void speak_again(BootTime now, AgentMemory& memory) {
  DeviceHealth& device = memory.device;
  device.quiet_until.reset();
  if (auto* failsafe = std::get_if<Failsafe>(&memory.mode)) failsafe->down = true;
  if (device.polls) device.polls->since = now;
  for (Direction direction : kDirections) {
    write_afresh(memory.actuation[direction]);
    memory.actuation[direction].certain.reset();
    if (memory.actuation[direction].failing) memory.actuation[direction].failing->since = now;
  }
}

/// A device whose watchdog counts any traffic as life must not be kept alive by an agent that cannot control it: when
/// it keeps failing the agent falls silent until the device has reverted by itself, then tries afresh.
void fall_silent(const AgentSettings& settings, const AgentInput& input, AgentMemory& memory) {
  if (!settings.revert) return;
  std::optional<BootTime>& quiet_until = memory.device.quiet_until;
  const BootTime reverted = input.now + *settings.revert + settings.settle;
  if (quiet_until && has_spoken(input)) quiet_until = reverted;
  if (quiet_until && input.now >= *quiet_until) speak_again(input.now, memory);
  if (auto* failsafe = std::get_if<Failsafe>(&memory.mode); failsafe != nullptr && !failsafe->down)
    failsafe->down = is_written(settings, memory);
  if (!quiet_until && has_lost_control(memory, input.now)) quiet_until = reverted;
}

/// Where a row is over there is no time to wait for the slowest car.
bool overloads(const AgentMemory& memory, const Flow& flow, const Actuation& actuation) {
  const auto* lease = std::get_if<Following>(&memory.mode);
  return lease != nullptr && lease->urgent && actuation.written &&
         flow.taken >= *actuation.written + defaults::kPausedAfter;
}

/// Above its setpoint for longer than it may take to settle: the device does not obey.
void judge_obedience(const AgentSettings& settings, const AgentInput& input, Direction direction, AgentMemory& memory) {
  Actuation& actuation = memory.actuation[direction];
  const std::optional<Flow> flow = seen_flow(settings, memory, direction);
  const Milliamps by_itself = direction == Direction::Draw ? settings.device_fallback : settings.fallback_feed;
  if (flow && flow->current.largest() > obeyed_up_to(by_itself)) actuation.above_fallback = input.now;
  const bool free = direction == Direction::Draw && is_free_to_draw(settings, memory, input.now);
  if (free || !flow || !is_above(actuation.target, flow->current)) {
    actuation.above_since.reset();
    actuation.disobeys = false;
    if (actuation.paused && input.now - *actuation.paused >= defaults::kPauseLasts) actuation.paused.reset();
    return;
  }
  const Millis patience = std::max(defaults::kStuckAfter, settings.settle + 2 * kRetryWrite);
  if (!actuation.above_since) actuation.above_since = input.now;
  if (input.now - *actuation.above_since >= patience) actuation.disobeys = true;
  const bool pauses =
      actuation.disobeys || (settings.kind == DeviceKind::Charger && overloads(memory, *flow, actuation));
  if (pauses && !actuation.paused) actuation.paused = input.now;
}

std::string disobedience(const AgentMemory& memory, Direction direction) {
  const Milliamps flows = flow_of(memory.device, direction).value_or(Flow{}).current.largest();
  return std::string(direction == Direction::Draw ? "draws " : "feeds in ") + std::to_string(flows.count()) +
         " mA of " + std::to_string(memory.actuation[direction].target.setpoint.count()) + " mA";
}

std::string fault_of(const AgentMemory& memory, BootTime now) {
  constexpr std::size_t kMaxText = 160;
  const DeviceHealth& device = memory.device;
  if (memory.supply.disobeyed) return "did not obey, and was cut off by its contactor";
  if (device.quiet_until) return "device does not answer; silent so that its own watchdog acts";
  const Millis patience =
      device.fault.empty() ? kNoAnswerAfter : Millis();  // a fault ends with an answer, not with time
  for (const auto* failing : {&memory.actuation.draw.failing, &memory.actuation.feed.failing, &device.polls,
                              &memory.contactor.failing, &memory.supply.failing})
    if (fails_for(*failing, patience, now)) return (*failing)->why.substr(0, kMaxText);
  for (Direction direction : kDirections)
    if (memory.actuation[direction].disobeys) return disobedience(memory, direction);
  if (memory.contactor.doubted) return "draws on a phase that it has switched off";
  return {};
}

}  // namespace

std::optional<Flow> seen_flow(const AgentSettings& settings, const AgentMemory& memory, Direction direction) {
  if (auto flow = flow_of(memory.device, direction)) return flow;
  const std::optional<DeviceReport>& report = memory.device.report;
  if (settings.habits.confirm[direction] != Confirm::State || direction == Direction::Feed) return std::nullopt;
  if (!report || !report->vehicle) return std::nullopt;
  const bool charges = report->vehicle == VehicleState::C || report->vehicle == VehicleState::D;
  const Milliamps least = std::max(settings.min, obeyed_up_to(Milliamps()) + 1_mA);
  return Flow{loaded_phases(settings, memory).spread(charges ? least : Milliamps()), report->taken};
}

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
  fall_silent(settings, input, memory);
  for (Direction direction : kDirections)
    if (band_of(settings, direction).max > Milliamps()) judge_obedience(settings, input, direction, memory);
}

void tell_faults(const AgentInput& input, AgentMemory& memory, AgentOutput& output) {
  DeviceHealth& device = memory.device;
  const std::string fault = fault_of(memory, input.now);
  for (Direction direction : kDirections)
    if (memory.actuation[direction].paused == input.now)
      output.events.push_back({AgentEvent::What::Paused, disobedience(memory, direction)});
  if (!fault.empty() && device.fault.empty()) output.events.push_back({AgentEvent::What::Fault, fault});
  device.fault = fault;
}

}  // namespace balans::parts
