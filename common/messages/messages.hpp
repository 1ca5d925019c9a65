#pragma once
// Everything that crosses the site's broker, as plain structs with one JSON form each (docs/protocol.md).
//
// Encoding is canonical: the same struct gives the same bytes. Decoding refuses fractions, exponents, duplicate keys,
// missing keys, unknown keys and numbers out of bounds, and says where: `status.measured_ma[1]: -5 is outside
// 0..1000000`. Currents per phase are arrays of three integers, L1 L2 L3, in the grid's true phases. 64-bit random
// numbers are decimal strings.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/crypto/crypto.hpp"
#include "common/ids.hpp"
#include "common/phases.hpp"
#include "common/result.hpp"
#include "common/units.hpp"

namespace balans {

enum class DeviceKind : std::uint8_t { Charger, HeatPump, Boiler, Battery, Relay };
enum class AgentState : std::uint8_t { Starting, Following, Failsafe, Fault };
enum class AckStage : std::uint8_t { Accepted, Written, Effective };
/// IEC 61851-1 vehicle states.
enum class VehicleState : std::uint8_t { A, B, C, D, E, F };
enum class MeterQuality : std::uint8_t { Good, Late, Stale, Frozen, Implausible, Missing };

/// Why a limit is what it is. The screen, the log, the status file and the tests read the same enum.
enum class Reason : std::uint8_t {
  Unlimited,   ///< has all it asked for
  NotAsking,   ///< asks for nothing
  Capacity,    ///< the binding row has no more; weighted max-min share
  Waiting,     ///< the row cannot carry its minimum beside those that are on; it takes turns
  Ramp,        ///< on its way up
  Handover,    ///< waits until another device has really come down
  Reclaim,     ///< capped near what it draws
  StaleMeter,  ///< no trusted meter: nothing is raised
  Overload,    ///< cut at once because a row is over its limit
  Restart,     ///< the controller is new: nobody may rise before all are booked
  Operator,    ///< an operator's order
};

/// What a device says it can do. Retained. `phases` are the grid's true phases that it can load.
struct Offer {
  Nonce nonce;
  DeviceKind kind = DeviceKind::Charger;
  PhaseSet phases;
  Milliamps min;    ///< smallest current it can run at
  Milliamps max;    ///< largest
  Milliamps step;   ///< resolution of its setpoint, ≥ 1 mA
  Milliamps floor;  ///< what it is owed by statute while it asks for it; 0 where none
  bool can_pause = true;
  std::int64_t weight = 1;  ///< share among equals, 1..2^20
  std::optional<WattHours> energy_needed;
  std::optional<UnixTime> departs;
  Milliamps failsafe;            ///< what it ramps to when it has been without a lease for a while
  Millis settle;                 ///< worst time from a write to the current following
  std::optional<Millis> revert;  ///< the device's own watchdog; absent: none

