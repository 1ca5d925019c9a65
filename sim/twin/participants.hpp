#pragma once
// The two programs as the world runs them: each with its own clock, able to stop, stall and start afresh.

#include <algorithm>
#include <deque>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "chargepoint/core/agent.hpp"
#include "sim/twin/network.hpp"
#include "sim/twin/street.hpp"
#include "trafo/core/decide.hpp"

namespace balans::twin {

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
  bool controller_came = false;  ///< and said so
  std::optional<Nonce> session;
  std::vector<Limit> inbox;
  std::deque<PendingOrder> orders;
  BothWays<std::deque<WriteOutcome>> outcomes;
  std::deque<SwitchOutcome> switch_outcomes;
  bool polls = true;
  WorldTime writes_fail_until{};
  WorldTime polls_fail_until{};
  std::optional<UnixTime> ready_by;  ///< when what is plugged in should have its energy
  bool naps = false;                 ///< is not stepped while nothing happens and nothing is due: only saves work
  bool forgot_hold = false;          ///< goes to its failsafe as soon as its lease ends, whatever it says

  /// What it may do, by the messages it got: kept apart from its own memory. At first a lease that ended at its start.
  struct Lease {
    Epoch epoch;
    BootId boot;
    Seq seq;
    Allowance limit;
    BootTime until;
  };
  Lease lease;
  /// When the controller last got a status of it that was young then.
  std::optional<WorldTime> heard;

  void start(WorldTime now);
  /// The program ends; what it has ordered may still reach the device.
  void stop(WorldTime restart, Random& random);
  /// Its machine too: the clock since boot begins anew.
  void stop_machine(WorldTime now, WorldTime restart, Random& random);
  void disconnect(WorldTime reconnect);
  void take(const Limit& limit);
  /// One step. Returns what is wrong with what it did; empty when nothing is.
  std::string tick(WorldTime now, std::size_t index, Network& network, Random& random);
  void reach_device(WorldTime now);
  /// Runs, answers, and has nothing on its way to the device.
  [[nodiscard]] bool is_quiet(WorldTime now) const;

 private:
  [[nodiscard]] bool sleeps(WorldTime now) const;
  void note_leases(BootTime now);
  AgentInput input_at(WorldTime now, Random& random);
  [[nodiscard]] DeviceReport report_at(WorldTime now) const;
  void order(WorldTime now, std::variant<PendingOrder::Setpoint, PhaseMode> what, std::optional<BootTime> before,
             Random& random);
  void carry_out(WorldTime now, const PendingOrder& order);
  [[nodiscard]] std::string complaint(WorldTime now, Direction direction, Milliamps written) const;
};

/// What the controller's machine knows of the world; its own cores never ask.
struct Outdoors {
  std::optional<UnixTime> utc;
  std::optional<LocalTime> local;
  std::optional<MilliCelsius> ambient;
};

/// How long decisions took, by a clock that somebody outside lends.
struct DecisionTimes {
  std::int64_t (*nanoseconds)() = nullptr;
  std::int64_t count = 0, sum_ns = 0, max_ns = 0;

  void add(std::int64_t ns) {
    ++count;
    sum_ns += ns;
    max_ns = std::max(max_ns, ns);
  }
};

struct ControllerProcess {
  Site site;
  LocalClock clock;
  Epoch epoch{1};
  BootId boot{};
  std::optional<Memory> memory;  ///< absent: not running
  WorldTime starts{};
  WorldTime next_tick{};
  std::vector<AgentMail> mail;
  std::vector<std::optional<MeterSample>> samples;
  TrafoState state;
  Outdoors outdoors;
  bool unwatched = false;  ///< nobody looks at `state`
  DecisionTimes times;

  void start(WorldTime now, const std::vector<std::optional<Offer>>& retained);
  void stop(WorldTime restart);
  /// The same, and what comes back counts its epochs from an old copy of its disk.
  void stop_and_forget(WorldTime restart, Random& random);
  void take(WorldTime now, const Message& message);
  void tick(WorldTime now, Network& network);

 private:
  void new_boot();
  std::uint64_t boots_ = 0;
};

}  // namespace balans::twin
