#include "sim/run/minutes.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/data/local_time.hpp"

namespace balans::runs {
namespace {

constexpr std::int64_t kMinute = 60'000;

std::string amps(const PerPhase<Milliamps>& current) {
  std::string text;
  for (Phase p : kPhases) text += fmt::format(",{:.3f}", static_cast<double>(current[p].count()) / 1000);
  return text;
}

}  // namespace

Result<std::optional<MinuteLog>> MinuteLog::open(const std::optional<std::string>& file) {
  if (!file) return std::optional<MinuteLog>();
  std::ofstream stream(*file);
  stream << "local_time,base_l1_a,base_l2_a,base_l3_a,charged_l1_a,charged_l2_a,charged_l3_a,limit_l1_a,limit_l2_a,"
            "limit_l3_a,booked_l1_a,booked_l2_a,booked_l3_a,plugged,wanting,charging,hot_spot_c\n";
  if (!stream) return Error{*file, "cannot be written"};
  return std::optional<MinuteLog>(MinuteLog(*file, std::move(stream)));
}

void MinuteLog::add(sim::LocalTime now, const TickTruth& truth, std::span<const std::optional<Visit>> plugged,
                    std::span<const Milliamps> currents, double hot_spot_c) {
  if (now.ms() % kMinute != 0) return;
  int there = 0, wanting = 0, charging = 0;
  for (std::size_t i = 0; i < plugged.size(); ++i) {
    there += plugged[i] ? 1 : 0;
    wanting += plugged[i] && plugged[i]->wants_more() ? 1 : 0;
    charging += plugged[i] && currents[i] > Milliamps() ? 1 : 0;
  }
  file_ << sim::to_text(now) << amps(truth.base) << amps(truth.charged) << amps(truth.limit) << amps(truth.booked)
        << fmt::format(",{},{},{},{:.2f}\n", there, wanting, charging, hot_spot_c);
}

Result<void> MinuteLog::finish() {
  if (!file_.flush()) return Error{name_, "could not be written to its end"};
  return {};
}

Result<void> write_visits(const std::string& file, std::span<const Visit> visits) {
  std::ofstream stream(file);
  stream << "arrival,departure,phases,max_a,asked_wh,got_wh,stops\n";
  for (const Visit& visit : visits) {
    stream << sim::to_text(visit.arrival) << ',' << sim::to_text(visit.departure) << ',';
    for (Phase p : kPhases)
      if (visit.phases.contains(p)) stream << name_of(p);
    stream << fmt::format(",{},{},{},{}\n", visit.max.count() / 1000, sim::watt_hours(visit.asked).count(),
                          sim::watt_hours(visit.got).count(), visit.stops);
  }
  if (!stream.flush()) return Error{file, "cannot be written"};
  return {};
}

}  // namespace balans::runs
