// What is plugged in: which phases it loads, what it has drawn.
#include <algorithm>

#include "chargepoint/core/parts.hpp"

namespace balans::parts {
namespace {

constexpr Milliamps kDraws = 2_A;      // enough to tell which phases are loaded
constexpr Milliamps kLoaded = 500_mA;  // less is electronics
constexpr Millis kShownAfter = Millis(30'000);

std::string names_of(PhaseSet phases) {
  std::string names;
  for (Phase p : kPhases)
    if (phases.contains(p)) names += (names.empty() ? "" : " ") + std::string(name_of(p));
  return names;
}

/// Cars come and go: only a device that tells can be believed to still feed the same one.
bool is_plugged(const DeviceReport& report) {
  return report.vehicle == VehicleState::B || report.vehicle == VehicleState::C || report.vehicle == VehicleState::D;
}

void forget_phases(Session& session, const char* why, AgentOutput& output) {
  if (session.loads) output.events.push_back({AgentEvent::What::PhasesForgotten, why});
  session.loads.reset();
  session.watched_since.reset();
}

/// More than stray current on a phase that it was not seen to load.
bool loads_another(const Session& session, const std::optional<Flow>& flow) {
  return session.loads && flow && std::any_of(kPhases.begin(), kPhases.end(), [&](Phase p) {
           return !session.loads->contains(p) && flow->current[p] > stray_up_to();
         });
}

bool all_granted(const AgentSettings& settings, const AgentMemory& memory) {
  const auto* lease = std::get_if<Following>(&memory.mode);
  if (lease == nullptr || memory.contactor.connected == PhaseMode::Fewer) return false;
  const Milliamps least = std::max(settings.min, 1_mA);
  return std::all_of(kPhases.begin(), kPhases.end(),
                     [&](Phase p) { return !settings.phases.contains(p) || lease->taken.draw[p] >= least; });
}

void learn_phases(const AgentSettings& settings, const std::optional<Flow>& flow, BootTime now, AgentMemory& memory,
                  AgentOutput& output) {
  Session& session = memory.session;
  if (session.loads || settings.phases.size() == 1) return;
  if (!flow || flow->current.largest() < kDraws || !all_granted(settings, memory)) return session.watched_since.reset();
  if (!session.watched_since) {
    session.watched_since = now;
    session.seen = {};
  }
  for (Phase p : kPhases)
    if (settings.phases.contains(p) && flow->current[p] >= kLoaded) session.seen.insert(p);
  if (now - *session.watched_since < kShownAfter) return;
  session.loads = session.seen;
  output.events.push_back({AgentEvent::What::PhasesShown, names_of(session.seen)});
}

/// A device that is always there begins anew each time it should have been ready.
void note_energy(const AgentInput& input, Session& session) {
  const DeviceReport& report = *input.report;
  const bool gone = report.vehicle && !is_plugged(report);
  const bool next_day = !report.vehicle && input.ready_by && input.ready_by != session.ready_by;
  const bool counts_back = session.counter && report.energy_import && *report.energy_import < *session.counter;
  if (gone || next_day || counts_back) session.counter.reset();
  if (input.ready_by) session.ready_by = input.ready_by;
  if (!gone && !session.counter) session.counter = report.energy_import;
}

}  // namespace

void watch_session(const AgentSettings& settings, const AgentInput& input, AgentMemory& memory, AgentOutput& output) {
  Session& session = memory.session;
  if (!is_heard(memory.device, input.now)) forget_phases(session, "the device was not heard", output);
  if (!input.report) return;
  note_energy(input, session);
  const std::optional<Flow> flow = flow_of(memory.device, Direction::Draw);
  if (!is_plugged(*input.report)) return forget_phases(session, "nothing is plugged in", output);
  if (loads_another(session, flow)) forget_phases(session, "another phase is loaded", output);
  learn_phases(settings, flow, input.now, memory, output);
}

}  // namespace balans::parts
