// balans_quality: every policy on weeks of real sites. See --help.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <fstream>
#include <thread>

#include "sim/data/default_folder.hpp"
#include "sim/data/local_time.hpp"
#include "tests/bench/markers.hpp"
#include "tests/bench/quality/report.hpp"
#include "tests/bench/quality/runs_csv.hpp"

namespace balans::bench {
namespace {

struct Arguments {
  MatrixOptions matrix;
  std::string data_dir = sim::default_data_dir().string();
  std::string days = "early";
  int tick_s = 1;
  bool list = false;
  std::vector<std::string> from;
  std::string csv, page, plots;
};

void add_options(CLI::App& app, Arguments& arguments) {
  MatrixOptions& matrix = arguments.matrix;
  app.add_option("--days", arguments.days, "which half of each site's days: early to tune on, late to publish")
      ->check(CLI::IsMember({"early", "late"}))
      ->capture_default_str();
  app.add_option("--sites", matrix.sites, "only these sites")->delimiter(',');
  app.add_option("--weeks", matrix.weeks, "only these lengths, of 1, 2 and 4")->delimiter(',');
  app.add_option("--shortages", matrix.shortages, "only these, of relaxed, full, tight, short and chronic")
      ->delimiter(',')
      ->check(CLI::IsMember({"relaxed", "full", "tight", "short", "chronic"}));
  app.add_option("--tick", arguments.tick_s, "seconds")->check(CLI::Range(1, 2))->capture_default_str();
  app.add_option("--threads", matrix.threads)->check(CLI::Range(1, 256))->capture_default_str();
  app.add_option("--data", arguments.data_dir, "the folder with the feeder and the sessions")->capture_default_str();
  app.add_flag("--list", arguments.list, "say which cases there are, run nothing");
  app.add_option("--csv", arguments.csv, "where to write every figure, run by run as they end");
  app.add_option("--from", arguments.from, "run nothing: report what stands in these files of --csv")->delimiter(',');
  app.add_option("--page", arguments.page, "the page whose tables to write anew");
  app.add_option("--plots", arguments.plots, "the folder for the plots");
}

int refuse(const std::string& why) { return std::fprintf(stderr, "balans_quality: %s\n", why.c_str()), 1; }

int list(const MatrixOptions& options) {
  const Result<std::vector<Case>> cases = cases_of(options);
  if (!cases) return refuse(cases.error().message());
  for (const Case& one : *cases)
    std::printf("%s: from %s, %d drivers, %d sessions, %lld kVA\n", one.name().c_str(),
                sim::to_text(one.weeks.start).c_str(), one.weeks.drivers, one.weeks.sessions,
                static_cast<long long>(one.transformer.count() / 1000));
  return 0;
}

Result<std::vector<CaseResult>> run_all(const Arguments& arguments) {
  std::ofstream out;
  if (!arguments.csv.empty()) {
    out.open(arguments.csv);
    if (!(out << csv_header() << std::flush)) return Error{arguments.csv, "cannot be written"};
  }
  Result<std::vector<CaseResult>> results =
      run_matrix(arguments.matrix, [&](const CaseResult& result, runs::Policy policy) {
        if (out.is_open()) out << csv_row(result, policy) << std::flush;
      });
  if (results && !out) return Error{arguments.csv, "cannot be written"};
  return results;
}

int compare(Arguments& arguments) {
  arguments.matrix.data_dir = arguments.data_dir;
  arguments.matrix.half = arguments.days == "late" ? Half::Late : Half::Early;
  arguments.matrix.tick = Millis(arguments.tick_s * 1000);
  if (arguments.list) return list(arguments.matrix);
  const Result<std::vector<CaseResult>> results =
      arguments.from.empty() ? run_all(arguments) : read_runs(arguments.from);
  if (!results) return refuse(results.error().message());
  if (results->empty()) return refuse("no case fits these options");
  std::fputs(claims_text(*results).c_str(), stdout);
  bool written = arguments.plots.empty() || write_plots(*results, arguments.plots);
  if (!arguments.page.empty())
    written = write_between_markers(arguments.page, "quality", markdown(*results)) && written;
  return written ? 0 : 1;
}

}  // namespace
}  // namespace balans::bench

int main(int argc, char** argv) {
  CLI::App app("every policy on weeks of real sites, and how Balans does among them");
  balans::bench::Arguments arguments;
  arguments.matrix.threads = std::max(1U, std::thread::hardware_concurrency());
  balans::bench::add_options(app, arguments);
  CLI11_PARSE(app, argc, argv);
  return balans::bench::compare(arguments);
}
