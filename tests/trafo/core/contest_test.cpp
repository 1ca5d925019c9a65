// Two controllers that count from copies of one disk, and the agents between them.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "common/io/runtime/epoch_counter.hpp"
#include "sim/twin/participants.hpp"
#include "tests/trafo/core/bench.hpp"

namespace balans {
namespace {

bool has_alarm(const TrafoState& state) {
  return std::any_of(state.alarms.begin(), state.alarms.end(),
                     [](const std::string& alarm) { return alarm.starts_with("another controller gives limits"); });
}

/// A controller whose only agent follows another one.
class Overtaken : public testing::Test {
 protected:
  void SetUp() override {
    bench.run(60);
    ASSERT_EQ(bench.limit(0), 32_A);
  }
  void follow(Term other) {
    bench.agents[0].newest->epoch = other.epoch;
    bench.agents[0].newest->boot = other.boot;
  }
  void move() {
    bench.epoch = Epoch{bench.decision.higher_epoch->value + 1};
    bench.memory = after_move(bench.site, bench.memory, bench.now);
  }

  Bench bench{1, 60_A, 20_A};
};

TEST_F(Overtaken, ByTheSameEpochOfAnotherBootItMovesAboveItAndSaysSoForGood) {
  follow({bench.epoch, BootId{1}});
  bench.tick();
  EXPECT_EQ(bench.decision.higher_epoch, bench.epoch);
  EXPECT_TRUE(bench.notices(Notice::What::HigherEpoch));
  EXPECT_TRUE(bench.decision.limits.empty());
  move();
  EXPECT_EQ(bench.tick().limits.size(), 1U) << "it goes on at once";
  bench.run(600);
  EXPECT_TRUE(has_alarm(bench.decision.state));
}

TEST_F(Overtaken, AnEpochBelowItsOwnIsNobodysConcern) {
  follow({Epoch{bench.epoch.value - 1}, BootId{1}});
  bench.tick();
  EXPECT_FALSE(bench.decision.higher_epoch);
  EXPECT_FALSE(has_alarm(bench.decision.state));
}

TEST_F(Overtaken, AgainItSendsNothingAndMovesOnlyAfterAWhile) {
  follow({bench.epoch, BootId{1}});
  bench.tick();
  move();
  follow({Epoch{bench.epoch.value + 1}, BootId{1}});
  bench.agents[0].acks = true;
  int quiet = 0;
  while (!bench.tick().higher_epoch && quiet < 1000) {
    ++quiet;
    ASSERT_TRUE(bench.decision.limits.empty());
    ASSERT_EQ(bench.notices(Notice::What::HigherEpoch), quiet == 1) << "it is said once";
    follow({Epoch{bench.epoch.value + 1}, BootId{1}});
  }
  EXPECT_NEAR(quiet, 300, 2);
}

TEST_F(Overtaken, OfTwoThatMovedToTheSameEpochTheLargerBootGoesOn) {
  for (const bool larger : {true, false}) {
    follow({bench.epoch, BootId{larger ? bench.boot.value - 1 : bench.boot.value + 1}});
    bench.memory.contest = Contest{std::nullopt, bench.now, std::nullopt};
    EXPECT_EQ(bench.tick().higher_epoch.has_value(), larger);
    bench.agents[0].newest.reset();
  }
}

TEST_F(Overtaken, ByAnEpochBeyondBeliefItStaysAndSaysSoOnce) {
  follow({Epoch{bench.epoch.value + (1U << 24U) + 1}, BootId{1}});
  bench.agents[0].acks = true;
  int told = 0;
  for (int i = 0; i < 600; ++i) {
    bench.tick();
    ASSERT_FALSE(bench.decision.higher_epoch) << "one agent must not drive the counter to its end";
    told += bench.notices(Notice::What::HigherEpoch) ? 1 : 0;
    follow({Epoch{bench.epoch.value + (1U << 24U) + 1}, BootId{1}});
  }
  EXPECT_EQ(told, 1);
  EXPECT_TRUE(has_alarm(bench.decision.state));
}

/// Both controllers with their agents, in virtual time, over one network that reaches everybody.
class TwoControllers : public testing::Test {
 protected:
  static constexpr std::size_t kAgents = 3;

