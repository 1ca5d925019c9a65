#pragma once
// Everything that goes wrong in a storm beside what single messages suffer.

#include <array>
#include <cstdint>
#include <string_view>

namespace balans::soak {

enum class Fault : std::uint8_t {
  // the site
  BrokerDies,
  ControllerDies,
  ControllerForgets,     ///< it comes back with an old copy of its disk
  ControllerClockJumps,  ///< its time of day; or it is not known for a while
  ForgedLimit,
  ForgedStatus,
  ForgedOffer,
  ReplayedLimit,
  ReplayedStatus,
  ReplayedOffer,
  // an agent
  CutOff,
  AgentDies,
  MachineDies,  ///< the agent's: its clock since boot begins anew
  AgentStalls,
  AgentClockJumps,
  WritesFail,
  PollsFail,
  // a device
  IgnoresOrders,
  DrawsMore,   ///< than its register says
  PowerCycle,  ///< comes back with its register at its maximum
  // a meter
  MeterSilent,
  MeterFrozen,
  MeterThousandfold,
  MeterSign,
  MeterStuck,
  MetersSwapped,
};
inline constexpr std::size_t kFaultKinds = 26;
inline constexpr std::size_t kFirstOfAgents = static_cast<std::size_t>(Fault::CutOff);
inline constexpr std::size_t kFirstOfMeters = static_cast<std::size_t>(Fault::MeterSilent);

using FaultCounts = std::array<std::int64_t, kFaultKinds>;

std::string_view name_of(Fault fault);  // "broker-dies", …

}  // namespace balans::soak
