#pragma once
// An agent on a bench: a virtual second at a time, beside a device whose behaviour the test sets.

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "chargepoint/core/agent.hpp"

namespace balans {

inline AgentSettings three_phase_charger() {
  AgentSettings settings;
  settings.id = *AgentId::parse("charger-1");
  settings.phases = PhaseSet::all();
  settings.min = 6_A;
  settings.max = 16_A;
  settings.step = 100_mA;
  return settings;
}

/// Each second the outcome of the last write comes in, then a poll taken 200 ms before the step.
class Bench {
 public:
  explicit Bench(const AgentSettings& s = three_phase_charger()) : settings(s), memory(fresh_memory(s, now)) {}

  /// Has 0 in effect, a session and a lease that lets it draw `limit`.
  static Bench following(Milliamps limit, const AgentSettings& settings = three_phase_charger()) {
    Bench bench(settings);
    bench.seconds(10);
    bench.connect();
    bench.grant(limit);
    bench.second();
    return bench;
  }

  const AgentOutput& second() {
    now = now + lasts;
    next.now = now;
    next.ready_by = ready_by;
    for (Direction d : kDirections)
      if (writing[d] && !write_hangs) next.write[d] = outcome(d);
    if (switching) next.switched = switch_outcome();
    if (out.poll) poll();
    out = step(settings, std::exchange(next, {}), std::move(memory));
    memory = out.memory;
    for (Direction d : kDirections)
      if (out.write[d]) writing[d] = WriteOutcome{*out.write[d], now + 100_ms, ""};
    switches_ordered += out.switch_to ? 1 : 0;
    if (out.switch_to) switching = SwitchOutcome{*out.switch_to, now + 100_ms, ""};
    events.insert(events.end(), out.events.begin(), out.events.end());
    if (out.status) status = out.status;
    if (out.offer) offer = out.offer;
    writes += out.write.draw ? 1 : 0;
    return out;
  }

  void seconds(int count) {
    for (int i = 0; i < count; ++i) second();
  }

  void connect(Nonce nonce = Nonce{7}) { next.connected = session = nonce; }

  /// The next limit of the controller; it ends `ttl` after the step that takes it in.
  Limit limit(Milliamps max, Millis ttl = 60_s) {
    Limit limit;
    limit.epoch = Epoch{5};
    limit.seq = Seq{++seq};
    limit.nonce = session;
    limit.until = AgentTime((now + 1_s + ttl).ms());
    limit.max = PerPhase<Milliamps>::all(max);
    return limit;
  }
  Limit limit(const Allowance& max, Millis ttl = 60_s) {
    Limit result = limit(0_A, ttl);
    result.max = max;
    return result;
  }

  const AgentOutput& take(const Limit& limit) {
    next.limits.push_back(limit);
    return second();
  }

  const AgentOutput& grant(Milliamps max, Millis ttl = 60_s) { return take(limit(max, ttl)); }
  const AgentOutput& grant(Milliamps l1, Milliamps l2, Milliamps l3) {
    return take(limit(Allowance{PerPhase<Milliamps>{{l1, l2, l3}}}));
  }

  [[nodiscard]] const Following* lease() const { return std::get_if<Following>(&memory.mode); }
  [[nodiscard]] AgentState state() const { return state_of(memory); }
  [[nodiscard]] Milliamps setpoint() const { return memory.actuation.draw.target.setpoint; }
  [[nodiscard]] Milliamps holding() const { return memory.actuation.draw.holding.largest(); }
  [[nodiscard]] Milliamps feed_setpoint() const { return memory.actuation.feed.target.setpoint; }
  [[nodiscard]] AckStage stage() const { return status->ack.value().stage; }
  [[nodiscard]] bool saw(AgentEvent::What what) const {
    return std::any_of(events.begin(), events.end(), [&](const AgentEvent& e) { return e.what == what; });
  }

  AgentSettings settings;
  BootTime now{1'000'000};
  Millis lasts{1'000};  ///< a second, by this agent's clock
  AgentMemory memory;
  AgentInput next;  ///< what the coming second brings
  AgentOutput out;
  std::optional<Status> status;  ///< newest sent
  std::optional<Offer> offer;
  std::optional<UnixTime> ready_by;
  std::vector<AgentEvent> events;
  int writes = 0;
  int switches_ordered = 0;
  Nonce session;
  std::uint64_t seq = 0;

  // the device
  std::optional<Milliamps> draws = 0_A;  ///< on each phase; below 0 it feeds in; absent: it does not measure
  std::optional<PerPhase<Milliamps>> draws_by_phase;  ///< instead
  std::optional<WattHours> counter;
  std::optional<PhaseMode> phase_mode;  ///< read back
  std::optional<VehicleState> vehicle;
  BothWays<std::optional<Milliamps>> reads_back;
  std::optional<Milliamps> reads_back_at_once;  ///< right after each write of what it may draw
  bool full = false;
  bool empty = false;
  bool answers = true;
  bool takes_writes = true;
  bool takes_feed_writes = true;
  bool switches = true;  ///< what is ordered is read back, where it is
  bool write_hangs = false;

 private:
  WriteOutcome outcome(Direction direction) {
    WriteOutcome done = *std::exchange(writing[direction], std::nullopt);
    if (!takes_writes || (direction == Direction::Feed && !takes_feed_writes)) done.error = "device: write timeout";
    if (done.error.empty() && direction == Direction::Draw) done.read_back = reads_back_at_once;
    return done;
  }

  SwitchOutcome switch_outcome() {
    SwitchOutcome done = *std::exchange(switching, std::nullopt);
    if (!takes_writes) done.error = "device: write timeout";
    if (phase_mode && switches && takes_writes) phase_mode = done.mode;
    return done;
  }

  void poll() {
    if (!answers) {
      next.poll_error = "device: timeout";
      return;
    }
    DeviceReport report;
    report.taken = now - 200_ms;
    if (draws) report.current = settings.phases.spread(*draws);
    if (draws_by_phase) report.current = draws_by_phase;
    report.energy_import = counter;
    report.phase_mode = phase_mode;
    report.vehicle = vehicle;
    report.setpoint = reads_back;
    report.full = full;
    report.empty = empty;
    next.report = report;
  }

  BothWays<std::optional<WriteOutcome>> writing;
  std::optional<SwitchOutcome> switching;
};

}  // namespace balans
