// balans_flexibility: what is paid for flexibility on real charging sessions, beside what really was moved. See --help.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <set>

#include "sim/data/csv.hpp"
#include "sim/data/default_folder.hpp"
#include "sim/data/local_time.hpp"
#include "tests/bench/flexibility/judge.hpp"
#include "tests/bench/markers.hpp"

namespace balans::bench {
namespace {

struct Arguments {
  std::string data_dir = sim::default_data_dir().string();
  std::vector<std::string> sites;
  int room_per_cent = 40;
  std::string page;
};

int refuse(const std::string& why) { return std::fprintf(stderr, "balans_flexibility: %s\n", why.c_str()), 1; }

Result<std::set<std::string>> sites_in(const std::string& file) {
  const Result<std::string> text = sim::read_text(file);
  if (!text) return text.error();
  const Result<sim::Csv> csv = sim::Csv::parse(*text, file);
  if (!csv) return csv.error();
  const Result<std::size_t> column = csv->column("location");
  if (!column) return column.error();
  std::set<std::string> sites;
  for (std::size_t row = 0; row < csv->rows(); ++row) sites.emplace(csv->cell(row, *column));
  return sites;
}

Result<SiteResult> judge(const std::string& file, const std::string& name, int room_per_cent) {
  const Millis all = Millis(20 * 366 * sim::kSecondsPerDay * 1000);
  const Result<sim::Motorists> people =
      sim::load_sessions(file, {*sim::parse_local_time("2010-01-01T00:00"), all, name});
  if (!people) return people.error();
  const SiteStays site = stays_of(*people);
  PerPhase<Milliamps> rating = highest_flow(site);
  for (Milliamps& phase : rating.values) phase = phase * room_per_cent / 100;
  // A row that cannot carry one car alone holds it back always, so nobody ever sees what it can take.
  for (const Stay& stay : site.stays) rating = larger_of(rating, stay.phases.spread(stay.power));
  Judge judge(site, rating);
  run(
      site, rating, [&](Visit visit) { judge.over(std::move(visit)); },
      [&](std::int64_t minute) { judge.settled(minute); });
  return judge.result();
}

double per_cent(double part, double of) { return of > 0 ? 100 * part / of : 0; }

std::string row_of(const SiteResult& r) {
  return fmt::format(
      "| {} | {} | {} | {:.0f} | {:.0f} | {:.0f} | {:.0f} | {:.0f} | {:.0f} | {:.0f} | {:.0f} % | {:.0f} % |\n", r.site,
      r.chargers, r.stays, r.delivered_kwh, r.too_much_kwh, r.moved_kwh, r.lost_kwh, r.longer_kwh, r.naive_kwh,
      r.rewarded_kwh, per_cent(r.rewarded_kwh, r.moved_kwh + r.lost_kwh), per_cent(r.rewarded_kwh, r.too_much_kwh));
}

void add(SiteResult& all, const SiteResult& r) {
  all.chargers += r.chargers;
  all.stays += r.stays;
  all.delivered_kwh += r.delivered_kwh;
  all.too_much_kwh += r.too_much_kwh;
  all.moved_kwh += r.moved_kwh;
  all.lost_kwh += r.lost_kwh;
  all.naive_kwh += r.naive_kwh;
  all.longer_kwh += r.longer_kwh;
  all.rewarded_kwh += r.rewarded_kwh;
  all.reviews += r.reviews;
}

std::string table(const std::vector<SiteResult>& results, int room_per_cent) {
  std::string text =
      "| site | chargers | sessions | delivered kWh | too much for the row | moved | not delivered | naive, till the "
      "car leaves | naive, till it is full | rewarded | of moved and not delivered | of too much |\n"
      "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n";
  SiteResult all;
  all.site = "all";
  for (const SiteResult& result : results) {
    text += row_of(result);
    add(all, result);
  }
  return text + row_of(all) +
         fmt::format("\nThe row carries {} % of what would flow at most. Put aside for a look: {}.\n", room_per_cent,
                     all.reviews);
}

int measure(const Arguments& arguments) {
  const std::string file =
      (std::filesystem::path(arguments.data_dir) / "ev_sessions" / "norway_residential.csv").string();
  if (!std::filesystem::is_regular_file(file))
    return std::printf("skipped: there are no sessions in %s\n", file.c_str()), 0;
  const Result<std::set<std::string>> sites = sites_in(file);
  if (!sites) return refuse(sites.error().message());
  std::vector<SiteResult> results;
  for (const std::string& site : *sites) {
    if (!arguments.sites.empty() && std::ranges::find(arguments.sites, site) == arguments.sites.end()) continue;
    const Result<SiteResult> result = judge(file, site, arguments.room_per_cent);
    if (!result) return refuse(result.error().message());
    results.push_back(*result);
    std::fprintf(stderr, "%s", row_of(*result).c_str());
  }
  if (results.empty()) return refuse("no such site");
  const std::string text = table(results, arguments.room_per_cent);
  std::fputs(text.c_str(), stdout);
  return arguments.page.empty() || write_between_markers(arguments.page, "flexibility", text) ? 0 : 1;
}

}  // namespace
}  // namespace balans::bench

int main(int argc, char** argv) {
  CLI::App app("what is paid for flexibility on real charging sessions, beside what really was moved");
  balans::bench::Arguments arguments;
  app.add_option("--data", arguments.data_dir, "the folder with the sessions")->capture_default_str();
  app.add_option("--sites", arguments.sites, "only these sites")->delimiter(',');
  app.add_option("--room", arguments.room_per_cent, "of what would flow at most, the row carries so much, in per cent")
      ->check(CLI::Range(5, 200))
      ->capture_default_str();
  app.add_option("--page", arguments.page, "the page whose table to write anew");
  CLI11_PARSE(app, argc, argv);
  return balans::bench::measure(arguments);
}
