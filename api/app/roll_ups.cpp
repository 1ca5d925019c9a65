#include "api/app/roll_ups.hpp"

#include <algorithm>
#include <set>
#include <vector>

namespace balans::api {
namespace {

constexpr Millis kQuarter = 15_min;

Result<void> put_level(RollUpStore& store, Level level, const std::vector<Samples>& all) {
  std::vector<DeviceSpan> spans;
  std::vector<DeviceBucket> buckets;
  for (const Samples& each : all) {
    spans.push_back({each.device, each.span});
    for (const Bucket& bucket : roll_up(each.samples, length_of(level), each.span))
      buckets.push_back({each.device, bucket});
  }
  return store.put(level, spans, buckets);
}

/// The days that the spans touch.
std::vector<DeviceDay> days_of(const std::vector<Samples>& all) {
  const Millis day = length_of(Level::Day);
  std::set<std::pair<std::int64_t, UnixTime>> days;
  for (const Samples& each : all) {
    // A span may reach over a long time in which nothing is; its days are those of its readings.
    days.emplace(each.device, floor_to(day, each.span.from));
    days.emplace(each.device, floor_to(day, each.span.to - 1_ms));
    for (const Sample& sample : each.samples)
      if (sample.at > each.span.from && sample.at <= each.span.to)
        days.emplace(each.device, stretch_of(day, sample.at));
  }
  std::vector<DeviceDay> list;
  for (const auto& [device, start] : days) list.push_back({device, start});
  return list;
}

/// Spans of one device that share a quarter-hour would write it twice.
void separate(std::vector<Samples>& all) {
  std::vector<Samples> kept;
  for (Samples& each : all) {
    if (kept.empty() || kept.back().device != each.device || kept.back().span.to <= each.span.from) {
      kept.push_back(std::move(each));
      continue;
    }
    Samples& last = kept.back();
    last.span.to = std::max(last.span.to, each.span.to);
    last.samples.insert(last.samples.end(), each.samples.begin(), each.samples.end());
    std::sort(last.samples.begin(), last.samples.end(),
              [](const Sample& a, const Sample& b) { return std::pair(a.at, a.seq) < std::pair(b.at, b.seq); });
    last.samples.erase(std::unique(last.samples.begin(), last.samples.end()), last.samples.end());
  }
  all = std::move(kept);
}

}  // namespace

Result<Left> roll_up_some(Store& store, std::size_t at_once) {
  Left left = Left::Nothing;
  const auto done = store.transaction([&]() -> Result<void> {
    RollUpStore& roll_ups = store.roll_ups();
    const auto dirty = roll_ups.take_dirty(at_once);
    if (!dirty) return dirty.error();
    if (dirty->empty()) return {};
    left = Left::More;
    auto all = roll_ups.samples_of(*dirty);
    if (!all) return all.error();
    separate(*all);
    std::vector<DeviceSpan> spans;
    for (const Samples& each : *all) spans.push_back({each.device, each.span});
    for (const Level level : {Level::Minute, Level::QuarterHour})
      if (const auto put = put_level(roll_ups, level, *all); !put) return put;
    if (const auto noted = store.energy().note(spans); !noted) return noted;
    return roll_ups.note_days(days_of(*all));
  });
  if (!done) return done.error();
  return left;
}

Result<Left> roll_up_days(Store& store, std::size_t at_once) {
  Left left = Left::Nothing;
  const auto done = store.transaction([&]() -> Result<void> {
    const auto days = store.roll_ups().take_days(at_once);
    if (!days) return days.error();
    if (days->empty()) return {};
    if (days->size() == at_once) left = Left::More;
    std::vector<DeviceSpan> spans;
    std::vector<DeviceBucket> buckets;
    for (const DeviceDay& day : *days) {
      const auto quarters = store.roll_ups().quarters_of(day);
      if (!quarters) return quarters.error();
      spans.push_back({day.device, {day.start, day.start + length_of(Level::Day)}});
      for (const Bucket& bucket : merge(*quarters, kQuarter, length_of(Level::Day)))
        buckets.push_back({day.device, bucket});
    }
    return store.roll_ups().put(Level::Day, spans, buckets);
  });
  if (!done) return done.error();
  return left;
}

Result<Left> forget_some(Store& store, const Retention& retention, UnixTime now, UnixTime surely_past) {
  Left left = Left::Nothing;
  const auto done = store.transaction([&]() -> Result<void> {
    if (auto prepared = store.retention().prepare(now); !prepared) return prepared;
    const auto more = store.retention().forget(
        {days_before(surely_past, retention.raw_days), days_before(surely_past, retention.minute_days),
         days_before(surely_past, retention.quarter_hour_days), days_before(surely_past, retention.day_days)});
    if (!more) return more.error();
    const auto evidence = store.evidence().forget(days_before(surely_past, retention.raw_days));
    if (!evidence) return evidence.error();
    left = *more || *evidence ? Left::More : Left::Nothing;
    return {};
  });
  if (!done) return done.error();
  return left;
}

}  // namespace balans::api
