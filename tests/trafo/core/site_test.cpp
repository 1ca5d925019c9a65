#include "trafo/core/site.hpp"

#include <gtest/gtest.h>

namespace balans {
namespace {

Site site_of(int devices, Milliamps failsafe, Milliamps peak, VoltAmps rated) {
  Site site;
  site.id = *SiteId::parse("elm-street");
  site.rated = rated;
  site.nodes[0].design_peak_base = PerPhase<Milliamps>::all(peak);
  for (int i = 0; i < devices; ++i) {
    Enrolment agent;
    agent.id = *AgentId::parse("charger-" + std::to_string(i + 1));
    agent.phases = PhaseSet::all();
    agent.max = 16_A;
    agent.failsafe = failsafe;
    agent.settle = 3_s;
    agent.revert = 5_s;
    site.agents.push_back(agent);
  }
  return site;
}

TEST(StaticRating, IsTheNamePlatePerPhaseRoundedDown) {
  EXPECT_EQ(static_rating(site_of(0, 0_A, 0_A, 75_kVA))[Phase::L2], 108'695_mA);
}

TEST(UsableRating, LeavesTheMargin) {
  Site site = site_of(0, 0_A, 0_A, 69_kVA);
  site.margin_percent = 3;
  EXPECT_EQ(usable_rating(site)[Phase::L1], 97_A);
}

TEST(CheckEnrolment, RefusesAContactorThatWouldBeLetGoOnlyWhenTheFailsafeHasBegun) {
  Site site = site_of(1, 6_A, 10_A, 69_kVA);
  site.agents[0].contactor = 10_s;
  EXPECT_TRUE(check_enrolment(site));
  site.agents[0].settle = 65_s;
  ASSERT_FALSE(check_enrolment(site));
  EXPECT_NE(check_enrolment(site).error().message().find("charger-1: its contactor"), std::string::npos);
  site.agents[0].failsafe = 0_A;
  EXPECT_TRUE(check_enrolment(site));
}

TEST(CheckEnrolment, RefusesFailsafesThatDoNotFitBesideTheDesignPeakAndDoesTheSum) {
  const auto refused = check_enrolment(site_of(8, 6_A, 30_A, 34'500_VA));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message(),
            "agents: transformer L1: failsafe of 8 devices 48.0 A + design-peak base load 30.0 A = 78.0 A of 50.0 A");
}

TEST(CheckEnrolment, AcceptsWhatFitsExactly) {
  EXPECT_TRUE(check_enrolment(site_of(3, 6_A, 32_A, 34'500_VA)));
  EXPECT_FALSE(check_enrolment(site_of(3, 6_A, 32_A + 1_mA, 34'500_VA)));
}

TEST(CheckEnrolment, CountsEachPhaseForItself) {
  Site site = site_of(3, 20_A, 30_A, 34'500_VA);
  for (std::size_t i = 0; i < 3; ++i) site.agents[i].phases = PhaseSet{kPhases[i]};
  EXPECT_TRUE(check_enrolment(site));
  site.agents[2].phases = PhaseSet{Phase::L2};
  ASSERT_FALSE(check_enrolment(site));
  EXPECT_EQ(check_enrolment(site).error().what.substr(0, 14), "transformer L2");
}

TEST(CheckEnrolment, CountsWhatADeviceEntersByItself) {
  Site site = site_of(4, 0_A, 30_A, 34'500_VA);
  for (Enrolment& agent : site.agents) agent.device_fallback = 6_A;
  EXPECT_FALSE(check_enrolment(site));
}

Site generating(Milliamps failsafe_feed, std::optional<Milliamps> peak) {
  Site site = site_of(2, 0_A, 10_A, 34'500_VA);
  site.feeds_back = true;
  site.nodes[0].max_feed = 40_A;
  site.nodes[0].design_peak_feed = peak;
  for (Enrolment& agent : site.agents) agent.max_feed = agent.failsafe_feed = failsafe_feed;
  return site;
}

TEST(CheckEnrolment, CountsGenerationThatNobodyControlsAgainstWhatMayFlowBack) {
  EXPECT_TRUE(check_enrolment(generating(5_A, 30_A)));
  const auto refused = check_enrolment(generating(5_A, 31_A));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().what,
            "transformer L1: failsafe feed-in of 2 devices 10.0 A + design-peak generation 31.0 A = 41.0 A of 40.0 A");
}

TEST(CheckEnrolment, TakesGenerationOfWhichNothingIsKnownForAllThatMayFlowBack) {
  EXPECT_TRUE(check_enrolment(generating(0_A, std::nullopt)));
  EXPECT_FALSE(check_enrolment(generating(1_A, std::nullopt)));
  Site without = generating(20_A, std::nullopt);
  without.feeds_back = false;
  EXPECT_TRUE(check_enrolment(without));
}

/// A panel of 13.8 kVA, which is 60 A over the three phases.
Site with_panel(Milliamps base, Milliamps failsafe) {
  Site site = site_of(2, failsafe, base, 69_kVA);
  Node panel;
  panel.name = "panel";
  panel.parent = 0;
  panel.max_va = 13'800_VA;
  panel.design_peak_base = PerPhase<Milliamps>::all(base);
  site.nodes.push_back(panel);
  for (Enrolment& agent : site.agents) agent.node = 1;
  return site;
}

TEST(CheckEnrolment, HoldsTheLimitOverThreePhasesToo) {
  EXPECT_TRUE(check_enrolment(with_panel(8_A, 6_A)));
  const auto refused = check_enrolment(with_panel(9_A, 6_A));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().what,
            "panel L1+L2+L3: failsafe of 2 devices 36.0 A + design-peak base load 27.0 A = 63.0 A of 60.0 A");
}

TEST(CheckEnrolment, AddsWhatMeteredNodesBelowOneWithoutAMeterDraw) {
  Site site = with_panel(8_A, 6_A);
  Node below = site.nodes[1];
  below.name = "flat";
  below.parent = 1;
  below.design_peak_base = PerPhase<Milliamps>::all(1_A);
  site.nodes.push_back(below);
  EXPECT_TRUE(check_enrolment(site)) << "without a meter it is a part of what is drawn at the panel";
  site.meters.push_back({"flat", 2});
  EXPECT_FALSE(check_enrolment(site));
}

TEST(FailsafeBookedAfter, LeavesTheHoldOfTheAgentsTimeForTheLeaseAndTheSlowestDevice) {
  Site site = site_of(3, 6_A, 0_A, 75_kVA);
  site.agents[1].settle = 4_s;
  const Millis after = failsafe_booked_after(site);
  ASSERT_GT(after, 0_ms);
  for (const Enrolment& agent : site.agents)
    EXPECT_GE(site.failsafe_hold, after + site.ttl + lease_margin(site) + *down_after(agent));
}

TEST(FailsafeBookedAfter, IsAtOnceWhereADeviceTakesTooLongToComeDown) {
  Site site = site_of(3, 6_A, 0_A, 75_kVA);
  site.agents[1].revert = 60_s;
  EXPECT_EQ(failsafe_booked_after(site), 0_ms);
}

TEST(DownAfter, IsTheSoonerOfWatchdogAndContactor) {
  Enrolment agent = site_of(1, 0_A, 0_A, 75_kVA).agents[0];
  const std::optional<Millis> by_watchdog = down_after(agent);
  agent.contactor = 3_s;
  EXPECT_EQ(down_after(agent), *by_watchdog - 2_s);
  agent.contactor = 30_s;
  EXPECT_EQ(down_after(agent), by_watchdog);
  agent.revert.reset();
  EXPECT_EQ(down_after(agent), *by_watchdog + 25_s);
  agent.contactor.reset();
  EXPECT_FALSE(down_after(agent));
}

TEST(FailsafeBookedAfter, IsAtOnceWhereADeviceNeverComesDownByItself) {
  Site site = site_of(3, 6_A, 0_A, 75_kVA);
  site.agents[2].revert.reset();
  EXPECT_EQ(failsafe_booked_after(site), 0_ms);
  EXPECT_EQ(always_booked(site, site.agents[0], Direction::Draw), 6_A);
}

}  // namespace
}  // namespace balans
