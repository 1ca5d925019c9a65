// Which phases are connected, and how they come to be: 0, confirmed 0 A, switch, confirmed, raise.
#include <algorithm>

#include "chargepoint/core/parts.hpp"

namespace balans::parts {
namespace {

bool can_switch(const AgentSettings& settings) { return !settings.fewer_phases.empty(); }

bool is_subset(PhaseSet part, const PerPhase<Milliamps>& granted) {
  return std::all_of(kPhases.begin(), kPhases.end(),
                     [&](Phase p) { return !part.contains(p) || granted[p] > Milliamps(); });
}

void take_outcome(const AgentInput& input, Contactor& contactor) {
  if (!input.switched) return;
  contactor.under_way = false;
  if (input.switched->error.empty())
    contactor.written = input.switched->at;
  else
    note(contactor.failing, input.switched->error, input.now);
}

/// By what is read back, or where that cannot be, once it has had its time.
void confirm(const AgentSettings& settings, const DeviceHealth& device, BootTime now, Contactor& contactor) {
  if (contactor.under_way || !device.report) return;
  const DeviceReport& report = *device.report;
  if (contactor.written && report.taken <= *contactor.written) return;
  const bool by_another = report.phase_mode == PhaseMode::Fewer && contactor.connected != PhaseMode::Fewer;
  if (!contactor.written && by_another) {  // or by us before we were started: it has to have its time as well
    contactor.written = report.taken;
    contactor.ordered = PhaseMode::Fewer;
    contactor.connected.reset();
    return;
  }
  const bool had_time = !contactor.written || report.taken >= *contactor.written + settings.settle;
  if (report.phase_mode && had_time) {  // what is read back is what was told; the contactor follows later
    contactor.connected = report.phase_mode;
    if (contactor.written && *report.phase_mode != contactor.ordered)
      note(contactor.failing, "its phases do not switch", now);
    contactor.written.reset();
  } else if (contactor.written && had_time) {
    contactor.connected = contactor.ordered;
    contactor.written.reset();
  }
}

/// A contact that is welded, or a device that forgot what it was told.
void doubt(const AgentSettings& settings, const DeviceHealth& device, Contactor& contactor) {
  const std::optional<Flow> flow = flow_of(device, Direction::Draw);
  if (contactor.connected == PhaseMode::Fewer && flow)
    for (Phase p : kPhases)
      if (!settings.fewer_phases.contains(p) && flow->current[p] > stray_up_to()) contactor.doubted = true;
  if (device.report && device.report->vehicle == VehicleState::A) contactor.doubted = false;
}

bool nothing_flows(const AgentSettings& settings, const AgentMemory& memory) {
  return std::all_of(kDirections.begin(), kDirections.end(), [&](Direction d) {
    const Actuation& actuation = memory.actuation[d];
    const bool at_zero = actuation.target.setpoint == Milliamps() && actuation.effective;
    return at_zero || band_of(settings, d).max == Milliamps();
  });
}

}  // namespace

PhaseSet phases_in(const AgentSettings& settings, const AgentMemory& memory, PhaseMode mode) {
  const bool fewer = mode == PhaseMode::Fewer && can_switch(settings) && !memory.contactor.doubted;
  const PhaseSet connected = fewer ? settings.fewer_phases : settings.phases;
  if (!memory.session.loads) return connected;
  PhaseSet both;
  for (Phase p : kPhases)
    if (connected.contains(p) && memory.session.loads->contains(p)) both.insert(p);
  return both.empty() ? connected : both;
}

PhaseSet loaded_phases(const AgentSettings& settings, const AgentMemory& memory) {
  return phases_in(settings, memory, memory.contactor.connected.value_or(PhaseMode::All));
}

PhaseMode mode_for(const AgentSettings& settings, const AgentMemory& memory, const PerPhase<Milliamps>& granted) {
  const Contactor& contactor = memory.contactor;
  if (!can_switch(settings)) return PhaseMode::All;
  if (is_subset(settings.phases, granted)) return PhaseMode::All;
  if (is_subset(loaded_phases(settings, memory), granted)) return contactor.connected.value_or(PhaseMode::All);
  return is_subset(settings.fewer_phases, granted) ? PhaseMode::Fewer : contactor.wanted;
}

bool is_switching(const AgentSettings& settings, const AgentMemory& memory) {
  if (!can_switch(settings)) return false;
  const Contactor& contactor = memory.contactor;
  if (contactor.under_way || contactor.written) return true;
  const auto* lease = std::get_if<Following>(&memory.mode);
  return lease != nullptr && lease->taken.draw.largest() > Milliamps() && contactor.connected != contactor.wanted;
}

void widen_holding(const AgentSettings& settings, AgentMemory& memory) {
  const PhaseSet reach = loaded_phases(settings, memory);
  const bool wider = std::any_of(kPhases.begin(), kPhases.end(),
                                 [&](Phase p) { return reach.contains(p) && !memory.reach.contains(p); });
  memory.reach = reach;
  if (wider) take_in_held(memory.actuation.draw, reach.spread(memory.actuation.draw.holding.largest()));
}

void watch_contactor(const AgentSettings& settings, const AgentInput& input, AgentMemory& memory, AgentOutput& output) {
  if (!can_switch(settings)) return;
  Contactor& contactor = memory.contactor;
  const std::optional<PhaseMode> before = contactor.connected;
  take_outcome(input, contactor);
  confirm(settings, memory.device, input.now, contactor);
  if (!is_heard(memory.device, input.now)) contactor.connected.reset();
  doubt(settings, memory.device, contactor);
  if (!is_switching(settings, memory)) contactor.failing.reset();
  if (!contactor.connected || contactor.connected == before) return;
  output.events.push_back({AgentEvent::What::PhasesSwitched, *contactor.connected == PhaseMode::All ? "all" : "fewer"});
}

void switch_phases(const AgentSettings& settings, const AgentInput& input, AgentMemory& memory, AgentOutput& output) {
  Contactor& contactor = memory.contactor;
  if (!is_switching(settings, memory) || contactor.under_way || contactor.written) return;
  const bool due = !contactor.asked || input.now - *contactor.asked >= kRetryDue;
  if (!due || !output.poll || !nothing_flows(settings, memory)) return;
  contactor.asked = input.now;
  contactor.under_way = true;
  contactor.ordered = contactor.wanted;
  contactor.connected.reset();
  output.switch_to = contactor.wanted;
}

}  // namespace balans::parts
