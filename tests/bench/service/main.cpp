// balans_service: the installed balans-api under the load of thousands of sites, of listeners and of questions about a
// year, on both engines, together with its database and with what makes the load on the same machine.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <thread>

#include "common/io/clock/clock.hpp"
#include "tests/bench/field/usage.hpp"
#include "tests/bench/markers.hpp"
#include "tests/bench/service/listeners.hpp"
#include "tests/bench/service/load.hpp"
#include "tests/bench/service/year.hpp"
#include "tests/support/postgres_cluster.hpp"

namespace balans::bench {
namespace {

namespace fs = std::filesystem;

struct Options {
  fs::path program;
  std::string folder = "/var/tmp";
  std::string page;
  double seconds = 600;
  double drain_seconds = 120;
  int sites = 5000;
  int year_sites = 200;
  int listeners = 2000;
  std::string engine = "both";
};

struct Figures {
  double start = 0;
  Memory idle;
  LoadFigures live, drain;
  ListenerFigures listeners;
  YearFigures year;
};

/// A database for each part, each on the same engine.
class Engine {
 public:
  Engine(const Options& options, bool embedded)
      : options_(options),
        embedded_(embedded),
        folder_(fs::path(options.folder) / fmt::format("balans-service-{}", getpid())) {}
  ~Engine() { fs::remove_all(folder_); }
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  ApiProcess::Setup setup(int sites) {
    const fs::path folder = folder_ / std::to_string(++databases_);
    fs::create_directories(folder);
    const std::string database =
        embedded_ ? (folder / "balans.sqlite").string() : balans::test::postgres_cluster().fresh_database();
    return {options_.program, folder, database, sites};
  }

