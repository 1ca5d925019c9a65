#include "trafo/shell/meter_poller.hpp"

#include <gtest/gtest.h>

namespace balans {
namespace {

const std::vector<Phase> kStraight(kPhases.begin(), kPhases.end());

Sample sample_of(Milliamps current, Watts power) {
  Sample sample;
  sample.current = PerPhase<Milliamps>::all(current);
  sample.power = PerPhase<Watts>::all(power);
  sample.life = 7;
  return sample;
}

TEST(MeterSample, ACurrentWithoutDirectionTakesThatOfItsPower) {
  EXPECT_EQ(to_meter_sample(sample_of(10_A, 2300_W), kStraight, BootTime(5))->current[Phase::L2], 10_A);
  EXPECT_EQ(to_meter_sample(sample_of(10_A, -2300_W), kStraight, BootTime(5))->current[Phase::L2], -10_A);
}

TEST(MeterSample, TerminalsMapToTheGridsPhases) {
  Sample sample = sample_of(0_A, 0_W);
  (*sample.current)[Phase::L1] = 16_A;  // the meter's first terminal hangs on L3
  const auto result = to_meter_sample(sample, {Phase::L3, Phase::L1, Phase::L2}, BootTime(5));
  EXPECT_EQ(result->current, (PerPhase<Milliamps>{{0_A, 0_A, 16_A}}));
}

TEST(MeterSample, PowerIsTheSumWhereTheMeterHasNoTotal) {
  EXPECT_EQ(to_meter_sample(sample_of(10_A, 2300_W), kStraight, BootTime(5))->power, std::optional<Watts>(6900_W));
}

TEST(MeterSample, AMeterWithoutCurrentsIsAnError) { EXPECT_FALSE(to_meter_sample(Sample{}, kStraight, BootTime(5))); }

}  // namespace
}  // namespace balans
