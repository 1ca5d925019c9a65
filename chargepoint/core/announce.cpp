// What the agent tells the controller, and when.
#include <algorithm>
#include <cstdlib>

#include "chargepoint/core/parts.hpp"

namespace balans::parts {
namespace {

constexpr Milliamps kNewsworthy = Milliamps(500);  // a change of current worth a message
constexpr Millis kOfferEvery = Millis(60'000);
constexpr WattHours kEnergyStep = WattHours(250);  // a change of need worth an offer

/// What has been drawn since it was plugged in.
std::optional<WattHours> drawn_in(const Session& session, const DeviceHealth& device) {
  if (!session.counter || !device.report || !device.report->energy_import) return std::nullopt;
  return *device.report->energy_import - *session.counter;
}

bool is_gone(const DeviceHealth& device) {
  if (!device.report) return true;
  const auto vehicle = device.report->vehicle;
  return vehicle == VehicleState::A || vehicle == VehicleState::E || vehicle == VehicleState::F;
}

void add_need(const AgentSettings& settings, const AgentInput& input, const AgentMemory& memory, Offer& offer) {
  if (!settings.session_need || is_gone(memory.device)) return;
  const WattHours left = *settings.session_need - drawn_in(memory.session, memory.device).value_or(WattHours());
  const WattHours steps = (left + kEnergyStep - 1_Wh) / kEnergyStep.count();
  offer.energy_needed = std::max(WattHours(), steps * kEnergyStep.count());
  offer.departs = input.ready_by;
}

Offer offer_now(const AgentSettings& settings, const AgentInput& input, const AgentMemory& memory) {
  Offer offer = offer_of(settings);
  offer.nonce = *memory.nonce;
  add_need(settings, input, memory, offer);
  return offer;
}

/// What it would do now if nothing held it back.
Allowance ask_of(const AgentSettings& settings, const AgentMemory& memory, BootTime now) {
  const std::optional<DeviceReport>& report = memory.device.report;
  if (!report) return {};
  const bool draws = !report->full && !is_gone(memory.device) && !is_held_back(memory, now);
  const Milliamps draw = draws ? may_rise_to(settings, memory, Direction::Draw, now) : Milliamps();
  const Milliamps feed = report->empty ? Milliamps() : may_rise_to(settings, memory, Direction::Feed, now);
  return {memory.session.loads.value_or(settings.phases).spread(draw), settings.phases.spread(feed)};
}

AckStage stage_of(const Actuation& actuation) {
  if (actuation.effective) return AckStage::Effective;
  return actuation.written ? AckStage::Written : AckStage::Accepted;
}

/// The stage of the direction that is further behind. While the device is paused, or its phases are switched, the
/// lease's own limit has no effect to report.
AckStage stage_of(const AgentSettings& settings, const BothWays<Actuation>& actuation, const Allowance& taken) {
  AckStage stage = AckStage::Effective;
  for (Direction direction : kDirections) {
    if (band_of(settings, direction).max == Milliamps()) continue;
    const bool aims_at_it =
        actuation[direction].target.claim == (direction == Direction::Draw ? taken.draw : taken.feed);
    stage = std::min(stage, aims_at_it ? stage_of(actuation[direction]) : AckStage::Accepted);
  }
  return stage;
}

Status status_of(const AgentSettings& settings, const AgentMemory& memory, BootTime now) {
  Status status;
  status.at = AgentTime(now.ms());
  status.nonce = *memory.nonce;
  status.state = state_of(memory);
  status.ask = ask_of(settings, memory, now);
  status.holding = {memory.actuation.draw.holding, memory.actuation.feed.holding};
  status.phases = memory.session.loads;
  status.fault = memory.device.fault;
  if (const auto* lease = std::get_if<Following>(&memory.mode))
    status.ack =
        Ack{lease->epoch, lease->boot, lease->seq, lease->taken, stage_of(settings, memory.actuation, lease->taken)};
  else
    status.follows = memory.follows;
  if (!memory.device.report || now - memory.device.report->taken > defaults::kReportFresh) return status;
  status.measured = memory.device.report->current;
  status.energy = memory.device.report->energy_import;
  status.vehicle = memory.device.report->vehicle;
  if (status.vehicle || settings.session_need) status.session_energy = drawn_in(memory.session, memory.device);
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
         status.holding != before.holding || status.phases != before.phases || status.vehicle != before.vehicle ||
         status.fault != before.fault || moved(status.measured, before.measured);
}

void announce_offer(const AgentSettings& settings, const AgentInput& input, AgentMemory& memory, AgentOutput& output) {
  const Offer offer = offer_now(settings, input, memory);
  const bool changed = offer != memory.offered && input.now - memory.offered_at >= kOfferEvery;
  if (!input.connected && !changed) return;
  memory.offered = offer;
  memory.offered_at = input.now;
  output.offer = offer;
}

}  // namespace

void announce(const AgentSettings& settings, const AgentInput& input, AgentMemory& memory, AgentOutput& output) {
  if (!memory.nonce) return;
  announce_offer(settings, input, memory, output);
  const Status status = status_of(settings, memory, input.now);
  const bool due = input.controller_came || !memory.sent || status.at - memory.sent->at >= settings.status_every;
  if (!due && !is_news(status, *memory.sent)) return;
  memory.sent = status;
  output.status = status;
}

}  // namespace balans::parts

namespace balans {

Offer offer_of(const AgentSettings& settings) {
  Offer offer;
  offer.kind = settings.kind;
  offer.phases = settings.phases;
  offer.fewer_phases = settings.fewer_phases;
  offer.min = settings.min;
  offer.max = settings.max;
  offer.step = settings.step;
  offer.levels = settings.levels;
  offer.floor = settings.floor;
  offer.comfort = settings.comfort;
  offer.weight = settings.weight;
  offer.volunteers_for = settings.volunteers_for;
  offer.failsafe = settings.failsafe;
  offer.device_fallback = settings.device_fallback;
  offer.fallback_feed = settings.fallback_feed;
  offer.min_feed = settings.min_feed;
  offer.max_feed = settings.max_feed;
  offer.failsafe_feed = settings.failsafe_feed;
  offer.min_on = settings.min_on;
  offer.min_off = settings.min_off;
  offer.failsafe_hold = settings.failsafe_hold;
  offer.settle = settings.settle;
  offer.revert = settings.revert;
  if (settings.supply) offer.contactor = settings.supply->drops_out;
  return offer;
}

}  // namespace balans
