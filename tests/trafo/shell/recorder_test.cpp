#include "trafo/shell/recorder.hpp"

#include <gtest/gtest.h>

#include "common/io/runtime/mailbox.hpp"
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

}  // namespace
}  // namespace balans