  void SetUp() override {
    Site site;
    site.rated = 40_kVA;
    site.nodes[0].design_peak_base = PerPhase<Milliamps>::all(20_A);
    for (std::size_t i = 0; i < kAgents; ++i) add_agent(i, site);
    for (std::size_t c = 0; c < 2; ++c) {
      controllers[c].site = site;
      controllers[c].samples.resize(1);
    }
    start(0, {});
  }
  void start(std::size_t c, const std::vector<std::optional<Offer>>& offers) {
    controllers[c].start(now, offers);
    controllers[c].boot = BootId{10 + c};
  }
  void add_agent(std::size_t i, Site& site) {
    twin::AgentProcess agent;
    agent.settings.id = *AgentId::parse("charger-" + std::to_string(i + 1));
    agent.settings.phases = PhaseSet::all();
    agent.settings.min = 6_A;
    agent.settings.max = 32_A;
    agent.settings.step = 100_mA;
    agent.settings.settle = 3_s;
    agent.settings.revert = 8_s;
    agent.settings.refresh = 3_s;
    agent.device.phases = PhaseSet::all();
    agent.device.min.draw = 6_A;
    agent.device.delay = 1_s;
    agent.device.revert = 8_s;
    agent.device.appetite.draw = 32_A;
    agent.start(now);
    agents.push_back(std::move(agent));
    Enrolment enrolment;
    enrolment.id = agents.back().settings.id;
    enrolment.phases = PhaseSet::all();
    enrolment.max = 32_A;
    enrolment.settle = 3_s;
    enrolment.revert = 8_s;
    site.agents.push_back(enrolment);
  }

  [[nodiscard]] Milliamps may_draw() const {
    Milliamps sum;
    for (const twin::AgentProcess& agent : agents) sum += agent.device.may_do(now).draw[Phase::L1];
    return sum;
  }
  /// A second for everybody; what devices may do is judged by their registers.
  void second() {
    for (int i = 0; i < 4; ++i) {
      now = now + 250_ms;
      deliver();
      for (std::size_t a = 0; a < kAgents; ++a) run_agent(a);
      for (twin::ControllerProcess& controller : controllers) run(controller);
      ASSERT_LE(may_draw() + 20_A, usable_rating(controllers[0].site)[Phase::L1]) << now.ms();
    }
  }
  void seconds(int count) {
    for (int i = 0; i < count; ++i) ASSERT_NO_FATAL_FAILURE(second());
  }
  void deliver() {
    for (const twin::Parcel& parcel : network.arrived(now)) {
      const twin::Message message = *sealing.open(parcel);
      if (const auto* limit = std::get_if<Limit>(&message.body)) {
        agents[message.agent].take(*limit);
        continue;
      }
      if (const auto* offer = std::get_if<Offer>(&message.body)) retained[message.agent] = *offer;
      for (twin::ControllerProcess& controller : controllers) controller.take(now, message);
    }
  }
  void run_agent(std::size_t i) {
    twin::AgentProcess& agent = agents[i];
    agent.reach_device(now);
    agent.device.let_time_pass(now);
    if (now < agent.next_tick) return;
    const std::string wrong = agent.tick(now, i, network, random);
    ASSERT_EQ(wrong, "");
  }
  void run(twin::ControllerProcess& controller) {
    if (!controller.memory || now < controller.next_tick) return;
    MeterSample sample;
    sample.taken = controller.clock.at(now);
    sample.life = static_cast<std::uint64_t>(now.ms());
    sample.current = PerPhase<Milliamps>::all(20_A);
    for (const twin::AgentProcess& agent : agents) sample.current += agent.device.flow(now);
    controller.samples[0] = sample;
    const Epoch before = controller.epoch;
    controller.tick(now, network);
    moves += controller.epoch == before ? 0 : 1;
  }
  [[nodiscard]] int charging() const {
    return static_cast<int>(std::count_if(agents.begin(), agents.end(), [&](const twin::AgentProcess& agent) {
      return agent.device.flow(now)[Phase::L1] > 0_A;
    }));
  }

