// The controller and its agents together, in virtual time, with everything between them going wrong. The law is judged
// by the truth (registers and watchdogs), never by the controller's books. BALANS_PROTOCOL_SEEDS and
// BALANS_PROTOCOL_MINUTES ask for longer runs, BALANS_PROTOCOL_SEED for a single one.
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>

#include "sim/soak/trial.hpp"
#include "tests/support/environment.hpp"

namespace balans::soak {
namespace {

using twin::AgentProcess;
using twin::DeviceModel;
using twin::Mistake;
using twin::World;

constexpr Millis kMinute = Millis(60'000);

std::int64_t minutes() { return number_from_environment("BALANS_PROTOCOL_MINUTES", 20); }
std::int64_t seeds(std::int64_t otherwise) { return number_from_environment("BALANS_PROTOCOL_SEEDS", otherwise); }

/// Calls `test(seed)` for each seed until it has returned false three times.
template <class Test>
void for_each_seed(std::int64_t count, Test&& test) {
  const std::int64_t only = number_from_environment("BALANS_PROTOCOL_SEED", 0);
  int failures = 0;
  for (std::int64_t seed = only == 0 ? 1 : only; seed <= (only == 0 ? count : only) && failures < 3; ++seed)
    if (!test(static_cast<std::uint64_t>(seed))) ++failures;
}

Trial random_trial(std::uint64_t seed) {
  Random random(seed);
  return Trial(random_case(random), {seed});
}

using MakeCase = Case (*)(Random&);

Trial calm_trial(std::uint64_t seed, MakeCase make) {
  Random random(seed);
  return Trial({make(random).street, Weather{}}, {seed});
}

TEST(Protocol, WhateverGoesWrongDevicesMayNeverDrawMoreThanThereIs) {
  for_each_seed(seeds(50), [](std::uint64_t seed) {
    const std::optional<std::string> wrong = random_trial(seed).live(minutes() * kMinute);
    EXPECT_FALSE(wrong) << "BALANS_PROTOCOL_SEED=" << seed << ": " << *wrong;
    return !wrong;
  });
}

/// The smallest base load of each node in the last twenty seconds, by the truth.
class LeastBase {
 public:
  explicit LeastBase(const World& world) : past_(world.street().site.nodes.size()) {}

  void look(const World& world) {
    for (std::size_t v = 0; v < past_.size(); ++v) {
      past_[v].push_back(world.base(v));
      if (past_[v].size() > 20) past_[v].pop_front();
    }
  }
  [[nodiscard]] PerPhase<Milliamps> of(std::size_t v) const {
    PerPhase<Milliamps> least = past_[v].front();
    for (const PerPhase<Milliamps>& base : past_[v]) least = smaller_of(least, base);
    return least;
  }

 private:
  std::vector<std::deque<PerPhase<Milliamps>>> past_;
};

/// Whether all that is known of the node's base load is true: meters tell the truth, and for a while no device has not
/// obeyed.
bool is_told(const World& world, std::size_t v, Millis since_disobeyed) {
  for (const twin::MeterModel& meter : world.meters())
    if (meter.fault != twin::MeterModel::Fault::None) return false;
  const TrafoState& state = world.controller().state;
  if (!world.controller().memory || v >= state.nodes.size() || since_disobeyed < kMinute) return false;
  const auto& samples = world.controller().memory->nodes[v].log.recent;
  const bool without_gap = !samples.empty() && samples.back().taken - samples.front().taken >= 25_s;
  return state.nodes[v].metered && without_gap && state.nodes[v].quality == MeterQuality::Good;
}

TEST(Protocol, WhateverIsLostTheBaseLoadIsNeverTakenForLessThanItWas) {
  constexpr Milliamps kMoved = 500_mA;  // of a device's current it is no news
  for_each_seed(seeds(50), [](std::uint64_t seed) {
    Trial trial = random_trial(seed);
    World& world = trial.world();
    LeastBase truth(world);
    Millis obeyed = kMinute;
    for (std::int64_t second = 0; second < minutes() * 60; ++second) {
      if (const auto wrong = trial.live(1_s)) return true;  // another test's
      truth.look(world);
      obeyed = obeyed + 1_s;
      for (std::size_t i = 0; i < world.agents().size(); ++i)
        if (trial.storm().disobeys(i)) obeyed = 0_s;
      for (std::size_t v = 0; v < world.street().site.nodes.size(); ++v) {
        if (!is_told(world, v, obeyed)) continue;
        const PerPhase<Milliamps> least = truth.of(v);
        for (Phase p : kPhases)
          if (world.controller().state.nodes[v].base[p] + kMoved < least[p]) {
            ADD_FAILURE() << "BALANS_PROTOCOL_SEED=" << seed << ": " << name_of(p) << "\n" << world.describe();
            return false;
          }
      }
    }
    return true;
  });
}

/// What nobody holds at a node. Where there is no meter the controller has to take more for base load than there is.
PerPhase<Milliamps> left_at(World& world, std::size_t v) {
  const TrafoState& state = world.controller().state;
  const NodeState& node = state.nodes[v];
  PerPhase<Milliamps> left = world.room(v).draw;
  if (!node.metered) left = smaller_of(left, node.headroom);
  return left - node.booked;
}

bool has_sum_row(World& world, std::size_t node) {
  const Site& site = world.street().site;
  for (std::size_t v = 0; v < site.nodes.size(); ++v)
    if (site.nodes[v].max_va && is_below(site, node, v)) return true;
  return false;
}

/// A device that waits although it could have what nobody holds and nothing is reserved for.
std::string left_unused(World& world) {
  const Site& site = world.street().site;
  for (std::size_t i = 0; i < site.agents.size(); ++i) {
    const AgentProcess& agent = world.agents()[i];
    const bool waits =
        agent.device.setpoint.draw.newest() == Milliamps() && agent.device.appetite.draw >= agent.settings.min;
    // One that switches its phases rests meanwhile.
    if (!waits || !agent.device.fewer.empty() || has_sum_row(world, site.agents[i].node)) continue;
    Milliamps least = agent.settings.max;
    for (std::size_t v = 0; v < site.nodes.size(); ++v)
      for (Phase p : kPhases)
        if (is_below(site, site.agents[i].node, v) && agent.settings.phases.contains(p))
          least = std::min(least, left_at(world, v)[p]);
    // Starting takes 6/5 of the minimum, and what is left is judged by a base load that steps and dead bands blur.
    if (least >= agent.settings.min * 6 / 5 + 1_A) return agent.settings.id.str() + " waits\n" + world.describe();
  }
  return "";
}

TEST(Protocol, InCalmWeatherNothingThatAWaitingDeviceCouldUseIsLeft) {
  for_each_seed(seeds(40), [](std::uint64_t seed) {
    Trial trial = calm_trial(seed, random_case);
    const std::optional<std::string> wrong = trial.live(3 * kMinute);
    EXPECT_FALSE(wrong) << "BALANS_PROTOCOL_SEED=" << seed << ": " << *wrong;
    const std::string unused = left_unused(trial.world());
    EXPECT_EQ(unused, "") << "BALANS_PROTOCOL_SEED=" << seed;
    return !wrong && unused.empty();
  });
}

TEST(Protocol, AfterTheStormEverybodyIsServedAgain) {
  for_each_seed(seeds(15), [](std::uint64_t seed) {
    Trial trial = random_trial(seed);
    std::optional<std::string> wrong = trial.live(10 * kMinute);
    trial.clear_up();
    if (!wrong) wrong = trial.live(4 * kMinute);  // the latest message is under way for 100 s
    EXPECT_FALSE(wrong) << "BALANS_PROTOCOL_SEED=" << seed << ": " << *wrong;
    const std::string unused = left_unused(trial.world());
    EXPECT_EQ(unused, "") << "BALANS_PROTOCOL_SEED=" << seed;
    bool all_follow = true;
    for (const AgentProcess& agent : trial.world().agents())
      all_follow = all_follow && agent.memory && state_of(*agent.memory) == AgentState::Following;
    EXPECT_TRUE(all_follow) << "BALANS_PROTOCOL_SEED=" << seed << "\n" << trial.world().describe();
    return !wrong && unused.empty() && all_follow;
  });
}

/// A device that gets less than another on the same phases although both could take more.
std::string unfairness(World& world) {
  for (const AgentProcess& a : world.agents())
    for (const AgentProcess& b : world.agents()) {
      const Milliamps low = a.device.setpoint.draw.newest();
      if (low == Milliamps() || low >= a.settings.max || !(a.settings.phases == b.settings.phases)) continue;
      if (b.device.setpoint.draw.newest() > low + 2_A && b.device.setpoint.draw.newest() > b.settings.min)
        return a.settings.id.str() + " has less than " + b.settings.id.str() + "\n" + world.describe();
    }
  return "";
}

TEST(Protocol, InCalmWeatherEqualsEndAtEqualLevels) {
  for_each_seed(seeds(20), [](std::uint64_t seed) {
    Trial trial = calm_trial(seed, plain_case);
    const std::optional<std::string> wrong = trial.live(90_s);
    EXPECT_FALSE(wrong) << "BALANS_PROTOCOL_SEED=" << seed << ": " << *wrong;
    const std::string unfair = unfairness(trial.world());
    EXPECT_EQ(unfair, "") << "BALANS_PROTOCOL_SEED=" << seed;
    return !wrong && unfair.empty();
  });
}

std::vector<Milliamps> setpoints(World& world) {
  std::vector<Milliamps> result;
  for (const AgentProcess& agent : world.agents()) result.push_back(agent.device.setpoint.draw.newest());
  return result;
}

/// Whether a device waits that has not shown yet which phases it loads: it is let in as soon as another may stop.
bool waits_unseen(const World& world) {
  for (const AgentProcess& agent : world.agents()) {
    const bool waits =
        agent.device.setpoint.draw.newest() == Milliamps() && agent.device.appetite.draw >= agent.settings.min;
    const bool shown = agent.settings.phases.size() == 1 || (agent.memory && agent.memory->session.loads);
    if (waits && !shown) return true;
  }
  return false;
}

TEST(Protocol, InCalmWeatherNothingMovesAnyMoreUntilATurnIsDue) {
  for_each_seed(seeds(10), [](std::uint64_t seed) {
    Trial trial = calm_trial(seed, plain_case);
    std::optional<std::string> wrong = trial.live(3 * kMinute);
    const std::vector<Milliamps> before = setpoints(trial.world());
    // All began together in the first minute, and nobody has to stop sooner than the minimum on-time.
    const Millis still_for = waits_unseen(trial.world()) ? defaults::kMinOn - 3 * kMinute : 5 * kMinute;
    if (!wrong) wrong = trial.live(still_for);
    const std::vector<Milliamps> after = setpoints(trial.world());
    EXPECT_FALSE(wrong) << "BALANS_PROTOCOL_SEED=" << seed << ": " << *wrong;
    bool still = true;
    for (std::size_t i = 0; i < after.size(); ++i)  // steps of a whole ampere may come and go
      still = still && after[i] <= before[i] + 1_A && before[i] <= after[i] + 1_A;
    EXPECT_TRUE(still) << "BALANS_PROTOCOL_SEED=" << seed << "\n" << trial.world().describe();
    return !wrong && still;
  });
}

// Each mistake is given the weather in which it matters; without the mistake the same streets stay within the law.

/// Devices that come down soon, so that what they hold is soon given to others.
void hasten(twin::Street& street, Milliamps failsafe) {
  // The failsafes must still fit beside the design peak.
  street.site.rated += VoltAmps(3 * 230 * failsafe.count() / 1000 * static_cast<std::int64_t>(street.agents.size()));
  for (std::size_t i = 0; i < street.agents.size(); ++i) {
    AgentSettings& agent = street.agents[i];
    Enrolment& enrolled = street.site.agents[i];
    DeviceModel& device = street.devices[i];
    enrolled.revert = agent.revert = device.revert = 5_s;
    enrolled.settle = agent.settle = 3_s;
    enrolled.failsafe = agent.failsafe = failsafe;
    agent.refresh = 2_s;
    device.delay = 2_s;
  }
}

Case case_for(Mistake mistake, Random& random) {
  Case made = plain_case(random);
  twin::Street& street = made.street;
  Weather weather;
  switch (mistake) {
    case Mistake::EffectiveAtWrite:
    default:
      return made;
    case Mistake::TtlFromReceipt:
      hasten(street, 0_A);
      weather.network.late = 400'000;
      weather.network.latest = 60_s;
      weather[Fault::CutOff] = 20'000;
      weather.appetite_changes = 30'000;  // while it draws, the meter sees it
      weather.longest = 60_s;
      break;
    case Mistake::AckWithoutEpoch:
      hasten(street, 0_A);
      weather.network.late = 400'000;
      weather.network.latest = 40_s;
      weather[Fault::ControllerDies] = 25'000;
      weather.appetite_changes = 30'000;
      weather.longest = 3_s;
      break;
    case Mistake::NoWatchdog:
      hasten(street, 0_A);
      weather[Fault::AgentDies] = 5'000;
      weather.appetite_changes = 30'000;
      break;
    case Mistake::ShortHold:
      hasten(street, 6_A);
      weather[Fault::CutOff] = 15'000;
      weather.appetite_changes = 60'000;  // who asks for nothing has nothing, and yet a failsafe
      break;
  }
  made.weather = weather;
  return made;
}

/// What happened in the first street in which the law was broken; nothing when it was in none.
std::optional<std::string> first_breach(Mistake weather, Mistake made, std::uint64_t first, std::int64_t count) {
  for (std::uint64_t seed = first; seed < first + static_cast<std::uint64_t>(count); ++seed) {
    Random random(seed);
    const auto wrong = Trial(case_for(weather, random), {seed, made}).live(20 * kMinute);
    if (wrong) return "seed " + std::to_string(seed) + ": " + *wrong;
  }
  return std::nullopt;
}

/// A mistake, and a seed from which on it shows soon.
struct Lesson {
  Mistake mistake;
  std::uint64_t first_seed;
};

class ProtocolMistakes : public testing::TestWithParam<Lesson> {};

TEST_P(ProtocolMistakes, BreakTheLaw) {
  const auto [mistake, first] = GetParam();
  EXPECT_TRUE(first_breach(mistake, mistake, first, 200));
}

TEST_P(ProtocolMistakes, AreWhatBreaksIt) {
  const auto [mistake, first] = GetParam();
  const std::optional<std::string> breach = first_breach(mistake, Mistake::None, first, seeds(2));
  EXPECT_FALSE(breach) << *breach;
}

std::string name_of_mistake(const testing::TestParamInfo<Lesson>& info) {
  switch (info.param.mistake) {
    case Mistake::TtlFromReceipt:
      return "TtlFromReceipt";
    case Mistake::AckWithoutEpoch:
      return "AckWithoutEpoch";
    case Mistake::NoWatchdog:
      return "NoWatchdog";
    case Mistake::ShortHold:
      return "ShortHold";
    case Mistake::EffectiveAtWrite:
      return "EffectiveAtWrite";
    default:
      return "None";
  }
}

INSTANTIATE_TEST_SUITE_P(All, ProtocolMistakes,
                         testing::Values(Lesson{Mistake::TtlFromReceipt, 52}, Lesson{Mistake::AckWithoutEpoch, 9},
                                         Lesson{Mistake::NoWatchdog, 1}, Lesson{Mistake::ShortHold, 79},
                                         Lesson{Mistake::EffectiveAtWrite, 40}),
                         name_of_mistake);

}  // namespace
}  // namespace balans::soak
