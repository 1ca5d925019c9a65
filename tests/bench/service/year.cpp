#include "tests/bench/service/year.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "common/io/postgres/postgres.hpp"
#include "common/io/sqlite/sqlite.hpp"

namespace balans::bench {
namespace {

constexpr std::int64_t kStart = 1'735'689'600'000;  // 2025
constexpr std::int64_t kQuarter = 900'000;
constexpr int kQuarters = 365 * 96;
constexpr const char* kSpan = "from=2025-01-01T00:00:00Z&to=2026-01-01T00:00:00Z";

constexpr const char* kDevices = "INSERT INTO device (site, agent) SELECT 'site-' || (n - 1), '{0}' FROM ({1}) AS s";
constexpr const char* kRows =
    "INSERT INTO rolled_quarter (device, start_utc, import_wh, export_wh, low_l1_ma, low_l2_ma, low_l3_ma, high_l1_ma, "
    "high_l2_ma, high_l3_ma, readings, limited, flags) SELECT d.id, {0} + CAST(q.n - 1 AS BIGINT) * {1}, 900 + q.n % "
    "700, 0, 100, "
    "200, 300, 15000, 15500, 16000, 15, q.n % 2, 0 FROM device d, ({2}) AS q ORDER BY d.id, q.n";

std::string counted(int count) {
  return fmt::format("WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < {}) SELECT n FROM c",
                     count);
}

template <class Database>
void fill(Database& database, int sites) {
  for (const std::string& sql :
       {fmt::format(kDevices, kLive, counted(sites)), fmt::format(kRows, kStart, kQuarter, counted(kQuarters))})
    if (const auto done = database.execute(sql, "fill"); !done.ok()) give_up(done.error().message());
}

template <class Ask>
double median_seconds(Ask ask) {
  std::vector<double> times;
  for (int i = 0; i < 21; ++i) {
    const auto begun = std::chrono::steady_clock::now();
    ask(i);
    times.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count());
  }
  std::sort(times.begin(), times.end());
  return times[times.size() / 2];
}

}  // namespace

void fill_year(const api::DatabaseAddress& address, int sites) {
  if (const auto migrated = api::migrate(address); !migrated) give_up(migrated.error().message());
  if (const auto* file = std::get_if<std::filesystem::path>(&address)) {
    auto database = sqlite::Database::open(*file);
    if (!database.ok()) give_up(database.error().message());
    return fill(*database, sites);
  }
  auto server = postgres::Connection::open(std::get<api::PostgresUri>(address).text);
  if (!server.ok()) give_up(server.error().message());
  struct {
    postgres::Connection& server;
    Result<void> execute(const std::string& sql, std::string_view purpose) { return server.execute(purpose, sql); }
  } database{**server};
  fill(database, sites);
  if (const auto done = database.execute("ANALYZE", "analyse"); !done.ok()) give_up(done.error().message());
}

YearFigures measure_year(const ApiProcess& api, int sites) {
  HttpClient client;
  const auto site = [sites](int i) { return site_name(i * 7919 % sites); };
  YearFigures figures;
  figures.series = median_seconds([&](int i) {
    api.get(client, fmt::format("/v1/sites/{}/devices/{}/series?resolution=quarter-hour&{}", site(i), kLive, kSpan));
  });
  figures.energy =
      median_seconds([&](int i) { api.get(client, fmt::format("/v1/sites/{}/energy?{}", site(i), kSpan)); });
  return figures;
}

}  // namespace balans::bench
