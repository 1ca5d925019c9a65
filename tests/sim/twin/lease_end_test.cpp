// Both cores around the end of a lease: what the one counts on the other has to do. Judged by registers and watchdogs.
#include <gtest/gtest.h>

#include "sim/twin/world.hpp"

namespace balans::twin {
namespace {

constexpr std::size_t kA = 0, kB = 1;

AgentSettings car(const char* id, Millis revert, Milliamps failsafe) {
  AgentSettings agent;
  agent.id = *AgentId::parse(id);
  agent.phases = PhaseSet::all();
  agent.min = 6_A;
  agent.max = 32_A;
  agent.step = 100_mA;
  agent.failsafe = failsafe;
  agent.failsafe_hold = 130_s;
  agent.settle = 3_s;
  agent.revert = revert;
  agent.refresh = revert / 3;
  return agent;
}

/// 18 A on each phase for two cars beside 2 A of base load.
Street two_cars(Millis revert, Milliamps failsafe) {
  Street street;
  Site& site = street.site;
  site.id = *SiteId::parse("elm-street");
  site.margin_percent = 0;
  site.rated = VoltAmps(20 * 3 * 230 + 1);
  site.failsafe_hold = 130_s;
  site.nodes[0].design_peak_base = PerPhase<Milliamps>::all(2_A);
  street.bases = {PerPhase<Milliamps>::all(2_A)};
  for (const char* id : {"car-a", "car-b"}) {
    const AgentSettings agent = car(id, revert, failsafe);
    DeviceModel device;
    device.phases = agent.phases;
    device.min.draw = agent.min;
    device.delay = 2_s;
    device.revert = revert;
    device.fed_by = FedBy::AnyTraffic;
    device.appetite.draw = agent.max;
    street.agents.push_back(agent);
    street.devices.push_back(device);
    site.agents.push_back(enrolment_of(agent, 0));
  }
  return street;
}

class LeaseEnd : public testing::Test {
 protected:
  void settle(Millis revert, Milliamps failsafe, std::uint64_t seed = 1) {
    World::Settings settings;
    settings.seed = seed;
    settle_in(two_cars(revert, failsafe), settings);
  }
  void settle_in(const Street& street, const World::Settings& settings) {
    world_.emplace(street, settings);
    live(150_s);
  }
  void live(Millis time) {
    const WorldTime end = world().now() + time;
    while (world().now() < end) {
      ASSERT_EQ(world().advance(), "");
      for (Phase p : kPhases) ASSERT_LE(world().may_do(0).draw[p], world().room(0).draw[p]) << world().describe();
    }
  }
  World& world() { return *world_; }
  AgentProcess& agent(std::size_t i) { return world().agents()[i]; }
  Milliamps reg(std::size_t i) { return agent(i).device.setpoint.draw.newest(); }
  /// What it was given it no longer uses; that it still may is in nobody's meter.
  void stops_drawing(std::size_t i) { agent(i).device.appetite.draw = 0_A; }
  /// By true time.
  WorldTime lease_end(std::size_t i) {
    return world().now() + (agent(i).lease.until - agent(i).clock.at(world().now()));
  }
  void cut_off_and_failing(std::size_t i) {
    agent(i).writes_fail_until = world().now() + 400_s;
    world().network().cut_off(i);
    stops_drawing(i);
  }

