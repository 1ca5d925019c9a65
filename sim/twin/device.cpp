#include "sim/twin/device.hpp"

namespace balans::twin {
namespace {

Milliamps largest(const Register<Milliamps>& setpoint, WorldTime now, Millis delay) {
  Milliamps most;
  setpoint.each_possible(now, delay, [&](Milliamps value) { most = std::max(most, value); });
  return most;
}

}  // namespace

Allowance DeviceModel::may_do(WorldTime now) const {
  Milliamps draw = largest(setpoint.draw, now, delay);
  if (stuck) draw = std::max(draw, *stuck);
  if (draw > Milliamps()) draw += excess;
  return {may_load(now).spread(draw), phases.spread(largest(setpoint.feed, now, delay))};
}

PerPhase<Milliamps> DeviceModel::flow(WorldTime now) const {
  const PhaseSet loaded = connected(mode.settled(now, delay));
  if (stuck) return loaded.spread(*stuck);
  if (const Milliamps fed = std::min(setpoint.feed.settled(now, delay), appetite.feed); fed > Milliamps())
    return PerPhase<Milliamps>{} - phases.spread(fed < min.feed ? Milliamps() : fed);
  const Milliamps drawn = std::min(setpoint.draw.settled(now, delay), appetite.draw);
  return loaded.spread(drawn < min.draw || drawn == Milliamps() ? Milliamps() : drawn + excess);
}

PhaseSet DeviceModel::connected(PhaseMode position) const {
  const PhaseSet closed = position == PhaseMode::Fewer && !fewer.empty() ? fewer : phases;
  PhaseSet loaded;
  for (Phase p : kPhases)
    if (closed.contains(p) && conductors.contains(p)) loaded.insert(p);
  return loaded;
}

PhaseSet DeviceModel::may_load(WorldTime now) const {
  PhaseSet loaded;
  mode.each_possible(now, delay, [&](PhaseMode position) {
    for (Phase p : kPhases)
      if (connected(position).contains(p)) loaded.insert(p);
  });
  return loaded;
}

bool DeviceModel::is_settled(WorldTime now) const {
  return now - std::max({setpoint.draw.changed(), setpoint.feed.changed(), mode.changed()}) > delay;
}

void DeviceModel::write(WorldTime now, Direction direction, Milliamps value) {
  hear(now);
  if (now < ignores_until) return;
  setpoint[direction].write(now, value, delay);
}

void DeviceModel::switch_to(WorldTime now, PhaseMode wanted) {
  hear(now);
  if (now < ignores_until) return;
  mode.write(now, wanted, delay);
}

void DeviceModel::hear_poll(WorldTime now) {
  if (fed_by == FedBy::AnyTraffic) hear(now);
}

void DeviceModel::let_time_pass(WorldTime now) {
  if (!revert || watchdog == Watchdog::Broken || now - last_word < *revert) return;
  for (Direction d : kDirections)
    if (setpoint[d].newest() > fallback[d]) setpoint[d].write(now, fallback[d], delay);
}

}  // namespace balans::twin