 private:
  const Options& options_;
  const bool embedded_;
  const fs::path folder_;
  int databases_ = 0;
};

void measure_idle(Engine& engine, Figures& figures) {
  const ApiProcess api(engine.setup(1));
  figures.start = api.start_seconds();
  std::this_thread::sleep_for(std::chrono::seconds(3));
  figures.idle = memory_of(api.id()).value_or(Memory{});
}

Figures measure(const Options& options, bool embedded) {
  Engine engine(options, embedded);
  Figures figures;
  measure_idle(engine, figures);
  {
    const ApiProcess api(engine.setup(options.sites));
    Village village(options.sites, SystemClock().utc());
    LoadPlan plan;
    plan.sites = options.sites;
    plan.seconds = options.seconds;
    figures.live = village.run(api, plan);
    plan.seconds = options.drain_seconds;
    plan.backlog = LoadPlan::Backlog::AsFastAsItIsTaken;
    figures.drain = village.run(api, plan);
  }
  {
    const ApiProcess api(engine.setup(1));
    figures.listeners = measure_listeners(api, options.listeners);
  }
  const ApiProcess::Setup setup = engine.setup(options.year_sites);
  fill_year(setup.address(), options.year_sites);
  const ApiProcess api(setup);
  figures.year = measure_year(api, options.year_sites);
  return figures;
}

double mb(std::int64_t kb) { return static_cast<double>(kb) / 1024; }

std::int64_t most(const std::vector<std::int64_t>& kb) {
  return kb.empty() ? 0 : *std::max_element(kb.begin(), kb.end());
}

std::string verdict(bool reached) { return reached ? "reached" : "**missed**"; }

std::string table(const Options& options, const std::string& engine, const Figures& f) {
  const LoadPlan plan{options.sites};
  const double rate = f.live.rate(plan);
  std::string text;
  const auto row = [&](const std::string& what, const std::string& measured, const std::string& goal, bool reached) {
    text +=
        fmt::format("| {} | {} | {} | {} | {} |\n", engine, what, measured, goal, goal.empty() ? "" : verdict(reached));
  };
  row("start to the first answer", fmt::format("{:.0f} ms", 1000 * f.start), "300 ms", f.start <= 0.3);
  row("idle: private dirty memory", fmt::format("{:.1f} MB", mb(f.idle.private_dirty_kb)), "8 MB",
      f.idle.private_dirty_kb <= 8 * 1024);
  row(fmt::format("{} sites, a batch a minute, for {:.0f} s: rows/s", options.sites, options.seconds),
      fmt::format("{:.0f}, {} refused", f.live.live_rows, f.live.refused), fmt::format("{:.0f}", rate),
      f.live.live_rows > 0.99 * rate && f.live.refused == 0);
  row("the same: a batch, 99 %",
      fmt::format("{:.0f} ms (half: {:.0f}, longest: {:.0f})", 1000 * f.live.latency(0.99), 1000 * f.live.latency(0.5),
                  1000 * f.live.latency(1)),
      "250 ms", f.live.latency(0.99) < 0.25);
  const auto& kb = f.live.resident_kb;
  row("the same: resident memory",
      fmt::format("{:.0f} MB at most ({:.0f} after a third, {:.0f} at the end)", mb(most(kb)),
                  mb(kb.empty() ? 0 : kb[kb.size() / 3]), mb(kb.empty() ? 0 : kb.back())),
      "200 MB", most(kb) < 200 * 1024);
  row("the same: processor time of the api", fmt::format("{:.2f} cores", f.live.processor), "", true);
  row(fmt::format("backlog beside it, for {:.0f} s", options.drain_seconds),
      fmt::format("{:.0f} rows/s, {:.1f} × real time, {} refused", f.drain.backlog_rows, f.drain.backlog_rows / rate,
                  f.drain.refused),
      "3 × real time", f.drain.backlog_rows >= 3 * rate);
  row("the same: live rows/s",
      fmt::format("{:.0f}; a batch, 99 %: {:.0f} ms", f.drain.live_rows, 1000 * f.drain.latency(0.99)),
      fmt::format("{:.0f}", rate), f.drain.live_rows > 0.99 * rate);
  row("the same: resident memory", fmt::format("{:.0f} MB at most", mb(most(f.drain.resident_kb))), "200 MB",
      most(f.drain.resident_kb) < 200 * 1024);
  row(fmt::format("{} listeners: a state reaches the last", f.listeners.listeners),
      fmt::format("{:.0f} ms, {:.0f} MB resident", 1000 * f.listeners.last_heard, mb(f.listeners.resident_kb)),
      fmt::format("{} listeners", options.listeners), true);
  row(fmt::format("a year of one of {} sites: series for a screen", options.year_sites),
      fmt::format("{:.1f} ms", 1000 * f.year.series), "50 ms", f.year.series < 0.05);
  row("a year of one site: all quarter-hours added up", fmt::format("{:.1f} ms", 1000 * f.year.energy), "50 ms",
      f.year.energy < 0.05);
  return text;
}

int run(int argc, char** argv) {
  CLI::App app{"The installed balans-api under load."};
  Options options;
  app.add_option("--program", options.program, "balans-api")->required();
  app.add_option("--page", options.page, "write the table into this page");
  app.add_option("--folder", options.folder, "where files are made, on a disk")->capture_default_str();
  app.add_option("--seconds", options.seconds, "of the steady load")
      ->check(CLI::Range(5.0, 86'400.0))
      ->capture_default_str();
  app.add_option("--drain-seconds", options.drain_seconds, "of the backlog")
      ->check(CLI::Range(5.0, 86'400.0))
      ->capture_default_str();
  app.add_option("--sites", options.sites, "that hand over readings")
      ->check(CLI::Range(1, 5000))
      ->capture_default_str();
  app.add_option("--listeners", options.listeners, "at once")->check(CLI::Range(1, 3000))->capture_default_str();
  app.add_option("--year-sites", options.year_sites, "with a year each")
      ->check(CLI::Range(1, 5000))
      ->capture_default_str();
  app.add_option("--engine", options.engine, "sqlite, postgres or both")
      ->check(CLI::IsMember({"sqlite", "postgres", "both"}))
      ->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  std::string text = fmt::format(
      "Measured on {} cores, which the api shares with its database and with what makes the load.\n\n"
      "| engine | what | measured | goal | |\n| --- | --- | --- | --- | --- |\n",
      std::thread::hardware_concurrency());
  if (options.engine != "postgres") text += table(options, "SQLite", measure(options, true));
  if (options.engine != "sqlite") text += table(options, "PostgreSQL", measure(options, false));
  std::cout << text << std::flush;
  return options.page.empty() || write_between_markers(options.page, "service", text) ? 0 : 1;
}

}  // namespace
}  // namespace balans::bench

int main(int argc, char** argv) { return balans::bench::run(argc, argv); }
