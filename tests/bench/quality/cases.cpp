#include "tests/bench/quality/cases.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "sim/data/csv.hpp"
#include "sim/data/local_time.hpp"

namespace balans::bench {
namespace {

using sim::LocalTime;

constexpr Millis kDay = Millis(sim::kSecondsPerDay * 1000);
constexpr std::array<int, 3> kLengths{1, 2, 4};
constexpr std::int64_t kMostKva = 2'000;
constexpr int kMostDrivers = 40;

struct ShortageTraits {
  std::string_view name, meaning;
  double delivered;  ///< by a clairvoyant, of what is asked for
};
constexpr std::array<ShortageTraits, kShortages.size()> kTraits{
    {{"relaxed", "half as large again as *full*", 0.995},
     {"full", "a clairvoyant delivers 99.5 % of what is asked for", 0.995},
     {"tight", "a clairvoyant delivers 95 %", 0.95},
     {"short", "a clairvoyant delivers 85 %", 0.85},
     {"chronic", "a clairvoyant delivers 70 %", 0.70}}};

const ShortageTraits& traits_of(Shortage shortage) { return kTraits[static_cast<std::size_t>(shortage)]; }

struct Arrival {
  LocalTime arrival, departure;
  std::int64_t watt_hours;
  std::string_view user;
};
using Sites = std::map<std::string_view, std::vector<Arrival>>;

Result<Sites> read_sites(const sim::Csv& csv) {
  std::array<std::size_t, 5> columns{};
  constexpr std::array<std::string_view, 5> kNames{"location", "user_id", "arrival", "departure", "energy_kwh"};
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const Result<std::size_t> column = csv.column(kNames[i]);
    if (!column) return column.error();
    columns[i] = *column;
  }
  Sites sites;
  for (std::size_t row = 0; row < csv.rows(); ++row) {
    const auto arrival = sim::parse_local_time(csv.cell(row, columns[2]));
    const auto departure = sim::parse_local_time(csv.cell(row, columns[3]));
    const auto energy = csv.decimal(row, columns[4], 3);
    if (!arrival || !departure || !energy) return Error{csv.where(row), "no session"};
    sites[csv.cell(row, columns[0])].push_back({*arrival, *departure, *energy, csv.cell(row, columns[1])});
  }
  return sites;
}

LocalTime midnight(LocalTime time) { return time - Millis(sim::second_of_day(time) * 1000 + time.ms() % 1000); }

/// Sessions that begin and end in the weeks.
std::vector<Arrival> within(const std::vector<Arrival>& arrivals, LocalTime start, LocalTime end) {
  std::vector<Arrival> found;
  for (const Arrival& a : arrivals)
    if (a.arrival >= start && a.departure <= end) found.push_back(a);
  return found;
}

std::optional<Weeks> busiest(std::string_view site, const std::vector<Arrival>& arrivals, int weeks, Half half,
                             LocalTime from, LocalTime until) {
  const Millis length = kDay * (7 * weeks);
  std::optional<Weeks> best;
  std::int64_t most = 0;
  for (LocalTime start = from; start + length <= until; start = start + kDay) {
    const std::vector<Arrival> inside = within(arrivals, start, start + length);
    std::int64_t energy = 0;
    std::set<std::string_view> users;
    for (const Arrival& a : inside) energy += a.watt_hours, users.insert(a.user);
    if (energy <= most) continue;
    most = energy;
    best =
        Weeks{std::string(site), weeks, half, start, static_cast<int>(users.size()), static_cast<int>(inside.size())};
  }
  return best;
}

}  // namespace

std::string_view name_of(Half half) { return half == Half::Late ? "late" : "early"; }
std::string_view name_of(Shortage shortage) { return traits_of(shortage).name; }
std::string_view meaning_of(Shortage shortage) { return traits_of(shortage).meaning; }

std::string Case::name() const {
  return fmt::format("{}, {} week{}, {}", weeks.site, weeks.weeks, weeks.weeks == 1 ? "" : "s", name_of(shortage));
}

Result<std::vector<Weeks>> busiest_weeks(const std::filesystem::path& sessions_file, Half half) {
  const Result<std::string> text = sim::read_text(sessions_file.string());
  if (!text) return text.error();
  const Result<sim::Csv> csv = sim::Csv::parse(*text, sessions_file.string());
  if (!csv) return csv.error();
  const Result<Sites> sites = read_sites(*csv);
  if (!sites) return sites.error();
  std::vector<Weeks> all;
  for (const auto& [site, arrivals] : *sites) {
    const auto [first, last] =
        std::ranges::minmax_element(arrivals, {}, [](const Arrival& arrival) { return arrival.arrival; });
    const LocalTime begin = midnight(first->arrival), end = midnight(last->arrival) + kDay;
    const LocalTime middle = begin + kDay * ((end - begin) / kDay / 2);
    for (int weeks : kLengths) {
      const auto found = half == Half::Early ? busiest(site, arrivals, weeks, half, begin, middle)
                                             : busiest(site, arrivals, weeks, half, middle, end);
      if (found) all.push_back(*found);
    }
  }
  return all;
}

runs::RunOptions options_of(const Weeks& weeks, const std::filesystem::path& data_dir) {
  runs::RunOptions options;
  options.data_dir = data_dir;
  options.feeder = (data_dir / "eu_lv_feeder").string();
  options.sessions = (data_dir / "ev_sessions" / "norway_residential.csv").string();
  options.site = weeks.site;
  options.evs = std::min(weeks.drivers, kMostDrivers);
  options.households = options.evs;
  options.start = weeks.start;
  options.days = 7 * weeks.weeks;
  return options;
}

std::vector<Shortage> shortages_of(int weeks) {
  if (weeks == 1) return {kShortages.begin(), kShortages.end()};
  if (weeks == 2) return {Shortage::Full, Shortage::Chronic};
  return {Shortage::Short};
}

Result<std::vector<Case>> rate(const Weeks& weeks, const std::filesystem::path& data_dir) {
  runs::RunOptions options = options_of(weeks, data_dir);
  options.policy = runs::Policy::Oracle;
  std::map<std::int64_t, double> known;
  std::vector<Case> cases;
  for (Shortage shortage : shortages_of(weeks.weeks)) {
    std::int64_t too_small = 0, enough = kMostKva;
    while (enough - too_small > 1) {
      const std::int64_t kva = too_small + (enough - too_small) / (too_small == 0 ? 4 : 2);
      auto found = known.find(kva);
      if (found == known.end()) {
        options.transformer = VoltAmps(kva * 1000);
        const Result<runs::RunResult> result = run(options);
        if (!result) return result.error();
        found = known.emplace(kva, result->delivered_kwh / result->requested_kwh).first;
      }
      (found->second >= traits_of(shortage).delivered ? enough : too_small) = kva;
    }
    if (shortage == Shortage::Relaxed) enough = (enough * 3 + 1) / 2;
    cases.push_back({weeks, shortage, VoltAmps(enough * 1000)});
  }
  return cases;
}

}  // namespace balans::bench