 private:
  std::optional<World> world_;
};

TEST_F(LeaseEnd, OneThatIsHeardAndDoesNotHearTakesItsFailsafeFromTheOthersInTime) {
  settle(10_s, 6_A);
  ASSERT_EQ(failsafe_booked_after(world().street().site), 20_s);
  stops_drawing(kA);
  live(60_s);
  ASSERT_EQ(reg(kA), 0_A);
  ASSERT_GE(reg(kB), 17_A);
  world().network().deafen(kA);
  live(250_s);
  EXPECT_EQ(reg(kA), 6_A) << "its failsafe";
  EXPECT_GE(reg(kB), 11_A);
  world().network().heal(kA);
  live(120_s);
  EXPECT_EQ(reg(kA), 0_A);
  EXPECT_GE(reg(kB), 17_A);
}

TEST_F(LeaseEnd, OneThatStalledOverItDoesNotFeedTheWatchdogByWritesThatFail) {
  settle(60_s, 0_A);
  ASSERT_GE(reg(kA), 8_A);
  agent(kA).stalled_until = lease_end(kA) + 25_s;
  cut_off_and_failing(kA);
  live(300_s);
  EXPECT_EQ(reg(kA), 0_A);
  EXPECT_GE(reg(kB), 17_A) << "what the silent one had is given to the other";
  world().network().join(kA);
  live(300_s);
  agent(kA).device.appetite.draw = 32_A;
  live(120_s);
  EXPECT_GE(reg(kA), 8_A) << "it is served again";
}

TEST_F(LeaseEnd, OneThatStartsAnewAndFailsLeavesTheDeviceToItsWatchdogAtOnce) {
  settle(60_s, 0_A);
  Random random(7);
  agent(kA).stop(lease_end(kA) + 14_s, random);
  cut_off_and_failing(kA);
  live(300_s);
  EXPECT_EQ(reg(kA), 0_A);
  EXPECT_GE(reg(kB), 17_A);
  world().network().join(kA);
  live(300_s);
  agent(kA).device.appetite.draw = 32_A;
  live(120_s);
  EXPECT_GE(reg(kA), 8_A);
}

/// Its writes fail, but for a device that takes any traffic for life each first try of a fresh agent is a word.
TEST_F(LeaseEnd, HoweverOftenOneStartsAnewAndFailsItsDeviceIsBookedWhileItMayGoOn) {
  settle(60_s, 0_A);
  const Milliamps had = reg(kA);
  ASSERT_GE(had, 8_A);
  Random random(7);
  agent(kA).writes_fail_until = world().now() + 400_s;
  stops_drawing(kA);
  for (int start = 0; start < 3; ++start) {
    agent(kA).stop(world().now() + 47_s, random);
    live(57_s);
    EXPECT_EQ(reg(kA), had) << "its watchdog was fed";
  }
  live(130_s);
  EXPECT_EQ(reg(kA), 0_A);
  EXPECT_GE(reg(kB), 17_A) << "a fresh agent that never reaches its device does not keep what another had for ever";
  live(200_s);
  agent(kA).device.appetite.draw = 32_A;
  live(120_s);
  EXPECT_GE(reg(kA), 8_A);
}

/// A write that fails once more than it must is a second more; where the clock is slow, two ticks are less than 2 s.
TEST_F(LeaseEnd, AZeroThatFailsOnceIsWrittenWithinFiveSecondsAllTheSame) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    settle(60_s, 0_A, seed);
    ASSERT_GE(reg(kA), 8_A) << seed;
    LocalClock& clock = agent(kA).clock;
    const BootTime before = clock.at(world().now());
    clock.drift_per_thousand = -1;
    clock.offset = clock.offset + (before - clock.at(world().now()));
    world().network().cut_off(kA);
    while (!std::holds_alternative<Failsafe>(agent(kA).memory->mode)) live(100_ms);
    ASSERT_FALSE(agent(kA).orders.empty()) << "0 is on its way";
    agent(kA).writes_fail_until = agent(kA).orders.front().due + 200_ms;
    while (reg(kA) > 0_A) live(100_ms);
    EXPECT_LT(world().now() - lease_end(kA), 5_s) << seed;
  }
}

/// One car that may draw 32 A of 60 A beside 20 A; what flows is measured.
Street a_car_below_a_meter() {
  Street street = two_cars(60_s, 0_A);
  street.agents.resize(1);
  street.devices.resize(1);
  street.site.agents.resize(1);
  street.agents[0].status_every = 1_s;
  street.site.rated = VoltAmps(60 * 3 * 230 + 1);
  street.site.nodes[0].design_peak_base = PerPhase<Milliamps>::all(30_A);
  street.site.meters.push_back({"transformer", 0});
  street.bases = {PerPhase<Milliamps>::all(20_A)};
  return street;
}

/// Base load rises while nobody uses all that he may: a cut takes until that is certain. When the agent is then cut
/// off, what it may lasts no longer than its lease, which must not have been renewed in between.
TEST_F(LeaseEnd, ComesWithinOneTtlOfARiseThoughTheCutIsLost) {
  settle_in(a_car_below_a_meter(), {});
  ASSERT_EQ(reg(kA), 32_A);
  agent(kA).device.appetite.draw = 10_A;
  live(12_s);
  const auto sent = [&] { return world().controller().memory->agents[kA].sent; };
  const auto last = sent();
  while (sent() == last) live(100_ms);
  live(6_s);
  const WorldTime rise = world().now();
  world().street().bases = {PerPhase<Milliamps>::all(30_A)};
  const auto lives = [&](Millis time) {
    while (world().now() < rise + time) ASSERT_EQ(world().advance(), "");
  };
  lives(6_s);
  world().network().cut_off(kA);
  lives(9_s);
  EXPECT_LE(world().controller().state.devices[kA].limit.draw.largest(), 30_A) << "the cut is on its way, and lost";
  EXPECT_EQ(reg(kA), 32_A);
  EXPECT_LE(lease_end(kA), rise + world().street().site.ttl);
  lives(40_s);
  EXPECT_LE(world().may_do(0).draw[Phase::L1], world().room(0).draw[Phase::L1]) << world().describe();
}

TEST_F(LeaseEnd, AStallInsideTheLeaseInWhichTheDeviceRevertedIsNoticed) {
  settle(5_s, 0_A);
  const Milliamps had = reg(kA);
  ASSERT_GE(had, 8_A);
  agent(kA).stalled_until = world().now() + 9_s;
  live(8_s);
  ASSERT_EQ(reg(kA), 0_A) << "its watchdog has acted";
  live(70_s);
  EXPECT_GE(reg(kA), had - 500_mA);
}

}  // namespace
}  // namespace balans::twin
