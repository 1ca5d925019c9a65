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
#include "common/defaults.hpp"
#include "common/ids.hpp"
#include "common/phases.hpp"
#include "common/result.hpp"
#include "common/units.hpp"

namespace balans {

enum class DeviceKind : std::uint8_t { Charger, HeatPump, Boiler, Battery, Relay, AirConditioner, Inverter };
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
  Schedule,    ///< a limit of the site's timetable
  Dso,         ///< an order of the grid operator
  HotSpot,     ///< the transformer's thermal rating, not its name plate
  Neutral,     ///< the neutral conductor's limit
  Unbalance,   ///< the connection's limit of unbalance
  LowVoltage,  ///< the node's voltage has been low for a while
  Credit,      ///< who pays for the device owes more than was agreed: no commercial energy until that is settled
};

/// What a device may do, on each of the grid's true phases: draw from the grid, feed into it. Both ≥ 0.
struct Allowance {
  PerPhase<Milliamps> draw;
  PerPhase<Milliamps> feed;

  constexpr Allowance() = default;
  constexpr Allowance(PerPhase<Milliamps> d, PerPhase<Milliamps> f = {}) : draw(d), feed(f) {}  // NOLINT(*-explicit-*)
  bool operator==(const Allowance&) const = default;
};

constexpr Allowance larger_of(const Allowance& a, const Allowance& b) {
  return {larger_of(a.draw, b.draw), larger_of(a.feed, b.feed)};
}
constexpr Allowance smaller_of(const Allowance& a, const Allowance& b) {
  return {smaller_of(a.draw, b.draw), smaller_of(a.feed, b.feed)};
}

/// What a device says it can do. Retained. `phases` are the grid's true phases that it can load.
struct Offer {
  Nonce nonce;
  DeviceKind kind = DeviceKind::Charger;
  PhaseSet phases;
  PhaseSet fewer_phases;          ///< of its other mode, for a device that can switch phases; empty: it cannot
  Milliamps min;                  ///< smallest current it can run at
  Milliamps max;                  ///< largest
  Milliamps step;                 ///< resolution of its setpoint, ≥ 1 mA
  std::vector<Milliamps> levels;  ///< the only currents it can run at, ascending, at most 16; empty: any on its step
  Milliamps floor;                ///< what it is owed by statute while it asks for it; 0 where none
  Milliamps comfort;              ///< what it should have before the rest is shared out; 0 where none
  bool can_pause = true;
  std::int64_t weight = 1;                     ///< share among equals, 1..2^20
  std::optional<std::int64_t> volunteers_for;  ///< price per kWh in base units for which it is throttled before others
  std::optional<WattHours> energy_needed;
  std::optional<UnixTime> departs;
  Milliamps failsafe;                              ///< what it ramps to when it has been without a lease for a while
  Milliamps device_fallback;                       ///< what the device draws by itself when its agent is silent
  Milliamps fallback_feed;                         ///< what it feeds in then
  Milliamps min_feed;                              ///< smallest current it can feed in at
  Milliamps max_feed;                              ///< largest; 0: it only draws
  Milliamps failsafe_feed;                         ///< what it may feed in when it has been without a lease for a while
  Millis min_on;                                   ///< once on it would stay on for this long
  Millis min_off;                                  ///< once off it stays off for this long
  Millis failsafe_hold = defaults::kFailsafeHold;  ///< Q: stays at 0 this long when its lease has ended
  Millis settle;                                   ///< worst time from a write to the current following
  std::optional<Millis> revert;                    ///< the device's own watchdog; absent: none
  std::optional<Millis> contactor;                 ///< cuts the device this long after the agent's last heartbeat

  bool operator==(const Offer&) const = default;
};

struct Ack {
  Epoch epoch;
  BootId boot;  ///< of the controller whose limit it is
  Seq seq;
  Allowance limit;  ///< what the agent took from the limit
  AckStage stage = AckStage::Accepted;
  [[nodiscard]] Term term() const { return {epoch, boot}; }
  bool operator==(const Ack&) const = default;
};