  Random random{1};
  twin::Sealing sealing{twin::Wire::Structs, twin::Street{}, 1};
  twin::Network network{random, sealing};
  twin::WorldTime now{1'000'000};
  std::vector<twin::AgentProcess> agents;
  std::vector<std::optional<Offer>> retained = std::vector<std::optional<Offer>>(kAgents);
  twin::ControllerProcess controllers[2];
  int moves = 0;
};

TEST_F(TwoControllers, WithOneEpochNeverOverloadAndTheLaterMovesAboveWithAnAlarm) {
  ASSERT_NO_FATAL_FAILURE(seconds(120));
  EXPECT_EQ(charging(), 3);
  start(1, retained);  // the clone counts as far as its model has
  ASSERT_NO_FATAL_FAILURE(seconds(10));
  EXPECT_GT(controllers[1].epoch, Epoch{1});
  EXPECT_TRUE(has_alarm(controllers[1].state));
}

TEST_F(TwoControllers, ThatLiveOnFightSeldomAndTheCarsChargeInBetween) {
  ASSERT_NO_FATAL_FAILURE(seconds(120));
  start(1, retained);
  int charging_seconds = 0;
  for (int i = 0; i < 1800; ++i) {
    ASSERT_NO_FATAL_FAILURE(second());
    charging_seconds += charging() > 0 ? 1 : 0;
  }
  EXPECT_LE(moves, 2 * 7) << "each at most once in five minutes";
  EXPECT_GE(moves, 3) << "they do not fight, so this shows nothing";
  EXPECT_GT(charging_seconds, 1500);
  for (const twin::ControllerProcess& controller : controllers) EXPECT_TRUE(has_alarm(controller.state));
}

TEST_F(TwoControllers, StartedInTheSameMomentSettleWhoGoesOn) {
  start(1, {});
  ASSERT_NO_FATAL_FAILURE(seconds(240));
  EXPECT_NE(controllers[0].epoch, controllers[1].epoch);
  EXPECT_EQ(charging(), 3);
}

TEST_F(TwoControllers, TheSurvivorIsObeyedAlsoWhenNoLeaseOfTheOtherRunsAnyMore) {
  ASSERT_NO_FATAL_FAILURE(seconds(120));
  controllers[0].memory.reset();
  ASSERT_NO_FATAL_FAILURE(seconds(60));
  ASSERT_EQ(charging(), 0);
  start(1, retained);
  ASSERT_NO_FATAL_FAILURE(seconds(120));
  EXPECT_EQ(charging(), 3);
}

TEST_F(TwoControllers, TheOldCardPutBackAfterARestoreIsObeyedAgain) {
  controllers[0].epoch = Epoch{41};
  ASSERT_NO_FATAL_FAILURE(seconds(60));
  controllers[0].memory.reset();  // the card goes into a drawer
  controllers[1].epoch = *above_all_since(Epoch{41});
  start(1, retained);
  ASSERT_NO_FATAL_FAILURE(seconds(180));
  ASSERT_EQ(charging(), 3) << "the restored one is obeyed at once";
  ASSERT_FALSE(has_alarm(controllers[1].state));
  controllers[1].memory.reset();
  start(0, retained);
  ASSERT_NO_FATAL_FAILURE(seconds(180));
  EXPECT_EQ(charging(), 3);
  EXPECT_TRUE(has_alarm(controllers[0].state));
}

TEST_F(TwoControllers, ACardThatKnowsNothingOfAFewRestoresIsObeyed) {
  for (int restores = 0; restores < 15; ++restores) controllers[0].epoch = *above_all_since(controllers[0].epoch);
  ASSERT_NO_FATAL_FAILURE(seconds(180));
  ASSERT_EQ(charging(), 3);
  controllers[0].memory.reset();
  start(1, retained);
  ASSERT_NO_FATAL_FAILURE(seconds(180));
  EXPECT_EQ(charging(), 3);
  EXPECT_TRUE(has_alarm(controllers[1].state));
}

}  // namespace
}  // namespace balans
