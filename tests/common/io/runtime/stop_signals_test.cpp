#include "common/io/runtime/stop_signals.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <future>

#include "common/io/runtime/mailbox.hpp"
#include "tests/support/manual_clock.hpp"

namespace balans {
namespace {

TEST(StopSignals, TurnASignalIntoACall) {
  const test::ManualClock clock;
  Mailbox<int> mailbox(1);
  const StopSignals signals([&] { mailbox.stop(); });
  ::kill(::getpid(), SIGTERM);
  mailbox.wait_until(clock, BootTime(INT64_MAX / 2));
  EXPECT_TRUE(mailbox.stopped());
}

TEST(StopSignals, TakeInterruptsToo) {
  std::promise<void> stopped;
  const StopSignals signals([&] { stopped.set_value(); });
  ::kill(::getpid(), SIGINT);
  stopped.get_future().wait();
}

TEST(StopSignals, TellAReloadFromAStop) {
  std::promise<void> reloaded;
  bool stopped = false;
  {
    const StopSignals signals([&] { stopped = true; }, [&] { reloaded.set_value(); });
    ::kill(::getpid(), SIGHUP);
    reloaded.get_future().wait();
  }
  EXPECT_FALSE(stopped);
}

TEST(StopSignals, EndWithoutASignalAndWithoutACall) {
  bool called = false;
  {
    const StopSignals signals([&] { called = true; });
  }
  EXPECT_FALSE(called);
}

TEST(StopSignals, WritingToAClosedConnectionDoesNotKill) {
  const StopSignals signals([] {});
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  ::close(ends[0]);
  EXPECT_EQ(::write(ends[1], "x", 1), -1);
  ::close(ends[1]);
}

}  // namespace
}  // namespace balans
