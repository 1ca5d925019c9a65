// From a controller's evidence and a car's signed readings to an account, on both engines: what flexibility earns is
// what the rule says, once, whatever is repeated, forged, late or missing.
#include <gtest/gtest.h>

#include <map>

#include "api/app/ingest_readings.hpp"
#include "api/app/journal.hpp"
#include "api/app/keep_evidence.hpp"
#include "api/app/reward_run.hpp"
#include "api/core/rfc3339.hpp"
#include "api/store/open.hpp"
#include "common/messages/signed.hpp"
#include "common/messages/topics.hpp"
#include "tests/api/senders.hpp"
#include "tests/support/postgres_cluster.hpp"

namespace balans::api::test {
namespace {

using flexibility::Verdict;
using trade::Amount;

enum class Kind : std::uint8_t { Sqlite, Postgres };

const UnixTime kNoon = *parse_rfc3339("2019-04-03T12:00:00Z");
constexpr Millis kDay = 86'400_s;
constexpr std::int64_t kPrice = 200'000, kFunds = 50'000'000;
/// 15 minutes at 6 A instead of 12 A on three phases of 230 V.
constexpr std::int64_t kWithheldWh = 1035, kReward = 207'000;

UnixTime at(int minute) { return kNoon + minute * 1_min; }

/// Does its work, then fails: as where the commit fails.
Result<void> and_fail(Store& store, const std::function<Result<void>()>& work) {
  return store.transaction([&]() -> Result<void> {
    if (const auto done = work(); !done) return done;
    return Error{"disk", "is full"};
  });
}

/// A car comes at noon, charges with 12 A, is held back to 6 A from 12:15 on, charges on and leaves.
class Rewards : public testing::TestWithParam<Kind> {
 protected:
  void SetUp() override {
    if (GetParam() == Kind::Sqlite)
      address = folder / "balans.sqlite";
    else
      address = PostgresUri{balans::test::postgres_cluster().fresh_database()};
    ASSERT_TRUE(migrate(address).ok());
    reopen();
    rules.terms.per_kwh = *Amount::of(kPrice);
    rules.wallet.deployment = street.roster.deployment;
  }
  void reopen() {
    store.reset();
    auto opened = open_store(address);
    ASSERT_TRUE(opened.ok()) << opened.error().message();
    store = *std::move(opened);
  }
  template <class Work>
  void commit(Work work) {
    const auto done = store->transaction([&]() -> Result<void> { return work(); });
    ASSERT_TRUE(done.ok()) << done.error().message();
  }

