// The controller and its agents together, in virtual time, with everything between them going wrong. The law is judged
// by the truth (registers and watchdogs), never by the controller's books. BALANS_PROTOCOL_SEEDS and
// BALANS_PROTOCOL_MINUTES ask for longer runs, BALANS_PROTOCOL_SEED for a single one.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/trafo/core/protocol/world.hpp"

namespace balans::protocol {
namespace {

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

World random_world(std::uint64_t seed, Mistake mistake = Mistake::None) {
  Random random(seed);
  return World(random_street(random), seed, mistake);
}

using MakeStreet = Street (*)(Random&);

World calm_world(std::uint64_t seed, MakeStreet make) {
  Random random(seed);
  Street street = make(random);
  street.weather = Weather{};
  return World(std::move(street), seed);
}

TEST(Protocol, WhateverGoesWrongDevicesMayNeverDrawMoreThanThereIs) {
  for_each_seed(seeds(50), [](std::uint64_t seed) {
    const std::optional<std::string> wrong = random_world(seed).live(minutes() * kMinute);
    EXPECT_FALSE(wrong) << "BALANS_PROTOCOL_SEED=" << seed << ": " << *wrong;
    return !wrong;
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
    World world = calm_world(seed, random_street);
    const std::optional<std::string> wrong = world.live(3 * kMinute);
    EXPECT_FALSE(wrong) << "BALANS_PROTOCOL_SEED=" << seed << ": " << *wrong;
    const std::string unused = left_unused(world);
    EXPECT_EQ(unused, "") << "BALANS_PROTOCOL_SEED=" << seed;
    return !wrong && unused.empty();
  });
}

TEST(Protocol, AfterTheStormEverybodyIsServedAgain) {
  for_each_seed(seeds(15), [](std::uint64_t seed) {
    World world = random_world(seed);
    std::optional<std::string> wrong = world.live(10 * kMinute);
    world.clear_up();
    if (!wrong) wrong = world.live(4 * kMinute);  // the latest message is under way for 100 s
    EXPECT_FALSE(wrong) << "BALANS_PROTOCOL_SEED=" << seed << ": " << *wrong;
    const std::string unused = left_unused(world);
    EXPECT_EQ(unused, "") << "BALANS_PROTOCOL_SEED=" << seed;
    bool all_follow = true;
    for (const AgentProcess& agent : world.agents())
      all_follow = all_follow && agent.memory && state_of(*agent.memory) == AgentState::Following;
    EXPECT_TRUE(all_follow) << "BALANS_PROTOCOL_SEED=" << seed << "\n" << world.describe();
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
    World world = calm_world(seed, plain_street);
    const std::optional<std::string> wrong = world.live(90_s);
    EXPECT_FALSE(wrong) << "BALANS_PROTOCOL_SEED=" << seed << ": " << *wrong;
    const std::string unfair = unfairness(world);
    EXPECT_EQ(unfair, "") << "BALANS_PROTOCOL_SEED=" << seed;
    return !wrong && unfair.empty();
  });
}

std::vector<Milliamps> setpoints(World& world) {
  std::vector<Milliamps> result;
  for (const AgentProcess& agent : world.agents()) result.push_back(agent.device.setpoint.draw.newest());
  return result;
}

TEST(Protocol, InCalmWeatherNothingMovesAnyMore) {
  for_each_seed(seeds(10), [](std::uint64_t seed) {
    World world = calm_world(seed, plain_street);
    std::optional<std::string> wrong = world.live(3 * kMinute);
    const std::vector<Milliamps> before = setpoints(world);
    if (!wrong) wrong = world.live(5 * kMinute);
    const std::vector<Milliamps> after = setpoints(world);
    EXPECT_FALSE(wrong) << "BALANS_PROTOCOL_SEED=" << seed << ": " << *wrong;
    bool still = true;
    for (std::size_t i = 0; i < after.size(); ++i)  // steps of a whole ampere may come and go
      still = still && after[i] <= before[i] + 1_A && before[i] <= after[i] + 1_A;
    EXPECT_TRUE(still) << "BALANS_PROTOCOL_SEED=" << seed << "\n" << world.describe();
    return !wrong && still;
  });
}

// Each mistake is given the weather in which it matters; without the mistake the same streets stay within the law.

/// Devices that come down soon, so that what they hold is soon given to others.
void hasten(Street& street, Milliamps failsafe) {
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

Street street_for(Mistake mistake, Random& random) {
  Street street = plain_street(random);
  Weather weather;
  switch (mistake) {
    case Mistake::None:
    case Mistake::EffectiveAtWrite:
      return street;
    case Mistake::TtlFromReceipt:
      hasten(street, 0_A);
      weather.network.late = 400'000;
      weather.network.latest = 60_s;
      weather.cut_off = 20'000;
      weather.appetite_changes = 30'000;  // while it draws, the meter sees it
      weather.longest = 60_s;
      break;
    case Mistake::AckWithoutEpoch:
      hasten(street, 0_A);
      weather.network.late = 400'000;
      weather.network.latest = 40_s;
      weather.controller_dies = 25'000;
      weather.appetite_changes = 30'000;
      weather.longest = 3_s;
      break;
    case Mistake::NoWatchdog:
      hasten(street, 0_A);
      weather.agent_dies = 5'000;
      weather.appetite_changes = 30'000;
      break;
    case Mistake::ShortHold:
      hasten(street, 6_A);
      weather.cut_off = 15'000;
      weather.appetite_changes = 60'000;  // who asks for nothing has nothing, and yet a failsafe
      break;
  }
  street.weather = weather;
  return street;
}

/// What happened in the first street in which the law was broken; nothing when it was in none.
std::optional<std::string> first_breach(Mistake weather, Mistake made, std::uint64_t first, std::int64_t count) {
  for (std::uint64_t seed = first; seed < first + static_cast<std::uint64_t>(count); ++seed) {
    Random random(seed);
    const auto wrong = World(street_for(weather, random), seed, made).live(20 * kMinute);
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
    case Mistake::None:
      break;
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
  }
  return "None";
}

INSTANTIATE_TEST_SUITE_P(All, ProtocolMistakes,
                         testing::Values(Lesson{Mistake::TtlFromReceipt, 52}, Lesson{Mistake::AckWithoutEpoch, 9},
                                         Lesson{Mistake::NoWatchdog, 1}, Lesson{Mistake::ShortHold, 79},
                                         Lesson{Mistake::EffectiveAtWrite, 40}),
                         name_of_mistake);

}  // namespace
}  // namespace balans::protocol
