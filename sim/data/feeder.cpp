#include "sim/data/feeder.hpp"

#include <cmath>

#include "sim/data/csv.hpp"

namespace balans::sim {
namespace {

struct Load {
  std::string_view name;
  PhaseSet phases;
  std::int64_t rated_w = 0;
  double tan_phi = 0;
};

struct LoadColumns {
  std::size_t name, phase, count, rated, power_factor;
};

Result<LoadColumns> load_columns(const Csv& csv) {
  LoadColumns columns{};
  const std::pair<std::string_view, std::size_t*> wanted[] = {{"load", &columns.name},
                                                              {"phase", &columns.phase},
                                                              {"nphases", &columns.count},
                                                              {"rated_kw", &columns.rated},
                                                              {"pf", &columns.power_factor}};
  for (const auto& [name, index] : wanted) {
    const Result<std::size_t> found = csv.column(name);
    if (!found) return found.error();
    *index = *found;
  }
  return columns;
}

Result<PhaseSet> phases_of(const Csv& csv, std::size_t row, const LoadColumns& columns) {
  const std::string_view count = csv.cell(row, columns.count);
  if (count == "3") return PhaseSet::all();
  if (count != "1") return csv.bad(row, columns.count, "1 or 3");
  const std::string_view phase = csv.cell(row, columns.phase);
  if (phase == "A") return PhaseSet{Phase::L1};
  if (phase == "B") return PhaseSet{Phase::L2};
  if (phase == "C") return PhaseSet{Phase::L3};
  return csv.bad(row, columns.phase, "A, B or C");
}

Result<Load> parse_load(const Csv& csv, std::size_t row, const LoadColumns& columns) {
  Load load;
  load.name = csv.cell(row, columns.name);
  const Result<PhaseSet> phases = phases_of(csv, row, columns);
  if (!phases) return phases.error();
  load.phases = *phases;
  const Result<std::int64_t> rated = csv.decimal_in(row, columns.rated, 3, 0, 1'000'000);
  if (!rated) return rated.error();
  load.rated_w = *rated;
  const Result<std::int64_t> factor = csv.decimal_in(row, columns.power_factor, 3, 1, 1000);
  if (!factor) return factor.error();
  const double cos_phi = static_cast<double>(*factor) / 1000;
  load.tan_phi = std::sqrt(1 - cos_phi * cos_phi) / cos_phi;
  return load;
}

Result<void> add_profile(BaseLoad& base, const Load& load, const Csv& profiles, std::size_t column) {
  for (std::size_t minute = 0; minute < kMinutesPerDay; ++minute) {
    const Result<std::int64_t> kw = profiles.decimal_in(minute, column, 6, -1'000'000'000, 1'000'000'000);
    if (!kw) return kw.error();
    const std::int64_t milliwatts = *kw * load.rated_w / 1000 / load.phases.size();  // kW · 10⁶ are mW
    const auto reactive = static_cast<std::int64_t>(std::lround(static_cast<double>(milliwatts) * load.tan_phi));
    for (Phase p : kPhases) {
      if (!load.phases.contains(p)) continue;
      base.minutes[minute][p].active += Milliwatts(milliwatts);
      base.minutes[minute][p].reactive += Millivars(reactive);
    }
  }
  return {};
}

PhaseSet turned(const PhaseSet& phases, std::size_t by) {
  PhaseSet result;
  for (std::size_t i = 0; i < kPhases.size(); ++i)
    if (phases.contains(kPhases[i])) result.insert(kPhases[(i + by) % kPhases.size()]);
  return result;
}

Result<void> check_minutes(const Csv& profiles, const std::string& file) {
  const Result<std::size_t> minute = profiles.column("minute");
  if (!minute) return minute.error();
  if (profiles.rows() != kMinutesPerDay)
    return Error{file, std::to_string(profiles.rows()) + " rows; expected 1440, one for each minute of a day"};
  for (std::size_t row = 0; row < kMinutesPerDay; ++row)
    if (profiles.cell(row, *minute) != std::to_string(row + 1))
      return profiles.bad(row, *minute, std::to_string(row + 1));
  return {};
}

}  // namespace

Millivoltamps apparent(const PhasePower& power) {
  const auto p = static_cast<double>(power.active.count());
  const auto q = static_cast<double>(power.reactive.count());
  return Millivoltamps(std::llround(std::sqrt(p * p + q * q)));
}

Result<BaseLoad> parse_feeder(std::string_view loads_csv, std::string_view profiles_csv, const std::string& folder,
                              std::optional<int> households) {
  const Result<Csv> loads = Csv::parse(loads_csv, folder + "/loads.csv");
  if (!loads) return loads.error();
  const Result<Csv> profiles = Csv::parse(profiles_csv, folder + "/load_profiles.csv");
  if (!profiles) return profiles.error();
  if (Result<void> checked = check_minutes(*profiles, folder + "/load_profiles.csv"); !checked) return checked.error();
  const Result<LoadColumns> columns = load_columns(*loads);
  if (!columns) return columns.error();
  if (loads->rows() == 0) return Error{folder + "/loads.csv", "no loads; expected at least one"};
  BaseLoad base;
  base.minutes.resize(kMinutesPerDay);
  base.loads = households ? static_cast<std::size_t>(*households) : loads->rows();
  base.source = folder;
  for (std::size_t i = 0; i < base.loads; ++i) {
    const std::size_t row = i % loads->rows();
    Result<Load> load = parse_load(*loads, row, *columns);
    if (!load) return load.error();
    load->phases = turned(load->phases, i / loads->rows());
    const Result<std::size_t> column = profiles->column(load->name);
    if (!column)
      return Error{loads->where(row), "load '" + std::string(load->name) + "' has no column in load_profiles.csv"};
    if (Result<void> added = add_profile(base, *load, *profiles, *column); !added) return added.error();
  }
  return base;
}

Result<BaseLoad> load_feeder(const std::string& folder, std::optional<int> households) {
  const Result<std::string> loads = read_text(folder + "/loads.csv");
  if (!loads) return loads.error();
  const Result<std::string> profiles = read_text(folder + "/load_profiles.csv");
  if (!profiles) return profiles.error();
  return parse_feeder(*loads, *profiles, folder, households);
}

}  // namespace balans::sim
