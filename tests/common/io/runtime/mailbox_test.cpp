#include "common/io/runtime/mailbox.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <thread>

#include "common/io/runtime/worker.hpp"
#include "tests/support/manual_clock.hpp"

namespace balans {
namespace {

using test::ManualClock;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr BootTime kNever(INT64_MAX / 2);

TEST(Mailbox, GivesAllEventsInTheOrderTheyCame) {
  const ManualClock clock;
  Mailbox<int> mailbox(10);
  mailbox.push(1);
  mailbox.push(2);
  EXPECT_THAT(mailbox.wait_until(clock, kNever), ElementsAre(1, 2));
}

TEST(Mailbox, ReturnsWithNothingAtTheDeadline) {
  const ManualClock clock(BootTime(1000));
  Mailbox<int> mailbox(10);
  EXPECT_THAT(mailbox.wait_until(clock, BootTime(1000)), IsEmpty());
}

TEST(Mailbox, GivesWhatIsThereThoughTheDeadlineHasPassed) {
  const ManualClock clock(BootTime(1000));
  Mailbox<int> mailbox(10);
  mailbox.push(7);
  EXPECT_THAT(mailbox.wait_until(clock, BootTime(0)), ElementsAre(7));
}

TEST(Mailbox, DropsTheOldestWhenFullAndCountsIt) {
  const ManualClock clock;
  Mailbox<int> mailbox(2);
  for (int event : {1, 2, 3}) mailbox.push(event);
  EXPECT_EQ(mailbox.dropped(), 1U);
  EXPECT_THAT(mailbox.wait_until(clock, kNever), ElementsAre(2, 3));
}

TEST(Mailbox, KeepsWhatIsMarkedWhileAnythingElseCanGo) {
  const ManualClock clock;
  Mailbox<int> mailbox(2);
  mailbox.push(1, WhenFull::Keep);
  mailbox.push(2);
  mailbox.push(3);
  EXPECT_THAT(mailbox.wait_until(clock, kNever), ElementsAre(1, 3));
}

TEST(Mailbox, StaysBoundedWhenEverythingIsMarked) {
  const ManualClock clock;
  Mailbox<int> mailbox(2);
  for (int event : {1, 2, 3}) mailbox.push(event, WhenFull::Keep);
  EXPECT_THAT(mailbox.wait_until(clock, kNever), ElementsAre(2, 3));
}

TEST(Mailbox, WakesForAnEventFromAnotherThread) {
  const ManualClock clock;
  Mailbox<int> mailbox(10);
  const std::jthread other([&] { mailbox.push(5); });
  EXPECT_THAT(mailbox.wait_until(clock, kNever), ElementsAre(5));
}

TEST(Mailbox, WakesWhenItIsStopped) {
  const ManualClock clock;
  Mailbox<int> mailbox(10);
  const std::jthread other([&] { mailbox.stop(); });
  EXPECT_THAT(mailbox.wait_until(clock, kNever), IsEmpty());
  EXPECT_TRUE(mailbox.stopped());
}

TEST(Mailbox, NoticesADeadlineThatPassesOnItsClockAlone) {
  ManualClock clock(BootTime(0));
  Mailbox<int> mailbox(10);
  const std::jthread other([&] { clock.advance(60_s); });
  EXPECT_THAT(mailbox.wait_until(clock, BootTime(60'000)), IsEmpty());  // else this test never ends
}

TEST(Worker, DoesItsJobsInOrder) {
  std::promise<void> done;
  std::vector<int> order;
  Worker worker(10);
  ASSERT_TRUE(worker.post([&](const std::stop_token&) { order.push_back(1); }).ok());
  ASSERT_TRUE(worker.post([&](const std::stop_token&) { order.push_back(2), done.set_value(); }).ok());
  done.get_future().wait();
  EXPECT_THAT(order, ElementsAre(1, 2));
}

TEST(Worker, DoesNothingMoreOnceItIsStopped) {
  Worker worker(2);
  worker.stop();
  bool done = false;
  EXPECT_TRUE(worker.post([&](const std::stop_token&) { done = true; }));
  worker.stop();
  EXPECT_FALSE(done);
  EXPECT_EQ(worker.pending(), 1U);
}

TEST(Worker, RefusesMoreJobsThanItHoldsAndEndsWithAJobThatObeysItsStopToken) {
  std::promise<void> started;
  bool saw_stop = false;
  {
    Worker worker(1);
    ASSERT_TRUE(worker
                    .post([&](const std::stop_token& stop) {
                      std::promise<void> stopped;
                      const std::stop_callback on_stop(stop, [&] { stopped.set_value(); });
                      started.set_value();
                      stopped.get_future().wait();
                      saw_stop = true;
                    })
                    .ok());
    started.get_future().wait();
    EXPECT_TRUE(worker.post([](const std::stop_token&) {}).ok());
    EXPECT_FALSE(worker.post([](const std::stop_token&) {}).ok());
    EXPECT_EQ(worker.pending(), 2U);
  }
  EXPECT_TRUE(saw_stop);
}

}  // namespace
}  // namespace balans
