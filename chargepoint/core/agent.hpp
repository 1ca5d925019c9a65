#pragma once
// The agent beside a device, as one pure step: it obeys the lease, and when there is none it falls back by itself.
//
// starting ──lease──▶ following ──lease ends──▶ failsafe ──lease──▶ following. In `starting` and for Q after the lease
// has ended the setpoint is 0; after Q it ramps to the failsafe. A device that does not answer or does not obey is a
// fault, whatever the lease says.

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "common/defaults.hpp"
#include "common/messages/messages.hpp"

namespace balans {

struct AgentSettings {
  AgentId id;
  DeviceKind kind = DeviceKind::Charger;
  PhaseSet phases;  ///< the grid's true phases that the device loads
  Milliamps min;
  Milliamps max;
  Milliamps step{1};
  Milliamps floor;
  Milliamps failsafe;
  std::int64_t weight = 1;
  Millis settle = defaults::kSettle;
  std::optional<Millis> revert;
  std::optional<Millis> refresh;  ///< how often the device wants to hear from us
  Millis failsafe_hold = defaults::kFailsafeHold;
  Millis status_every = defaults::kStatusEvery;
};

/// One poll of the device, in the grid's phases.
struct DeviceReport {
  BootTime taken;
  std::optional<PerPhase<Milliamps>> current;
  std::optional<WattHours> energy_import;
  std::optional<WattHours> energy_export;
  std::optional<VehicleState> vehicle;
  std::optional<Milliamps> setpoint;  ///< read back
  bool full = false;                  ///< a store that can take no more
};

struct WriteOutcome {
  Milliamps setpoint;
  BootTime at;        ///< when the device had it
  std::string error;  ///< empty: the device has it
};

struct AgentInput {
  BootTime now;
  std::optional<Nonce> connected;  ///< a session with the broker has begun
  bool disconnected = false;
  std::vector<Limit> limits;  ///< signatures verified
  std::optional<DeviceReport> report;
  std::string poll_error;  ///< empty, or why the device could not be polled
  std::optional<WriteOutcome> write;
  bool device_prepared = false;  ///< it was lost and found: what it holds is not known
};

struct Starting {
  BootTime since;
};
struct Following {
  Epoch epoch;
  Seq seq;
  BootTime until;
  Milliamps limit;  ///< what was taken of the limit, on each phase
};
struct Failsafe {
  BootTime since;
};

/// What is known of the device itself.
struct DeviceHealth {
  std::optional<DeviceReport> report;  ///< newest
  struct Failing {
    BootTime since;
    std::string why;
  };
  std::optional<Failing> polls;         ///< polls fail
  std::optional<Failing> writes;        ///< writes fail
  std::optional<BootTime> above_since;  ///< draws more than its setpoint since then
  bool disobeys = false;
  std::optional<BootTime> quiet_until;  ///< no word to the device before this
  std::string fault;                    ///< empty, or what is wrong
};

/// The setpoint on its way into the device.
struct Actuation {
  Milliamps setpoint;               ///< on each phase
  std::optional<BootTime> asked;    ///< last write asked for
  bool under_way = false;           ///< that write has no outcome yet; there is never more than one
  std::optional<BootTime> written;  ///< the device has it since then
  bool was_above = false;           ///< it drew more than this when it was written
  bool effective = false;           ///< the current has really come down to it
  Milliamps holding;                ///< largest setpoint the device may still be following
};

struct AgentMemory {
  std::variant<Starting, Following, Failsafe> mode;
  Actuation actuation;
  DeviceHealth device;
  bool announced = false;  ///< 0 has been written, or could not be: others may hear of us
  std::optional<Nonce> nonce;
  Epoch epoch{};  ///< newest seen
  Seq seq{};
  std::optional<Status> sent;  ///< newest status sent in this session
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
    Fault
  } what;
  std::string text;     ///< a state's name, a reason, what is wrong
  Milliamps current{};  ///< of a limit or setpoint
  std::string from{};   ///< the state before
};

struct AgentOutput {
  std::optional<Milliamps> write;  ///< setpoint to write now; each write must have one outcome
  std::optional<BootTime>
      write_before;         ///< not begun by then, the write or the word to the watchdog is left: the lease is over
  bool keep_alive = false;  ///< say a word to the device's watchdog
  bool poll = true;         ///< whether the device may be polled
  std::optional<Offer> offer;
  std::optional<Status> status;
  std::vector<AgentEvent> events;
  AgentMemory memory;
};

/// `holding` starts at the device's maximum: nobody knows what its registers hold.
AgentMemory fresh_memory(const AgentSettings& settings, BootTime now);

AgentOutput step(const AgentSettings& settings, const AgentInput& input, AgentMemory memory);

AgentState state_of(const AgentMemory& memory);

/// Drawing at most this counts as following `setpoint`: measured ≤ setpoint + max(1 A, 5 %).
Milliamps obeyed_up_to(Milliamps setpoint);

}  // namespace balans
