#pragma once
// The agent beside a device, as one pure step: it obeys the lease, and when there is none it falls back by itself.
//
// starting ──lease──▶ following ──lease ends──▶ failsafe ──lease──▶ following. In `starting` and for Q after the lease
// has ended the setpoint is 0; after Q it ramps to the failsafe. A device that does not answer or does not obey is a
// fault, whatever the lease says. What it draws and what it feeds in are limited in the same way, each by itself.

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "chargepoint/core/actuation.hpp"
#include "chargepoint/core/both_ways.hpp"
#include "common/defaults.hpp"
#include "common/messages/messages.hpp"
#include "common/registers/description.hpp"
#include "common/registers/sample.hpp"

namespace balans {

/// A normally-open contactor in the device's supply, which drops out by itself when it has not heard from us.
struct Supply {
  Millis refresh;    ///< it is told to hold this often
  Millis drops_out;  ///< its own time-out
};

/// What the device does by itself, and how one knows what it does: from its own file.
struct DeviceHabits {
  LimitSemantics semantics = LimitSemantics::Cap;
  KeptBy kept_by = KeptBy::AnyRequest;  ///< what its watchdog takes for life
  BothWays<Confirm> confirm{Confirm::Nothing, Confirm::Nothing};
  std::optional<Millis> longest_pause;  ///< after this it ends a pause by itself
  std::optional<Millis> wear_interval;  ///< a setpoint wears its memory out: raised at most this often
};

struct AgentSettings {
  AgentId id;
  DeviceKind kind = DeviceKind::Charger;
  PhaseSet phases;        ///< the grid's true phases that the device loads
  PhaseSet fewer_phases;  ///< of its other mode, for a device that can switch phases; empty: it cannot
  Milliamps min;
  Milliamps max;
  Milliamps step{1};
  std::vector<Milliamps> levels;  ///< the only currents it can run at, ascending; empty: any on its step
  Milliamps floor;
  Milliamps comfort;
  Milliamps failsafe;
  Milliamps min_feed;
  Milliamps max_feed;  ///< 0: what it feeds in is not ours
  Milliamps failsafe_feed;
  Milliamps device_fallback;  ///< what the device draws by itself when nobody speaks to it
  Milliamps fallback_feed;    ///< what it feeds in then
  DeviceHabits habits;
  std::int64_t weight = 1;
  std::optional<std::int64_t> volunteers_for;  ///< price per kWh, 10⁻⁶ of the currency
  std::optional<WattHours> session_need;       ///< what whoever plugs in wants
  Millis min_on;
  Millis min_off;
  Millis settle = defaults::kSettle;
  std::optional<Millis> revert;
  std::optional<Millis> refresh;  ///< how often the device wants to hear from us
  std::optional<Supply> supply;   ///< absent: the device has no contactor of ours
  Millis failsafe_hold = defaults::kFailsafeHold;
  Millis status_every = defaults::kStatusEvery;
};

/// What the device can do in one direction.
struct Band {
  Milliamps min;
  Milliamps max;  ///< 0: there is nothing to limit
  Milliamps failsafe;
};
Band band_of(const AgentSettings& settings, Direction direction);

/// One poll of the device, in the grid's phases.
struct DeviceReport {
  BootTime taken;
  std::optional<PerPhase<Milliamps>> current;  ///< feeding in is negative
  std::optional<WattHours> energy_import;
  std::optional<WattHours> energy_export;
  std::optional<VehicleState> vehicle;
  BothWays<std::optional<Milliamps>> setpoint;  ///< read back
  std::optional<PhaseMode> phase_mode;          ///< read back
  bool full = false;                            ///< a store that can take no more
  bool empty = false;                           ///< a store that has no more to give
};

enum class SupplyOrder : std::uint8_t { Hold, LetGo };

struct SupplyOutcome {
  SupplyOrder order;
  std::string error;  ///< empty: the contactor has been told
};

struct SwitchOutcome {
  PhaseMode mode;
  BootTime at;
  std::string error;  ///< empty: the device has been told
};

struct AgentInput {
  BootTime now;
  std::optional<Nonce> connected;  ///< a session with the broker has begun
  bool disconnected = false;
  bool controller_came = false;  ///< it has begun to listen, and knows nothing of us yet
  std::vector<Limit> limits;     ///< signatures verified
  std::optional<DeviceReport> report;
  std::string poll_error;  ///< empty, or why the device could not be polled
  BothWays<std::optional<WriteOutcome>> write;
  std::optional<SwitchOutcome> switched;
  std::optional<SupplyOutcome> supplied;
  bool device_prepared = false;      ///< it was lost and found: what it holds is not known
  std::optional<UnixTime> ready_by;  ///< the next time of day at which what is plugged in should have its energy
};

struct Starting {
  BootTime since;
};
struct Following {
  Epoch epoch;
  BootId boot;
  Seq seq;
  BootTime until;
  Allowance taken;      ///< of the limit, on each phase; it never grows while this lease lasts
  bool urgent = false;  ///< a row is over: whoever does not follow pauses early
};
struct Failsafe {
  BootTime since;     ///< end of the lease
  bool down = false;  ///< the device has been told 0 since then, or has had the time to revert
};

/// What is known of the device itself.
struct DeviceHealth {
  std::optional<DeviceReport> report;   ///< newest
  std::optional<Failing> polls;         ///< polls fail
  std::optional<BootTime> quiet_until;  ///< no word to the device before this
  std::string fault;                    ///< empty, or what is wrong
};

/// What is plugged in, as far as it has shown itself.
struct Session {
  std::optional<PhaseSet> loads;          ///< the phases it has been seen to load, with all of them granted
  std::optional<BootTime> watched_since;  ///< it has drawn with all phases granted since then
  PhaseSet seen;                          ///< phases that were loaded since then
  std::optional<WattHours> counter;       ///< import counter when it began; absent: there is none
  std::optional<UnixTime> ready_by;
};

/// The contactor of a device that can switch phases.
struct Contactor {
  PhaseMode wanted = PhaseMode::All;   ///< by the newest lease
  std::optional<PhaseMode> connected;  ///< confirmed; absent: not known, which counts as all
  PhaseMode ordered = PhaseMode::All;  ///< by the order that is on its way
  std::optional<BootTime> asked;
  bool under_way = false;
  std::optional<BootTime> written;  ///< ordered, not confirmed yet
  std::optional<Failing> failing;
  bool doubted = false;  ///< current flowed where it had switched off: it counts as all until nothing is plugged in
};

/// The contactor in the device's supply.
struct SupplyMemory {
  SupplyOrder order = SupplyOrder::Hold;
  std::optional<BootTime> told;  ///< last told to hold or let go
  bool under_way = false;        ///< that has no outcome yet
  bool done = false;             ///< it has been told the newest order
  std::optional<BootTime> zero;  ///< the device is to be at 0 since then
  std::optional<BootTime> let_go;
  bool disobeyed = false;  ///< why it was let go: somebody has to see to the device
  std::optional<Failing> failing;
};

struct AgentMemory {
  std::variant<Starting, Following, Failsafe> mode;
  BothWays<Actuation> actuation;
  DeviceHealth device;
  Session session;
  Contactor contactor;
  SupplyMemory supply;
  PhaseSet reach;                      ///< phases that what the device holds could load when that was last asked
  std::optional<BootTime> spoken;      ///< last word that the device's watchdog takes for life
  std::optional<BootTime> paused;      ///< it is to be at 0, and has been told so, since then
  std::optional<BootTime> hold_until;  ///< power has just come back: nothing is drawn before this
  bool hold_told = false;
  bool announced = false;  ///< 0 has been written, or could not be: others may hear of us
  std::optional<Nonce> nonce;
  std::optional<Term> follows;  ///< whose limits it takes; for as long as it runs, whether in a lease or not
  Seq seq{};                    ///< newest of theirs
  std::optional<Status> sent;   ///< newest status sent in this session
  std::optional<Offer> offered;
  BootTime offered_at;
};

/// Something worth a line in the event log.
struct AgentEvent {
  enum class What : std::uint8_t {
    State,
    LeaseAccepted,
    LeaseExpired,
    LimitRefused,
    SetpointWritten,
    Effective,
    Fault,
    Paused,
    PhasesShown,
    PhasesForgotten,
    PhasesSwitched,
    SupplyCut,
    SupplyBack,
    ColdLoad
  } what;
  std::string text;     ///< a state's name, a reason, what is wrong
  Milliamps current{};  ///< of a limit or setpoint
  std::string from{};   ///< the state before
};

struct AgentOutput {
  BothWays<std::optional<Milliamps>> write;  ///< setpoints to write now; each write must have one outcome
  std::optional<PhaseMode> switch_to;        ///< likewise
  std::optional<SupplyOrder> supply;         ///< for the contactor in its supply; likewise
  std::optional<BootTime>
      write_before;         ///< not begun by then, the write or the word to the watchdog is left: the lease is over
  bool keep_alive = false;  ///< say a word to the device's watchdog
  bool poll = true;         ///< whether the device may be polled
  std::optional<Offer> offer;
  std::optional<Status> status;
  std::vector<AgentEvent> events;
  AgentMemory memory;
};

/// `holding` starts at the device's maximum: nobody knows what its registers hold. Where power has just come back,
/// nothing is drawn before `hold_until`.
AgentMemory fresh_memory(const AgentSettings& settings, BootTime now,
                         std::optional<BootTime> hold_until = std::nullopt);

/// Until when nothing is drawn, for a program that starts at `now`: a random part of `longest` after the machine's own
/// start, so that a street does not come back all at once. Nothing when the machine has run for a while: then only the
/// program is new.
std::optional<BootTime> hold_after_power_cut(Millis longest, BootTime now, std::uint64_t random);

AgentOutput step(const AgentSettings& settings, const AgentInput& input, AgentMemory memory);

AgentState state_of(const AgentMemory& memory);

/// What is offered whatever the hour: all but the session's number and what whoever has plugged in needs.
Offer offer_of(const AgentSettings& settings);

}  // namespace balans
