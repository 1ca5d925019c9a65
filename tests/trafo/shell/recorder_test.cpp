#include "trafo/shell/recorder.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/io/runtime/mailbox.hpp"
#include "common/messages/signed.hpp"
#include "tests/support/temp_folder.hpp"

namespace balans {
namespace {

/// Commits at once, so that a test need not wait for the ten seconds that spare the memory card.
OutboxLimits eager() {
  OutboxLimits limits;
  limits.commit_every = Millis(0);
  return limits;
}

class RecorderTest : public testing::Test {
 protected:
  /// Ticks until an event comes; the recorder's threads post it.
  TrafoEvent next_event(Recorder& recorder) {
    while (true) {
      recorder.tick("{}");
      auto events = mailbox.wait_until(clock, clock.boot() + 50_ms);
      if (!events.empty()) return events.front();
    }
  }
  std::unique_ptr<Recorder> open() {
    auto outbox = Outbox::open(folder.path() / "outbox.sqlite", eager());
    EXPECT_TRUE(outbox);
    return std::make_unique<Recorder>(std::move(*outbox), folder.path() / "refused.jsonl", std::nullopt, clock,
                                      [this](TrafoEvent event) { mailbox.push(std::move(event)); });
  }

  test::TempFolder folder;
  SystemClock clock;
  Mailbox<TrafoEvent> mailbox{100};
  AgentId agent = *AgentId::parse("charger-1");
};

TEST_F(RecorderTest, ABatchIsReportedOnceItIsDurable) {
  {
    const auto recorder = open();
    ASSERT_TRUE(recorder->keep(agent, 1, 3, "an envelope"));
    const TrafoEvent event = next_event(*recorder);
    const auto* committed = std::get_if<ReadingsCommitted>(&event);
    ASSERT_NE(committed, nullptr);
    EXPECT_EQ(committed->through, 3U);
  }
  auto outbox = Outbox::open(folder.path() / "outbox.sqlite");
  ASSERT_TRUE(outbox);
  const auto kept = outbox->oldest(10, 1000);
  ASSERT_TRUE(kept);
  ASSERT_EQ(kept->size(), 1U);
  EXPECT_EQ(kept->front().payload, "an envelope");
}

TEST_F(RecorderTest, TheSameBatchAgainIsAcknowledgedAndKeptOnce) {
  {
    const auto recorder = open();
    for (int i = 0; i < 2; ++i) {
      ASSERT_TRUE(recorder->keep(agent, 1, 3, "an envelope"));
      EXPECT_TRUE(std::holds_alternative<ReadingsCommitted>(next_event(*recorder)));
    }
  }
  auto outbox = Outbox::open(folder.path() / "outbox.sqlite");
  EXPECT_EQ(outbox->rows(), 1);
}

TEST_F(RecorderTest, AnotherContentUnderTheSameNumbersIsReportedNotStored) {
  const auto recorder = open();
  ASSERT_TRUE(recorder->keep(agent, 1, 3, "an envelope"));
  EXPECT_TRUE(std::holds_alternative<ReadingsCommitted>(next_event(*recorder)));
  ASSERT_TRUE(recorder->keep(agent, 1, 3, "another"));
  EXPECT_TRUE(std::holds_alternative<OutboxTrouble>(next_event(*recorder)));
}

EvidenceBatch batch_of(std::uint64_t number) {
  EvidenceBatch batch;
  batch.site = *SiteId::parse("elm-street");
  batch.term = {Epoch{4}, BootId{31337}};
  batch.number = number;
  NodeEvidence node;
  node.node = "transformer";
  node.minutes.resize(1);
  batch.nodes.push_back(node);
  return batch;
}

class EvidenceQueueTest : public RecorderTest {
 protected:
  std::unique_ptr<Recorder> open_with_evidence(const OutboxLimits& limits) {
    api = ApiAddress{"http://127.0.0.1:1", *SiteId::parse("elm-street"), {}, key.get()};  // nobody is there
    return std::make_unique<Recorder>(
        *Outbox::open(folder.path() / "outbox.sqlite", eager()), folder.path() / "refused.jsonl", api, clock,
        [this](TrafoEvent event) { mailbox.push(std::move(event)); },
        *Outbox::open(folder.path() / "evidence.sqlite", limits));
  }
  [[nodiscard]] std::vector<OutboxItem> waiting() const {
    auto queue = Outbox::open(folder.path() / "evidence.sqlite");
    EXPECT_TRUE(queue);
    return *queue->oldest(100, 1'000'000);
  }

  std::unique_ptr<Signer> key = make_ed25519_signer(Bytes32{});
  std::optional<ApiAddress> api;
};

TEST_F(EvidenceQueueTest, EvidenceWaitsSignedUntilTheApiHasIt) {
  {
    const auto recorder = open_with_evidence(eager());
    recorder->keep({batch_of(1), batch_of(2)});
    (void)next_event(*recorder);  // that the api is away
  }
  const auto items = waiting();
  ASSERT_EQ(items.size(), 2U);
  EXPECT_EQ(items[0].key, "4:31337:1");
  EXPECT_TRUE(
      balans::open(items[0].payload, "evidence", key->public_key(), {}, "balans/elm-street/trafo/evidence").ok());
}

TEST_F(EvidenceQueueTest, WhatIsCommittedOutlivesAKill) {
  constexpr std::uint64_t kBatches = 20;
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const pid_t child = fork();
  if (child == 0) {
    const auto recorder = open_with_evidence(eager());
    for (std::uint64_t number = 1; number <= kBatches; ++number) recorder->keep({batch_of(number)});
    while (waiting().size() < kBatches) recorder->tick("{}");
    (void)!write(ends[1], "x", 1);
    while (true) recorder->tick("{}");
  }
  char committed = 0;
  ASSERT_EQ(read(ends[0], &committed, 1), 1);
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  close(ends[0]);
  close(ends[1]);
  const auto items = waiting();
  ASSERT_EQ(items.size(), kBatches);
  for (std::uint64_t i = 0; i < kBatches; ++i) EXPECT_EQ(items[i].key, "4:31337:" + std::to_string(i + 1));
}

TEST_F(EvidenceQueueTest, AFullQueueIsToldAndHoldsUpNothing) {
  OutboxLimits small = eager();
  small.rows = 1;
  const auto recorder = open_with_evidence(small);
  recorder->keep({batch_of(1), batch_of(2)});
  ASSERT_TRUE(recorder->keep(agent, 1, 3, "an envelope"));
  bool told = false, stored = false;
  while (!told || !stored) {
    recorder->tick("{}");
    for (const TrafoEvent& event : mailbox.wait_until(clock, clock.boot() + 50_ms)) {
      const auto* trouble = std::get_if<OutboxTrouble>(&event);
      told |= trouble != nullptr && trouble->what == "evidence: outbox: is full: it holds at most 1 items";
      stored |= std::holds_alternative<ReadingsCommitted>(event);
    }
  }
}

TEST_F(EvidenceQueueTest, ItStopsInTheMidstOfSending) {
  for (std::uint64_t number = 1; number <= 50; ++number) {
    const auto recorder = open_with_evidence(eager());
    recorder->keep({batch_of(number)});
    for (std::uint64_t ticks = 0; ticks < number * 20; ++ticks) recorder->tick("{}");
  }
  EXPECT_EQ(waiting().size(), 50U);
}

TEST_F(EvidenceQueueTest, WithoutAnApiNobodyPaysAndNothingIsKept) {
  const auto recorder = open();
  recorder->keep({batch_of(1)});
  recorder->tick("{}");
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "evidence.sqlite"));
}

}  // namespace
}  // namespace balans
