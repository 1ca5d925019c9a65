#include "tests/bench/quality/runs_csv.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <map>
#include <tuple>
#include <variant>

#include "sim/data/csv.hpp"
#include "sim/data/local_time.hpp"

namespace balans::bench {
namespace {

using runs::kPolicies;
using runs::Policy;
using runs::RunResult;

using Figure = std::variant<int RunResult::*, std::int64_t RunResult::*, double RunResult::*>;
struct Column {
  const char* name;
  Figure figure;
};

const std::array kFigures{
    Column{"cars", &RunResult::cars},
    Column{"sessions", &RunResult::sessions},
    Column{"requested_kwh", &RunResult::requested_kwh},
    Column{"delivered_kwh", &RunResult::delivered_kwh},
    Column{"reserved_kwh", &RunResult::reserved_kwh},
    Column{"demands_met", &RunResult::demands_met},
    Column{"jain", &RunResult::jain},
    Column{"stops_per_session", &RunResult::stops_per_session},
    Column{"overload_s", &RunResult::overload_seconds},
    Column{"longest_overload_s", &RunResult::longest_overload_s},
    Column{"caused_overload_s", &RunResult::caused_overload_seconds},
    Column{"longest_caused_overload_s", &RunResult::longest_caused_overload_s},
    Column{"base_overload_s", &RunResult::base_overload_seconds},
    Column{"worst_overload_percent", &RunResult::worst_overload_percent},
    Column{"peak_load_kva", &RunResult::peak_load_kva},
    Column{"hot_spot_peak_c", &RunResult::hot_spot_peak_c},
    Column{"loss_of_life_h", &RunResult::loss_of_life_hours},
    Column{"decision_mean_us", &RunResult::decision_mean_us},
    Column{"decision_max_us", &RunResult::decision_max_us},
    Column{"messages", &RunResult::messages},
    Column{"wall_s", &RunResult::wall_seconds},
    Column{"ticks", &RunResult::ticks},
};

template <class Number>
Result<Number> number(const sim::Csv& csv, std::size_t row, std::size_t column) {
  const std::string_view text = csv.cell(row, column);
  Number value{};
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc() || end != text.data() + text.size()) return csv.bad(row, column, "expected a number");
  return value;
}

/// Reads the columns of one table by name; the first error is kept, and afterwards nothing is read.
class Row {
 public:
  Row(const sim::Csv& csv, std::size_t row) : csv_(csv), row_(row) {}

  template <class Number>
  Number number(const char* name) {
    const std::size_t at = column(name);
    return keep(at == kNone ? Result<Number>(Error{}) : bench::number<Number>(csv_, row_, at));
  }
  std::string_view text(const char* name) {
    const std::size_t at = column(name);
    return at == kNone ? std::string_view() : csv_.cell(row_, at);
  }
  void refuse(const char* name, const std::string& expected) {
    if (const std::size_t at = column(name); at != kNone) error_ = csv_.bad(row_, at, expected);
  }
  [[nodiscard]] const std::optional<Error>& error() const { return error_; }

 private:
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);
  std::size_t column(const char* name) {
    if (error_) return kNone;
    const Result<std::size_t> found = csv_.column(name);
    if (!found) error_ = found.error();
    return found ? *found : kNone;
  }
  template <class T>
  T keep(const Result<T>& value) {
    if (!value && !error_) error_ = value.error();
    return value ? *value : T();
  }

  const sim::Csv& csv_;
  std::size_t row_;
  std::optional<Error> error_;
};

template <class Value, std::size_t N>
Value named(Row& row, const char* column, const std::array<Value, N>& values) {
  const std::string_view text = row.text(column);
  for (Value value : values)
    if (name_of(value) == text) return value;
  row.refuse(column, "unknown");
  return values.front();
}

Weeks weeks_of(Row& row) {
  Weeks weeks;
  weeks.site = row.text("site");
  weeks.weeks = row.number<int>("weeks");
  weeks.half = named(row, "half", std::array{Half::Early, Half::Late});
  const Result<sim::LocalTime> start = sim::parse_local_time(row.text("start"));
  if (start) weeks.start = *start;
  if (!start) row.refuse("start", start.error().message());
  return weeks;
}

RunResult run_of(Row& row, const Weeks& weeks) {
  RunResult run;
  run.options.start = weeks.start;
  run.options.days = 7 * weeks.weeks;
  run.options.tick = Millis(row.number<std::int64_t>("tick_ms"));
  for (const Column& column : kFigures)
    std::visit(
        [&](auto figure) { run.*figure = row.number<std::remove_reference_t<decltype(run.*figure)>>(column.name); },
        column.figure);
  return run;
}

/// A case, and which of its policies have been read.
struct Gathered {
  CaseResult result;
  std::array<bool, kPolicies.size()> has{};
};
using Cases = std::map<std::tuple<Half, std::string, int, Shortage>, Gathered>;

Result<void> read_file(const std::string& file, Cases& cases) {
  const Result<std::string> text = sim::read_text(file);
  if (!text) return text.error();
  const Result<sim::Csv> csv = sim::Csv::parse(*text, file);
  if (!csv) return csv.error();
  for (std::size_t i = 0; i < csv->rows(); ++i) {
    Row row(*csv, i);
    const Weeks weeks = weeks_of(row);
    const Shortage shortage = named(row, "shortage", kShortages);
    const Policy policy = named(row, "policy", kPolicies);
    Gathered& gathered = cases[{weeks.half, weeks.site, weeks.weeks, shortage}];
    gathered.result.what = {weeks, shortage, VoltAmps(1000 * row.number<std::int64_t>("kva"))};
    gathered.result.of[static_cast<std::size_t>(policy)] = run_of(row, weeks);
    gathered.has[static_cast<std::size_t>(policy)] = true;
    if (row.error()) return *row.error();
  }
  return {};
}

}  // namespace

std::string csv_header() {
  std::string text = "half,site,weeks,start,shortage,kva,policy,tick_ms";
  for (const Column& column : kFigures) text += fmt::format(",{}", column.name);
  return text + "\n";
}

std::string csv_row(const CaseResult& result, Policy policy) {
  const RunResult& run = result.by(policy);
  const Weeks& weeks = result.what.weeks;
  std::string text = fmt::format("{},{},{},{},{},{},{},{}", name_of(weeks.half), weeks.site, weeks.weeks,
                                 sim::to_text(weeks.start), name_of(result.what.shortage),
                                 result.what.transformer.count() / 1000, name_of(policy), run.options.tick.count());
  for (const Column& column : kFigures)
    std::visit([&](auto figure) { text += fmt::format(",{}", run.*figure); }, column.figure);
  return text + "\n";
}

Result<std::vector<CaseResult>> read_runs(std::span<const std::string> files) {
  Cases cases;
  for (const std::string& file : files)
    if (const Result<void> read = read_file(file, cases); !read) return read.error();
  std::vector<CaseResult> results;
  for (const auto& [key, gathered] : cases) {
    for (Policy policy : kPolicies)
      if (!gathered.has[static_cast<std::size_t>(policy)])
        return Error{gathered.result.what.name(), fmt::format("has no run of {}", name_of(policy))};
    results.push_back(gathered.result);
  }
  return results;
}

}  // namespace balans::bench
