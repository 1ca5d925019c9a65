// The laws themselves, on a street in which nobody acts but the test: a car and a store below one meter, 100 A.
#include "sim/soak/judge.hpp"

#include <gtest/gtest.h>

namespace balans::soak {
namespace {

using twin::AgentProcess;
using twin::DeviceModel;
using twin::Street;
using twin::World;
using twin::WorldTime;

constexpr std::size_t kCar = 0, kStore = 1;
constexpr WorldTime kNever(1'000'000'000);

Street car_and_store() {
  Street street;
  Site& site = street.site;
  site.id = *SiteId::parse("elm-street");
  site.margin_percent = 3;
  site.rated = VoltAmps(100 * 3 * 230 + 1);
  site.nodes[0].design_peak_base = PerPhase<Milliamps>::all(80_A);
  site.meters.push_back({"transformer", 0});
  street.bases = {PerPhase<Milliamps>::all(60_A)};
  for (const char* id : {"car", "store"}) {
    AgentSettings agent;
    agent.id = *AgentId::parse(id);
    agent.phases = PhaseSet::all();
    agent.max = agent.max_feed = 32_A;
    DeviceModel device;
    device.phases = agent.phases;
    device.appetite = {agent.max, agent.max};
    street.agents.push_back(agent);
    street.devices.push_back(device);
    site.agents.push_back(twin::enrolment_of(agent, 0));
  }
  return street;
}

class Laws : public testing::Test {
 protected:
  void SetUp() override {
    world_.controller().start(world_.now(), {});
    world_.controller().next_tick = kNever;
    for (AgentProcess& agent : world_.agents()) {
      agent.start(world_.now());
      agent.polls = true;
      agent.next_tick = kNever;
      agent.lease.until = agent.clock.at(kNever);
    }
    for (int i = 0; i < 60; ++i) ASSERT_FALSE(second());
  }
  std::optional<std::string> second() {
    for (int i = 0; i < 10; ++i) EXPECT_EQ(world_.advance(), "");
    for (std::size_t i = 0; i < heard_.size(); ++i)
      if (heard_[i]) world_.agents()[i].heard = world_.now();
    for (twin::MeterModel& meter : world_.meters())
      meter.showed_less = {{world_.now(), PerPhase<Milliamps>::all(shown_too_little_)}};
    return judge_.look(world_, storm_);
  }
  /// After how many of the next `most` seconds a law was broken.
  std::optional<int> broken_within(int most) {
    for (int i = 1; i <= most; ++i)
      if (second()) return i;
    return std::nullopt;
  }
  void base(Milliamps current) { world_.street().bases[0] = PerPhase<Milliamps>::all(current); }
  DeviceModel& device(std::size_t i) { return world_.agents()[i].device; }
  void set(std::size_t i, Direction direction, Milliamps value) { device(i).write(world_.now(), direction, value); }

  World world_{car_and_store(), World::Settings{}};
  Storm storm_{Weather{}, 1, 2};
  Judge judge_{world_, JudgeSettings{}};
  std::array<bool, 2> heard_{true, true};
  Milliamps shown_too_little_;
};

TEST_F(Laws, GiveFortySecondsWhenBaseLoadRises) {
  set(kCar, Direction::Draw, 30_A);
  base(75_A);
  EXPECT_EQ(broken_within(100), 40);
}

TEST_F(Laws, GiveNoneWhereNothingHasRisen) {
  set(kCar, Direction::Draw, 32_A);
  set(kStore, Direction::Draw, 10_A);
  EXPECT_EQ(broken_within(100), 1);
}

TEST_F(Laws, LeaveLessThanTheMarginToWhatReadingsCannotTell) {
  device(kCar).appetite.draw = 20_A;
  set(kCar, Direction::Draw, 30_A);
  ASSERT_FALSE(second());
  base(69_A);
  EXPECT_FALSE(broken_within(100));
  EXPECT_GT(judge_.judged().in_margin, 0);
  set(kCar, Direction::Draw, 30'500_mA);
  EXPECT_EQ(broken_within(2), 1) << "somebody was raised";
}

TEST_F(Laws, DoNotLeaveItWhereTheMeterShowsIt) {
  set(kCar, Direction::Draw, 30_A);
  ASSERT_FALSE(second());
  base(69_A);
  EXPECT_EQ(broken_within(100), 40);
}

TEST_F(Laws, ExcuseARiseThatIsHiddenByASilentStore) {
  set(kStore, Direction::Feed, 16_A);
  set(kCar, Direction::Draw, 30_A);
  heard_[kStore] = false;
  ASSERT_FALSE(broken_within(20));
  base(75_A);
  EXPECT_FALSE(broken_within(100));
  set(kStore, Direction::Feed, 0_A);
  EXPECT_EQ(broken_within(100), 40) << "since the meter shows it";
}

TEST_F(Laws, ExcuseNoneThatIsHiddenByAStoreThatIsHeard) {
  set(kStore, Direction::Feed, 16_A);
  set(kCar, Direction::Draw, 30_A);
  base(75_A);
  EXPECT_EQ(broken_within(100), 40);
}

TEST_F(Laws, CountALoadAsItsMeterShowsItWhereThatIsAlmostTheTruth) {
  world_.street().site.schedule.push_back({0, {PerPhase<Milliamps>::all(96_A)}});  // it has no margin
  ASSERT_FALSE(broken_within(60));
  set(kCar, Direction::Draw, 36_A);
  ASSERT_FALSE(second());
  shown_too_little_ = 400_mA;
  base(60'400_mA);
  EXPECT_FALSE(broken_within(100));
  shown_too_little_ = 399_mA;
  EXPECT_EQ(broken_within(100), 40);
}

TEST_F(Laws, KnowNothingOfALoadWhoseMeterIsFarOff) {
  shown_too_little_ = 600_mA;
  set(kCar, Direction::Draw, 30_A);
  base(75_A);
  EXPECT_FALSE(broken_within(100));
  shown_too_little_ = 0_A;
  EXPECT_EQ(broken_within(100), 40);
}

}  // namespace
}  // namespace balans::soak
