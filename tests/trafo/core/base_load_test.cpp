#include "trafo/core/base_load.hpp"

#include <gtest/gtest.h>

#include <tuple>
#include <vector>

#include "common/defaults.hpp"
#include "sim/random.hpp"

namespace balans {
namespace {

PerPhase<Milliamps> all(Milliamps current) { return PerPhase<Milliamps>::all(current); }
BootTime second(std::int64_t s) { return BootTime(s * 1000); }

/// A meter and one device, both read once a second.
class BaseLoadOverTime : public testing::Test {
 protected:
  void read_meter(std::int64_t s, Milliamps load) {
    now = second(s);
    remember(meter, now, all(load));
  }
  void read_device(std::int64_t s, Milliamps current) {
    remember(device, {second(s) - 1_s, second(s), AgentTime(s * 1000), all(current)});
  }
  BaseLoad base(bool overloaded = false) {
    const std::vector<Metered> devices{{&device, {}}};
    return base_load(meter, devices, Direction::Draw, PerPhase<bool>::all(overloaded), now);
  }
  Milliamps high() { return base().high[Phase::L1]; }
  Milliamps low() { return base().low[Phase::L1]; }

  MeterLog meter;
  DrawnLog device;
  BootTime now{};
};

TEST_F(BaseLoadOverTime, IsWhatTheMeterShowsLessWhatTheDeviceDraws) {
  for (std::int64_t s = 0; s <= 20; ++s) {
    read_device(s, 10_A);
    read_meter(s, 30_A);
  }
  EXPECT_EQ(high(), 20_A);
  EXPECT_EQ(low(), 20_A);
  EXPECT_TRUE(base().certain);
}

TEST_F(BaseLoadOverTime, IsFastUpAndSlowDown) {
  for (std::int64_t s = 0; s <= 20; ++s) read_meter(s, 20_A);
  read_meter(21, 50_A);
  EXPECT_EQ(high(), 50_A);
  for (std::int64_t s = 22; s <= 31; ++s) read_meter(s, 20_A);
  EXPECT_EQ(high(), 50_A);
  read_meter(32, 20_A);
  EXPECT_EQ(high(), 20_A);
}

TEST_F(BaseLoadOverTime, IsNotCertainBeforeTenSecondsOfSamples) {
  for (std::int64_t s = 0; s < 10; ++s) {
    read_meter(s, 20_A);
    EXPECT_FALSE(base().certain) << s;
  }
  read_meter(10, 20_A);
  EXPECT_TRUE(base().certain);
}

TEST_F(BaseLoadOverTime, BeginsAnewAfterAGap) {
  for (std::int64_t s = 0; s <= 20; ++s) read_meter(s, 20_A);
  read_meter(25, 20_A);
  EXPECT_FALSE(base().certain);
}

TEST_F(BaseLoadOverTime, ADeviceThatRisesDoesNotLookLikeBaseLoadToCuts) {
  for (std::int64_t s = 0; s <= 40; ++s) {
    const Milliamps drawn = s < 20 ? 0_A : 16_A;
    read_meter(s, 20_A + drawn);
    if (s >= 10) {
      EXPECT_LE(low(), 20_A) << s;
    }
    if (s % 4 == 0) read_device(s, drawn);
  }
}

TEST_F(BaseLoadOverTime, ADeviceThatStopsUnheardDoesNotMakeRoomForRaises) {
  for (std::int64_t s = 0; s <= 60; ++s) {
    const Milliamps drawn = s < 20 ? 16_A : 0_A;
    if (s < 20) read_device(s, drawn);  // what it reports later is lost
    read_meter(s, 20_A + drawn);
    if (s >= 10) {
      EXPECT_GE(high(), 20_A) << s;
    }
  }
  EXPECT_EQ(high(), 20_A);
}

TEST_F(BaseLoadOverTime, AReadingThatWasLongUnderWayDoesNotMakeRoomForRaises) {
  for (std::int64_t s = 0; s <= 60; ++s) {
    const Milliamps drawn = s < 20 ? 16_A : 0_A;
    read_meter(s, 20_A + drawn);
    // From second 20 on every reading comes 30 s late, and an ack has shown how late.
    const std::int64_t measured = s < 20 ? s : s - 30;
    if (measured >= 0 && s != 20)
      remember(device,
               {second(measured) - 1_s, second(s), AgentTime(measured * 1000), all(measured < 20 ? 16_A : 0_A)});
    if (s >= 15) {
      EXPECT_GE(high(), 20_A) << s;
    }
  }
}

TEST_F(BaseLoadOverTime, APauseBetweenTwoReadingsDoesNotMakeRoomForRaises) {
  for (std::int64_t s = 0; s <= 60; ++s) {
    const bool paused = s >= 20 && s < 35;
    read_meter(s, 20_A + (paused ? 0_A : 16_A));
    if (s < 20 || s >= 35) read_device(s, 16_A);
    if (s >= 15) {
      EXPECT_GE(high(), 20_A) << s;
    }
  }
}

TEST_F(BaseLoadOverTime, BetweenReadingsFarApartADeviceIsNotKnownToHaveDrawnAnything) {
  for (std::int64_t s = 0; s <= 20; ++s) read_device(s, 16_A);
  read_device(35, 16_A);
  EXPECT_EQ(drew_at_least(device, second(10), second(36)), all(16_A));
  EXPECT_EQ(drew_at_least(device, second(28), second(36)), all(0_A));
}

TEST_F(BaseLoadOverTime, AReadingOfUnknownAgeMakesNoRoomForRaises) {
  for (std::int64_t s = 0; s <= 20; ++s) {
    remember(device, {std::nullopt, second(s), AgentTime(s * 1000), all(16_A)});
    read_meter(s, 36_A);
  }
  EXPECT_EQ(high(), 36_A);
  EXPECT_EQ(low(), 20_A);  // but it does not cost anybody a cut
}

TEST_F(BaseLoadOverTime, ASilentDeviceIsNoExcuseForLoad) {
  for (std::int64_t s = 0; s <= 60; ++s) {
    if (s < 20) read_device(s, 16_A);
    read_meter(s, 36_A);
  }
  EXPECT_EQ(low(), 36_A);
}

TEST_F(BaseLoadOverTime, UnderOverloadTheNewestSampleCounts) {
  for (std::int64_t s = 0; s <= 20; ++s) read_meter(s, 20_A);
  read_meter(21, 70_A);
  EXPECT_EQ(low(), 20_A);
  EXPECT_EQ(base(true).low[Phase::L1], 70_A);
}

TEST_F(BaseLoadOverTime, LogsStayShort) {
  for (std::int64_t s = 0; s <= 1000; ++s) {
    read_device(s, 16_A);
    read_meter(s, 36_A);
  }
  EXPECT_LE(device.size(), 100u);
  EXPECT_LE(meter.recent.size(), 100u);
}

TEST_F(BaseLoadOverTime, ASilentDeviceMayDrawAllOfItsEnvelopeAsFarAsFeedingInIsConcerned) {
  for (std::int64_t s = 0; s <= 60; ++s) {
    if (s <= 20) read_device(s, 10_A);
    read_meter(s, 12_A);
    const std::vector<Metered> devices{{&device, {all(16_A)}}};
    const Milliamps back = base_load(meter, devices, Direction::Feed, {}, now).high[Phase::L1];
    // 2 A are drawn by what nobody controls; no more of it may ever be counted on.
    EXPECT_GE(back, -2_A) << s;
    if (s > 50) {
      EXPECT_EQ(back, 4_A) << s;
    }
  }
}

/// The definition, sample by sample and device by device.
BaseLoad by_definition(const MeterLog& meter, const std::vector<Metered>& devices, Direction direction,
                       const PerPhase<bool>& overloaded, BootTime now) {
  const bool draws = direction == Direction::Draw;
  const PerPhase<Milliamps> untold = all(Milliamps(-999'999'999));
  BootTime told = now;
  for (const Metered& device : devices) {
    const DrawnLog& log = *device.log;
    if (log.empty() || !log.back().not_before || now - *log.back().not_before > defaults::kDrawnHolds) continue;
    told = std::min(told, *log.back().not_before);
  }
  const BootTime needed = std::min(told, meter.recent.back().taken - defaults::kBaseLoadFall);
  BaseLoad base;
  std::optional<PerPhase<Milliamps>> proven;
  for (std::size_t back = 0; back < meter.recent.size() && !base.certain; ++back) {
    const MeterLog::Entry& entry = meter.recent[meter.recent.size() - 1 - back];
    PerPhase<Milliamps> most = entry.load, least = entry.load;
    for (const Metered& device : devices) {
      const bool enclosed = drew_at_least(*device.log, entry.taken, now, untold) != untold;
      const PerPhase<Milliamps> helped = draws ? PerPhase<Milliamps>{} - device.envelope.feed : PerPhase<Milliamps>{};
      const PerPhase<Milliamps> may_draw = draws ? PerPhase<Milliamps>{} : device.envelope.draw;
      most -= drew_at_least(*device.log, entry.taken, now, helped);
      least -= draws || enclosed ? drew_at_most(*device.log, entry.taken, now, may_draw) : may_draw;
    }
    if (!draws) std::tie(most, least) = std::pair(PerPhase<Milliamps>{} - least, PerPhase<Milliamps>{} - most);
    if (back == 0) base = {most, least, least, least, false};
    base.high = larger_of(base.high, most);
    if (entry.taken <= told) proven = larger_of(proven.value_or(least), least);
    base.certain = entry.taken <= needed;
    if (meter.recent.back().taken - entry.taken > defaults::kTimeSkew) continue;
    base.steady = smaller_of(base.steady, least);
    for (Phase p : kPhases)
      if (!overloaded[p]) base.low[p] = std::min(base.low[p], least[p]);
  }
  base.proven = larger_of(base.low, proven.value_or(base.low));
  return base;
}

TEST(Beside, IsWhatNoMeterBelowCanHaveShown) {
  MeterLog above, below;
  remember(above, second(10), all(50_A));
  remember(above, second(11), all(52_A));
  remember(above, second(12), all(40_A));
  remember(below, second(10) - 500_ms, all(30_A));
  remember(below, second(11) - 500_ms, all(10_A));
  remember(below, second(12) - 500_ms, all(12_A));
  const std::vector<const MeterLog*> one{&below};
  // The sample of the twelfth second is enclosed by none: what went on below is not known yet.
  const MeterLog drawn = beside(above, one, Direction::Draw);
  ASSERT_EQ(drawn.recent.size(), 2U);
  EXPECT_EQ(drawn.recent[0].taken, second(10));
  EXPECT_EQ(drawn.recent[0].load, all(20_A));
  EXPECT_EQ(drawn.recent[1].load, all(40_A));
  // The other way round the least of it counts.
  EXPECT_EQ(beside(above, one, Direction::Feed).recent[0].load, all(40_A));
}

TEST(Beside, IsWhatTheMeterShowsWhereThereIsNoOther) {
  MeterLog above;
  for (std::int64_t s = 0; s <= 20; ++s) remember(above, second(s), all(Milliamps(s)));
  const MeterLog rest = beside(above, {}, Direction::Draw);
  ASSERT_EQ(rest.recent.size(), 7U) << "of the time skew";
  EXPECT_EQ(rest.recent.back().load, all(20_mA));
}

TEST(Beside, IsNotKnownWithoutAnyOneOfTheMeters) {
  MeterLog above, silent, first, second_one;
  for (std::int64_t s = 0; s <= 20; ++s) {
    remember(above, second(s), all(50_A));
    remember(first, second(s), all(20_A));
    remember(second_one, second(s), all(15_A));
  }
  const std::vector<const MeterLog*> both{&first, &second_one}, with_silent{&first, &silent};
  EXPECT_EQ(beside(above, both, Direction::Draw).recent.back().load, all(15_A));
  EXPECT_TRUE(beside(above, with_silent, Direction::Draw).recent.empty());
}

TEST(BaseLoad, IsWhatItsDefinitionSaysForAnyReadings) {
  for (std::uint64_t seed = 1; seed <= 3'000; ++seed) {
    Random random(seed);
    MeterLog meter;
    std::vector<DrawnLog> logs(static_cast<std::size_t>(random.between(0, 4)));
    std::vector<Metered> devices;
    for (const DrawnLog& log : logs)
      devices.push_back({&log, {all(Milliamps(random.between(0, 32'000))), all(Milliamps(random.between(0, 9'000)))}});
    const auto current = [&] { return all(Milliamps(random.between(-5'000, 32'000))); };
    const std::int64_t silence = random.between(2'000, 20'000);
    std::int64_t now = 100'000;
    for (int tick = 0; tick < 60; ++tick) {
      now += random.between(200, 1'500);
      if (random.happens(900'000)) remember(meter, BootTime(now - random.between(0, 150)), current());
      for (DrawnLog& log : logs)
        if (random.happens(300'000) && (log.empty() || now - log.back().received.ms() > silence / 10)) {
          const BootTime sent(now - random.between(0, silence));
          const bool known = random.happens(900'000);
          remember(log, {known ? std::optional(sent) : std::nullopt, BootTime(now), AgentTime(sent.ms()), current()});
        }
      if (meter.recent.empty()) continue;
      for (Direction direction : kDirections) {
        const PerPhase<bool> overloaded = PerPhase<bool>::all(random.happens(200'000));
        const BaseLoad is = base_load(meter, devices, direction, overloaded, BootTime(now));
        const BaseLoad shall = by_definition(meter, devices, direction, overloaded, BootTime(now));
        ASSERT_TRUE(is.high == shall.high && is.low == shall.low && is.steady == shall.steady &&
                    is.proven == shall.proven && is.certain == shall.certain)
            << "seed " << seed << ", tick " << tick;
      }
    }
  }
}

}  // namespace
}  // namespace balans
