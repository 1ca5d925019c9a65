// balans_ingest: what the backend keeps a second, beside the fastest its databases can do with the same rows, in turns
// in the same run. Reading the messages and verifying their signatures is counted apart.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <functional>
#include <iostream>
#include <thread>

#include "api/app/ingest_readings.hpp"
#include "api/store/open.hpp"
#include "tests/bench/ingest/bare.hpp"
#include "tests/bench/markers.hpp"
#include "tests/support/postgres_cluster.hpp"

namespace balans::bench {
namespace {

namespace fs = std::filesystem;

struct Case {
  std::string name;
  Load load;
};

struct Times {
  std::vector<double> judged, kept, bare, bare_all;
};

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

[[noreturn]] void give_up(const Error& error) {
  std::cerr << "balans_ingest: " << error.message() << "\n";
  std::exit(1);
}

template <class Work>
double seconds(Work work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// Once all requests through the use case, into a database that is empty.
void measure_ours(const api::DatabaseAddress& address, const Requests& requests, Times& times) {
  if (const auto migrated = api::migrate(address); !migrated) give_up(migrated.error());
  const auto store = api::open_store(address);
  if (!store) give_up(store.error());
  const StillClock clock;
  const auto events = EventLog::open(fs::path("/dev/null"), clock);
  const api::IngestReadings ingest(api::Retention(), clock, **events);
  double judged = 0, kept = 0;
  for (const auto& group : requests.groups()) {
    std::vector<api::IngestReadings::Judged> batch;
    judged += seconds([&] { batch = ingest.judge(group); });
    kept += seconds([&] {
      if (const auto done = ingest.keep(**store, batch); !done) give_up(done.error());
    });
    for (const auto& each : batch)
      if (each.answer.accepted == 0) give_up({"ingest", "took nothing"});
  }
  times.judged.push_back(judged);
  times.kept.push_back(kept);
}

/// A folder on a disk: what lies in memory has no durability to measure.
class Place {
 public:
  explicit Place(const fs::path& folder) : folder_(folder / fmt::format("balans-ingest-{}", ::getpid())) {
    fs::create_directories(folder_);
  }
  ~Place() { fs::remove_all(folder_); }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  fs::path fresh() { return folder_ / fmt::format("{}.sqlite", ++files_); }

 private:
  fs::path folder_;
  int files_ = 0;
};

Times measure_sqlite(Place& place, const Requests& requests, int rounds) {
  Times times;
  const auto fastest = [&](What what) {
    double seconds = 1e9;
    for (const int rows : {1, 16, 64})
      seconds = std::min(seconds, bare_sqlite(place.fresh(), requests.kept(), what, rows));
    return seconds;
  };
  for (int round = 0; round < rounds; ++round) {
    times.bare.push_back(fastest(What::Readings));
    measure_ours(place.fresh(), requests, times);
    times.bare_all.push_back(fastest(What::AllThatIsKept));
  }
  return times;
}

Times measure_postgres(const Requests& requests, int rounds) {
  Times times;
  auto& cluster = balans::test::postgres_cluster();
  for (int round = 0; round < rounds; ++round) {
    times.bare.push_back(bare_copy(cluster.fresh_database(), requests.kept(), What::Readings));
    measure_ours(api::PostgresUri{cluster.fresh_database()}, requests, times);
    times.bare_all.push_back(bare_copy(cluster.fresh_database(), requests.kept(), What::AllThatIsKept));
  }
  return times;
}

enum class Engine { Sqlite, Postgres };

std::string row(const std::string& engine, const Case& each, const Requests& requests, const Times& times) {
  const double rows = static_cast<double>(each.load.rows());
  const double kept = median(times.kept), judged = median(times.judged);
  const double bare = median(times.bare), bare_all = median(times.bare_all);
  const double ratio = 100 * bare / kept;
  return fmt::format(
      "| {} | {} | {:.0f} | {:.0f} | **{:.0f} %** | {} | {:.0f} | {:.0f} % | {:.1f} µs | {:.0f} µs | {:.0f} |\n",
      engine, each.name, rows / kept, rows / bare, ratio, ratio >= 60 ? "reached" : "missed", rows / bare_all,
      100 * bare_all / kept, 1e6 * judged / rows, 1e6 * judged / static_cast<double>(requests.signatures()),
      rows / (kept + judged));
}

int run(int argc, char** argv) {
  CLI::App app{"What the backend keeps a second, beside bare inserts and bare COPY of the same rows."};
  std::string page, folder = "/var/tmp";
  int rounds = 5;
  double scale = 1;
  app.add_option("--page", page, "write the table into this page");
  app.add_option("--folder", folder, "where SQLite's files are made, on a disk")->capture_default_str();
  app.add_option("--rounds", rounds, "medians of so many")->check(CLI::Range(1, 50))->capture_default_str();
  app.add_option("--scale", scale, "times as many rows")->check(CLI::Range(0.01, 100.0))->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  const auto times = [scale](int count) { return std::max(1, static_cast<int>(count * scale)); };
  const std::vector<Case> cases{
      {"1,000 rows a request, 10 devices; 8 requests a transaction", {40, 10, 100, times(8), 8}},
      {"100 rows a request, 1 device; 20 requests a transaction", {100, 1, 100, times(20), 20}},
      {"100 rows a request, 10 devices; 20 requests a transaction", {100, 10, 10, times(20), 20}}};
  std::string table = fmt::format(
      "Measured on {} cores, medians of {} rounds, {} rows and more a round.\n\n"
      "| engine | requests | kept, rows/s | bare readings, rows/s | kept / bare | goal 60 % | bare with signed texts, "
      "rows/s | kept / that | reading and verifying, a row | the same, a batch | all in one thread, rows/s |\n"
      "| --- | --- | ---: | ---: | ---: | --- | ---: | ---: | ---: | ---: | ---: |\n",
      std::thread::hardware_concurrency(), rounds, cases[1].load.rows());
  Place place(folder);
  // PostgreSQL writes on for a while after what it was given: nothing of SQLite's is measured beside it.
  for (const Engine engine : {Engine::Sqlite, Engine::Postgres})
    for (const Case& each : cases) {
      const Requests requests(each.load);
      table += engine == Engine::Sqlite ? row("SQLite", each, requests, measure_sqlite(place, requests, rounds))
                                        : row("PostgreSQL", each, requests, measure_postgres(requests, rounds));
    }
  std::cout << table << std::endl;
  return page.empty() || write_between_markers(page, "ingest", table) ? 0 : 1;
}

}  // namespace
}  // namespace balans::bench

int main(int argc, char** argv) { return balans::bench::run(argc, argv); }
