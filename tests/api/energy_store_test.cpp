// The book of energy and payment runs, on both engines: every watt-hour is booked and billed once, whatever is
// repeated.
#include <gtest/gtest.h>

#include <map>
#include <numeric>

#include "api/app/allocate_energy.hpp"
#include "api/app/ingest_readings.hpp"
#include "api/app/local_energy.hpp"
#include "api/core/rfc3339.hpp"
#include "tests/api/both_engines.hpp"
#include "tests/api/energy_quarters.hpp"

namespace balans::api::test {
namespace {

const SiteId kElm = *SiteId::parse("elm");
const UnixTime kNoon = *parse_rfc3339("2024-05-06T12:00:00Z");
constexpr Millis kDay = 86'400_s;
constexpr std::int64_t kUnit = 10'000;

AgentId name(const std::string& text) { return *AgentId::parse(text); }

class EnergyBook : public OnBothEngines {
 protected:
  void SetUp() override {
    OnBothEngines::SetUp();
    wallet.deployment.bytes.fill(7);
    wallet.credit_limit = 1'000'000'000;
    rules.run_after = Millis();
    for (const std::string station : {"car", "house", "roof"}) join({name(station), station + "-owner", {}});
  }
  void join(const energy::Station& station) {
    commit([&] { return LocalRegistration(store->energy()).put(kElm, station); });
  }
  void quarters(UnixTime slot, const std::vector<Quarter>& meters) {
    commit([&] { return put_quarters(*store, kElm, slot, meters); });
  }
  std::int64_t book(UnixTime now) {
    const auto allocated = allocate_some(*store, settling, now, 1000);
    EXPECT_TRUE(allocated.ok()) << allocated.error().message();
    for (const Error& refused : allocated->refused) ADD_FAILURE() << refused.message();
    return allocated->versions;
  }
  PaymentStep run(UnixTime now) {
    auto step = run_payments(*store, kElm, rules, wallet, now);
    EXPECT_TRUE(step.ok()) << step.error().message();
    return step ? *step : PaymentStep();
  }
  /// Posted balances by owner.
  std::map<std::string, std::int64_t> balances() {
    std::map<std::string, std::int64_t> found;
    const auto accounts = store->journal().accounts({{}, kElm, {}, 0, 100});
    for (const journal::Account& account : *accounts)
      found[account.owner] = store->journal().balance(account.number, {})->posted();
    return found;
  }
  std::vector<StoredUse> uses() { return *store->energy().uses(kElm, {UnixTime(0), kNoon + 400 * kDay}, 1000); }
  void tariff(energy::TariffKind kind, std::int64_t per_kwh) {
    const energy::Tariff made{kind, trade::Asset::Eur, {UnixTime(0), kNoon + 400 * kDay}, energy::FixedPrice{per_kwh}};
    commit([&] { return store->energy().put_tariff(kElm, {std::string(name_of(kind)), made}); });
  }

