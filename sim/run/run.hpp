#pragma once
// A site's weeks in virtual time: real charging sessions on a real feeder, under Balans or another policy, and how well
// it did. Everything is judged by what flowed, never by the controller's books.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <variant>

#include "common/result.hpp"
#include "common/units.hpp"
#include "sim/physics/units.hpp"
#include "sim/run/policy.hpp"
#include "trafo/core/rating.hpp"

namespace balans::runs {

/// How much goes wrong on the network and with the programs.
enum class Faults : std::uint8_t { None, Light, Heavy };
std::string_view name_of(Faults faults);  // "none", "light", "heavy"
Result<Faults> parse_faults(std::string_view name);

struct RunOptions {
  std::optional<std::string> feeder;    ///< folder; absent: that of the data folder, else synthetic
  std::optional<std::string> sessions;  ///< file; the same
  std::filesystem::path data_dir;
  std::optional<std::string> site;  ///< code in the sessions file; absent: the one with most arrivals
  std::optional<int> households;    ///< absent: all of the feeder, once
  std::optional<int> evs;           ///< absent: the drivers who come in that time
  int heat_pumps = 0;
  int pv = 0;  ///< roofs of 5 kW
  VoltAmps transformer = 75_kVA;
  RatingMode rating = RatingMode::Static;
  std::variant<MilliCelsius, std::string> ambient = MilliCelsius(20'000);  ///< or a CSV file with time_utc and t2m_c
  sim::LocalTime start;
  int days = 7;
  Millis tick = 1_s;
  Policy policy = Policy::Balans;
  std::uint64_t seed = 1;
  Faults faults = Faults::None;
  std::optional<std::string> minutes_csv;  ///< where to write a row for each minute
  std::optional<std::string> visits_csv;   ///< where to write a row for each session

  [[nodiscard]] Millis length() const { return Millis(days * sim::kSecondsPerDay * 1000); }
  [[nodiscard]] sim::LocalTime end() const { return start + length(); }
};

struct RunResult {
  RunOptions options;
  std::string base_source, sessions_source, site;
  bool synthetic = false;
  int cars = 0;      ///< places with a car at some time
  int sessions = 0;  ///< that began and ended within the run and asked for something

  double requested_kwh = 0;  ///< what sessions asked for, no more than their cars could have taken while there
  double delivered_kwh = 0;
  double reserved_kwh = 0;  ///< booked in envelopes and not drawn while somebody who wanted it waited
  double demands_met = 0;   ///< share of the sessions that got ≥ 99 % of what they asked for
  double jain = 1;          ///< Jain's index over delivered/requested of each session
  double stops_per_session = 0;

  std::int64_t overload_seconds = 0;  ///< a phase above its limit with charging on it
  std::int64_t longest_overload_s = 0;
  std::int64_t caused_overload_seconds = 0;  ///< of these: the base load alone would not have been too much
  std::int64_t longest_caused_overload_s = 0;
  std::int64_t base_overload_seconds = 0;  ///< above it by the base load alone
  double worst_overload_percent = 0;       ///< of the limit, above it, with charging on that phase
  double peak_load_kva = 0;
  double hot_spot_peak_c = 0;
  double loss_of_life_hours = 0;

  double decision_mean_us = 0, decision_max_us = 0;  ///< Balans only
  std::int64_t messages = 0;                         ///< Balans only
  double wall_seconds = 0;
  std::int64_t ticks = 0;
};

/// Runs it. Errors name the file and line, or the option.
Result<RunResult> run(const RunOptions& options);

}  // namespace balans::runs
