#include "trafo/core/offer.hpp"

#include <gtest/gtest.h>

#include <functional>

namespace balans {
namespace {

struct Enrolled {
  Enrolled() {
    agent.kind = offer.kind = DeviceKind::Charger;
    agent.phases = offer.phases = {Phase::L1, Phase::L2};
    agent.max = offer.max = 32_A;
    agent.failsafe = offer.failsafe = 6_A;
    agent.settle = offer.settle = 10_s;
    agent.revert = offer.revert = 60_s;
    site.failsafe_hold = offer.failsafe_hold = 70_s;
  }
  std::string why() const { return refusal(offer, agent, site).value_or(""); }
  Offer offer;
  Enrolment agent;
  Site site;
};

TEST(OfferRefusal, WhatIsEnrolledIsTaken) { EXPECT_EQ(Enrolled().why(), ""); }

TEST(OfferRefusal, NamesTheKeyAndWhatWasExpected) {
  struct Case {
    std::function<void(Offer&)> change;
    std::string why;
  };
  const std::vector<Case> cases{
      {[](Offer& o) { o.max = 40'500_mA; }, "max_a is 40.5 A, expected at most 32 A"},
      {[](Offer& o) { o.failsafe = 16_A; }, "failsafe_a is 16 A, expected at most 6 A"},
      {[](Offer& o) { o.device_fallback = 1_A; }, "device_fallback_a is 1 A, expected at most 0 A"},
      {[](Offer& o) { o.max_feed = 10_A; }, "max_feed_a is 10 A, expected at most 0 A"},
      {[](Offer& o) { o.failsafe_feed = 10_A; }, "failsafe_feed_a is 10 A, expected at most 0 A"},
      {[](Offer& o) { o.fallback_feed = 10_A; }, "fallback_feed_a is 10 A, expected at most 0 A"},
      {[](Offer& o) { o.settle = 10'500_ms; }, "settle_s is 10.5 s, expected at most 10 s"},
      {[](Offer& o) { o.revert = 61_s; }, "revert_s is 61 s, expected at most 60 s"},
      {[](Offer& o) { o.revert.reset(); }, "revert_s is none, expected at most 60 s"},
      {[](Offer& o) { o.failsafe_hold = 69_s; }, "failsafe_hold_s is 69 s, expected at least 70 s"},
      {[](Offer& o) { o.kind = DeviceKind::HeatPump; }, "kind is heat-pump, expected charger"},
      {[](Offer& o) {
         o.phases = {Phase::L1, Phase::L3};
       },
       "phases are L1, L3, expected only L1, L2"},
  };
  for (const Case& one : cases) {
    Enrolled enrolled;
    one.change(enrolled.offer);
    EXPECT_EQ(enrolled.why(), "offers what it is not enrolled for: " + one.why);
  }
}

TEST(OfferRefusal, AContactorThatIsCountedOnMustBeThere) {
  Enrolled enrolled;
  enrolled.agent.contactor = 10_s;
  EXPECT_EQ(enrolled.why(), "offers what it is not enrolled for: contactor_s is none, expected at most 10 s");
}

}  // namespace
}  // namespace balans
