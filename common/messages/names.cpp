// The wire names of every enum, once.
#include <array>
#include <utility>

#include "common/messages/messages.hpp"

namespace balans {
namespace {

template <class Enum>
struct Names;  // `table` pairs each value with its name; the i-th entry is the value i

template <class Enum>
using Entry = std::pair<Enum, std::string_view>;

template <>
struct Names<DeviceKind> {
  static constexpr std::string_view what = "a device kind";
  static constexpr std::array<Entry<DeviceKind>, 7> table{{{DeviceKind::Charger, "charger"},
                                                           {DeviceKind::HeatPump, "heat-pump"},
                                                           {DeviceKind::Boiler, "boiler"},
                                                           {DeviceKind::Battery, "battery"},
                                                           {DeviceKind::Relay, "relay"},
                                                           {DeviceKind::AirConditioner, "air-conditioner"},
                                                           {DeviceKind::Inverter, "inverter"}}};
};
template <>
struct Names<AgentState> {
  static constexpr std::string_view what = "an agent state";
  static constexpr std::array<Entry<AgentState>, 4> table{{{AgentState::Starting, "starting"},
                                                           {AgentState::Following, "following"},
                                                           {AgentState::Failsafe, "failsafe"},
                                                           {AgentState::Fault, "fault"}}};
};
template <>
struct Names<AckStage> {
  static constexpr std::string_view what = "an ack stage";
  static constexpr std::array<Entry<AckStage>, 3> table{
      {{AckStage::Accepted, "accepted"}, {AckStage::Written, "written"}, {AckStage::Effective, "effective"}}};
};
template <>
struct Names<VehicleState> {
  static constexpr std::string_view what = "an IEC 61851 state";
  static constexpr std::array<Entry<VehicleState>, 6> table{{{VehicleState::A, "A"},
                                                             {VehicleState::B, "B"},
                                                             {VehicleState::C, "C"},
                                                             {VehicleState::D, "D"},
                                                             {VehicleState::E, "E"},
                                                             {VehicleState::F, "F"}}};
};
template <>
struct Names<MeterQuality> {
  static constexpr std::string_view what = "a meter quality";
  static constexpr std::array<Entry<MeterQuality>, 6> table{{{MeterQuality::Good, "good"},
                                                             {MeterQuality::Late, "late"},
                                                             {MeterQuality::Stale, "stale"},
                                                             {MeterQuality::Frozen, "frozen"},
                                                             {MeterQuality::Implausible, "implausible"},
                                                             {MeterQuality::Missing, "missing"}}};
};
template <>
struct Names<Reason> {
  static constexpr std::string_view what = "a reason";
  static constexpr std::array<Entry<Reason>, 18> table{{{Reason::Unlimited, "unlimited"},
                                                        {Reason::NotAsking, "not-asking"},
                                                        {Reason::Capacity, "capacity"},
                                                        {Reason::Waiting, "waiting"},
                                                        {Reason::Ramp, "ramp"},
                                                        {Reason::Handover, "handover"},
                                                        {Reason::Reclaim, "reclaim"},
                                                        {Reason::StaleMeter, "stale-meter"},
                                                        {Reason::Overload, "overload"},
                                                        {Reason::Restart, "restart"},
                                                        {Reason::Operator, "operator"},
                                                        {Reason::Schedule, "schedule"},
                                                        {Reason::Dso, "dso"},
                                                        {Reason::HotSpot, "hot-spot"},
                                                        {Reason::Neutral, "neutral"},
                                                        {Reason::Unbalance, "unbalance"},
                                                        {Reason::LowVoltage, "low-voltage"},
                                                        {Reason::Credit, "credit"}}};
};

template <class Enum>
constexpr bool in_order() {
  for (std::size_t i = 0; i < Names<Enum>::table.size(); ++i)
    if (static_cast<std::size_t>(Names<Enum>::table[i].first) != i) return false;
  return true;
}

template <class Enum>
std::string_view lookup(Enum value) {
  static_assert(in_order<Enum>());
  return Names<Enum>::table[static_cast<std::size_t>(value)].second;
}

}  // namespace

std::string_view name_of(DeviceKind kind) { return lookup(kind); }
std::string_view name_of(AgentState state) { return lookup(state); }
std::string_view name_of(AckStage stage) { return lookup(stage); }
std::string_view name_of(VehicleState state) { return lookup(state); }
std::string_view name_of(MeterQuality quality) { return lookup(quality); }
std::string_view name_of(Reason reason) { return lookup(reason); }

template <class Enum>
Result<Enum> parse_name(std::string_view name) {
  std::string known;
  for (const auto& [value, text] : Names<Enum>::table) {
    if (text == name) return value;
    known += known.empty() ? "" : ", ";
    known += text;
  }
  return Error{"",
               "'" + std::string(name) + "' is not " + std::string(Names<Enum>::what) + ": expected one of " + known};
}

template Result<DeviceKind> parse_name(std::string_view);
template Result<AgentState> parse_name(std::string_view);
template Result<AckStage> parse_name(std::string_view);
template Result<VehicleState> parse_name(std::string_view);
template Result<MeterQuality> parse_name(std::string_view);
template Result<Reason> parse_name(std::string_view);

}  // namespace balans
