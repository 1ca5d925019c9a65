#include "api/core/roll_up.hpp"

#include <algorithm>

#include "common/check.hpp"

namespace balans::api {
namespace {

/// Both counters, from the first reading on, without the steps back.
struct Energy {
  WattHours imported;
  WattHours exported;
};

/// Where between two readings that are `span` apart the line from 0 to `rise` is after `passed`, rounded down.
WattHours on_line(WattHours rise, Millis passed, Millis span) {
  const std::int64_t whole = rise.count() / span.count(), rest = rise.count() % span.count();
  return WattHours(whole * passed.count() + rest * passed.count() / span.count());
}

/// The readings of one device as lines from one to the next.
class Lines {
 public:
  explicit Lines(std::span<const Sample> samples) : samples_(samples) {
    Energy sum;
    for (std::size_t i = 0; i < samples.size(); ++i) {
      if (i > 0) {
        sum.imported += std::max(WattHours(), samples[i].imported - samples[i - 1].imported);
        sum.exported += std::max(WattHours(), samples[i].exported - samples[i - 1].exported);
      }
      sums_.push_back(sum);
    }
  }

  /// How many readings are at or before `at`.
  [[nodiscard]] std::size_t count_until(UnixTime at) const {
    const auto end = std::upper_bound(samples_.begin(), samples_.end(), at,
                                      [](UnixTime time, const Sample& sample) { return time < sample.at; });
    return static_cast<std::size_t>(end - samples_.begin());
  }

  [[nodiscard]] Energy at(UnixTime at) const {
    const std::size_t after = count_until(at);
    if (after == 0) return {};
    const std::size_t before = after - 1;
    if (after == samples_.size() || !joined(before)) return sums_[before];
    const Millis span = samples_[after].at - samples_[before].at, passed = at - samples_[before].at;
    return {sums_[before].imported + on_line(sums_[after].imported - sums_[before].imported, passed, span),
            sums_[before].exported + on_line(sums_[after].exported - sums_[before].exported, passed, span)};
  }

  /// Whether the line from this reading to the next says what flowed between.
  [[nodiscard]] bool joined(std::size_t i) const { return samples_[i + 1].at - samples_[i].at <= kSpread; }
  [[nodiscard]] bool gap(std::size_t i) const { return samples_[i + 1].at - samples_[i].at > kGap; }
  [[nodiscard]] bool reset(std::size_t i) const {
    return samples_[i + 1].imported < samples_[i].imported || samples_[i + 1].exported < samples_[i].exported;
  }
  [[nodiscard]] std::span<const Sample> samples() const { return samples_; }

