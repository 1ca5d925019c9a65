#include "sim/data/sessions.hpp"

#include <algorithm>
#include <map>

#include "sim/data/csv.hpp"
#include "sim/data/local_time.hpp"

namespace balans::sim {
namespace {

constexpr Millis kLongestStay(56 * kSecondsPerDay * 1000);

struct Columns {
  std::size_t location, user, arrival, departure, energy, rate;
};

/// What one row says, before the drivers are chosen.
struct Row {
  std::string_view location;
  std::string_view user;
  Session session;
};

Result<Columns> columns_of(const Csv& csv) {
  Columns columns{};
  const std::pair<std::string_view, std::size_t*> wanted[] = {
      {"location", &columns.location},   {"user_id", &columns.user},      {"arrival", &columns.arrival},
      {"departure", &columns.departure}, {"energy_kwh", &columns.energy}, {"max_rate_kw", &columns.rate}};
  for (const auto& [name, index] : wanted) {
    const Result<std::size_t> found = csv.column(name);
    if (!found) return found.error();
    *index = *found;
  }
  return columns;
}

Result<LocalTime> time_in(const Csv& csv, std::size_t row, std::size_t column) {
  Result<LocalTime> time = parse_local_time(csv.cell(row, column));
  if (!time) return csv.bad(row, column, "a local time like 2019-04-03T16:00:00");
  return time;
}

Result<Row> parse_row(const Csv& csv, std::size_t row, const Columns& columns) {
  Row result{csv.cell(row, columns.location), csv.cell(row, columns.user), {}};
  if (result.location.empty()) return csv.bad(row, columns.location, "the name of a site");
  if (result.user.empty()) return csv.bad(row, columns.user, "the name of a user");
  const Result<LocalTime> arrival = time_in(csv, row, columns.arrival);
  if (!arrival) return arrival.error();
  const Result<LocalTime> departure = time_in(csv, row, columns.departure);
  if (!departure) return departure.error();
  if (*departure < *arrival || *departure - *arrival > kLongestStay)
    return csv.bad(row, columns.departure, "within eight weeks after the arrival");
  const Result<std::int64_t> energy = csv.decimal_in(row, columns.energy, 3, 0, 1'000'000);
  if (!energy) return energy.error();
  result.session = {*arrival, *departure, WattHours(*energy), std::nullopt};
  if (csv.cell(row, columns.rate).empty()) return result;
  const Result<std::int64_t> rate = csv.decimal_in(row, columns.rate, 3, 0, 1'000'000);
  if (!rate) return rate.error();
  result.session.rate = Watts(*rate);
  return result;
}

/// All rows are checked; those that arrive in the chosen time are kept.
Result<std::vector<Row>> rows_in(const Csv& csv, const SessionChoice& choice) {
  const Result<Columns> columns = columns_of(csv);
  if (!columns) return columns.error();
  std::vector<Row> rows;
  for (std::size_t i = 0; i < csv.rows(); ++i) {
    const Result<Row> row = parse_row(csv, i, *columns);
    if (!row) return row.error();
    if (row->session.arrival >= choice.start && row->session.arrival < choice.start + choice.length)
      rows.push_back(*row);
  }
  return rows;
}

std::string_view busiest_site(const std::vector<Row>& rows) {
  std::map<std::string_view, int> arrivals;
  for (const Row& row : rows) ++arrivals[row.location];
  return std::max_element(arrivals.begin(), arrivals.end(),
                          [](const auto& a, const auto& b) {
                            return a.second < b.second;  // the map is in order of names, so the first of equals stays
                          })
      ->first;
}

std::vector<Motorist> drivers_of(std::vector<Row> rows) {
  std::stable_sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) {
    return a.session.arrival != b.session.arrival ? a.session.arrival < b.session.arrival : a.user < b.user;
  });
  std::vector<Motorist> drivers;
  for (const Row& row : rows) {
    auto driver = std::find_if(drivers.begin(), drivers.end(), [&](const Motorist& d) { return d.user == row.user; });
    if (driver == drivers.end()) driver = drivers.insert(drivers.end(), {std::string(row.user), {}});
    if (!driver->sessions.empty()) {
      Session& last = driver->sessions.back();
      last.departure = std::min(last.departure, row.session.arrival);
    }
    driver->sessions.push_back(row.session);
  }
  return drivers;
}

}  // namespace

Result<Motorists> parse_sessions(std::string_view csv_text, const std::string& file, const SessionChoice& choice) {
  const Result<Csv> csv = Csv::parse(csv_text, file);
  if (!csv) return csv.error();
  Result<std::vector<Row>> rows = rows_in(*csv, choice);
  if (!rows) return rows.error();
  const std::string days = std::to_string(choice.length.count() / (kSecondsPerDay * 1000)) + " days";
  if (rows->empty()) return Error{file, "no session arrives in the " + days + " from " + to_text(choice.start)};
  const std::string_view site = choice.site ? std::string_view(*choice.site) : busiest_site(*rows);
  std::erase_if(*rows, [&](const Row& row) { return row.location != site; });
  if (rows->empty())
    return Error{file, "no session arrives at site '" + std::string(site) + "' in the " + days + " from " +
                           to_text(choice.start)};
  return Motorists{drivers_of(std::move(*rows)), file + ", site " + std::string(site), false, std::string(site)};
}

Result<Motorists> load_sessions(const std::string& file, const SessionChoice& choice) {
  const Result<std::string> text = read_text(file);
  if (!text) return text.error();
  return parse_sessions(*text, file, choice);
}

CarNeed car_of(const Session& session, int charger_conductors, Milliamps charger_max) {
  CarNeed need{session.energy, 1, 16_A};
  if (session.rate) {
    if (*session.rate > 3700_W) need.max = 32_A;
    if (*session.rate > 7400_W) need = {session.energy, 3, *session.rate <= 11'100_W ? 16_A : 32_A};
  }
  need.conductors = std::min(need.conductors, charger_conductors);
  need.max = std::min(need.max, charger_max);
  return need;
}

}  // namespace balans::sim
