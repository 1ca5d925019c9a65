#include "tests/trafo/core/protocol/device.hpp"

#include <algorithm>

namespace balans::protocol {

Milliamps DeviceModel::may_draw(WorldTime now) const {
  Milliamps most;
  for (auto c = changes.rbegin(); c != changes.rend(); ++c) {
    most = std::max(most, c->value);
    if (now - c->at >= delay) break;  // older values have settled into this one
  }
  return most;
}

Milliamps DeviceModel::draws(WorldTime now) const {
  Milliamps allowed = changes.front().value;
  for (const Change& c : changes)
    if (now - c.at >= delay) allowed = c.value;
  const Milliamps drawn = std::min(allowed, appetite);
  return drawn < min ? Milliamps() : drawn;
}

void DeviceModel::write(WorldTime now, Milliamps value) {
  hear(now);
  change(now, value);
}

void DeviceModel::hear_poll(WorldTime now) {
  if (fed_by == FedBy::AnyTraffic) hear(now);
}

void DeviceModel::let_time_pass(WorldTime now) {
  if (revert && watchdog == Watchdog::Works && now - last_word >= *revert && setpoint() > fallback)
    change(now, fallback);
}

void DeviceModel::change(WorldTime now, Milliamps value) {
  if (value == setpoint()) return;
  changes.push_back({now, value});
  while (changes.size() > 2 && now - changes[1].at > delay) changes.pop_front();
}

}  // namespace balans::protocol