  bool operator==(const Offer&) const = default;
};

struct Ack {
  Epoch epoch;
  Seq seq;
  PerPhase<Milliamps> limit;  ///< what the agent took from the limit
  AckStage stage = AckStage::Accepted;
  bool operator==(const Ack&) const = default;
};

/// Every few seconds and at once on a change; carries the ack of the newest accepted limit.
struct Status {
  AgentTime at;
  Nonce nonce;
  AgentState state = AgentState::Starting;
  PerPhase<Milliamps> ask;      ///< what it would draw now if nothing held it back
  PerPhase<Milliamps> holding;  ///< the most its device may draw by what has been written and not yet come into effect
  std::optional<Ack> ack;
  std::optional<PerPhase<Milliamps>> measured;
  std::optional<WattHours> energy;  ///< import counter
  std::optional<VehicleState> vehicle;
  std::string fault;  ///< empty, or what is wrong, for people
  bool operator==(const Status&) const = default;
};

/// A lease. `until` is on the agent's own clock. With `may_raise` false the agent takes the smaller of `max` and what
/// its device holds now: a controller that does not yet know what everybody holds raises nobody.
struct Limit {
  Epoch epoch;
  Seq seq;
  Nonce nonce;
  AgentTime until;
  PerPhase<Milliamps> max;
  bool may_raise = true;
  Reason reason = Reason::Capacity;
  bool operator==(const Limit&) const = default;
};

/// One metered minute of one device.
struct Reading {
  std::uint64_t seq = 0;  ///< one more for each, for ever, across boots
  BootId boot;
  AgentTime at;                 ///< end of the minute on the agent's clock
  std::optional<UnixTime> utc;  ///< the same moment, when the clock is synchronised
  WattHours energy_import;      ///< counter
  WattHours energy_export;      ///< counter
  PerPhase<Milliamps> mean;     ///< mean current over the minute
  PerPhase<Milliamps> limit;    ///< limit in force at the end
  AgentState state = AgentState::Starting;
  bool operator==(const Reading&) const = default;
};

/// Readings `readings[0].seq …` in order, hash-chained: head_i = BLAKE2b(head_{i−1} ‖ canonical JSON of reading i).
struct ReadingBatch {
  AgentId agent;
  Digest previous;  ///< head before the first reading here; zeros before reading 1
  std::vector<Reading> readings;
  Digest head;  ///< head after the last
  bool operator==(const ReadingBatch&) const = default;
};

/// "Committed through n": the agent may forget readings up to and including `through`.
struct Stored {
  std::uint64_t through = 0;
  bool operator==(const Stored&) const = default;
};

/// One node of the grid as the controller sees it.
struct NodeState {
  std::string node;
  MeterQuality quality = MeterQuality::Missing;
  PerPhase<Milliamps> load;      ///< newest measured current
  PerPhase<Milliamps> rating;    ///< limit per phase
  PerPhase<Milliamps> base;      ///< load that nobody controls
  PerPhase<Milliamps> headroom;  ///< rating − margin − base
  PerPhase<Milliamps> booked;    ///< Σ envelopes
  bool operator==(const NodeState&) const = default;
};

struct DeviceState {
  AgentId agent;
  DeviceKind kind = DeviceKind::Charger;
  AgentState state = AgentState::Starting;
  bool silent = false;  ///< no status for longer than expected
  bool stuck = false;   ///< does not follow its limit
  PerPhase<Milliamps> ask;
  PerPhase<Milliamps> limit;     ///< newest limit sent
  PerPhase<Milliamps> envelope;  ///< the most it could be drawing
  std::optional<PerPhase<Milliamps>> measured;
  std::optional<WattHours> energy;
  std::optional<VehicleState> vehicle;
  Reason reason = Reason::Restart;
  std::string binding;  ///< node and phase that bind it, `transformer L2`; empty where none
  std::string fault;
  bool operator==(const DeviceState&) const = default;
};

/// What the screens show; also posted to the api. Latest wins.
struct TrafoState {
  SiteId site;
  UnixTime at;
  Epoch epoch;
  std::int64_t rated_va = 0;
  std::vector<NodeState> nodes;
  std::vector<DeviceState> devices;
  std::vector<std::string> alarms;
  std::int64_t missed_ticks = 0;
  bool operator==(const TrafoState&) const = default;
};

/// `{who}/online`: retained, set by the will when the client is lost.
struct Online {
  bool online = false;
  bool operator==(const Online&) const = default;
};

std::string encode(const Offer& offer);
std::string encode(const Status& status);
std::string encode(const Limit& limit);
std::string encode(const Reading& reading);
std::string encode(const ReadingBatch& batch);
std::string encode(const Stored& stored);
std::string encode(const TrafoState& state);
std::string encode(const Online& online);

/// `Result<Offer> offer = decode<Offer>(text);` Defined for every message above.
template <class Message>
Result<Message> decode(std::string_view json);
template <>
Result<Offer> decode(std::string_view json);
template <>
Result<Status> decode(std::string_view json);
template <>
Result<Limit> decode(std::string_view json);
template <>
Result<Reading> decode(std::string_view json);
template <>
Result<ReadingBatch> decode(std::string_view json);
template <>
Result<Stored> decode(std::string_view json);
template <>
Result<TrafoState> decode(std::string_view json);
template <>
Result<Online> decode(std::string_view json);

/// The head after `reading`, given the head before it.
Digest chain(const Digest& previous, const Reading& reading);
/// Decoding does not check the chain, so that a broken one can be stored and shown; this does.
Result<void> check_chain(const ReadingBatch& batch);

std::string_view name_of(DeviceKind kind);       // "charger", "heat-pump", …
std::string_view name_of(AgentState state);      // "starting", …
std::string_view name_of(AckStage stage);        // "accepted", …
std::string_view name_of(VehicleState state);    // "A" … "F"
std::string_view name_of(MeterQuality quality);  // "good", …
std::string_view name_of(Reason reason);         // "capacity", …
/// The value with that name; an error that lists the names there are.
template <class Enum>
Result<Enum> parse_name(std::string_view name);

}  // namespace balans
