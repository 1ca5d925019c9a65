#pragma once
// A car that is held back, its evidence and readings, and the journal that pays for it, on either engine.

#include <gtest/gtest.h>

#include <map>

#include "api/app/ingest_readings.hpp"
#include "api/app/journal.hpp"
#include "api/app/keep_evidence.hpp"
#include "api/app/reward_run.hpp"
#include "api/core/rfc3339.hpp"
#include "common/messages/signed.hpp"
#include "common/messages/topics.hpp"
#include "tests/api/both_engines.hpp"

namespace balans::api::test {
using flexibility::Verdict;
using trade::Amount;

inline const UnixTime kNoon = *parse_rfc3339("2019-04-03T12:00:00Z");
inline constexpr Millis kDay = 86'400_s;
inline constexpr std::int64_t kPrice = 200'000, kFunds = 50'000'000;
/// 15 minutes at 6 A instead of 12 A on three phases of 230 V.
inline constexpr std::int64_t kWithheldWh = 1035, kReward = 207'000;

inline UnixTime at(int minute) { return kNoon + minute * 1_min; }

/// Does its work, then fails: as where the commit fails.
inline Result<void> and_fail(Store& store, const std::function<Result<void>()>& work) {
  return store.transaction([&]() -> Result<void> {
    if (const auto done = work(); !done) return done;
    return Error{"disk", "is full"};
  });
}

/// A car comes at noon, charges with 12 A, is held back to 6 A from 12:15 on, charges on and leaves.
class Rewards : public OnBothEngines {
 protected:
  void SetUp() override {
    OnBothEngines::SetUp();
    rules.terms.per_kwh = *Amount::of(kPrice);
    rules.wallet.deployment = street.roster.deployment;
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

  const Senders street;
  const std::unique_ptr<Signer> limit_key = make_ed25519_signer(Bytes32{5});
  RewardRules rules;
  int held_until = 30;
  std::map<int, WattHours> counters;
  std::uint64_t batches = 0;
};

}  // namespace balans::api::test
