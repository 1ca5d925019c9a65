#include "trafo/core/trust.hpp"

#include <gtest/gtest.h>

namespace balans {
namespace {

/// A meter that is read once a second. A NaN never becomes a sample: for the core such a poll did not happen.
class MeterJudgement : public testing::Test {
 protected:
  void SetUp() override {
    site.rated = 69_kVA;  // 100 A per phase
    sample.current = PerPhase<Milliamps>::all(40_A);
  }
  MeterQuality see() {
    now = now + 1_s;
    sample.taken = now;
    ++sample.life;
    return see_again();
  }
  MeterQuality see_again() {
    trust = judge({static_rating(site), drawn, site.feeds_back}, std::move(trust), sample, now);
    return trust.quality;
  }
  MeterQuality see_nothing() {
    now = now + 1_s;
    return see_again();
  }
  MeterQuality see_for(int seconds) {
    for (int i = 1; i < seconds; ++i) see();
    return see();
  }

  Site site;
  MeterTrust trust;
  MeterSample sample;
  PerPhase<Milliamps> drawn;
  BootTime now{1'000'000};
};

TEST_F(MeterJudgement, WithoutASampleTheMeterIsMissing) {
  trust = judge({static_rating(site), drawn, site.feeds_back}, std::move(trust), std::nullopt, now);
  EXPECT_EQ(trust.quality, MeterQuality::Missing);
  EXPECT_FALSE(still_holds(trust, now));
}

TEST_F(MeterJudgement, APlausibleSampleIsGood) {
  EXPECT_EQ(see(), MeterQuality::Good);
  EXPECT_TRUE(still_holds(trust, now));
}

TEST_F(MeterJudgement, AThousandfoldIsNeverTakenIn) {
  see();
  sample.current = PerPhase<Milliamps>::all(40'000_A);
  EXPECT_EQ(see(), MeterQuality::Implausible);
  EXPECT_EQ(trust.good->current[Phase::L1], 40_A);
}

TEST_F(MeterJudgement, AThousandthIsNeverTakenInWhileDevicesDraw) {
  drawn = PerPhase<Milliamps>::all(20_A);
  see();
  sample.current = PerPhase<Milliamps>::all(40_mA);
  EXPECT_EQ(see(), MeterQuality::Implausible);
}

TEST_F(MeterJudgement, AWrongSignOnOnePhaseIsImplausible) {
  see();
  sample.current[Phase::L2] = -40_A;
  EXPECT_EQ(see(), MeterQuality::Implausible);
}

TEST_F(MeterJudgement, FeedingBackIsPlausibleWhereThereIsGeneration) {
  site.feeds_back = true;
  sample.current[Phase::L2] = -40_A;
  EXPECT_EQ(see(), MeterQuality::Good);
}

TEST_F(MeterJudgement, IsTrustedAgainAfterFiveGoodSamplesInARow) {
  see();
  sample.current[Phase::L1] = -40_A;
  see();
  sample.current[Phase::L1] = 40_A;
  for (int i = 0; i < 4; ++i) EXPECT_EQ(see(), MeterQuality::Implausible) << i;
  EXPECT_EQ(see(), MeterQuality::Good);
}

TEST_F(MeterJudgement, OneBadSampleAmongTheFiveStartsTheCountAgain) {
  see();
  sample.current[Phase::L1] = -40_A;
  see();
  sample.current[Phase::L1] = 40_A;
  see_for(4);
  sample.current[Phase::L1] = -40_A;
  see();
  sample.current[Phase::L1] = 40_A;
  EXPECT_EQ(see_for(4), MeterQuality::Implausible);
  EXPECT_EQ(see(), MeterQuality::Good);
}

TEST_F(MeterJudgement, AMeterWhoseRegistersStandStillIsFrozen) {
  see();
  for (int i = 1; i < 10; ++i) {
    now = now + 1_s;
    sample.taken = now;
    EXPECT_EQ(see_again(), MeterQuality::Good) << i;
  }
  now = now + 1_s;
  sample.taken = now;
  EXPECT_EQ(see_again(), MeterQuality::Frozen);
  EXPECT_EQ(see_for(4), MeterQuality::Frozen);
  EXPECT_EQ(see(), MeterQuality::Good);
}

TEST_F(MeterJudgement, ASteadyCurrentAloneIsNotFrozen) { EXPECT_EQ(see_for(60), MeterQuality::Good); }

TEST_F(MeterJudgement, ASampleAgesFromGoodToLateToStale) {
  see();
  EXPECT_EQ(see_nothing(), MeterQuality::Good);
  EXPECT_EQ(see_nothing(), MeterQuality::Good);
  EXPECT_EQ(see_nothing(), MeterQuality::Late);
  EXPECT_TRUE(still_holds(trust, now));
  for (int i = 0; i < 7; ++i) see_nothing();
  EXPECT_EQ(trust.quality, MeterQuality::Stale);
  EXPECT_FALSE(still_holds(trust, now));
}

TEST_F(MeterJudgement, TheSameSampleFedAgainDoesNotGrowYounger) {
  see();
  for (int i = 0; i < 10; ++i) see_nothing();  // the shell hands the newest sample in at every tick
  EXPECT_EQ(trust.quality, MeterQuality::Stale);
}

TEST_F(MeterJudgement, AnOlderSampleThanTheNewestIsNotTakenIn) {
  see();
  MeterSample old = sample;
  old.taken = now - 5_s;
  old.current = PerPhase<Milliamps>::all(1_A);
  trust = judge({static_rating(site), drawn, site.feeds_back}, std::move(trust), old, now);
  EXPECT_EQ(trust.last->current[Phase::L1], 40_A);
}

/// 40 A on three phases for an hour: 27.6 kW.
class EnergyAgainstPower : public MeterJudgement {
 protected:
  void SetUp() override {
    MeterJudgement::SetUp();
    sample.power = 27'600_W;
    sample.energy_import = 0_Wh;
  }
  MeterQuality see_with_counter(int seconds, std::int64_t true_watts) {
    MeterQuality quality = MeterQuality::Missing;
    for (int i = 0; i < seconds; ++i) {
      watt_seconds += true_watts;
      sample.energy_import = WattHours(watt_seconds / 3600);
      quality = see();
    }
    return quality;
  }
  std::int64_t watt_seconds = 0;
};

TEST_F(EnergyAgainstPower, AgreeingIsGood) { EXPECT_EQ(see_with_counter(60, 27'600), MeterQuality::Good); }

TEST_F(EnergyAgainstPower, DisagreeingIsImplausibleWithinAFewWindows) {
  EXPECT_EQ(see_with_counter(30, 5'000), MeterQuality::Implausible);
}

TEST_F(EnergyAgainstPower, ACounterThatFallsIsImplausible) {
  see_with_counter(15, 27'600);
  watt_seconds = -3'600'000;
  EXPECT_EQ(see_with_counter(15, 27'600), MeterQuality::Implausible);
}

/// Counters that only grow by whole steps: 10 Wh to 1 kWh, on small and large transformers.
TEST_F(EnergyAgainstPower, ACounterWithCoarseStepsIsNeverDoubtedForThem) {
  site.rated = 1000_kVA;
  for (const std::int64_t step : {1, 10, 100, 1000})
    for (const std::int64_t watts : {0, 300, 27'600, 140'000, 600'000}) {
      trust = {};
      watt_seconds = 3600 * 999;  // just before a step
      sample.power = Watts(watts);
      sample.energy_step = WattHours(step);
      for (int i = 0; i < 1800; ++i) {
        watt_seconds += watts;
        sample.energy_import = WattHours(watt_seconds / 3600 / step * step);
        ASSERT_EQ(see(), MeterQuality::Good) << step << " Wh steps, " << watts << " W, second " << i;
      }
    }
}

TEST_F(EnergyAgainstPower, ACoarseCounterStillTellsAWrongSign) {
  site.rated = 1000_kVA;
  site.feeds_back = true;
  sample.energy_step = 1000_Wh;
  sample.power = -140'000_W;
  int seconds = 0;
  for (; seconds < 1000 && (seconds == 0 || trust.quality == MeterQuality::Good); ++seconds) {
    watt_seconds += 140'000;
    sample.energy_import = WattHours(watt_seconds / 3'600'000 * 1000);
    see();
  }
  EXPECT_LE(seconds, 200);
  EXPECT_STREQ(trust.doubt, "energy counter and power disagree");
}

TEST_F(EnergyAgainstPower, AgreeingAgainIsGoodAgain) {
  see_with_counter(30, 5'000);
  EXPECT_EQ(see_with_counter(30, 27'600), MeterQuality::Good);
}

TEST_F(MeterJudgement, WithAnEnergyCounterAnImplausibleMeterBecomesGoodAgainToo) {
  sample.power = 1000_W;
  sample.energy_import = WattHours(1000);
  see_for(12);
  sample.current = PerPhase<Milliamps>::all(40'000_A);
  EXPECT_EQ(see(), MeterQuality::Implausible);
  sample.current = PerPhase<Milliamps>::all(40_A);
  EXPECT_EQ(see_for(4), MeterQuality::Implausible);
  EXPECT_EQ(see(), MeterQuality::Good);
}

}  // namespace
}  // namespace balans
