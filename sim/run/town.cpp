#include "sim/run/town.hpp"

#include <algorithm>
#include <chrono>

#include "common/defaults.hpp"
#include "sim/data/csv.hpp"
#include "sim/data/synthetic.hpp"

namespace balans::runs {
namespace {

constexpr std::size_t kHoursPerYear = 8760;
constexpr Millis kWeek(7 * sim::kSecondsPerDay * 1000);
constexpr int kWeeksAround = 104;                 // so far other weeks of the same site are looked for drivers
constexpr std::int64_t kRoofWatts = 5'000;        // at 1000 W/m²
constexpr std::int64_t kRoofYieldPermille = 800;  // of that, on the mean roof

std::filesystem::path weather_file(const RunOptions& options) {
  return options.data_dir / "profiles" / "pvgis_tmy_45N_8E_hourly.csv";
}

Result<sim::BaseLoad> base_load(const RunOptions& options) {
  const std::filesystem::path folder = options.data_dir / "eu_lv_feeder";
  if (options.feeder) return sim::load_feeder(*options.feeder, options.households);
  if (std::filesystem::is_directory(folder)) return sim::load_feeder(folder.string(), options.households);
  return sim::synthetic_base_load();
}

Result<sim::Motorists> motorists(const RunOptions& options, const sim::SessionChoice& choice) {
  const std::filesystem::path file = options.data_dir / "ev_sessions" / "norway_residential.csv";
  if (options.sessions) return sim::load_sessions(*options.sessions, choice);
  if (std::filesystem::is_regular_file(file)) return sim::load_sessions(file.string(), choice);
  return sim::synthetic_drivers(options.start);
}

void move(sim::Motorist& driver, Millis by) {
  for (sim::Session& session : driver.sessions) {
    session.arrival = session.arrival + by;
    session.departure = session.departure + by;
  }
}

/// More drivers than came in that time: those who came to the same site in the weeks around it, nearest first.
Result<void> add_drivers(const RunOptions& options, sim::SessionChoice choice, std::size_t wanted,
                         sim::Motorists& drivers) {
  for (int week = 1; week <= kWeeksAround && drivers.drivers.size() < wanted; ++week)
    for (const int sign : {-1, 1}) {
      const Millis away = kWeek * (sign * week);
      choice.start = options.start + away;
      Result<sim::Motorists> others = motorists(options, choice);
      if (!others) continue;  // nobody came in that week
      for (sim::Motorist& driver : others->drivers) {
        if (drivers.drivers.size() == wanted) break;
        move(driver, Millis() - away);
        drivers.drivers.push_back(std::move(driver));
      }
    }
  if (drivers.drivers.size() >= wanted) return {};
  return Error{"--evs", std::to_string(wanted) + " are more than the " + std::to_string(drivers.drivers.size()) +
                            " that can be made of this site's weeks"};
}

Result<sim::Motorists> drivers(const RunOptions& options, std::string& site) {
  if (options.evs == 0) return sim::Motorists{{}, "no cars", false};
  sim::SessionChoice choice{options.start, options.length(), options.site};
  Result<sim::Motorists> found = motorists(options, choice);
  if (!found) return found;
  site = choice.site ? *choice.site : found->site;
  choice.site = site.empty() ? std::nullopt : std::optional(site);
  if (!options.evs) return found;
  const auto wanted = static_cast<std::size_t>(*options.evs);
  if (Result<void> added = add_drivers(options, choice, wanted, *found); !added) return added.error();
  found->drivers.resize(wanted);
  return found;
}

Result<std::vector<std::int64_t>> hourly(const std::string& file, std::string_view column, int decimals) {
  const Result<std::string> text = sim::read_text(file);
  if (!text) return text.error();
  const Result<sim::Csv> csv = sim::Csv::parse(*text, file);
  if (!csv) return csv.error();
  const Result<std::size_t> index = csv->column(column);
  if (!index) return index.error();
  if (csv->rows() != kHoursPerYear)
    return Error{file, std::to_string(csv->rows()) + " rows; expected 8760, one for each hour of a year"};
  std::vector<std::int64_t> values;
  for (std::size_t row = 0; row < csv->rows(); ++row) {
    const Result<std::int64_t> value = csv->decimal_in(row, *index, decimals, -60'000, 2'000'000);
    if (!value) return value.error();
    values.push_back(*value);
  }
  return values;
}

Result<std::vector<WeatherHour>> weather(const RunOptions& options) {
  std::vector<WeatherHour> hours(kHoursPerYear);
  if (const auto* constant = std::get_if<MilliCelsius>(&options.ambient)) {
    for (WeatherHour& hour : hours) hour.ambient = *constant;
  } else {
    const auto values = hourly(std::get<std::string>(options.ambient), "t2m_c", 3);
    if (!values) return values.error().within("--ambient");
    for (std::size_t i = 0; i < hours.size(); ++i) hours[i].ambient = MilliCelsius((*values)[i]);
  }
  if (options.pv == 0) return hours;
  const auto sun = hourly(weather_file(options).string(), "ghi_w_m2", 0);
  if (!sun) return sun.error().within("--pv");
  for (std::size_t i = 0; i < hours.size(); ++i) hours[i].sun_w_per_m2 = (*sun)[i];
  return hours;
}

std::array<Phase, 3> wiring_of(std::size_t place) {
  std::array<Phase, 3> wiring{};
  for (std::size_t i = 0; i < 3; ++i) wiring[i] = kPhases[(place + i) % 3];
  return wiring;
}

}  // namespace

Result<Town> build_town(const RunOptions& options) {
  Town town;
  Result<sim::BaseLoad> base = base_load(options);
  if (!base) return base.error();
  Result<sim::Motorists> people = drivers(options, town.site);
  if (!people) return people.error();
  Result<std::vector<WeatherHour>> hours = weather(options);
  if (!hours) return hours.error();
  town.weather = std::move(*hours);
  town.base_source = base->source;
  town.sessions_source = people->source;
  town.synthetic = base->synthetic || people->synthetic;
  for (const PerPhase<sim::PhasePower>& minute : base->minutes) {
    PerPhase<Milliamps>& current = town.base.emplace_back();
    for (Phase p : kPhases) current[p] = Milliamps(apparent(minute[p]).count() * 1000 / defaults::kNominal.count());
  }
  for (std::size_t i = 0; i < people->drivers.size(); ++i)
    town.chargers.push_back({wiring_of(i), 32_A, std::move(people->drivers[i].sessions)});
  return town;
}

const WeatherHour& Town::weather_at(sim::LocalTime now) const {
  using namespace std::chrono;
  const sys_time<milliseconds> at{milliseconds(now.ms())};
  const sys_days day = floor<days>(at);
  const sys_days new_year = sys_days(year_month_day(day).year() / January / 1);
  const auto hour = static_cast<std::size_t>(duration_cast<hours>(at - new_year).count());
  return weather[std::min(hour, kHoursPerYear - 1)];
}

PerPhase<Milliamps> Town::base_at(sim::LocalTime now, int roofs) const {
  PerPhase<Milliamps> current = base[static_cast<std::size_t>(sim::second_of_day(now) / 60)];
  if (roofs == 0) return current;
  const std::int64_t milliwatts = weather_at(now).sun_w_per_m2 * kRoofWatts * kRoofYieldPermille / 1000;
  const Milliamps roof(milliwatts * 1000 / defaults::kNominal.count());
  for (int i = 0; i < roofs; ++i) current[kPhases[static_cast<std::size_t>(i) % 3]] -= roof;
  return current;
}

}  // namespace balans::runs
