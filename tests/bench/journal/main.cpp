// balans_journal_bench: durable transfers a second, beside bare inserts of the same bytes in turns in the same run,
// with an empty journal and with a full one, in turns too; and how long the balance of a past moment takes.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <iostream>
#include <random>
#include <thread>

#include "api/app/journal.hpp"
#include "tests/bench/journal/bare.hpp"
#include "tests/bench/markers.hpp"
#include "tests/support/postgres_cluster.hpp"

namespace balans::bench {
namespace {

namespace fs = std::filesystem;
using namespace api::journal;

constexpr std::uint64_t kAccounts = 1'000;
constexpr std::size_t kGroup = 1'000;       ///< transfers that share a commit
constexpr std::size_t kFillGroup = 10'000;  ///< while the journal is filled
constexpr int kWarmUp = 8;                  ///< rounds that are not counted: until SQLite's log has been full once
constexpr int kLookedUp = 1'000;
constexpr std::int64_t kStart = 1'760'000'000'000;

struct Options {
  std::string page, folder = "/var/tmp";
  int rounds = 7;
  std::size_t singles = 200, groups = 10, transfers = 10'000'000;
};

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

template <class Work>
double seconds(Work work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// Payments between random accounts, one a millisecond.
class Payments {
 public:
  static Id account(std::uint64_t number) { return {static_cast<std::uint64_t>(kStart) << 16U, number}; }
  std::vector<Transfer> next(std::size_t count) {
    std::vector<Transfer> all;
    for (std::size_t i = 0; i < count; ++i) {
      const std::uint64_t debit = random_() % kAccounts, credit = (debit + 1 + random_() % (kAccounts - 1)) % kAccounts;
      const Id id{static_cast<std::uint64_t>(now().ms()) << 16U | (random_() & 0xffffU), random_()};
      all.push_back(transfer(id, account(debit + 1), account(credit + 1), *Amount::of(1 + ++made_ % 1000), Code::Energy,
                             "elm-street charger-1 2025-10-09T10:15Z"));
    }
    return all;
  }
  [[nodiscard]] UnixTime now() const { return UnixTime(kStart + made_); }

 private:
  std::mt19937_64 random_{7};
  std::int64_t made_ = 0;
};

struct Rates {
  std::vector<double> single, bare_single, bare_row, group, bare_group;
};

class Bench {
 public:
  Bench(const Options& options, const api::DatabaseAddress& journal, const api::DatabaseAddress& bare)
      : options_(options), bare_(make_bare(bare)) {
    if (const auto migrated = api::migrate(journal); !migrated) give_up(migrated.error());
    auto store = api::open_store(journal);
    if (!store) give_up(store.error());
    store_ = *std::move(store);
    Batch batch;
    for (std::uint64_t i = 1; i <= kAccounts; ++i)
      batch.accounts.push_back(
          {Payments::account(i), Asset::Eur, AccountKind::Household, {}, "", *Amount::of(1'000'000'000'000), {}});
    enter(batch);
  }

  void measure_round(Rates& rates) {
    const auto singles = payments_.next(options_.singles);
    rates.bare_row.push_back(rate(singles.size(), [&] { bare_->insert_rows(singles); }));
    rates.bare_single.push_back(rate(singles.size(), [&] { bare_->insert_each(singles); }));
    rates.single.push_back(rate(singles.size(), [&] {
      for (const Transfer& each : singles) enter({{}, {each}});
    }));
    std::vector<Batch> groups;
    for (std::size_t i = 0; i < options_.groups; ++i) groups.push_back({{}, payments_.next(kGroup)});
    rates.bare_group.push_back(rate(groups.size() * kGroup, [&] {
      for (const Batch& each : groups) bare_->insert_together(each.transfers);
    }));
    rates.group.push_back(rate(groups.size() * kGroup, [&] {
      for (const Batch& each : groups) enter(each);
    }));
  }

  /// Files that are written round and round have their size from then on.
  void warm_up() {
    Rates not_told;
    for (int round = 0; round < kWarmUp; ++round) measure_round(not_told);
  }

  /// Gives transfers a second.
  double fill() {
    std::size_t made = 0;
    const double time = seconds([&] {
      for (; made + kFillGroup <= options_.transfers; made += kFillGroup) enter({{}, payments_.next(kFillGroup)});
    });
    return static_cast<double>(made) / time;
  }

  /// Milliseconds that the balances of random accounts at random moments take.
  std::vector<double> look_up() {
    std::mt19937_64 random(9);
    std::vector<double> all;
    const auto span = static_cast<std::uint64_t>(payments_.now().ms() - kStart);
    for (int i = 0; i < kLookedUp; ++i) {
      const auto account = static_cast<std::int64_t>(1 + random() % kAccounts);
      const UnixTime at(kStart + static_cast<std::int64_t>(random() % span));
      all.push_back(1000 * seconds([&] {
                      if (const auto found = store_->journal().balance(account, at); !found) give_up(found.error());
                    }));
    }
    return all;
  }

 private:
  template <class Work>
  static double rate(std::size_t count, Work work) {
    return static_cast<double>(count) / seconds(work);
  }
  void enter(const Batch& batch) {
    const auto outcomes = api::post_transfers(*store_, {&batch, 1}, payments_.now());
    if (!outcomes) give_up(outcomes.error());
    if (const auto* refused = outcomes->front().first_refused()) give_up({"refused", refused->what});
  }

  const Options& options_;
  std::unique_ptr<Bare> bare_;
  std::unique_ptr<api::Store> store_;
  Payments payments_;
};

/// In percent, of what was measured in the same round.
double ratio(const std::vector<double>& ours, const std::vector<double>& bare) {
  std::vector<double> ratios;
  for (std::size_t i = 0; i < ours.size(); ++i) ratios.push_back(100 * ours[i] / bare[i]);
  return median(std::move(ratios));
}

std::string row(const std::string& engine, std::size_t held, const Rates& rates, std::vector<double> looked_up,
                const Rates& empty) {
  const auto goal = [](bool reached) { return reached ? "reached" : "missed"; };
  const double single = ratio(rates.single, rates.bare_single), group = median(rates.group);
  std::sort(looked_up.begin(), looked_up.end());
  const double slow = looked_up[looked_up.size() * 99 / 100];
  const double kept_single = ratio(rates.single, empty.single), kept_group = ratio(rates.group, empty.group);
  return fmt::format(
      "| {} | {} | {:.0f} | {:.0f} | **{:.0f} %** | {} | {:.0f} | {:.0f} % | **{:.0f}** | {} | {:.0f} | {:.0f} % | "
      "{:.0f} % | {:.0f} % | "
      "{} | {:.3f} | {:.3f} | {} "
      "|\n",
      engine, held, median(rates.single), median(rates.bare_single), single, goal(single >= 50), median(rates.bare_row),
      ratio(rates.single, rates.bare_row), group, goal(group >= 5000), median(rates.bare_group),
      ratio(rates.group, rates.bare_group), kept_single, kept_group, goal(kept_single >= 80 && kept_group >= 80),
      median(looked_up), slow, goal(slow <= 2));
}

/// A full journal and an empty one, in turns, each as often first: what else the machine does then slows both.
/// `next_address` gives an empty database each time.
template <class NextAddress>
std::string measure(const Options& options, const std::string& engine, NextAddress next_address) {
  Bench full(options, next_address(), next_address()), empty(options, next_address(), next_address());
  const double filled = full.fill();
  std::cerr << fmt::format("{}: filled at {:.0f} transfers a second\n", engine, filled);
  Rates of_full, of_empty;
  for (Bench* each : {&full, &empty}) each->warm_up();
  for (int round = 0; round < options.rounds; ++round) {
    if (round % 2 == 0) empty.measure_round(of_empty);
    full.measure_round(of_full);
    if (round % 2 != 0) empty.measure_round(of_empty);
  }
  const std::string rows = row(engine, 0, of_empty, empty.look_up(), of_empty) +
                           row(engine, options.transfers, of_full, full.look_up(), of_empty);
  std::cout << rows << std::flush;
  return rows;
}

int run(int argc, char** argv) {
  CLI::App app{"Durable transfers a second, beside bare inserts, with an empty journal and with a full one."};
  Options options;
  double scale = 1;
  std::string only;
  app.add_option("--page", options.page, "write the table into this page");
  app.add_option("--folder", options.folder, "where SQLite's files are made, on a disk")->capture_default_str();
  app.add_option("--rounds", options.rounds, "medians of so many")->check(CLI::Range(1, 50))->capture_default_str();
  app.add_option("--transfers", options.transfers, "in the full journal")->capture_default_str();
  app.add_option("--groups", options.groups, "commits of a thousand in each round")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app.add_option("--scale", scale, "times as many in each round")
      ->check(CLI::Range(0.05, 100.0))
      ->capture_default_str();
  app.add_option("--only", only, "sqlite or postgresql")->check(CLI::IsMember({"sqlite", "postgresql"}));
  CLI11_PARSE(app, argc, argv);
  const auto times = [scale](std::size_t count) {
    return std::max<std::size_t>(1, static_cast<std::size_t>(scale * static_cast<double>(count)));
  };
  options.singles = times(options.singles);
  options.groups = times(options.groups);
  const fs::path folder = fs::path(options.folder) / fmt::format("balans-journal-{}", ::getpid());
  std::string table = fmt::format(
      "Measured on {} cores, medians of {} rounds of {} single commits and {} commits of {} transfers; {} accounts.\n\n"
      "| engine | transfers in the journal | one at a time, /s | the same bytes bare, /s | one at a time / bare | goal "
      "50 % | "
      "the transfer's row bare, /s | one at a time / that | in groups, /s | goal 5,000 | bare in groups, /s | in "
      "groups / bare | one at a time / empty | in groups / empty | "
      "goal 80 % | balance of a past moment, ms | 99 of 100 "
      "below, ms | goal 2 ms "
      "|\n"
      "| --- | ---: | ---: | ---: | ---: | --- | ---: | ---: | ---: | --- | ---: | ---: | ---: | ---: | --- | ---: | "
      "---: | --- |\n",
      std::thread::hardware_concurrency(), options.rounds, options.singles, options.groups, kGroup, kAccounts);
  if (only != "postgresql") {
    fs::create_directories(folder);
    int made = 0;
    table += measure(options, "SQLite", [&] { return folder / fmt::format("{}.sqlite", ++made); });
    fs::remove_all(folder);
  }
  if (only != "sqlite") {
    auto& cluster = balans::test::postgres_cluster();
    table += measure(options, "PostgreSQL", [&] { return api::PostgresUri{cluster.fresh_database()}; });
  }
  std::cout << table << std::flush;
  return options.page.empty() || write_between_markers(options.page, "journal", table) ? 0 : 1;
}

}  // namespace
}  // namespace balans::bench

int main(int argc, char** argv) { return balans::bench::run(argc, argv); }
