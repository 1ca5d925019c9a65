#include "trafo/shell/explain.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace balans {
namespace {

using testing::HasSubstr;
using testing::Not;

/// A feeder of 50 A with 30 A of base load, and so many devices below it.
Site site_of(int devices, Milliamps failsafe, std::optional<Millis> revert = 10_s) {
  Site site;
  site.rated = 250_kVA;
  Node feeder;
  feeder.name = "feeder-1";
  feeder.parent = 0;
  feeder.max = 50_A;
  feeder.design_peak_base = PerPhase<Milliamps>::all(30_A);
  site.nodes.push_back(feeder);
  for (int i = 0; i < devices; ++i) {
    Enrolment agent;
    agent.id = *AgentId::parse("charger-" + std::to_string(i + 1));
    agent.node = 1;
    agent.phases = PhaseSet::all();
    agent.max = 16_A;
    agent.failsafe = failsafe;
    agent.revert = revert;
    site.agents.push_back(agent);
  }
  return site;
}

TEST(Budget, IsToldAsASumThatAnybodyCanCheck) {
  EXPECT_THAT(budget_text(site_of(8, 6_A)),
              HasSubstr("feeder-1, each phase: 8 × 6 A + base 30 A = 78 A of 50 A: refused, 28 A too much\n"));
  EXPECT_THAT(budget_text(site_of(3, 6_A)),
              HasSubstr("feeder-1, each phase: 3 × 6 A + base 30 A = 48 A of 50 A: fits, 2 A left\n"));
  EXPECT_THAT(budget_text(site_of(0, 0_A)), HasSubstr("feeder-1, each phase: base 30 A of 50 A: fits, 20 A left\n"));
}

TEST(Budget, CountsTheLargerOfFailsafeAndFallbackAndTellsUnlikePhasesApart) {
  Site site = site_of(2, 6_A);
  site.agents[0].device_fallback = 10_A;
  site.agents[0].phases = {Phase::L2};
  EXPECT_THAT(budget_text(site), HasSubstr("feeder-1, L1 and L3: 6 A + base 30 A = 36 A of 50 A: fits"));
  EXPECT_THAT(budget_text(site), HasSubstr("feeder-1, L2: 10 A + 6 A + base 30 A = 46 A of 50 A: fits"));
}

TEST(Budget, SaysNothingOfFeedInWhereNothingFeeds) {
  EXPECT_THAT(budget_text(site_of(2, 6_A)), Not(HasSubstr("fed in")));
  Site site = site_of(1, 6_A);
  site.agents[0].max_feed = site.agents[0].fallback_feed = 16_A;
  site.nodes[1].max_feed = 10_A;
  EXPECT_THAT(budget_text(site),
              HasSubstr("feeder-1, each phase, fed in: 16 A + generation 0 A = 16 A of 10 A: refused, 6 A too much"));
}

TEST(Budget, AgreesWithTheCheckThatCounts) {
  for (int devices = 0; devices < 8; ++devices) {
    const Site site = site_of(devices, 6_A);
    EXPECT_EQ(check_enrolment(site).ok(), budget_text(site).find("refused") == std::string::npos) << devices;
  }
}

TEST(Silence, TellsWhoComesDownAndWhoDoesNot) {
  EXPECT_THAT(silence_text(site_of(1, 6_A)),
              HasSubstr("charger-1: failsafe 6 A. Its agent dead: it is at 0 A by itself 31 "
                        "s after its limit has ended (revert_s 10 s)"));
  EXPECT_THAT(silence_text(site_of(1, 6_A, std::nullopt)), HasSubstr("it keeps what it was last told"));
}

}  // namespace
}  // namespace balans
