#include "trafo/core/base_load.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "common/defaults.hpp"

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

}  // namespace
}  // namespace balans
