// Requests that wait for the database: they share transactions, and nothing is acknowledged that is not committed.
#include <gtest/gtest.h>

#include "api/app/upkeep.hpp"
#include "api/store/passed_on_store.hpp"
#include "tests/api/street.hpp"

namespace balans::api::test {
namespace {

/// Counts transactions, and fails some.
class CountingStore final : public PassedOnStore {
 public:
  using PassedOnStore::PassedOnStore;
  /// What fails has done its work by then, as where the commit is what fails.
  Result<void> transaction(const std::function<Result<void>()>& work) override {
    ++transactions;
    return store_.transaction([&]() -> Result<void> {
      const auto done = work();
      if (!done || failing == 0) return done;
      --failing;
      return Error{"disk", "is full"};
    });
  }

  int transactions = 0;
  int failing = 0;
};

class IngestQueueTest : public testing::Test {
 protected:
  IngestReadings::Request request(std::uint64_t first, std::uint64_t last) {
    return {roster, street.site, "from-" + std::to_string(first),
            ingest_body({street.sealed(street.batch(street.charger, first, last))})};
  }
  bool submitted(IngestQueue& queue, IngestReadings::Request wanted) {
    return queue
        .submit(std::move(wanted), [this](IngestReadings::Outcome outcome) { outcomes.push_back(std::move(outcome)); })
        .ok();
  }
  std::size_t committed() const {
    std::size_t count = 0;
    for (const auto& outcome : outcomes)
      if (std::holds_alternative<IngestReadings::Committed>(outcome)) ++count;
    return count;
  }
  std::size_t stored() {
    ReadingQuery query;
    query.limit = 1000;
    return opened->readings().page(query)->readings.size();
  }