 private:
  std::span<const Sample> samples_;
  std::vector<Energy> sums_;
};

void take(Bucket& bucket, const Sample& sample) {
  for (Phase p : kPhases) {
    bucket.low[p] = bucket.readings == 0 ? sample.mean[p] : std::min(bucket.low[p], sample.mean[p]);
    bucket.high[p] = bucket.readings == 0 ? sample.mean[p] : std::max(bucket.high[p], sample.mean[p]);
  }
  ++bucket.readings;
  if (is_limited(sample)) ++bucket.limited;
}

/// What is doubtful about a stretch in which, or around which, the readings `first`…`last` - 1 are.
Doubts doubts_of(const Lines& lines, std::size_t first, std::size_t last, UnixTime start, UnixTime end) {
  const auto samples = lines.samples();
  Doubts doubts;
  // The pair that leads into the stretch, those in it, and the one that leads out, where there is something to reach.
  const std::size_t from = first > 0 ? first - 1 : 0;
  const std::size_t to = last < samples.size() && (last == 0 || samples[last - 1].at < end) ? last + 1 : last;
  for (std::size_t i = from; i + 1 < to; ++i) {
    if (samples[i + 1].at <= start) continue;
    if (!lines.joined(i)) doubts.add(Doubt::Incomplete);
    if (!lines.joined(i) && samples[i + 1].at > end) continue;  // what flowed since belongs there
    if (lines.gap(i)) doubts.add(Doubt::Gap);
    if (lines.reset(i)) doubts.add(Doubt::Reset);
  }
  const bool known_at_start = first > 0 || (first < samples.size() && samples[first].at <= start);
  const bool known_at_end = last < samples.size() || (last > 0 && samples[last - 1].at >= end);
  if (!known_at_start || !known_at_end) doubts.add(Doubt::Incomplete);
  return doubts;
}

/// Absent where neither a reading nor a line between two touches the stretch.
std::optional<Bucket> bucket_of(const Lines& lines, UnixTime start, UnixTime end) {
  const std::size_t first = lines.count_until(start), last = lines.count_until(end);
  const bool between = first == last && first > 0 && first < lines.samples().size() && lines.joined(first - 1);
  if (first == last && !between) return std::nullopt;
  Bucket bucket;
  bucket.start = start;
  const Energy from = lines.at(start), to = lines.at(end);
  bucket.imported = to.imported - from.imported;
  bucket.exported = to.exported - from.exported;
  for (const Sample& sample : lines.samples().subspan(first, last - first)) take(bucket, sample);
  bucket.doubts = doubts_of(lines, first, last, start, end);
  return bucket;
}

}  // namespace

Millis length_of(Level level) {
  switch (level) {
    case Level::Minute:
      return 1_min;
    case Level::QuarterHour:
      return 15_min;
    case Level::Day:
      return 24 * 60_min;
  }
  return 1_min;
}

std::string_view name_of(Level level) {
  switch (level) {
    case Level::Minute:
      return "minute";
    case Level::QuarterHour:
      return "quarter-hour";
    case Level::Day:
      return "day";
  }
  return "minute";
}

Result<Level> parse_level(std::string_view name) {
  for (const Level level : kLevels)
    if (name == name_of(level)) return level;
  return Error{"", "'" + std::string(name) + "' is not known: expected one of minute, quarter-hour, day"};
}

bool is_limited(const Sample& sample) {
  for (Phase p : kPhases) {
    const Milliamps slack = std::max<Milliamps>(1_A, sample.limit[p] / 20);
    if (sample.mean[p] > 0_mA && sample.mean[p] >= sample.limit[p] - slack) return true;
  }
  return false;
}

UnixTime floor_to(Millis length, UnixTime at) {
  const std::int64_t past = at.ms() % length.count();
  return UnixTime(at.ms() - (past < 0 ? past + length.count() : past));
}

UnixTime stretch_of(Millis length, UnixTime reading) { return floor_to(length, reading - 1_ms); }

Span touched(Millis length, UnixTime first, UnixTime last, std::optional<UnixTime> before,
             std::optional<UnixTime> after) {
  const UnixTime from = before && first - *before <= kSpread ? *before : first;
  const UnixTime to = after.value_or(last);  // what flowed over a long gap is counted there
  return {stretch_of(length, from), stretch_of(length, to) + length};
}

std::vector<Bucket> roll_up(std::span<const Sample> samples, Millis length, const Span& span) {
  BALANS_CHECK(floor_to(length, span.from) == span.from && floor_to(length, span.to) == span.to);
  const Lines lines(samples);
  std::vector<Bucket> buckets;
  for (UnixTime start = span.from; start < span.to;) {
    if (auto bucket = bucket_of(lines, start, start + length)) {
      buckets.push_back(*bucket);
      start = start + length;
      continue;
    }
    const std::size_t next = lines.count_until(start);
    if (next == samples.size()) break;
    start = std::max(start + length, stretch_of(length, samples[next].at));
  }
  return buckets;
}

void join(Bucket& longer, const Bucket& part) {
  if (part.readings > 0) {
    for (Phase p : kPhases) {
      longer.low[p] = longer.readings == 0 ? part.low[p] : std::min(longer.low[p], part.low[p]);
      longer.high[p] = longer.readings == 0 ? part.high[p] : std::max(longer.high[p], part.high[p]);
    }
  }
  longer.imported += part.imported;
  longer.exported += part.exported;
  longer.readings += part.readings;
  longer.limited += part.limited;
  longer.doubts.add(part.doubts);
}

std::vector<Bucket> merge(std::span<const Bucket> buckets, Millis from_length, Millis to_length) {
  BALANS_CHECK(to_length % from_length == Millis(0));
  std::vector<Bucket> longer;
  std::int64_t parts = 0;
  const auto close = [&] {
    if (!longer.empty() && parts * from_length.count() < to_length.count()) longer.back().doubts.add(Doubt::Incomplete);
    parts = 0;
  };
  for (const Bucket& bucket : buckets) {
    const UnixTime start = floor_to(to_length, bucket.start);
    if (longer.empty() || longer.back().start != start) {
      close();
      longer.push_back({start, {}, {}, {}, {}, 0, 0, {}});
    }
    join(longer.back(), bucket);
    ++parts;
  }
  close();
  return longer;
}

}  // namespace balans::api
