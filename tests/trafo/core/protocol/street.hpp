#pragma once
// A random street: a site whose enrolment adds up, its agents, and how bad the weather is.

#include <vector>

#include "chargepoint/core/agent.hpp"
#include "tests/trafo/core/protocol/device.hpp"
#include "tests/trafo/core/protocol/network.hpp"
#include "trafo/core/site.hpp"

namespace balans::protocol {

/// What goes wrong, in a million of the seconds lived through (for agents: by each of them).
struct Weather {
  NetworkWeather network;
  std::int64_t cut_off = 0;
  std::int64_t broker_dies = 0;
  std::int64_t controller_dies = 0;
  std::int64_t agent_dies = 0;
  std::int64_t agent_stalls = 0;
  std::int64_t writes_fail = 0;
  std::int64_t polls_fail = 0;
  std::int64_t appetite_changes = 0;
  std::int64_t car_changes = 0;
  std::int64_t meter_silent = 0;  ///< of each meter
  std::int64_t meter_frozen = 0;
  Millis longest{100'000};  ///< of each of these
};

/// One thing done wrong on purpose: the invariant has to notice.
enum class Mistake : std::uint8_t {
  None,
  TtlFromReceipt,    ///< a lease lives its TTL from when it arrives
  AckWithoutEpoch,   ///< acks of an earlier controller count
  NoWatchdog,        ///< devices do not revert although their enrolment says so
  ShortHold,         ///< agents enter their failsafe as soon as the lease ends
  EffectiveAtWrite,  ///< acks claim effect as soon as the register is written
};

struct Street {
  Site site;
  std::vector<PerPhase<Milliamps>> bases;  ///< each node's own, without what is below it
  std::vector<AgentSettings> agents;
  std::vector<DeviceModel> devices;
  Weather weather;
};

/// One transformer and a few chargers on one, two or three phases.
Street plain_street(Random& random);
/// Panels below it, with meters or without, cars on fewer phases than their chargers, contactors, stores that feed in.
Street random_street(Random& random);
Weather random_weather(Random& random);

Enrolment enrolment_of(const AgentSettings& agent, std::size_t node);

}  // namespace balans::protocol
