// What the agent tells the controller, and when.
#include <algorithm>
#include <cstdlib>

#include "chargepoint/core/parts.hpp"

namespace balans::parts {
namespace {

constexpr Milliamps kNewsworthy = Milliamps(500);  // a change of current worth a message

Offer offer_of(const AgentSettings& settings, Nonce nonce) {
  Offer offer;
  offer.nonce = nonce;
  offer.kind = settings.kind;
  offer.phases = settings.phases;
  offer.min = settings.min;
  offer.max = settings.max;
  offer.step = settings.step;
  offer.floor = settings.floor;
  offer.weight = settings.weight;
  offer.failsafe = settings.failsafe;
  offer.settle = settings.settle;
  offer.revert = settings.revert;
  return offer;
}

/// What it would draw now if nothing held it back.
Milliamps ask_of(const AgentSettings& settings, const DeviceHealth& device) {
  if (!device.report || device.report->full) return Milliamps();
  const auto vehicle = device.report->vehicle;
  const bool cannot_charge = vehicle == VehicleState::A || vehicle == VehicleState::E || vehicle == VehicleState::F;
  return cannot_charge ? Milliamps() : settings.max;
}

AckStage stage_of(const Actuation& actuation) {
  if (actuation.effective) return AckStage::Effective;
  return actuation.written ? AckStage::Written : AckStage::Accepted;
}

Status status_of(const AgentSettings& settings, const AgentMemory& memory, BootTime now) {
  const PhaseSet phases = settings.phases;
  Status status;
  status.at = AgentTime(now.ms());
  status.nonce = *memory.nonce;
  status.state = state_of(memory);
  status.ask = phases.spread(ask_of(settings, memory.device));
  status.holding = phases.spread(memory.actuation.holding);
  status.fault = memory.device.fault;
  if (const auto* lease = std::get_if<Following>(&memory.mode)) {
    // While the device is paused for disobedience the lease's own limit has no effect to report.
    const bool aims_at_it = memory.actuation.setpoint == lease->limit;
    status.ack = Ack{lease->epoch, lease->seq, phases.spread(lease->limit),
                     aims_at_it ? stage_of(memory.actuation) : AckStage::Accepted};
  }
  if (!memory.device.report || now - memory.device.report->taken > defaults::kReportFresh) return status;
  status.measured = memory.device.report->current;
  status.energy = memory.device.report->energy_import;
  status.vehicle = memory.device.report->vehicle;
  return status;
}

bool moved(const std::optional<PerPhase<Milliamps>>& a, const std::optional<PerPhase<Milliamps>>& b) {
  if (a.has_value() != b.has_value()) return true;
  if (!a) return false;
  return std::any_of(kPhases.begin(), kPhases.end(),
                     [&](Phase p) { return std::abs((*a)[p].count() - (*b)[p].count()) >= kNewsworthy.count(); });
}

bool is_news(const Status& status, const Status& before) {
  return status.state != before.state || status.ack != before.ack || status.ask != before.ask ||
         status.holding != before.holding || status.vehicle != before.vehicle || status.fault != before.fault ||
         moved(status.measured, before.measured);
}

}  // namespace

void announce(const AgentSettings& settings, const AgentInput& input, AgentMemory& memory, AgentOutput& output) {
  if (!memory.nonce) return;
  if (input.connected) output.offer = offer_of(settings, *memory.nonce);
  const Status status = status_of(settings, memory, input.now);
  const bool due = !memory.sent || status.at - memory.sent->at >= settings.status_every;
  if (!due && !is_news(status, *memory.sent)) return;
  memory.sent = status;
  output.status = status;
}

}  // namespace balans::parts
