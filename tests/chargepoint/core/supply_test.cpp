// The contactor in the device's supply: held while all is well, let go when the device cannot be held down.
#include <gtest/gtest.h>

#include <optional>

#include "tests/chargepoint/core/bench.hpp"

namespace balans {
namespace {

/// A bench with a contactor that counts the seconds since it was last told to hold.
class SupplyBench {
 public:
  SupplyBench() : bench(settings()) {
    seconds(10);
    bench.connect();
    grant(10_A);
    second();
  }

  void second() {
    if (pending && answers) bench.next.supplied = SupplyOutcome{*pending, takes ? "" : "contactor: timeout"};
    if (pending && answers) pending.reset();
    const AgentOutput& out = bench.second();
    ++unheard;
    if (!out.supply) return;
    pending = out.supply;
    ++told;
    if (takes && out.supply == SupplyOrder::Hold) unheard = 0;
    if (takes) newest = out.supply;
  }
  void seconds(int count) {
    for (int i = 0; i < count; ++i) second();
  }
  void grant(Milliamps max) { bench.next.limits.push_back(bench.limit(max)); }
  /// With a lease that is renewed all the while.
  void leased_seconds(int count, Milliamps max) {
    for (int i = 0; i < count; ++i) {
      grant(max);
      second();
    }
  }
  [[nodiscard]] bool is_closed() const { return newest == SupplyOrder::Hold && unheard < 10; }

  Bench bench;
  std::optional<SupplyOrder> pending;
  std::optional<SupplyOrder> newest;
  int unheard = 1000;
  int told = 0;
  bool takes = true;
  bool answers = true;

 private:
  static AgentSettings settings() {
    AgentSettings settings = three_phase_charger();
    settings.supply = Supply{2_s, 10_s};
    return settings;
  }
};

TEST(Supply, IsHeldFromTheStartAndToldAgainAndAgain) {
  SupplyBench it;
  EXPECT_TRUE(it.is_closed());
  const int told = it.told;
  for (int i = 0; i < 60; ++i) {
    it.second();
    ASSERT_LE(it.unheard, 2) << i;
  }
  EXPECT_EQ(it.told, told + 30);
  EXPECT_EQ(it.bench.offer->contactor, 10_s);
}

TEST(Supply, StaysWhenALeaseEndsAndTheDeviceIsAtZero) {
  SupplyBench it;
  it.bench.draws = 10_A;
  it.seconds(58);
  it.bench.draws = 0_A;
  it.seconds(120);
  EXPECT_EQ(it.bench.state(), AgentState::Failsafe);
  EXPECT_TRUE(it.is_closed());
}

TEST(Supply, OfADeviceThatIsPausedAndGoesOnIsCutForGoodAndSomebodyIsTold) {
  SupplyBench it;
  it.bench.draws = 16_A;
  it.leased_seconds(11, 10_A);
  ASSERT_EQ(it.bench.setpoint(), 0_A);
  EXPECT_TRUE(it.is_closed()) << "the pause comes first";
  it.leased_seconds(11, 10_A);
  EXPECT_EQ(it.newest, SupplyOrder::LetGo);
  EXPECT_TRUE(it.bench.saw(AgentEvent::What::SupplyCut));
  it.bench.draws = 0_A;
  for (int i = 0; i < 300; ++i) {
    it.leased_seconds(1, 10_A);
    ASSERT_FALSE(it.is_closed()) << i;
    ASSERT_EQ(it.bench.state(), AgentState::Fault);
  }
  EXPECT_EQ(it.bench.status->fault, "did not obey, and was cut off by its contactor");
}

TEST(Supply, OfADeviceThatCannotBeToldZeroAfterItsLeaseIsCutAndTriedAgainAfterAMinute) {
  SupplyBench it;
  it.bench.draws = 10_A;
  it.bench.takes_writes = false;
  it.seconds(66);
  ASSERT_EQ(it.bench.state(), AgentState::Fault);
  ASSERT_EQ(it.bench.setpoint(), 0_A);
  EXPECT_TRUE(it.is_closed());
  it.seconds(6);
  EXPECT_EQ(it.newest, SupplyOrder::LetGo);
  it.bench.draws = 0_A;
  it.bench.answers = false;
  it.seconds(62);
  EXPECT_TRUE(it.is_closed()) << "it needs its supply to answer";
  it.seconds(40);
  it.bench.answers = it.bench.takes_writes = true;
  it.seconds(60);
  EXPECT_TRUE(it.is_closed());
  EXPECT_EQ(it.bench.state(), AgentState::Failsafe);
}

TEST(Supply, ThatCannotBeToldIsAFaultAndDropsOutByItself) {
  SupplyBench it;
  it.takes = false;
  it.leased_seconds(12, 10_A);
  EXPECT_FALSE(it.is_closed());
  EXPECT_EQ(it.bench.status->fault, "contactor: timeout");
  it.takes = true;
  it.leased_seconds(4, 10_A);
  EXPECT_TRUE(it.is_closed());
  EXPECT_EQ(it.bench.state(), AgentState::Following);
}

TEST(Supply, IsToldOneThingAtATime) {
  SupplyBench it;
  it.answers = false;
  it.seconds(3);
  const int told = it.told;
  it.seconds(30);
  EXPECT_EQ(it.told, told);
}

}  // namespace
}  // namespace balans