  energy::SettlingRules settling;
  energy::BillingRules rules;
  WalletRules wallet;
};

INSTANTIATE_TEST_SUITE_P(Engines, EnergyBook, both_engines(), engine_of);

TEST_P(EnergyBook, BooksASlotOnceAndItsCorrectionAsADifference) {
  quarters(kNoon, {{"car", 300}, {"house", 100}, {"roof", 0, 200}});
  EXPECT_EQ(book(kNoon + 14 * 60_s), 0) << "is not over";
  EXPECT_EQ(book(kNoon + 15_min), 1);
  EXPECT_EQ(book(kNoon + 15_min), 0) << "is done";
  EXPECT_EQ(uses().size(), 5U);
  quarters(kNoon, {{"car", 310}});
  EXPECT_EQ(book(kNoon + 16_min), 1);
  std::map<std::string, std::int64_t> sums;
  for (const StoredUse& use : uses())
    if (is_import(use.use.use)) sums[use.use.meter.str()] += use.use.energy.count();
  EXPECT_EQ(sums, (std::map<std::string, std::int64_t>{{"car", 310}, {"house", 100}}));
  EXPECT_EQ(uses().back().version, 2);
  EXPECT_EQ(uses().back().corrects, std::nullopt);
}

TEST_P(EnergyBook, FollowsTheReadingsOfItsStations) {
  const Senders senders;
  const TestClock clock;
  const auto events = *EventLog::open(folder / "events.jsonl", clock);
  const IngestReadings ingest(Retention(), clock, *events);
  const std::string body = ingest_body(
      {senders.sealed(senders.batch(senders.charger, 1, 31)), senders.sealed(senders.batch(senders.boiler, 1, 31))});
  const IngestReadings::Request request{std::make_shared<const Roster>(senders.roster), senders.site, "k", body};
  const auto outcomes = ingest.run(*store, std::span(&request, 1));
  ASSERT_TRUE(std::holds_alternative<IngestReadings::Committed>(outcomes[0]));
  commit([&] { return store->energy().put_station(senders.site, {senders.charger, "somebody", {}}); });
  while (*roll_up_some(*store, 10) == Left::More) continue;
  const UnixTime start(1'554'300'000'000);
  EXPECT_EQ(book(start + 60_min), 1) << "of the first and the last quarter-hour only a part is known";
  const auto booked = store->energy().booked({senders.site, start + 15_min});
  EXPECT_EQ(booked->value().uses,
            std::vector{(energy::EnergyUse{senders.charger, energy::Use::FromSupplier, "", 1500_Wh})})
      << "the boiler is no station";
}

TEST_P(EnergyBook, WaitsADayForAMeterThatIsSilentOrInDoubtAndMarksTheSlotAsEstimated) {
  quarters(kNoon, {{"car", 300}, {"roof", 0, 200}});
  quarters(kNoon + 15_min, {{"car", 1, 0, Doubts(1)}, {"house", 1}, {"roof", 0, 1}});
  EXPECT_EQ(book(kNoon + 30_min), 0);
  EXPECT_EQ(book(kNoon + 30_min + kDay - 1_ms), 1) << "the first slot has waited a day";
  EXPECT_EQ(book(kNoon + 30_min + kDay), 1);
  for (const StoredUse& use : uses()) EXPECT_EQ(use.certainty, energy::Certainty::Estimated);
  quarters(kNoon, {{"house", 50}});
  EXPECT_EQ(book(kNoon + 2 * kDay), 1);
  EXPECT_EQ(store->energy().booked({kElm, kNoon})->value().certainty, energy::Certainty::Certain);
}

TEST_P(EnergyBook, CorrectsAFinalSlotByACreditNoteThatNamesItsVersion) {
  quarters(kNoon, {{"car", 300}, {"house", 100}, {"roof", 0, 200}});
  book(kNoon + 15_min);
  quarters(kNoon, {{"roof", 0, 100}});
  EXPECT_EQ(book(kNoon + 15_min + 35 * kDay), 1);
  ASSERT_EQ(uses().back().version, 2);
  EXPECT_EQ(uses().back().corrects, 1);
}

TEST_P(EnergyBook, PaysEachPeriodOnceAndAgreesWithTheJournal) {
  tariff(energy::TariffKind::Import, 300'000);
  tariff(energy::TariffKind::FeedIn, 80'000);
  quarters(kNoon, {{"car", 20'000}, {"house", 10'000}, {"roof", 0, 24'000}});
  book(kNoon + 15_min);
  const PaymentStep first = run(kNoon + 20_min);
  ASSERT_TRUE(first.bill);
  EXPECT_EQ(first.bill->period, (Span{kNoon + 10_min, kNoon + 20_min}));
  // 24 kWh are shared: 16 and 8 kWh, 80 and 40 units, of which 75 and 25 are paid; the grid keeps 20 of 100; 80 are two
  // blocks. 6 kWh from the supplier at 0.30: 4 kWh and 2 kWh.
  EXPECT_EQ(balances(), (std::map<std::string, std::int64_t>{{"car-owner", -75 * kUnit - 1'200'000},
                                                             {"house-owner", -25 * kUnit - 600'000},
                                                             {"roof-owner", 80 * kUnit},
                                                             {"grid elm", 20 * kUnit},
                                                             {"supplier elm", 1'800'000},
                                                             {"energy-pool elm", 0}}));
  for (const energy::Payment& payment : first.bill->payments) {
    const journal::Id id = transfer_id(wallet.deployment, *first.bill, payment);
    EXPECT_TRUE(id.is_derived()) << "no client can make it";
    EXPECT_TRUE(store->journal().transfer(id)->has_value());
  }
  EXPECT_FALSE(run(kNoon + 20_min).bill) << "the next period is not over";
  for (const StoredUse& use : uses()) EXPECT_EQ(use.billed, kNoon + 10_min);
  EXPECT_EQ(store->energy().runs(kElm, {}, 10)->front().totals, first.bill->totals);
}

TEST_P(EnergyBook, CatchesUpWithMissedPeriodsInTheirOrder) {
  book(kNoon);
  run(kNoon);
  for (int i = 0; i < 4; ++i) quarters(kNoon + i * 15_min, {{"car", 10'000}, {"house", 0}, {"roof", 0, 10'000}});
  book(kNoon + 60_min);
  reopen();
  std::vector<std::int64_t> usages;
  while (true) {
    const PaymentStep step = run(kNoon + 60_min);
    if (!step.bill) break;
    usages.push_back(step.bill->totals.peer.usage_wh);
  }
  EXPECT_EQ(usages, (std::vector<std::int64_t>{0, 10'000, 10'000, 0, 10'000, 10'000}));
}

TEST_P(EnergyBook, GoesOnAfterAnythingThatFailsAsIfNothingHad) {
  quarters(kNoon, {{"car", 20'000}, {"house", 10'000}, {"roof", 0, 24'000}});
  book(kNoon + 15_min);
  const auto before = balances();
  const auto crashed = store->transaction([&]() -> Result<void> {
    LocalStrategy strategy(store->energy(), rules);
    LocalStorage storage(*store);
    LocalRegistration registration(store->energy());
    LocalWallet purse(store->journal(), wallet, kNoon);
    PaymentRuns runs(
        {strategy, storage, registration, purse}, [](const auto& work) { return work(); }, Paying::Together);
    EXPECT_TRUE(runs.next(kElm, kNoon + 20_min).ok());
    return Error{"", "the power fails before the commit"};
  });
  EXPECT_FALSE(crashed.ok());
  reopen();
  EXPECT_EQ(balances(), before);
  EXPECT_TRUE(run(kNoon + 20_min).bill);
  EXPECT_EQ(balances()["roof-owner"], 80 * kUnit);
}

/// A wallet elsewhere that fails when it is told to, after it has paid or before.
class FailingWallet final : public energy::Wallet {
 public:
  FailingWallet(Store& store, const WalletRules& rules) : store_(store), rules_(rules) {}
  Result<energy::Funds> funds(const SiteId&, trade::Asset, std::span<const energy::Owner>) override {
    return energy::Funds();
  }
  Result<void> pay(const energy::PeriodBill& bill) override {
    if (fails == Fails::Before) return Error{"wallet", "is away"};
    const auto paid =
        store_.transaction([&] { return LocalWallet(store_.journal(), rules_, kNoon + 21_min).pay(bill); });
    if (!paid) return paid;
    return fails == Fails::After ? Error{"wallet", "has paid and its answer is lost"} : Result<void>();
  }
  enum class Fails : std::uint8_t { Never, Before, After };
  Fails fails = Fails::Never;

 private:
  Store& store_;
  const WalletRules& rules_;
};

TEST_P(EnergyBook, PaysNothingTwiceWhereTheWalletIsElsewhereAndItsAnswersAreLost) {
  quarters(kNoon, {{"car", 20'000}, {"house", 10'000}, {"roof", 0, 24'000}});
  book(kNoon + 15_min);
  LocalStrategy strategy(store->energy(), rules);
  LocalStorage storage(*store);
  LocalRegistration registration(store->energy());
  FailingWallet elsewhere(*store, wallet);
  PaymentRuns runs(
      {strategy, storage, registration, elsewhere}, [this](const auto& work) { return store->transaction(work); },
      Paying::Apart);
  for (const auto fails : {FailingWallet::Fails::Before, FailingWallet::Fails::After, FailingWallet::Fails::After}) {
    elsewhere.fails = fails;
    EXPECT_FALSE(runs.next(kElm, kNoon + 20_min).ok());
    EXPECT_EQ(store->energy().runs(kElm, {}, 10)->front().paid, energy::Paid::No);
    // What is metered meanwhile waits: the same payments are asked for again.
    quarters(kNoon, {{"car", 20'000 + 1000 * static_cast<std::int64_t>(fails)}});
    book(kNoon + 17_min);
  }
  elsewhere.fails = FailingWallet::Fails::Never;
  EXPECT_TRUE(runs.next(kElm, kNoon + 20_min)->bill);
  EXPECT_EQ(store->energy().runs(kElm, {}, 10)->front().paid, energy::Paid::Yes);
  EXPECT_EQ(balances()["roof-owner"], 80 * kUnit);
  EXPECT_FALSE(runs.next(kElm, kNoon + 20_min)->bill);
}

TEST_P(EnergyBook, SaysGoodbyeAndForgetsAStationOnceItsEnergyIsFinal) {
  quarters(kNoon, {{"car", 5400}, {"house", 0}, {"roof", 0, 5400}});
  book(kNoon + 15_min);
  join({name("car"), "car-owner", kNoon + 15_min});
  ASSERT_TRUE(run(kNoon + 20_min).bill);
  EXPECT_EQ(balances()["car-owner"], -27 * kUnit) << "5.4 kWh, to the unit";
  EXPECT_EQ(store->energy().stations(kElm)->size(), 3U);
  rules.remember_left = Millis();
  ASSERT_TRUE(run(kNoon + 30_min).bill);
  EXPECT_EQ(store->energy().stations(kElm)->size(), 2U);
}

TEST_P(EnergyBook, CarriesWhatAStationCannotPayYet) {
  wallet.credit_limit = 30 * kUnit;
  quarters(kNoon, {{"car", 20'000}, {"house", 0}, {"roof", 0, 20'000}});
  book(kNoon + 15_min);
  EXPECT_EQ(run(kNoon + 20_min).bill->totals.peer.billed, 25 * kUnit);
  EXPECT_EQ(run(kNoon + 30_min).bill->totals.peer.billed, 0) << "5 units are left to pay from";
  EXPECT_EQ(store->energy().progress(kElm)->carried.peer.stations.at(name("car")).owed, 75 * kUnit);
}

TEST_P(EnergyBook, RefusesAnotherAssetAsLongAsSomethingIsCarried) {
  quarters(kNoon, {{"car", 5400}, {"house", 0}, {"roof", 0, 5400}});
  book(kNoon + 15_min);
  const auto carried = run(kNoon + 20_min).bill->carried;
  rules.peer.asset = trade::Asset::Iota;
  const auto refused = run_payments(*store, kElm, rules, wallet, kNoon + 30_min);
  ASSERT_FALSE(refused.ok());
  EXPECT_NE(refused.error().message().find("site elm, billing.asset: is IOTA, and what is carried is in EUR"),
            std::string::npos)
      << refused.error().message();
  EXPECT_EQ(store->energy().progress(kElm)->carried, carried);
  rules.peer.asset = trade::Asset::Eur;
  rules.period = kDay;
  const UnixTime end = *parse_rfc3339("2024-06-01T00:00:00Z");
  while (run(end).bill) continue;
  ASSERT_EQ(store->energy().progress(kElm)->carried, energy::AllCarried());
  rules.peer.asset = trade::Asset::Iota;
  EXPECT_EQ(run(end + kDay).bill->asset, trade::Asset::Iota) << "nothing is in the other one any more";
  EXPECT_EQ(store->energy().progress(kElm)->asset, trade::Asset::Iota);
}

TEST_P(EnergyBook, FlushesEverythingAtTheEndOfAMonth) {
  const UnixTime last = *parse_rfc3339("2024-05-31T23:45:00Z");
  quarters(last, {{"car", 5999}, {"house", 0}, {"roof", 0, 5999}});
  book(last + 15_min);
  const PaymentStep end = run(last + 15_min);
  ASSERT_TRUE(end.bill);
  EXPECT_EQ(end.bill->remainders, energy::Remainders::Flush);
  EXPECT_EQ(store->energy().progress(kElm)->carried, energy::AllCarried());
  EXPECT_EQ(balances()["energy-pool elm"], 0);
}

TEST_P(EnergyBook, RefusesASecondRunOfAPeriodAndAnOwnerThatIsTheSites) {
  ASSERT_TRUE(run(kNoon + 20_min).bill);
  energy::PeriodBill again;
  again.site = kElm;
  again.period = {kNoon + 10_min, kNoon + 20_min};
  EXPECT_FALSE(store->transaction([&] { return store->energy().add_run(again, energy::Paid::Yes); }).ok());
  LocalRegistration registration(store->energy());
  EXPECT_EQ(registration.put(kElm, {name("x"), "grid elm", {}}).error().message(),
            "station x: its owner is one of the site's own");
  EXPECT_FALSE(registration.put(kElm, {name("x"), "", {}}).ok());
}

TEST_P(EnergyBook, SharesOfManyMetersAreStoredInFewStatements) {
  std::vector<Quarter> meters;
  for (int i = 0; i < 300; ++i) {
    const std::string meter = "m" + std::to_string(i);
    join({name(meter), meter, {}});
    meters.push_back({meter, 100 + i, i % 3 == 0 ? 50 : 0});
  }
  meters.insert(meters.end(), {{"car", 0}, {"house", 0}, {"roof", 0}});
  quarters(kNoon, meters);
  EXPECT_EQ(book(kNoon + 15_min), 1);
  std::int64_t imported = 0;
  for (const StoredUse& use : uses())
    if (is_import(use.use.use)) imported += use.use.energy.count();
  EXPECT_EQ(imported, 300 * 100 + 299 * 300 / 2);
}

}  // namespace
}  // namespace balans::api::test
