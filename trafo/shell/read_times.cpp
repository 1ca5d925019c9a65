// Rows of site.yaml that hold at some times only, and what a statute grants while they do.

#include <algorithm>
#include <array>

#include "trafo/shell/site_sections.hpp"

namespace balans {
namespace {

constexpr std::array<std::string_view, 12> kMonths{"jan", "feb", "mar", "apr", "may", "jun",
                                                   "jul", "aug", "sep", "oct", "nov", "dec"};

std::optional<std::uint16_t> month_bit(const std::string& name) {
  const auto found = std::find(kMonths.begin(), kMonths.end(), name);
  if (found == kMonths.end()) return std::nullopt;
  return static_cast<std::uint16_t>(1U << static_cast<unsigned>(found - kMonths.begin()));
}

std::optional<std::uint16_t> read_months(const config::OptionalValue& value) {
  const auto names = value.texts(1, kMonths.size());
  if (!names) return std::nullopt;
  std::uint16_t months = 0;
  for (const std::string& name : *names) {
    const auto bit = month_bit(name);
    if (!bit || (months & *bit) != 0) {
      value.refuse("expected 1 to 12 different ones of jan, feb, mar, apr, may, jun, jul, aug, sep, oct, nov, dec");
      return std::nullopt;
    }
    months = static_cast<std::uint16_t>(months | *bit);
  }
  return months;
}

/// Minutes since midnight of "06:30"; "24:00" is the end of the day.
Result<int> minute_of_day(std::string_view text) {
  const Error wrong{"", "'" + std::string(text) + "' is not a time of the day; expected 00:00 to 24:00"};
  const auto digit = [&](std::size_t i) { return text[i] >= '0' && text[i] <= '9' ? text[i] - '0' : -1; };
  if (text.size() != 5 || text[2] != ':') return wrong;
  for (std::size_t i : {0U, 1U, 3U, 4U})
    if (digit(i) < 0) return wrong;
  const int minute = (digit(0) * 10 + digit(1)) * 60 + digit(3) * 10 + digit(4);
  if (digit(3) > 5 || minute > 24 * 60) return wrong;
  return minute;
}

OutsideBound read_bound(const config::Section& row) {
  OutsideBound bound;
  if (const auto max = row.optional("max_a").amps(0_A, kMostAmps)) bound.draw = PerPhase<Milliamps>::all(*max);
  if (const auto max = row.optional("max_feed_a").amps(0_A, kMostAmps)) bound.feed = PerPhase<Milliamps>::all(*max);
  if (const auto max = row.optional("max_kva").kva(0_VA, 5000_kVA)) bound.sum = three_phase_sum(*max);
  if (!row.has("max_a") && !row.has("max_feed_a") && !row.has("max_kva"))
    row.refuse("limits nothing; expected max_a, max_feed_a or max_kva");
  return bound;
}

}  // namespace

DaySpan read_day_span(const config::Section& row) {
  DaySpan span;
  span.months = read_months(row.optional("months")).value_or(span.months);
  const config::OptionalValue from = row.optional("from");
  span.from_minute = from.parse(minute_of_day).value_or(span.from_minute);
  if (span.from_minute == 24 * 60) from.refuse("expected 00:00 to 23:59");
  span.to_minute = row.optional("to").parse(minute_of_day).value_or(span.to_minute);
  return span;
}

void read_timetable(const config::Section& root, Site& site) {
  for (const config::Section& row : root.optional_list("limits", kMaxTimedLimits)) {
    TimedLimit limit;
    limit.node = row.required("node").parse([&](std::string_view name) { return node_named(site, name); });
    limit.bound = read_bound(row);
    const DaySpan span = read_day_span(row);
    limit.months = span.months;
    limit.from_minute = span.from_minute;
    limit.to_minute = span.to_minute;
    site.schedule.push_back(limit);
  }
}

void read_statutory(const config::Section& section, FloorSettings& floors) {
  floors.base = section.optional("base_w").watts(0_W, 100'000_W).value_or(floors.base);
  const auto shares =
      section.optional("simultaneity_percent")
          .integer_list({floors.simultaneity_percent.size(), floors.simultaneity_percent.size()}, 0, 100);
  if (shares) std::copy(shares->begin(), shares->end(), floors.simultaneity_percent.begin());
  floors.large_above = section.optional("large_above_w").watts(0_W, 1'000'000_W).value_or(floors.large_above);
  floors.large_share_percent =
      section.optional("large_share_percent").integer(0, 100).value_or(floors.large_share_percent);
}

}  // namespace balans
