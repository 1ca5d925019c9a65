// balans_payment: how long a payment run over many stations takes, durable on each engine, and of that the pure part.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <iostream>

#include "api/app/allocate_energy.hpp"
#include "api/app/local_energy.hpp"
#include "api/store/open.hpp"
#include "tests/api/energy_quarters.hpp"
#include "tests/bench/markers.hpp"
#include "tests/support/postgres_cluster.hpp"

namespace balans::bench {
namespace {

namespace fs = std::filesystem;
using namespace api;
namespace test = api::test;

const SiteId kSite = *SiteId::parse("elm");
constexpr UnixTime kNoon(1'715'000'400'000);

struct Times {
  std::vector<double> booking, run, next, pure;
};

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

[[noreturn]] void give_up(const Error& error) {
  std::cerr << "balans_payment: " << error.message() << "\n";
  std::exit(1);
}

void must(const Result<void>& done) {
  if (!done) give_up(done.error());
}

template <class Work>
double seconds(Work work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

std::string name_of_station(int i) { return fmt::format("m{}", i); }

void prepare(Store& store, int stations) {
  must(store.transaction([&]() -> Result<void> {
    for (int i = 0; i < stations; ++i) {
      const energy::Station station{*AgentId::parse(name_of_station(i)), fmt::format("owner-{}", i), {}};
      if (const auto put = store.energy().put_station(kSite, station); !put) return put;
    }
    const energy::Tariff tariff{
        energy::TariffKind::Import, trade::Asset::Eur, {UnixTime(0), kNoon + 86'400_s}, energy::FixedPrice{300'001}};
    return store.energy().put_tariff(kSite, {"import", tariff});
  }));
}

/// Every second station has a roof; each uses enough to pay in every run, so that none is left out.
void meter(Store& store, int stations, UnixTime slot) {
  std::vector<test::Quarter> quarters;
  for (int i = 0; i < stations; ++i)
    quarters.push_back({name_of_station(i), 12'000 + 7 * i, i % 2 == 0 ? 15'000 + 3 * i : 0});
  must(store.transaction([&] { return test::put_quarters(store, kSite, slot, quarters); }));
}

/// A month's first runs: of the first one accounts are opened too.
void measure(const DatabaseAddress& address, int stations, Times& times) {
  must(migrate(address));
  const auto store = open_store(address);
  if (!store) give_up(store.error());
  prepare(**store, stations);
  energy::BillingRules rules;
  rules.period = 15_min;
  WalletRules wallet;
  wallet.credit_limit = 1'000'000'000'000;
  for (int i = 0; i < 2; ++i) {
    const UnixTime slot = kNoon + i * 15_min, now = slot + 20_min;
    meter(**store, stations, slot);
    times.booking.push_back(seconds([&] {
      const auto booked = allocate_some(**store, {}, now, 100);
      if (!booked) give_up(booked.error());
      if (booked->versions != 1) give_up({"booking", "booked nothing"});
    }));
    (i == 0 ? times.run : times.next).push_back(seconds([&] {
      const auto step = run_payments(**store, kSite, rules, wallet, now);
      if (!step) give_up(step.error());
      if (!step->bill || static_cast<int>(step->bill->payments.size()) < stations) give_up({"run", "paid too little"});
    }));
  }
}

double pure(int stations) {
  energy::PeriodInput input{{}, {"pool", "grid", "supplier"}, {}, energy::Remainders::Carry};
  energy::Carried carried;
  for (int i = 0; i < stations; ++i) {
    const AgentId station = *AgentId::parse(name_of_station(i));
    input.stations.push_back({station, fmt::format("owner-{}", i), WattHours(12'000 + 7 * i),
                              WattHours(i % 2 == 0 ? 15'000 + 3 * i : 0), energy::Stay::Stays});
    carried.stations[station] = {i % 1000, 0, 0, i};
  }
  return seconds([&] {
    const auto done = energy::run(input, carried, {});
    if (!done) give_up(done.error());
  });
}

class Place {
 public:
  explicit Place(const fs::path& folder) : folder_(folder / fmt::format("balans-payment-{}", ::getpid())) {
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

std::string row(const std::string& engine, int stations, const Times& times) {
  const double longest = std::max(median(times.run), median(times.next));
  return fmt::format("| {} | {} | {:.2f} | {:.2f} | {:.2f} | {} | {:.1f} |\n", engine, stations, median(times.booking),
                     median(times.run), median(times.next), longest <= 2 ? "reached" : "missed",
                     1000 * median(times.pure));
}

int run(int argc, char** argv) {
  CLI::App app{"How long a payment run over many stations takes on each engine."};
  std::string page, folder = "/var/tmp";
  int rounds = 5, stations = 5000;
  app.add_option("--page", page, "write the table into this page");
  app.add_option("--folder", folder, "where SQLite's files are made, on a disk")->capture_default_str();
  app.add_option("--rounds", rounds, "medians of so many")->check(CLI::Range(1, 50))->capture_default_str();
  app.add_option("--stations", stations, "of the site")->check(CLI::Range(10, 50'000))->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  std::string table =
      "| engine | stations | booking a slot, s | first run, accounts opened, s | next run, s | goal 2 s | peer billing "
      "alone, ms |\n| --- | ---: | ---: | ---: | ---: | --- | ---: |\n";
  Place place(folder);
  Times sqlite, postgres;
  for (int round = 0; round < rounds; ++round) {
    measure(place.fresh(), stations, sqlite);
    sqlite.pure.push_back(pure(stations));
    measure(PostgresUri{balans::test::postgres_cluster().fresh_database()}, stations, postgres);
    postgres.pure.push_back(pure(stations));
  }
  table += row("SQLite", stations, sqlite) + row("PostgreSQL", stations, postgres);
  std::cout << table << std::endl;
  return page.empty() || write_between_markers(page, "payment", table) ? 0 : 1;
}

}  // namespace
}  // namespace balans::bench

int main(int argc, char** argv) { return balans::bench::run(argc, argv); }
