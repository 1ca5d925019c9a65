// One agent, a device whose contactor and cars are really there, and leases that say anything: whatever happens, no
// phase that is really loaded is told more than its limit. A failing run prints its seed, and the seed brings it back.
#include <gtest/gtest.h>

#include <deque>
#include <map>

#include "chargepoint/core/agent.hpp"
#include "sim/random.hpp"
#include "tests/support/environment.hpp"

namespace balans {
namespace {

using Amps = PerPhase<Milliamps>;

constexpr Millis kDelay = 3_s;  // the current follows its register so late; the agent is told 6 s

/// The truth about the device, in seconds.
struct Truth {
  PhaseMode contactor = PhaseMode::All;
  std::deque<Milliamps> registers{Milliamps()};  ///< newest last, one a second
  std::optional<PhaseSet> car;
  std::map<Phase, BootTime> onset;  ///< a car does not begin on all its phases at once
  BootTime swapped;

  [[nodiscard]] PhaseSet loadable(const AgentSettings& settings, PhaseMode mode) const {
    PhaseSet both;
    const PhaseSet connected = mode == PhaseMode::All ? settings.phases : settings.fewer_phases;
    for (Phase p : kPhases)
      if (car && car->contains(p) && connected.contains(p)) both.insert(p);
    return both;
  }
  [[nodiscard]] Milliamps allowed() const { return registers.front(); }
  [[nodiscard]] Milliamps most() const { return *std::max_element(registers.begin(), registers.end()); }
};

struct OnItsWay {
  BootTime due;
  std::optional<Milliamps> setpoint;
  std::optional<PhaseMode> mode;
};

class Life {
 public:
  explicit Life(std::uint64_t seed) : random_(seed) {
    settings_.phases = PhaseSet::all();
    if (random_.happens(600'000)) settings_.fewer_phases = {Phase::L1};
    settings_.min = 6_A;
    settings_.max = 16_A;
    settings_.step = 100_mA;
    settings_.failsafe = random_.happens(500'000) ? 7_A : 0_A;
    reads_back_ = random_.happens(500'000);
    memory_ = fresh_memory(settings_, now_);
  }

  void live(int seconds) {
    for (int s = 0; s < seconds && !testing::Test::HasFailure(); ++s) second();
  }
  [[nodiscard]] std::int64_t amperes_seen() const { return amperes_seen_; }

 private:
  void second() {
    now_ = now_ + 1_s;
    come_and_go();
    AgentInput input;
    input.now = now_;
    reach_device(input);
    poll(input);
    send_leases(input);
    AgentOutput output = step(settings_, input, std::move(memory_));
    memory_ = std::move(output.memory);
    take_orders(output);
    check(output);
  }

  void come_and_go() {
    if (now_ - truth_.swapped < 8_s) return;  // nobody changes cars faster
    if (truth_.car && random_.happens(10'000)) {
      truth_.car.reset();
      truth_.swapped = now_;
    } else if (!truth_.car && random_.happens(100'000)) {
      PhaseSet phases{kPhases[static_cast<std::size_t>(random_.between(0, 2))]};
      if (random_.happens(500'000)) phases = PhaseSet::all();
      if (random_.happens(200'000)) phases = {Phase::L1, Phase::L2};
      truth_.car = phases;
      truth_.onset.clear();
      truth_.swapped = now_;
    }
  }

  /// What flows now; a phase that comes later begins at most 20 s after the first.
  Amps current() {
    const bool charges = truth_.allowed() >= settings_.min;
    if (!charges) truth_.onset.clear();
    Amps result;
    for (Phase p : kPhases) {
      if (!charges || !truth_.loadable(settings_, truth_.contactor).contains(p)) continue;
      const auto [begins, unused] = truth_.onset.emplace(p, now_ + Millis(1000 * random_.between(0, 20)));
      if (now_ >= begins->second) result[p] = truth_.allowed();
    }
    return result;
  }

  void reach_device(AgentInput& input) {
    truth_.registers.push_back(truth_.registers.back());
    while (static_cast<std::int64_t>(truth_.registers.size()) > kDelay.count() / 1000) truth_.registers.pop_front();
    if (random_.happens(8'000)) writes_fail_until_ = now_ + Millis(random_.between(1'000, 60'000));
    if (moving_ && moving_->due <= now_) truth_.contactor = *std::exchange(moving_, std::nullopt)->mode;
    while (!under_way_.empty() && under_way_.front().due <= now_) {
      const OnItsWay order = under_way_.front();
      under_way_.pop_front();
      const std::string error = now_ < writes_fail_until_ ? "timeout" : "";
      if (order.mode) input.switched = SwitchOutcome{*order.mode, now_, error};
      if (order.setpoint) input.write.draw = WriteOutcome{*order.setpoint, now_, error};
      if (!error.empty()) continue;
      if (order.mode) moving_ = OnItsWay{now_ + Millis(random_.between(0, 5'000)), {}, order.mode};
      if (order.setpoint) truth_.registers.back() = *order.setpoint;
    }
  }

  void poll(AgentInput& input) {
    const Amps flows = current();
    amperes_seen_ += flows.sum().count() / 1000;
    if (random_.happens(8'000)) polls_fail_until_ = now_ + Millis(random_.between(1'000, 60'000));
    if (now_ < polls_fail_until_) {
      input.poll_error = "timeout";
      return;
    }
    DeviceReport report;
    report.taken = now_;
    report.current = flows;
    report.vehicle = truth_.car ? VehicleState::C : VehicleState::A;
    if (reads_back_) report.phase_mode = truth_.contactor;
    input.report = report;
  }

  Amps random_limit() {
    const auto one = [&] { return Milliamps(100 * random_.between(60, 170)); };
    const Milliamps same = one();
    switch (random_.between(0, 7)) {
      case 0:
        return Amps{};
      case 1:
      case 2:
        return {{same, 0_A, 0_A}};
      case 3:
        return {{one(), one(), one()}};
      case 4:
        return {{one(), 0_A, one()}};
      default:
        return Amps::all(same);
    }
  }

  /// One kind of limit for some time, as a controller does, now and then none at all.
  void send_leases(AgentInput& input) {
    if (!connected_) input.connected = Nonce{7};
    connected_ = true;
    if (random_.happens(15'000)) wanted_ = random_limit();
    if (random_.happens(5'000)) silent_until_ = now_ + Millis(random_.between(1'000, 200'000));
    if (now_ < silent_until_ || !random_.happens(150'000)) return;
    Limit limit;
    limit.epoch = Epoch{1};
    limit.seq = Seq{++seq_};
    limit.nonce = Nonce{7};
    limit.until = AgentTime((now_ + Millis(random_.between(1'000, 60'000))).ms());
    limit.max = wanted_;
    limit.may_raise = !random_.happens(50'000);
    input.limits = {limit};
    lease_ = limit;
    lowest_ack_.reset();
  }

  void take_orders(const AgentOutput& output) {
    const BootTime due = now_ + Millis(random_.between(0, 2'000));
    if (output.write.draw) {
      check_order(*output.write.draw);
      under_way_.push_back({std::max(due, last_due_), *output.write.draw, {}});
    }
    if (output.switch_to) {
      EXPECT_EQ(truth_.car ? truth_.most() : 0_A, 0_A) << "switches under load at " << now_.ms();
      under_way_.push_back({std::max(due, last_due_), {}, *output.switch_to});
    }
    if (!under_way_.empty()) last_due_ = under_way_.back().due;
  }

  [[nodiscard]] bool has_lease() const { return lease_ && now_.ms() < lease_->until.ms(); }

  /// Phases that a setpoint written now may load: the contactor may be about to move.
  [[nodiscard]] PhaseSet loadable_soon() const {
    PhaseSet phases = truth_.loadable(settings_, truth_.contactor);
    std::deque<OnItsWay> orders = under_way_;
    if (moving_) orders.push_back(*moving_);
    for (const OnItsWay& order : orders)
      for (Phase p : kPhases)
        if (order.mode && truth_.loadable(settings_, *order.mode).contains(p)) phases.insert(p);
    return phases;
  }

  void check_order(Milliamps setpoint) const {
    if (setpoint == 0_A) return;
    for (Phase p : kPhases) {
      if (!loadable_soon().contains(p)) continue;
      const Milliamps limit = has_lease() ? lease_->max.draw[p] : settings_.failsafe;
      EXPECT_LE(setpoint, limit) << name_of(p) << " at " << now_.ms();
    }
    const bool held = !has_lease() && lease_ && now_.ms() - lease_->until.ms() < settings_.failsafe_hold.count();
    EXPECT_FALSE(held) << "writes without a lease at " << now_.ms();
  }

  /// What is told of the device is at least what it may really do, and an ack never takes back what it gave.
  void check(const AgentOutput& output) {
    const Actuation& draw = memory_.actuation.draw;
    const PhaseSet loadable = truth_.loadable(settings_, truth_.contactor);
    for (Phase p : kPhases)
      EXPECT_LE(loadable.contains(p) ? truth_.most() : 0_A, draw.holding[p]) << name_of(p) << " held at " << now_.ms();
    if (!output.status || !output.status->ack) return;
    const Ack& ack = *output.status->ack;
    if (lowest_ack_ && lowest_ack_->seq == ack.seq) {
      for (Phase p : kPhases) EXPECT_LE(ack.limit.draw[p], lowest_ack_->limit.draw[p]) << "regrown at " << now_.ms();
    }
    lowest_ack_ = ack;
    if (ack.stage != AckStage::Effective) return;
    for (Phase p : kPhases)
      EXPECT_LE(loadable.contains(p) ? truth_.most() : 0_A, ack.limit.draw[p])
          << name_of(p) << " acked at " << now_.ms();
  }

  Random random_;
  AgentSettings settings_;
  bool reads_back_ = false;
  BootTime now_{1'000'000};
  AgentMemory memory_;
  Truth truth_;
  std::deque<OnItsWay> under_way_;
  std::optional<OnItsWay> moving_;  ///< the contactor, told and not there yet
  BootTime last_due_;
  BootTime writes_fail_until_;
  BootTime polls_fail_until_;
  BootTime silent_until_;
  Amps wanted_ = Amps::all(16_A);
  bool connected_ = false;
  std::uint64_t seq_ = 0;
  std::optional<Limit> lease_;
  std::optional<Ack> lowest_ack_;
  std::int64_t amperes_seen_ = 0;
};

TEST(Agent, NeverTellsALoadedPhaseMoreThanItsLimit) {
  const std::int64_t seeds = number_from_environment("BALANS_AGENT_SEEDS", 300);
  std::int64_t amperes = 0;
  for (std::int64_t seed = 1; seed <= seeds && !HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Life life(static_cast<std::uint64_t>(seed));
    life.live(1'500);
    amperes += life.amperes_seen();
  }
  EXPECT_GT(amperes / seeds / 1'500, 3) << "cars hardly charged: nothing was proved";
}

}  // namespace
}  // namespace balans
