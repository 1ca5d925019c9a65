#include "sim/run/arguments.hpp"

#include <CLI/CLI.hpp>
#include <cmath>

#include "sim/data/default_folder.hpp"
#include "sim/data/local_time.hpp"

namespace balans::runs {
namespace {

/// A temperature in °C, or the name of a file.
std::variant<MilliCelsius, std::string> ambient_of(const std::string& text) {
  char* end = nullptr;
  const double celsius = std::strtod(text.c_str(), &end);
  if (end == text.c_str() || *end != '\0' || !(celsius >= -60 && celsius <= 60)) return text;
  return MilliCelsius(std::llround(celsius * 1000));
}

}  // namespace

void add_arguments(CLI::App& app, Arguments& a) {
  RunOptions& o = a.options;
  app.add_option("--feeder", o.feeder, "folder with loads.csv and load_profiles.csv");
  app.add_option("--households", o.households, "how many of its loads; more than there are begin again")
      ->check(CLI::Range(1, 2000));
  app.add_option("--sessions", o.sessions, "charging sessions, a CSV file");
  app.add_option("--site", o.site, "code of the site in that file; without it the one with most arrivals");
  app.add_option("--evs", o.evs, "drivers, each with a charger; more than came are taken from other weeks of the site")
      ->check(CLI::Range(0, 500));
  app.add_option("--heat-pumps", o.heat_pumps, "modulating heat pumps of 6 kW")
      ->check(CLI::Range(0, 200))
      ->capture_default_str();
  app.add_option("--pv", o.pv, "roofs of 5 kW")->check(CLI::Range(0, 500))->capture_default_str();
  app.add_option("--transformer-kva", a.transformer_kva, "rating of the transformer")
      ->check(CLI::Range(1.0, 5000.0))
      ->capture_default_str();
  app.add_option("--rating", a.rating, "static: the name plate; dynamic: what its temperature allows")
      ->check(CLI::IsMember({"static", "dynamic"}))
      ->capture_default_str();
  app.add_option("--ambient", a.ambient, "degrees Celsius, or a CSV file with time_utc and t2m_c for 8760 hours")
      ->capture_default_str();
  app.add_option("--start", a.start, "local date, and time, at which it starts")->capture_default_str();
  app.add_option("--days", o.days, "how many days")->check(CLI::Range(1, 366))->capture_default_str();
  app.add_option("--tick", a.tick_s, "seconds between decisions: no more, or meters count as late")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{2}))
      ->capture_default_str();
  app.add_option("--seed", o.seed, "of everything that is random")->capture_default_str();
  app.add_option("--faults", a.faults, "what goes wrong: none, light or heavy")
      ->check(CLI::IsMember({"none", "light", "heavy"}))
      ->capture_default_str();
  app.add_option("--data-dir", a.data_dir, "folder with the data that is used when no file is named");
}

Result<RunOptions> options_of(const Arguments& a) {
  RunOptions options = a.options;
  const Result<Policy> policy = parse_policy(a.policy);
  if (!policy) return policy.error().within("--policy");
  options.policy = *policy;
  options.data_dir = a.data_dir ? std::filesystem::path(*a.data_dir) : sim::default_data_dir();
  if (!std::isfinite(a.transformer_kva)) return Error{"--transformer-kva", "is not a number of 1..5000"};
  if (options.policy == Policy::Oracle && (options.minutes_csv || options.visits_csv))
    return Error{"--policy", "the oracle plans in quarters of an hour: it has no --csv and no --visits"};
  options.transformer = VoltAmps(std::llround(a.transformer_kva * 1000));
  options.rating = a.rating == "dynamic" ? RatingMode::Dynamic : RatingMode::Static;
  options.ambient = ambient_of(a.ambient);
  options.tick = Millis(a.tick_s * 1000);
  const Result<sim::LocalTime> start =
      sim::parse_local_time(a.start.find('T') == std::string::npos ? a.start + "T00:00" : a.start);
  if (!start) return start.error().within("--start");
  options.start = *start;
  const Result<Faults> faults = parse_faults(a.faults);
  if (!faults) return faults.error().within("--faults");
  options.faults = *faults;
  return options;
}

}  // namespace balans::runs
