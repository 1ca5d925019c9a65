#pragma once
// The two programs as the world runs them: each with its own clock, able to stop, stall and start afresh.

#include <deque>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "chargepoint/core/agent.hpp"
#include "tests/trafo/core/protocol/network.hpp"
#include "tests/trafo/core/protocol/street.hpp"
#include "trafo/core/decide.hpp"

namespace balans::protocol {

/// A clock since boot that is a little fast or slow.
struct LocalClock {
  Millis offset;
  std::int64_t drift_per_thousand = 0;
  [[nodiscard]] BootTime at(WorldTime now) const {
    return BootTime(offset.count() + now.ms() + now.ms() * drift_per_thousand / 1000);
  }
};

/// Orders on their way to the device, done one after the other.
struct PendingOrder {
  struct Setpoint {
    Direction direction;
    Milliamps value;
  };
  std::variant<Setpoint, PhaseMode> what;
  std::optional<BootTime> before;
  WorldTime due;
};

struct AgentProcess {
  AgentSettings settings;
  DeviceModel device;
  LocalClock clock;
  std::optional<AgentMemory> memory;  ///< absent: not running
  WorldTime starts{};                 ///< when it is not running
  WorldTime next_tick{};
  WorldTime stalled_until{};
  WorldTime connects{};  ///< not before this
  bool was_disconnected = false;
  std::optional<Nonce> session;
  std::vector<Limit> inbox;
  std::deque<PendingOrder> orders;
  BothWays<std::deque<WriteOutcome>> outcomes;
  std::deque<SwitchOutcome> switch_outcomes;
  bool polls = true;
  WorldTime writes_fail_until{};
  WorldTime polls_fail_until{};
  bool forgot_hold = false;  ///< goes to its failsafe as soon as its lease ends, whatever it says

  /// What it may do, by the messages it got: kept apart from its own memory. At first a lease that ended at its start.
  struct Lease {
    Epoch epoch;
    Seq seq;
    Allowance limit;
    BootTime until;
  };
  Lease lease;

  void start(WorldTime now);
  void stop(WorldTime restart, Random& random);
  void disconnect(WorldTime reconnect);
  void take(const Limit& limit);
  /// One step. Returns what is wrong with what it did; empty when nothing is.
  std::string tick(WorldTime now, std::size_t index, Network& network, Random& random);
  void reach_device(WorldTime now);
  /// Runs, answers, and has nothing on its way to the device.
  [[nodiscard]] bool is_quiet(WorldTime now) const;

 private:
  void note_leases(BootTime now);
  AgentInput input_at(WorldTime now, Random& random);
  [[nodiscard]] DeviceReport report_at(WorldTime now) const;
  void order(WorldTime now, std::variant<PendingOrder::Setpoint, PhaseMode> what, std::optional<BootTime> before,
             Random& random);
  void carry_out(WorldTime now, const PendingOrder& order);
  [[nodiscard]] std::string complaint(WorldTime now, Direction direction, Milliamps written) const;
};

struct ControllerProcess {
  Site site;
  LocalClock clock;
  Epoch epoch{1};
  std::optional<Memory> memory;  ///< absent: not running
  WorldTime starts{};
  WorldTime next_tick{};
  std::vector<AgentMail> mail;
  std::vector<std::optional<MeterSample>> samples;
  TrafoState state;

  void start(WorldTime now, const std::vector<std::optional<Offer>>& retained);
  void stop(WorldTime restart);
  void take(WorldTime now, const Message& message);
  void tick(WorldTime now, Network& network);
};

}  // namespace balans::protocol
