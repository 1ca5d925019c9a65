#include "api/core/session_watch.hpp"

#include <algorithm>

namespace balans::api {
namespace {

constexpr Millis kLongestStep = 5 * 60_s;

/// IEC 61851: from B on a vehicle is connected.
bool is_plugged(const DeviceState& device) {
  return device.vehicle && *device.vehicle != VehicleState::A && *device.vehicle != VehicleState::E &&
         *device.vehicle != VehicleState::F;
}

bool is_held_back(const DeviceState& device) {
  return std::any_of(kPhases.begin(), kPhases.end(),
                     [&](Phase p) { return device.ask.draw[p] > device.limit.draw[p]; });
}

}  // namespace

std::vector<WatchedSession> SessionWatch::take(const TrafoState& state) {
  std::vector<WatchedSession> ended;
  for (const DeviceState& device : state.devices) {
    const auto known = open_.find(device.agent);
    if (is_plugged(device)) {
      follow(device, state.at);
    } else if (known != open_.end() && device.vehicle) {
      known->second.departed = known->second.seen = state.at;
      ended.push_back(known->second);
      open_.erase(known);
    }
  }
  return ended;
}

void SessionWatch::follow(const DeviceState& device, UnixTime at) {
  const auto [place, fresh] = open_.try_emplace(device.agent);
  WatchedSession& session = place->second;
  if (fresh) session = {device.agent, at, std::nullopt, at, device.energy, {}, {}, ""};
  const Millis passed = at - session.seen;
  if (device.energy && session.counter && *device.energy > *session.counter)
    session.energy = session.energy + (*device.energy - *session.counter);
  if (device.energy) session.counter = device.energy;
  if (is_held_back(device)) {
    session.reason = name_of(device.reason);
    if (passed > Millis(0) && passed <= kLongestStep) session.limited = session.limited + passed;
  }
  session.seen = std::max(session.seen, at);
}

}  // namespace balans::api
