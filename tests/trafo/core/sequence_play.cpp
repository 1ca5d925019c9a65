// A sequence through the real controller core and the real agents' cores.
#include "tests/trafo/core/sequence.hpp"

namespace balans {
namespace {

using protocol::World;

void happen(World& world, const BaseChanges& change) { world.street().bases[change.node] = change.base; }

void happen(World& world, const DeviceWants& change) {
  for (std::size_t i : change.devices) world.agents()[i].device.appetite.draw = change.current;
}

void happen(World& world, const DeviceStops& change) {
  for (std::size_t i : change.devices) {
    protocol::DeviceModel& device = world.agents()[i].device;
    const Milliamps drawn = device.flow(world.now()).largest();
    device.stuck = change.obeys ? std::nullopt : std::optional(drawn);
  }
}

void happen(World& world, const MeterChanges& change) {
  protocol::MeterModel& meter = world.meters()[change.meter];
  if (change.fault) meter.fault = *change.fault;
  if (change.every) meter.every = *change.every;
  if (change.lag) meter.lag = *change.lag;
}

Second look(World& world) {
  const Site& site = world.street().site;
  const TrafoState& state = world.controller().state;
  Second second;
  for (std::size_t v = 0; v < site.nodes.size(); ++v) {
    second.flow.push_back(world.flow(v));
    second.booked.push_back(v < state.nodes.size() ? state.nodes[v].booked : PerPhase<Milliamps>{});
    second.setpoints.emplace_back();
  }
  for (std::size_t i = 0; i < site.agents.size(); ++i) {
    const protocol::DeviceModel& device = world.agents()[i].device;
    const Milliamps setpoint = device.setpoint.draw.newest();
    const bool fewer = device.mode.newest() == PhaseMode::Fewer && !device.fewer.empty();
    for (std::size_t v = 0; v < site.nodes.size(); ++v)
      if (is_below(site, site.agents[i].node, v))
        second.setpoints[v] += (fewer ? device.fewer : device.phases).spread(setpoint);
    second.setpoint.push_back(setpoint);
    second.asks.push_back(device.appetite.draw > Milliamps());
    second.reason.push_back(i < state.devices.size() ? state.devices[i].reason : Reason::Restart);
  }
  for (std::size_t m = 0; m < site.meters.size(); ++m)
    second.quality.push_back(m < state.meters.size() ? state.meters[m].quality : MeterQuality::Missing);
  return second;
}

}  // namespace

Trace play(const Sequence& sequence) {
  World world(sequence.street, 1);
  world.controller().starts = protocol::WorldTime();
  for (std::size_t i = 0; i < sequence.starts_s.size(); ++i)
    world.agents()[i].starts = protocol::WorldTime(sequence.starts_s[i] * 1000LL);
  Trace trace;
  for (int second = 0; second < sequence.seconds && !trace.wrong; ++second) {
    for (const SequenceEvent& event : sequence.events)
      if (event.at_s == second) std::visit([&](const auto& what) { happen(world, what); }, event.what);
    trace.wrong = world.live_unbound(1_s);
    trace.seconds.push_back(look(world));
  }
  return trace;
}

}  // namespace balans