  // ---- what happened ----
  /// Held back from 12:15 to `until`; minutes after noon.
  void charge(int until = 30) {
    held_until = until;
    ReadingBatch batch;
    batch.agent = street.charger;
    WattHours counter = 500_Wh;
    for (int minute = 0; minute <= 75; ++minute) {
      const Milliamps drawn = minute == 0 || minute > 60 ? 0_A : is_held(minute) ? 6_A : 12_A;
      counter += WattHours(drawn.count() * 3 * 230 / 60'000);
      Reading reading;
      reading.seq = static_cast<std::uint64_t>(minute) + 1;
      reading.boot.value = 1;
      reading.utc = at(minute);
      reading.at = on_agents_clock(at(minute));
      reading.energy_import = counter;
      reading.mean = PerPhase<Milliamps>::all(drawn);
      reading.limit = PerPhase<Milliamps>::all(is_held(minute) ? 6_A : 12_A);
      reading.state = AgentState::Following;
      batch.head = chain(batch.head, reading);
      batch.readings.push_back(reading);
      counters[minute] = counter;
    }
    ingest(batch);
    Session session;
    session.site = street.site;
    session.agent = street.charger;
    session.plugged = at(0);
    session.departed = session.seen = at(70);
    commit([&] { return store->history().put_sessions({&session, 1}); });
  }
  [[nodiscard]] bool is_held(int minute) const { return minute > 15 && minute <= held_until; }
  static AgentTime on_agents_clock(UnixTime time) { return AgentTime(time.ms() - kNoon.ms() + 1'000'000); }
  void ingest(const ReadingBatch& batch) {
    const TestClock clock;
    const auto events = *EventLog::open(folder / "events.jsonl", clock);
    const IngestReadings readings(Retention(), clock, *events);
    const IngestReadings::Request request{std::make_shared<const Roster>(street.roster), street.site, "k",
                                          ingest_body({street.sealed(batch)})};
    const auto outcomes = readings.run(*store, std::span(&request, 1));
    ASSERT_TRUE(std::holds_alternative<IngestReadings::Committed>(outcomes[0]));
  }

  // ---- what the controller recorded ----
  [[nodiscard]] LimitProof proof(UnixTime heard, const Signer& agent, std::uint64_t seq) const {
    Limit limit;
    limit.epoch.value = 3;
    limit.boot.value = 7;
    limit.seq.value = seq;
    limit.nonce.value = 11;
    limit.until = on_agents_clock(heard + 5_s);
    limit.max = PerPhase<Milliamps>::all(6_A);
    Status status;
    status.at = on_agents_clock(heard);
    status.nonce = limit.nonce;
    status.state = AgentState::Following;
    status.ask = PerPhase<Milliamps>::all(12_A);
    status.ack = Ack{limit.epoch, limit.boot, limit.seq, limit.max, AckStage::Effective};
    const DeploymentId& deployment = street.roster.deployment;
    return {heard - 2_s,
            seal(*limit_key, deployment, topics::limit(street.site, street.charger), "limit", encode(limit)), heard,
            seal(agent, deployment, topics::status(street.site, street.charger), "status", encode(status))};
  }
  /// Of the quarter-hour that begins so many minutes after noon.
  DeviceEvidence device(int slot, const LimitProof& shown) {
    DeviceEvidence record;
    record.agent = street.charger;
    record.slot = at(slot);
    record.row = EvidenceRow{"feeder", Phase::L1};
    record.bound_since = at(16);
    const WattHours taken = counters[slot + 1] - counters[0];
    record.need = DeclaredNeed{10'000_Wh - taken, at(180), at(0)};
    for (int minute = slot + 1; minute <= slot + 15; ++minute)
      record.minutes.push_back({at(minute), PerPhase<Milliamps>::all(12_A), PerPhase<Milliamps>::all(6_A),
                                Reason::Capacity, std::nullopt, std::nullopt});
    record.proof = shown;
    return record;
  }
  NodeEvidence node(int slot) {
    NodeEvidence record{"feeder", "", at(slot), {}, {street.charger}};
    for (int minute = slot + 1; minute <= slot + 15; ++minute)
      record.minutes.push_back({at(minute), PerPhase<Milliamps>::all(20_A), {}, PerPhase<Milliamps>::all(26_A)});
    return record;
  }
  EvidenceKept keep(const DeviceEvidence& record, int slot) {
    EvidenceBatch batch{street.site, {{3}, {7}}, ++batches, limit_key->public_key(), {record}, {node(slot)}};
    const auto intake = judge_evidence(
        street.roster, street.site,
        seal(*street.site_key, street.roster.deployment, topics::evidence(street.site), "evidence", encode(batch)),
        at(120));
    EXPECT_TRUE(intake.ok()) << intake.error().message();
    const auto kept = keep_evidence(*store, *intake, at(120));
    EXPECT_TRUE(kept.ok()) << kept.error().message();
    return *kept;
  }
  EvidenceKept held_back() { return keep(device(15, proof(at(20), *street.charger_key, 1)), 15); }

  // ---- money ----
  std::optional<RewardSlot> show(UnixTime now) {
    const auto shown = show_price(*store, street.site, rules, 2, now);
    EXPECT_TRUE(shown.ok()) << shown.error().message();
    return shown ? *shown : std::nullopt;
  }
  /// The budget is opened with the first price, which is 0; then somebody fills it.
  void fund() {
    const auto first = show(at(-10));
    ASSERT_TRUE(first.has_value());
    EXPECT_TRUE(first->price.is_zero());
    journal::NewAccount bank;
    bank.id = journal::id_from(at(-9), "bank");
    bank.kind = journal::AccountKind::Cash;
    bank.owner = "bank";
    const auto budget = store->journal().accounts({flexibility_budget_of(street.site), street.site, {}, 0, 1});
    ASSERT_EQ(budget->size(), 1U);
    EXPECT_EQ(budget->front().kind, journal::AccountKind::FlexibilityBudget);
    EXPECT_EQ(budget->front().debits_over, Amount());
    const journal::Batch batch{{bank},
                               {journal::transfer(journal::id_from(at(-9), "funds"), bank.id, budget->front().id,
                                                  *Amount::of(kFunds), journal::Code::Deposit)}};
    commit([&]() -> Result<void> {
      const auto entered = enter_all(store->journal(), batch, at(-9));
      return entered ? Result<void>() : Result<void>(entered.error());
    });
  }
  /// Of all quarter-hours whose time has come.
  std::map<UnixTime, Settled> settle(UnixTime past = kNoon + 2 * kDay) {
    std::map<UnixTime, Settled> all;
    while (true) {
      const auto settled = settle_next(*store, street.site, rules, past);
      EXPECT_TRUE(settled.ok()) << settled.error().message();
      if (!settled || !*settled) return all;
      EXPECT_TRUE(all.emplace((*settled)->slot.slot, **settled).second) << "settled twice";
    }
  }
  /// What is posted, by owner; everything in the journal balances.
  std::map<std::string, std::int64_t> balances() {
    const auto trial = store->journal().trial_balance(std::nullopt);
    for (const TrialBalance& asset : *trial) EXPECT_TRUE(asset.is_even());
    std::map<std::string, std::int64_t> found;
    const auto accounts = store->journal().accounts({{}, {}, {}, 0, 100});
    for (const journal::Account& account : *accounts)
      found[account.owner] = store->journal().balance(account.number, {})->posted();
    return found;
  }
  [[nodiscard]] std::size_t open_reserves() { return store->journal().open_reserves({}, 100)->size(); }
  [[nodiscard]] std::map<std::string, std::int64_t> untouched() {
    return {{"bank", -kFunds}, {"flexibility elm-street", kFunds}, {"flexibility-pool elm-street", 0}};
  }

  Folder folder;
  DatabaseAddress address;
  const Senders street;
  const std::unique_ptr<Signer> limit_key = make_ed25519_signer(Bytes32{5});
  std::unique_ptr<Store> store;
  RewardRules rules;
  int held_until = 30;
  std::map<int, WattHours> counters;
  std::uint64_t batches = 0;
};

INSTANTIATE_TEST_SUITE_P(Engines, Rewards, testing::Values(Kind::Sqlite, Kind::Postgres),
                         [](const auto& each) { return each.param == Kind::Sqlite ? "Sqlite" : "Postgres"; });

TEST_P(Rewards, ACarThatWasHeldBackEarnsWhatTheRuleSaysOnce) {
  fund();
  const auto shown = show(at(5));
  ASSERT_TRUE(shown.has_value());
  EXPECT_EQ(shown->slot, at(15));
  EXPECT_EQ(shown->price.units(), kPrice);
  EXPECT_EQ(shown->reserved.units(), kPrice * 10 + 2) << "10 kWh, and a unit for each device";
  EXPECT_EQ(show(at(6)), std::nullopt) << "is shown already";
  charge();
  EXPECT_TRUE(held_back().flawed.empty());
  EXPECT_TRUE(settle(at(30) + kDay - 1_ms).size() == 1) << "of noon; the time of the other has not come";
  const auto settled = settle();
  ASSERT_EQ(settled.size(), 1U);
  const Settled& slot = settled.at(at(15));
  ASSERT_EQ(slot.rewards.size(), 1U) << slot.refused;
  EXPECT_EQ(name_of(slot.rewards[0].verdict), "counts");
  EXPECT_EQ(slot.rewards[0].claimed.count(), kWithheldWh);
  EXPECT_EQ(slot.rewards[0].verified.count(), kWithheldWh);
  EXPECT_EQ(slot.rewards[0].amount.units(), kReward);
  EXPECT_EQ(slot.slot.paid.units(), kReward);
  const std::map<std::string, std::int64_t> paid{{"bank", -kFunds},
                                                 {"flexibility elm-street", kFunds - kReward},
                                                 {"flexibility-pool elm-street", 0},
                                                 {"device charger-1", kReward}};
  EXPECT_EQ(balances(), paid);
  EXPECT_EQ(open_reserves(), 0U) << "the rest is free again";
  const auto transfer = store->journal().transfer(*slot.rewards[0].transfer);
  EXPECT_EQ(transfer->value().entry.code, journal::Code::Reward);
  EXPECT_TRUE(settle().empty());
  reopen();
  EXPECT_TRUE(settle().empty());
  EXPECT_EQ(balances(), paid);
  const auto stored = store->rewards().rewards(street.site, {at(0), at(60)}, 10);
  ASSERT_EQ(stored->size(), 1U);
  EXPECT_EQ(stored->front().reward, slot.rewards[0]);
}

TEST_P(Rewards, AreThoseOfTheStationsOwner) {
  commit([&] { return LocalRegistration(store->energy()).put(street.site, {street.charger, "anna", {}}); });
  fund();
  show(at(5));
  charge();
  held_back();
  settle();
  EXPECT_EQ(balances().at("anna"), kReward);
  EXPECT_FALSE(LocalRegistration(store->energy()).put(street.site, {street.boiler, "flexibility elm-street", {}}).ok());
}

TEST_P(Rewards, OfAQuarterHourWhoseSettlementFailedArePaidWhenItIsRepeated) {
  fund();
  show(at(5));
  charge();
  held_back();
  reopen();
  EXPECT_EQ(open_reserves(), 1U) << "outlives the program";
  settle(at(15) + kDay);
  const auto due = store->rewards().oldest_unsettled(street.site);
  ASSERT_TRUE(due.ok() && *due);
  // The first try reaches everything but its commit.
  class Failing final : public Store {
   public:
    explicit Failing(Store& store) : store_(store) {}
    ReadingStore& readings() override { return store_.readings(); }
    RollUpStore& roll_ups() override { return store_.roll_ups(); }
    RetentionStore& retention() override { return store_.retention(); }
    AnswerStore& answers() override { return store_.answers(); }
    HistoryStore& history() override { return store_.history(); }
    JournalStore& journal() override { return store_.journal(); }
    EnergyStore& energy() override { return store_.energy(); }
    EvidenceStore& evidence() override { return store_.evidence(); }
    RewardStore& rewards() override { return store_.rewards(); }
    TokenStore& tokens() override { return store_.tokens(); }
    EnrolmentStore& enrolments() override { return store_.enrolments(); }
    AuditStore& audit() override { return store_.audit(); }
    OrderStore& orders() override { return store_.orders(); }
    ChangeStore& changes() override { return store_.changes(); }
    Result<void> transaction(const std::function<Result<void>()>& work) override { return and_fail(store_, work); }
    Result<void> ready() override { return store_.ready(); }

   private:
    Store& store_;
  } failing(*store);
  EXPECT_FALSE(settle_next(failing, street.site, rules, kNoon + 2 * kDay).ok());
  EXPECT_EQ(balances(), untouched());
  EXPECT_EQ(open_reserves(), 1U);
  reopen();
  EXPECT_EQ(settle().at(at(15)).slot.paid.units(), kReward);
  EXPECT_EQ(balances().at("device charger-1"), kReward);
}

TEST_P(Rewards, AreNothingWhereTheBudgetDoesNotReach) {
  ASSERT_TRUE(show(at(5)).has_value());
  charge();
  held_back();
  const Settled settled = settle().at(at(15));
  ASSERT_EQ(settled.rewards.size(), 1U);
  EXPECT_EQ(settled.rewards[0].verified.count(), kWithheldWh) << "is told all the same";
  EXPECT_TRUE(settled.rewards[0].amount.is_zero());
  EXPECT_EQ(settled.rewards[0].transfer, std::nullopt);
  EXPECT_EQ(balances(),
            (std::map<std::string, std::int64_t>{{"flexibility elm-street", 0}, {"flexibility-pool elm-street", 0}}));
}

TEST_P(Rewards, OfAForgedAcknowledgementAreNothing) {
  fund();
  show(at(5));
  charge();
  EXPECT_EQ(keep(device(15, proof(at(20), *street.boiler_key, 1)), 15).flawed.size(), 1U);
  const Settled settled = settle().at(at(15));
  ASSERT_EQ(settled.rewards.size(), 1U);
  EXPECT_EQ(name_of(settled.rewards[0].verdict), "no-proof");
  EXPECT_EQ(balances(), untouched());
  EXPECT_EQ(open_reserves(), 0U);
}

TEST_P(Rewards, OfALimitThatHasBeenShownBeforeAreNothing) {
  fund();
  show(at(5));
  show(at(20));
  charge(45);
  held_back();
  // The same limit, acknowledged once more in the next quarter-hour.
  EXPECT_TRUE(keep(device(30, proof(at(33), *street.charger_key, 1)), 30).flawed.empty());
  EXPECT_EQ(settle(at(30) + kDay).at(at(15)).slot.paid.units(), kReward);
  reopen();
  const Settled again = settle().at(at(30));
  ASSERT_EQ(again.rewards.size(), 1U);
  EXPECT_EQ(name_of(again.rewards[0].verdict), "replayed");
  EXPECT_EQ(balances().at("device charger-1"), kReward);
}

TEST_P(Rewards, OfANewLimitInTheNextQuarterHourComeOnTop) {
  fund();
  show(at(5));
  show(at(20));
  charge(45);
  held_back();
  keep(device(30, proof(at(33), *street.charger_key, 2)), 30);
  settle();
  EXPECT_EQ(balances().at("device charger-1"), 2 * kReward);
}

TEST_P(Rewards, OfEvidenceThatComesWhenTheQuarterHourIsSettledAreNothing) {
  fund();
  show(at(5));
  charge();
  EXPECT_TRUE(settle().at(at(15)).rewards.empty());
  EXPECT_EQ(open_reserves(), 0U) << "nothing was withheld that anybody knew of";
  const auto kept = held_back();
  EXPECT_EQ(kept.late, std::vector<std::string>{"charger-1 2019-04-03T12:15:00.000Z"});
  EXPECT_TRUE(settle().empty());
  EXPECT_EQ(balances(), untouched());
}

TEST_P(Rewards, OfACarWithoutReadingsAreNothing) {
  fund();
  show(at(5));
  counters[0] = counters[16] = WattHours();
  held_back();
  const Settled settled = settle().at(at(15));
  ASSERT_EQ(settled.rewards.size(), 1U);
  EXPECT_EQ(name_of(settled.rewards[0].verdict), "no-reading");
  EXPECT_EQ(balances(), untouched());
}

TEST_P(Rewards, AreNoMoreThanIsBoughtInAQuarterHour) {
  fund();
  rules.terms.most = 1000_Wh;
  show(at(5));
  charge();
  held_back();
  const Settled settled = settle().at(at(15));
  EXPECT_EQ(settled.rewards.at(0).claimed.count(), kWithheldWh);
  EXPECT_EQ(settled.rewards.at(0).verified.count(), 1000);
  EXPECT_EQ(balances().at("device charger-1"), kPrice);
}

TEST_P(Rewards, CarryWhatIsLessThanAUnit) {
  rules.terms.per_kwh = *Amount::of(1);  // 1.035 units
  fund();
  show(at(5));
  show(at(20));
  charge(45);
  held_back();
  keep(device(30, proof(at(33), *street.charger_key, 2)), 30);
  const auto settled = settle();
  EXPECT_EQ(settled.at(at(15)).rewards.at(0).carried, 35);
  EXPECT_EQ(settled.at(at(30)).rewards.at(0).carried, 70);
  EXPECT_EQ(balances().at("device charger-1"), 2);
}

TEST_P(Rewards, EndWithTheReservationsTime) {
  fund();
  const auto shown = show(at(5));
  charge();
  held_back();
  const Settled settled = settle(shown->expires + 1_s).at(at(15));
  EXPECT_EQ(settled.rewards.at(0).verified.count(), kWithheldWh);
  EXPECT_TRUE(settled.slot.paid.is_zero());
  EXPECT_EQ(balances(), untouched());
}

}  // namespace
}  // namespace balans::api::test