  Street street;
  std::shared_ptr<const Roster> roster = std::make_shared<const Roster>(street.roster);
  Folder folder;
  TestClock clock;
  std::unique_ptr<EventLog> events = *EventLog::open(folder / "events.jsonl", clock);
  IngestReadings ingest{Retention(), clock, *events};
  std::unique_ptr<Store> opened = *open_sqlite_store(folder / "balans.sqlite");
  CountingStore store{*opened};
  StoreAtOnce work{store};
  std::vector<IngestReadings::Outcome> outcomes;
};

TEST_F(IngestQueueTest, WhatWaitsAtTheSameTimeSharesATransaction) {
  IngestQueue queue(ingest, work);
  for (std::uint64_t first = 1; first <= 91; first += 10) EXPECT_TRUE(submitted(queue, request(first, first + 9)));
  EXPECT_EQ(queue.waiting(), 10U);
  EXPECT_TRUE(outcomes.empty()) << "nothing is committed yet";
  work.run_all();
  EXPECT_EQ(store.transactions, 1);
  EXPECT_EQ(committed(), 10U);
  EXPECT_EQ(stored(), 100U);
  EXPECT_EQ(queue.waiting(), 0U);
}

TEST_F(IngestQueueTest, ATransactionIsBounded) {
  IngestQueue::Bounds bounds;
  bounds.bytes_at_once = 2 * request(1, 10).body.size();
  IngestQueue queue(ingest, work, bounds);
  for (std::uint64_t first = 1; first <= 31; first += 10) EXPECT_TRUE(submitted(queue, request(first, first + 9)));
  work.run_all();
  EXPECT_GE(store.transactions, 2);
  EXPECT_EQ(committed(), 4U);
  EXPECT_EQ(stored(), 40U);
}

TEST_F(IngestQueueTest, RefusesWhatItHasNoRoomForAndKeepsWhatItTook) {
  IngestQueue::Bounds bounds;
  bounds.requests = 3;
  IngestQueue queue(ingest, work, bounds);
  for (std::uint64_t first = 1; first <= 5; ++first) EXPECT_EQ(submitted(queue, request(first, first)), first <= 3);
  work.run_all();
  EXPECT_EQ(outcomes.size(), 3U);
  EXPECT_EQ(stored(), 3U);
  EXPECT_TRUE(submitted(queue, request(4, 4))) << "there is room again";
  work.run_all();
  EXPECT_EQ(stored(), 4U);
}

TEST_F(IngestQueueTest, RefusesMoreBytesThanItMayHold) {
  IngestQueue::Bounds bounds;
  bounds.bytes = request(11, 20).body.size() + 10;
  IngestQueue queue(ingest, work, bounds);
  EXPECT_TRUE(submitted(queue, request(1, 10)));
  EXPECT_FALSE(submitted(queue, request(11, 20)));
  work.run_all();
  EXPECT_TRUE(submitted(queue, request(11, 20)));
}

TEST_F(IngestQueueTest, TakesNothingWhereTheStoreTakesNoWork) {
  IngestQueue queue(ingest, work);
  work.is_full = true;
  EXPECT_FALSE(submitted(queue, request(1, 1)));
  EXPECT_EQ(queue.waiting(), 0U);
  work.is_full = false;
  EXPECT_TRUE(submitted(queue, request(1, 1)));
  work.run_all();
  EXPECT_EQ(committed(), 1U);
}

TEST_F(IngestQueueTest, AcknowledgesNothingThatIsNotCommitted) {
  IngestQueue queue(ingest, work);
  store.failing = 3;
  EXPECT_TRUE(submitted(queue, request(1, 5)));
  EXPECT_TRUE(submitted(queue, request(6, 9)));
  work.run_all();
  ASSERT_EQ(outcomes.size(), 2U);
  for (const auto& outcome : outcomes)
    EXPECT_TRUE(std::holds_alternative<IngestReadings::StoreFailed>(outcome)) << outcome.index();
  EXPECT_EQ(stored(), 0U);
  EXPECT_TRUE(submitted(queue, request(1, 5))) << "sent again under the same key";
  work.run_all();
  EXPECT_EQ(committed(), 1U);
  EXPECT_EQ(stored(), 5U);
}

TEST_F(IngestQueueTest, OneThatFailsHoldsUpNoOther) {
  IngestQueue queue(ingest, work);
  store.failing = 2;  // the group's, and the first one's own
  for (std::uint64_t seq = 1; seq <= 3; ++seq) EXPECT_TRUE(submitted(queue, request(seq, seq)));
  IngestReadings::Request bad = request(4, 4);
  bad.body = "{";
  EXPECT_TRUE(submitted(queue, bad));
  work.run_all();
  ASSERT_EQ(outcomes.size(), 4U);
  EXPECT_TRUE(std::holds_alternative<IngestReadings::StoreFailed>(outcomes[0]));
  EXPECT_TRUE(std::holds_alternative<IngestReadings::BadBody>(outcomes[3]));
  EXPECT_EQ(committed(), 2U);
  EXPECT_EQ(stored(), 2U);
}

TEST_F(IngestQueueTest, RollUpsCatchUpInOneBeatAndLetOthersHaveTheirTurnMeanwhile) {
  IngestQueue queue(ingest, work);
  const Billing billing;
  const AccessBook access({street.roster, {}});
  GiveOrder give_order(*street.api_key);
  CreditStops stops(give_order, [] {});
  BillSites bills(billing, access, stops, *events);
  Upkeep upkeep(work, Retention(), bills, clock, *events);
  constexpr std::uint64_t kEach = 200;
  for (std::uint64_t part = 0; part < 3; ++part) {
    std::vector<std::string> envelopes;
    for (std::uint64_t seq = part * kEach + 1; seq <= (part + 1) * kEach; ++seq)
      envelopes.push_back(street.sealed(street.batch(street.charger, seq, seq)));
    EXPECT_TRUE(submitted(queue, {roster, street.site, "part-" + std::to_string(part), ingest_body(envelopes)}));
  }
  work.run_all();
  ASSERT_EQ(committed(), 3U);
  const auto rolled = [this] {
    const Span all{UnixTime(0), UnixTime(4'000'000'000'000)};
    return store.roll_ups().series({{street.site, street.charger}, Level::Minute, all})->size();
  };
  upkeep.beat();
  std::size_t by_then = 0;
  EXPECT_TRUE(work.post(Lane::Write, [&](Store&) { by_then = rolled(); }).ok());
  work.run_all();
  EXPECT_GT(by_then, 0U);
  EXPECT_LT(by_then, rolled()) << "it had to wait for all of them";
  EXPECT_EQ(rolled(), 3 * kEach);
}

}  // namespace
}  // namespace balans::api::test
