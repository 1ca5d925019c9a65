// Money survives kill -9, each payment once, whatever the moment: clients pay over HTTP while periods are billed and
// quarter-hours of flexibility are reserved and settled, on both engines.
#include <gtest/gtest.h>
#include <time.h>

#include <array>
#include <chrono>
#include <deque>
#include <random>
#include <thread>

#include "api/app/local_energy.hpp"
#include "common/io/postgres/postgres.hpp"
#include "tests/api/books.hpp"
#include "tests/api/kill_rounds.hpp"
#include "tests/api/payers.hpp"
#include "tests/support/postgres_cluster.hpp"

namespace balans::api::test {
namespace {

using Steady = std::chrono::steady_clock;

/// The end of a month, and so a flush of what is carried, is a day and a half later.
const UnixTime kStart(1'556'539'200'000);  // 2019-04-29T12:00:00Z
/// From one start to the next so much time goes by, and so many readings come, one a minute.
constexpr Millis kHour = 60_min;
constexpr std::uint64_t kReadingsAnHour = 60;
/// Beside two senders of readings: where more requests wait than these make, billing waits too.
constexpr int kClients = 2;

/// Six runs are due at each start, some of them for energy of which the readings came before the last kill.
const std::string kTerms =
    "billing: { asset: EUR, period_min: 10, run_after_s: 7200, pay_multiple_units: 5, block_units: 3, "
    "credit_limit: " +
    std::to_string(Payer::kCreditLimit) +
    " }\nflexibility: { price_per_kwh: 200000, most_wh: 3000, settle_after_min: 60 }\n";

/// The car's counter, and the roof's two, at the end of a minute.
WattHours imported(bool car, std::int64_t minute) {
  return car ? WattHours(97 * minute + minute * minute % 13) : WattHours(3 * minute);
}
WattHours exported(bool car, std::int64_t minute) {
  return car ? WattHours() : WattHours(120 * minute + minute * minute % 17);
}

Reading reading_of(bool car, std::uint64_t seq) {
  const auto minute = static_cast<std::int64_t>(seq) - 1;
  Reading reading = Senders::reading(seq);
  reading.at = AgentTime(minute * 60'000);
  reading.utc = kStart + minute * 1_min;
  reading.energy_import = imported(car, minute);
  reading.energy_export = exported(car, minute);
  return reading;
}

/// `--sim-clock`, so that it is then now.
std::string clock_at(UnixTime then) {
  timespec now{};
  clock_gettime(CLOCK_BOOTTIME, &now);
  return "1:" + std::to_string(then.ms()) + ":" + std::to_string(now.tv_sec * 1000 + now.tv_nsec / 1'000'000);
}

class MoneyKillTest : public testing::Test {
 protected:
  /// The street takes part, energy has a price either way, and clients have a token.
  void prepare(const std::string& database) {
    write_config(folder / "api.yaml", street, database, kTerms);
    const auto loaded = load_config(folder / "api.yaml");
    ASSERT_TRUE(loaded.ok()) << loaded.error().message();
    config = *loaded;
    ASSERT_TRUE(migrate(config.database).ok());
    const auto store = open_store(config.database);
    ASSERT_TRUE(store.ok()) << store.error().message();
    const auto taken = (*store)->transaction([&]() -> Result<void> {
      LocalRegistration registration((*store)->energy());
      if (auto put = registration.put(street.site, {street.charger, "car-owner", {}}); !put) return put;
      if (auto put = registration.put(street.site, {street.boiler, "roof-owner", {}}); !put) return put;
      const Span ever{UnixTime(0), kStart + 100'000 * kHour};
      auto import = (*store)->energy().put_tariff(
          street.site, {"usual", {energy::TariffKind::Import, trade::Asset::Eur, ever, energy::FixedPrice{300'001}}});
      if (!import) return import;
      return (*store)->energy().put_tariff(
          street.site, {"roofs", {energy::TariffKind::FeedIn, trade::Asset::Eur, ever, energy::FixedPrice{80'003}}});
    });
    ASSERT_TRUE(taken.ok()) << taken.error().message();
    const std::string token = first_line_of("token add payers --scope administer", folder / "api.yaml");
    for (int i = 0; i < kClients; ++i) payers.emplace_back(street.site, i, token, seed() + static_cast<unsigned>(i));
    // Out of which every quarter-hour sets something aside.
    energy::WireTransfer budget;
    budget.id = journal::client_id_from(kStart, "budget");
    budget.payment = {"bank", "flexibility elm-street", *trade::Amount::of(10'000'000'000), journal::Code::Deposit, ""};
    payers.front().begin_with({street.site, {budget}});
  }

  [[nodiscard]] std::vector<std::string> at_hour(int hour) const {
    return {"--sim-clock", clock_at(kStart + hour * kHour)};
  }
  [[nodiscard]] std::uint64_t answered() const {
    std::uint64_t sum = 0;
    for (const Payer& payer : payers) sum += payer.answered();
    return sum;
  }

  /// Everybody is at work; then, somewhere, it is over.
  void run_and_kill(int hour, std::mt19937& random) {
    Program program(folder / "api.yaml", folder / "events.jsonl", at_hour(hour));
    const std::uint16_t port = program.port();
    ASSERT_NE(port, 0);
    const std::uint64_t readings = kReadingsAnHour * static_cast<std::uint64_t>(hour);
    std::vector<std::jthread> clients;
    for (Sender* sender : {&car, &roof}) clients.emplace_back([=] { sender->run_until(port, readings); });
    for (Payer& payer : payers) clients.emplace_back([&payer, port] { payer.run(port); });
    const std::uint64_t goal = random() % 2 == 0 ? 0 : answered() + random() % 20;
    const auto longest = Steady::now() + std::chrono::seconds(20);
    while (answered() < goal && Steady::now() < longest) std::this_thread::yield();
    EXPECT_GE(answered(), goal) << "nothing is answered";
    constexpr std::array<unsigned, 6> kMost{30'000, 30'000, 150'000, 150'000, 600'000, 1'200'000};
    const unsigned most_us = kMost.at(random() % kMost.size());
    const auto moment = Steady::now() + std::chrono::microseconds(random() % most_us);
    while (Steady::now() < moment) std::this_thread::yield();
    EXPECT_EQ(program.end(SIGKILL), -SIGKILL);
  }

  /// What is under way is answered, all readings come, and every period is billed.
  void come_to_an_end(int hour) {
    const std::uint64_t readings = kReadingsAnHour * static_cast<std::uint64_t>(hour);
    {
      Program program(folder / "api.yaml", folder / "events.jsonl", at_hour(hour + 1));
      const std::uint16_t port = program.port();
      EXPECT_TRUE(car.run_until(port, readings));
      EXPECT_TRUE(roof.run_until(port, readings));
      for (Payer& payer : payers) EXPECT_TRUE(payer.finish(port)) << payer.trouble();
      EXPECT_EQ(program.end(SIGTERM), 0);
    }
    // Later than what was due before: everything that came meanwhile is booked before these periods are billed.
    const UnixTime end = kStart + (hour + 2) * kHour;
    Program program(folder / "api.yaml", folder / "events.jsonl", at_hour(hour + 4));
    EXPECT_NE(program.port(), 0);
    const auto store = open_store(config.database);
    ASSERT_TRUE(store.ok()) << store.error().message();
    const auto longest = Steady::now() + std::chrono::seconds(60);
    const auto settled = [&] {
      const auto progress = (*store)->energy().progress(street.site);
      const auto waiting = (*store)->rewards().oldest_unsettled(street.site);
      return progress.ok() && progress->last && progress->last->to >= end && waiting.ok() &&
             (!*waiting || (*waiting)->slot >= kStart + hour * kHour);
    };
    while (!settled() && Steady::now() < longest) std::this_thread::sleep_for(std::chrono::milliseconds(20));
    EXPECT_TRUE(settled());
    EXPECT_EQ(program.end(SIGTERM), 0);
  }

  /// A server works on after its client is gone: what was sent may still be committed.
  void wait_for_the_database() const {
    const auto* uri = std::get_if<PostgresUri>(&config.database);
    if (uri == nullptr) return;
    const auto connection = balans::postgres::Connection::open(uri->text);
    ASSERT_TRUE(connection.ok()) << connection.error().message();
    const auto others = [&] {
      const auto found = (*connection)
                             ->run("count",
                                   "SELECT count(*) FROM pg_stat_activity "
                                   "WHERE datname = current_database() AND pid <> pg_backend_pid()");
      return found.ok() ? found->integer(0, 0) : -1;
    };
    const auto longest = Steady::now() + std::chrono::seconds(20);
    while (others() != 0 && Steady::now() < longest) std::this_thread::yield();
    ASSERT_EQ(others(), 0);
  }

  /// Everything in the journal was asked for, and what was acknowledged is there.
  std::map<std::string, int> expect_sound() {
    wait_for_the_database();
    const std::string audit = first_line_of("ledger audit", folder / "api.yaml");
    EXPECT_TRUE(audit.starts_with("The journal is sound: ")) << audit;
    const auto store = open_store(config.database);
    EXPECT_TRUE(store.ok());
    const auto trial = (*store)->journal().trial_balance({});
    EXPECT_TRUE(trial.ok());
    for (const TrialBalance& asset : *trial) EXPECT_TRUE(asset.is_even()) << name_of(asset.asset);
    Books books(**store);
    for (const Payer& payer : payers) books.explain(payer);
    books.explain_runs(**store, config, street.site);
    books.explain_rewards(**store, street.site);
    books.expect_all_explained();
    expect_counted_once(**store, street.site, [this](const AgentId& meter, UnixTime slot) {
      const bool is_car = meter == street.charger;
      const auto minute = (slot - kStart).count() / 60'000;
      return energy::Metered{meter, imported(is_car, minute + 15) - imported(is_car, minute),
                             exported(is_car, minute + 15) - exported(is_car, minute)};
    });
    return books.counts();
  }

  void kill_in_a_loop(const std::string& database) {
    std::cout << "seed " << seed() << "\n";
    prepare(database);
    std::mt19937 random(seed());
    const int often = std::max(1, rounds() / 100);
    for (int round = 1; round <= rounds() && !HasFailure(); ++round) {
      SCOPED_TRACE("round " + std::to_string(round));
      run_and_kill(round, random);
      if (round % often == 0) between_kills = expect_sound();
    }
    if (HasFailure()) return;
    come_to_an_end(rounds());
    tell(expect_sound());
  }

  /// None of what this is about may have been left out by chance.
  void tell(const std::map<std::string, int>& counts) {
    std::uint64_t again = 0;
    for (const Payer& payer : payers) again += payer.asked_again();
    std::cout << rounds() << " kills, " << answered() << " requests answered, " << again << " sent again;";
    for (const auto& [what, count] : counts) std::cout << " " << count << " " << what << ",";
    std::cout << "\nof these between kills: " << between_kills["runs"] << " runs, " << between_kills["runs that paid"]
              << " runs that paid, " << between_kills["quarter-hours settled"] << " quarter-hours settled\n";
    EXPECT_GT(again, 0U);
    EXPECT_GT(between_kills["runs that paid"], rounds() / 2);
    EXPECT_GT(between_kills["quarter-hours settled"], 0);
    for (const char* what :
         {"transfer", "reserve", "post", "void", "refused", "runs that paid", "quarter-hours settled"})
      EXPECT_TRUE(counts.contains(what) && counts.at(what) > 0) << what;
    expect_all_billed();
  }
  void expect_all_billed() {
    const auto store = open_store(config.database);
    const UnixTime end = kStart + (rounds() - 1) * kHour;
    const auto uses = (*store)->energy().uses(street.site, {UnixTime(0), end}, 10'000'000);
    ASSERT_TRUE(uses.ok());
    std::set<UnixTime> slots;
    for (const StoredUse& row : *uses) {
      slots.insert(row.slot);
      EXPECT_TRUE(row.billed.has_value()) << "slot " << row.slot.ms();
    }
    for (UnixTime slot = kStart; slot < end; slot = slot + energy::kSlot)
      EXPECT_TRUE(slots.contains(slot)) << "slot " << (slot - kStart).count() / energy::kSlot.count()
                                        << " is not booked";
  }

  const Senders street;
  const Folder folder;
  Config config;
  std::map<std::string, int> between_kills;  ///< what was explained at the last look before the end
  Sender car{street, street.charger, 30, [](std::uint64_t seq) { return reading_of(true, seq); }};
  Sender roof{street, street.boiler, 30, [](std::uint64_t seq) { return reading_of(false, seq); }};
  std::deque<Payer> payers;
};

TEST_F(MoneyKillTest, PaysOnceWhateverTheMomentOnSqlite) { kill_in_a_loop("balans.sqlite"); }

TEST_F(MoneyKillTest, PaysOnceWhateverTheMomentOnPostgres) {
  kill_in_a_loop(balans::test::postgres_cluster().fresh_database());
}

}  // namespace
}  // namespace balans::api::test
