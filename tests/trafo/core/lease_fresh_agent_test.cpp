// What the first word of an agent that starts anew may have done to its device.
#include "tests/trafo/core/lease_book.hpp"

namespace balans {
namespace {

class FreshAgent : public LeaseBook {
 protected:
  /// What an agent says that has just started and did not reach its device.
  [[nodiscard]] Status missed() const {
    Status s = status();
    s.state = AgentState::Fault;
    return s;
  }
  void hold_until_shortly_before_the_end() {
    settle();
    give(13_A);
    wait(site.ttl + lease_margin(site) + *down_after(agent) - 1_s);
  }
};

TEST_F(FreshAgent, ThatMissedItsDeviceMayHaveFedItsWatchdog) {
  hold_until_shortly_before_the_end();
  session = Nonce{12};
  hear(missed());
  wait(*down_after(agent) - 1_ms);
  EXPECT_EQ(booked(), 13_A);
  wait(1_ms);
  EXPECT_EQ(booked(), 0_A);
}

TEST_F(FreshAgent, IsCountedOnceInASessionAndAgainAtItsNextStart) {
  hold_until_shortly_before_the_end();
  for (std::uint64_t start = 0; start < 3; ++start) {
    session = Nonce{12 + start};
    for (int i = 0; i < 3; ++i) {
      hear(missed());
      wait(1_s);
    }
    wait(*down_after(agent) - 4_s);
    EXPECT_EQ(booked(), 13_A);
  }
  hear(missed());
  wait(1_s);
  EXPECT_EQ(booked(), 0_A);
}

TEST_F(FreshAgent, OneThatKnowsOfALeaseFellSilentInTime) {
  hold_until_shortly_before_the_end();
  Status s = missed();
  s.follows = kOwn;
  hear(s);
  wait(1_s);
  EXPECT_EQ(booked(), 0_A);
}

TEST_F(FreshAgent, OneThatToldItsDeviceZeroHoldsNothing) {
  hold_until_shortly_before_the_end();
  Status s = missed();
  s.holding = {};
  hear(s);
  wait(1_s);
  EXPECT_EQ(booked(), 0_A);
}

TEST_F(FreshAgent, ThatMissedItsDeviceKeepsTheBookingAfterARestartToo) {
  wait(defaults::kTtlMax + *down_after(agent) - 1_s);
  hear(missed());
  wait(1_s);
  EXPECT_EQ(booked(), 16_A);
  wait(*down_after(agent));
  EXPECT_EQ(booked(), 0_A);
}

}  // namespace
}  // namespace balans