/// Every few seconds and at once on a change; carries the ack of the newest accepted limit.
struct Status {
  AgentTime at;
  Nonce nonce;
  AgentState state = AgentState::Starting;
  Allowance ask;      ///< what it would draw or feed in now if nothing held it back
  Allowance holding;  ///< the most its device may do by what has been written and not yet come into effect
  /// The phases that what is plugged in can load, once it has shown that; absent: all of the offer. A limit on these
  /// phases only is enough for it; as soon as another phase may be loaded the agent holds 0 until that has a limit too.
  std::optional<PhaseSet> phases;
  std::optional<Ack> ack;
  std::optional<Term> follows;                  ///< whose limits it takes, while it is in no lease of theirs
  std::optional<PerPhase<Milliamps>> measured;  ///< feeding in is negative
  std::optional<WattHours> energy;              ///< import counter
  std::optional<VehicleState> vehicle;
  std::optional<WattHours> session_energy;  ///< drawn since it was plugged in
  std::string fault;                        ///< empty, or what is wrong, for people
  bool operator==(const Status&) const = default;
};

/// A lease. `until` is on the agent's own clock. With `may_raise` false the agent takes the smaller of `max` and what
/// its device holds now: a controller that does not yet know what everybody holds raises nobody.
struct Limit {
  Epoch epoch;
  BootId boot;  ///< of the controller
  Seq seq;
  Nonce nonce;
  AgentTime until;
  Allowance max;
  bool may_raise = true;
  Reason reason = Reason::Capacity;
  [[nodiscard]] Term term() const { return {epoch, boot}; }
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
  std::string parent;                            ///< empty: the transformer itself
  MeterQuality quality = MeterQuality::Missing;  ///< of what its base load rests on: its meter, or one above it
  bool metered = true;
  PerPhase<Milliamps> load;          ///< newest measured current
  PerPhase<Milliamps> rating;        ///< limit per phase
  PerPhase<Milliamps> base;          ///< load that nobody controls
  PerPhase<Milliamps> headroom;      ///< rating − margin − base
  PerPhase<Milliamps> booked;        ///< Σ envelopes
  Reason source = Reason::Capacity;  ///< whose limit `rating` is
  /// The same for what flows back, where that is limited.
  struct Feed {
    PerPhase<Milliamps> rating;
    PerPhase<Milliamps> headroom;
    PerPhase<Milliamps> booked;
    bool operator==(const Feed&) const = default;
  };
  std::optional<Feed> feed;
  bool operator==(const NodeState&) const = default;
};

struct DeviceState {
  AgentId agent;
  DeviceKind kind = DeviceKind::Charger;
  std::string node;
  AgentState state = AgentState::Starting;
  bool silent = false;  ///< no status for longer than expected
  bool stuck = false;   ///< does not follow its limit
  Allowance ask;
  Allowance limit;     ///< newest limit sent
  Allowance envelope;  ///< the most it could be doing
  std::optional<PerPhase<Milliamps>> measured;
  std::optional<WattHours> energy;
  std::optional<VehicleState> vehicle;
  Reason reason = Reason::Restart;
  std::string binding;  ///< node and phase that bind it, `feeder-2 L2 at 96 %`; empty where none
  std::string fault;
  bool operator==(const DeviceState&) const = default;
};

/// One meter and how far it is believed.
struct MeterState {
  std::string meter;
  std::string node;
  MeterQuality quality = MeterQuality::Missing;
  std::string doubt;                   ///< empty, or what is wrong, for people
  std::optional<std::int64_t> age_ms;  ///< of its newest sample
  bool operator==(const MeterState&) const = default;
};

/// How warm the transformer is, by its model.
struct Temperatures {
  std::int64_t top_oil_mdeg = 0;   ///< 10⁻³ °C
  std::int64_t hot_spot_mdeg = 0;  ///< of the warmest phase
  std::int64_t ambient_mdeg = 0;
  std::int64_t life_used_ppm = 0;  ///< of the day's budget, over the last 24 h
  bool operator==(const Temperatures&) const = default;
};

/// A limit that somebody outside has set.
struct OutsideLimitState {
  std::string node;
  std::optional<AgentId> agent;  ///< of this device alone, at that node
  Reason source = Reason::Operator;
  Allowance max;
  std::optional<UnixTime> until;
  bool operator==(const OutsideLimitState&) const = default;
};

/// What the screens show; also posted to the api. Latest wins.
struct TrafoState {
  SiteId site;
  UnixTime at;
  Epoch epoch;
  std::int64_t rated_va = 0;
  std::vector<NodeState> nodes;
  std::vector<DeviceState> devices;
  std::vector<MeterState> meters;
  std::optional<Temperatures> temperatures;  ///< absent with a static rating
  std::vector<OutsideLimitState> outside;
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
