// A sequence through the real controller core and the real agents' cores.
#include "tests/trafo/core/sequence.hpp"

namespace balans {
namespace {

using twin::World;

void happen(World& world, const BaseChanges& change) { world.street().bases[change.node] = change.base; }

void happen(World& world, const DeviceWants& change) {
  for (std::size_t i : change.devices) world.agents()[i].device.appetite.draw = change.current;
}

void happen(World& world, const DeviceStops& change) {
  for (std::size_t i : change.devices) {
    twin::DeviceModel& device = world.agents()[i].device;
    const Milliamps drawn = device.flow(world.now()).largest();
    device.stuck = change.obeys ? std::nullopt : std::optional(drawn);
  }
}

void happen(World& world, const MeterChanges& change) {
  twin::MeterModel& meter = world.meters()[change.meter];
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
    const twin::DeviceModel& device = world.agents()[i].device;
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

/// What an agent did that it must not. Base loads and devices here do what no law can bind.
std::optional<std::string> live_a_second(World& world) {
  const twin::WorldTime end = world.now() + 1_s;
  while (world.now() < end)
    if (std::string wrong = world.advance(); !wrong.empty()) return wrong;
  return std::nullopt;
}

}  // namespace

Trace play(const Sequence& sequence) {
  World world(sequence.street, {});
  world.controller().starts = twin::WorldTime();
  for (std::size_t i = 0; i < sequence.starts_s.size(); ++i)
    world.agents()[i].starts = twin::WorldTime(sequence.starts_s[i] * 1000LL);
  Trace trace;
  for (int second = 0; second < sequence.seconds && !trace.wrong; ++second) {
    for (const SequenceEvent& event : sequence.events)
      if (event.at_s == second) std::visit([&](const auto& what) { happen(world, what); }, event.what);
    trace.wrong = live_a_second(world);
    trace.seconds.push_back(look(world));
  }
  return trace;
}

}  // namespace balans
