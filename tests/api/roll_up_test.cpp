// Roll-ups: whatever readings there are, the energies of neighbouring stretches add up to the counters' difference.
#include "api/core/roll_up.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>

namespace balans::api::test {
namespace {

constexpr std::int64_t kStart = 1'554'336'000'000;  // midnight

Sample sample(std::int64_t seconds, std::int64_t imported, std::int64_t exported = 0) {
  Sample s;
  s.at = UnixTime(kStart + seconds * 1000);
  s.seq = static_cast<std::uint64_t>(seconds);
  s.imported = WattHours(imported);
  s.exported = WattHours(exported);
  s.limit = PerPhase<Milliamps>::all(16_A);
  return s;
}

Span quarters(std::int64_t from, std::int64_t to) {
  return {UnixTime(kStart + from * 900'000), UnixTime(kStart + to * 900'000)};
}

WattHours imported(const std::vector<Bucket>& buckets) {
  return std::accumulate(buckets.begin(), buckets.end(), WattHours(),
                         [](WattHours sum, const Bucket& bucket) { return sum + bucket.imported; });
}

TEST(RollUp, TakesTheCountersDifferenceBetweenReadingsOnTheBounds) {
  std::vector<Sample> samples;
  for (std::int64_t minute = 0; minute <= 30; ++minute) samples.push_back(sample(minute * 60, 100 * minute, minute));
  const auto buckets = roll_up(samples, 15_min, quarters(0, 2));
  ASSERT_EQ(buckets.size(), 2U);
  for (const Bucket& bucket : buckets) {
    EXPECT_EQ(bucket.imported, 1500_Wh);
    EXPECT_EQ(bucket.exported, 15_Wh);
    EXPECT_EQ(bucket.readings, 15);
    EXPECT_EQ(bucket.doubts, Doubts());
  }
}

TEST(RollUp, ReadsTheCounterOnTheLineBetweenReadingsAroundABound) {
  const auto buckets = roll_up(std::vector{sample(880, 1000), sample(940, 1060)}, 15_min, quarters(0, 2));
  ASSERT_EQ(buckets.size(), 2U);
  EXPECT_EQ(buckets[0].imported, 20_Wh);
  EXPECT_EQ(buckets[1].imported, 40_Wh);
}

TEST(RollUp, FlagsAGapAndSpreadsItsEnergyEvenly) {
  const auto buckets = roll_up(std::vector{sample(0, 0), sample(4 * 900, 400)}, 15_min, quarters(0, 4));
  ASSERT_EQ(buckets.size(), 4U);
  for (const Bucket& bucket : buckets) {
    EXPECT_EQ(bucket.imported, 100_Wh);
    EXPECT_TRUE(bucket.doubts.has(Doubt::Gap));
    EXPECT_FALSE(bucket.doubts.has(Doubt::Incomplete));
  }
}

TEST(RollUp, PutsTheEnergyOfALongGapWhereItIsNextRead) {
  const std::int64_t days = 3 * 86'400;
  const auto buckets =
      roll_up(std::vector{sample(60, 0), sample(120, 10), sample(days + 60, 500)}, 15_min, quarters(0, 3 * 96 + 1));
  ASSERT_EQ(buckets.size(), 2U);
  EXPECT_EQ(buckets[0].imported, 10_Wh);
  EXPECT_EQ(buckets[1].imported, 490_Wh);
  for (const Bucket& bucket : buckets) EXPECT_TRUE(bucket.doubts.has(Doubt::Incomplete));
  EXPECT_TRUE(buckets[1].doubts.has(Doubt::Gap));
}

TEST(RollUp, FlagsACounterThatWentBackAndCountsNothingForIt) {
  const auto buckets =
      roll_up(std::vector{sample(0, 5000), sample(60, 5010), sample(120, 3), sample(900, 13)}, 15_min, quarters(0, 1));
  ASSERT_EQ(buckets.size(), 1U);
  EXPECT_EQ(buckets[0].imported, 20_Wh);
  EXPECT_TRUE(buckets[0].doubts.has(Doubt::Reset));
}

TEST(RollUp, SaysWhatIsNotKnownYet) {
  const auto buckets = roll_up(std::vector{sample(0, 0), sample(60, 10)}, 15_min, quarters(0, 1));
  ASSERT_EQ(buckets.size(), 1U);
  EXPECT_TRUE(buckets[0].doubts.has(Doubt::Incomplete));
  EXPECT_FALSE(buckets[0].doubts.has(Doubt::Gap));
}

TEST(RollUp, CountsWhereTheLimitHeldADeviceBack) {
  Sample held = sample(60, 10), free = sample(120, 20), idle = sample(180, 30);
  held.mean[Phase::L2] = 15_A;
  free.mean[Phase::L2] = 9_A;
  idle.limit = {};
  const auto buckets = roll_up(std::vector{held, free, idle}, 15_min, quarters(0, 1));
  EXPECT_EQ(buckets[0].limited, 1);
  EXPECT_EQ(buckets[0].high[Phase::L2], 15_A);
  EXPECT_EQ(buckets[0].low[Phase::L2], 0_A);
}

TEST(Merge, KeepsSmallestLargestSumsAndDoubts) {
  std::vector<Sample> samples;
  for (std::int64_t minute = 0; minute <= 1440; ++minute) {
    samples.push_back(sample(minute * 60, 7 * minute));
    samples.back().mean[Phase::L1] = Milliamps(minute == 700 ? 9000 : minute == 800 ? -5000 : 100);
  }
  const auto days = merge(roll_up(samples, 15_min, quarters(0, 96)), 15_min, length_of(Level::Day));
  ASSERT_EQ(days.size(), 1U);
  EXPECT_EQ(days[0].imported, WattHours(7 * 1440));
  EXPECT_EQ(days[0].high[Phase::L1], 9_A);
  EXPECT_EQ(days[0].low[Phase::L1], -5_A);
  EXPECT_EQ(days[0].doubts, Doubts());
  const auto half = merge(roll_up(samples, 15_min, quarters(0, 48)), 15_min, length_of(Level::Day));
  EXPECT_TRUE(half[0].doubts.has(Doubt::Incomplete));
}

/// Random minutes with gaps, a few counters that go back, and times off the bounds.
std::vector<Sample> random_samples(std::mt19937& random) {
  std::vector<Sample> samples;
  std::int64_t at = static_cast<std::int64_t>(random() % 5000), counter = static_cast<std::int64_t>(random() % 100'000);
  const std::size_t count = 2 + random() % 200;
  for (std::size_t i = 0; i < count; ++i) {
    samples.push_back(sample(at, counter, counter / 3));
    samples.back().seq = i;
    at += random() % 20 == 0 ? 1 + static_cast<std::int64_t>(random() % 100'000) : 60;
    counter = random() % 50 == 0 ? counter / 2 : counter + static_cast<std::int64_t>(random() % 200);
  }
  return samples;
}

/// What flowed by the counters, where they did not go back.
WattHours forward(const std::vector<Sample>& samples) {
  WattHours sum;
  for (std::size_t i = 1; i < samples.size(); ++i)
    sum += std::max(WattHours(), samples[i].imported - samples[i - 1].imported);
  return sum;
}

TEST(RollUp, AddsUpToTheCountersAtEveryLevelWhateverTheReadingsAre) {
  for (unsigned seed = 1; seed <= 300; ++seed) {
    std::mt19937 random(seed);
    const auto samples = random_samples(random);
    for (const Level level : kLevels) {
      const Millis length = length_of(level);
      const Span all{stretch_of(length, samples.front().at), stretch_of(length, samples.back().at) + length};
      EXPECT_EQ(imported(roll_up(samples, length, all)), forward(samples)) << "seed " << seed;
    }
    const Span all{stretch_of(15_min, samples.front().at), stretch_of(15_min, samples.back().at) + 15_min};
    EXPECT_EQ(imported(merge(roll_up(samples, 15_min, all), 15_min, length_of(Level::Day))), forward(samples));
  }
}

/// Keeps stretches as a store does, and rolls up what each arrival touches.
class Kept {
 public:
  void arrive(const std::vector<Sample>& fresh) {
    samples_.insert(samples_.end(), fresh.begin(), fresh.end());
    std::sort(samples_.begin(), samples_.end(), [](const Sample& a, const Sample& b) { return a.at < b.at; });
    const auto [first, last] =
        std::minmax_element(fresh.begin(), fresh.end(), [](const Sample& a, const Sample& b) { return a.at < b.at; });
    std::optional<UnixTime> before, after;
    for (const Sample& s : samples_) {
      if (s.at < first->at) before = s.at;
      if (s.at > last->at && !after) after = s.at;
    }
    const Span span = touched(15_min, first->at, last->at, before, after);
    std::erase_if(buckets_, [&](const Bucket& b) { return b.start >= span.from && b.start < span.to; });
    for (const Bucket& bucket : roll_up(samples_, 15_min, span)) buckets_.push_back(bucket);
    std::sort(buckets_.begin(), buckets_.end(), [](const Bucket& a, const Bucket& b) { return a.start < b.start; });
  }
  [[nodiscard]] const std::vector<Bucket>& buckets() const { return buckets_; }

 private:
  std::vector<Sample> samples_;
  std::vector<Bucket> buckets_;
};

TEST(RollUp, EndsTheSameWhateverTheOrderOfArrival) {
  for (unsigned seed = 1; seed <= 150; ++seed) {
    std::mt19937 random(seed);
    const auto samples = random_samples(random);
    const Span all{stretch_of(15_min, samples.front().at), stretch_of(15_min, samples.back().at) + 15_min};
    std::vector<Sample> shuffled = samples;
    std::shuffle(shuffled.begin(), shuffled.end(), random);
    Kept kept;
    for (std::size_t i = 0; i < shuffled.size();) {
      const std::size_t count = std::min(1 + random() % 20, shuffled.size() - i);
      const auto from = shuffled.begin() + static_cast<std::ptrdiff_t>(i);
      kept.arrive({from, from + static_cast<std::ptrdiff_t>(count)});
      i += count;
    }
    EXPECT_TRUE(kept.buckets() == roll_up(samples, 15_min, all)) << "seed " << seed;
  }
}

}  // namespace
}  // namespace balans::api::test
