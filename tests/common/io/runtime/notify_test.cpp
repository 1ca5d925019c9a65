#include "common/io/runtime/notify.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstdlib>
#include <cstring>

#include "tests/support/temp_folder.hpp"

namespace balans {
namespace {

using testing::HasSubstr;
using testing::Not;

/// What systemd does: a datagram socket, and its name in the environment.
class SupervisorTest : public testing::Test {
 protected:
  void SetUp() override { listen((folder_ / "notify").string()); }
  void TearDown() override {
    ::close(fd_);
    for (const char* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}) ::unsetenv(name);
  }

  void listen(const std::string& name) {
    if (fd_ >= 0) ::close(fd_);
    fd_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, name.data(), name.size());
    if (name[0] == '@') address.sun_path[0] = '\0';
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
    ASSERT_EQ(::bind(fd_, reinterpret_cast<const sockaddr*>(&address), length), 0) << std::strerror(errno);
    ::setenv("NOTIFY_SOCKET", name.c_str(), 1);
  }
  /// The next datagram, or nothing: they are there as soon as they are sent.
  std::string heard() {
    std::array<char, 4096> buffer{};
    const ssize_t size = ::recv(fd_, buffer.data(), buffer.size(), MSG_DONTWAIT);
    return size < 0 ? "" : std::string(buffer.data(), static_cast<std::size_t>(size));
  }

  test::TempFolder folder_;
  int fd_ = -1;
};

TEST_F(SupervisorTest, HearsOfTheFirstBeatThatTheProgramIsReady) {
  Supervisor supervisor = Supervisor::from_environment();
  EXPECT_EQ(heard(), "");
  supervisor.beat("following");
  EXPECT_EQ(heard(), "READY=1\nSTATUS=following\n");
  supervisor.beat("following");
  EXPECT_EQ(heard(), "") << "nothing has changed, and nobody watches";
  supervisor.beat("failsafe");
  EXPECT_EQ(heard(), "STATUS=failsafe\n");
}

TEST_F(SupervisorTest, HearsOfEachBeatWhereItWatches) {
  ::setenv("WATCHDOG_USEC", "10000000", 1);
  ::setenv("WATCHDOG_PID", std::to_string(::getpid()).c_str(), 1);
  Supervisor supervisor = Supervisor::from_environment();
  supervisor.beat("fine");
  EXPECT_EQ(heard(), "READY=1\nWATCHDOG=1\nSTATUS=fine\n");
  supervisor.beat("fine");
  EXPECT_EQ(heard(), "WATCHDOG=1\n");
}

TEST_F(SupervisorTest, IsNotFedWhereAnotherProcessIsWatched) {
  ::setenv("WATCHDOG_USEC", "10000000", 1);
  ::setenv("WATCHDOG_PID", "1", 1);
  EXPECT_FALSE(Supervisor::from_environment().watches());
}

TEST_F(SupervisorTest, HearsOfAReloadAndOfItsEnd) {
  Supervisor supervisor = Supervisor::from_environment();
  supervisor.beat("");
  (void)heard();
  supervisor.reloading();
  EXPECT_THAT(heard(), testing::MatchesRegex("RELOADING=1\nMONOTONIC_USEC=[0-9]+\n"));
  supervisor.beat("");
  EXPECT_EQ(heard(), "READY=1\n");
}

TEST_F(SupervisorTest, HearsNothingAfterTheEnd) {
  Supervisor supervisor = Supervisor::from_environment();
  supervisor.beat("fine");
  (void)heard();
  supervisor.stopping();
  EXPECT_EQ(heard(), "STOPPING=1\n");
  supervisor.beat("not so fine");
  supervisor.reloading();
  supervisor.stopping();
  EXPECT_EQ(heard(), "");
}

TEST_F(SupervisorTest, MayListenOnAnAbstractName) {
  ASSERT_NO_FATAL_FAILURE(listen("@balans-notify-test-" + std::to_string(::getpid())));
  Supervisor supervisor = Supervisor::from_environment();
  supervisor.beat("fine");
  EXPECT_EQ(heard(), "READY=1\nSTATUS=fine\n");
}

TEST_F(SupervisorTest, TakesAStatusForOneLineWhateverIsInIt) {
  Supervisor supervisor = Supervisor::from_environment();
  supervisor.beat("it says\nWATCHDOG=1" + std::string(5000, 'x'));
  const std::string message = heard();
  EXPECT_THAT(message, HasSubstr("STATUS=it says WATCHDOG=1xxx"));
  EXPECT_THAT(message, Not(HasSubstr("\nWATCHDOG")));
  EXPECT_LT(message.size(), 600U);
}

TEST_F(SupervisorTest, ThatDoesNotReadHoldsNobodyUp) {
  ::setenv("WATCHDOG_USEC", "10000000", 1);
  Supervisor supervisor = Supervisor::from_environment();
  for (int i = 0; i < 10'000; ++i) supervisor.beat("fine");
  EXPECT_EQ(heard(), "READY=1\nWATCHDOG=1\nSTATUS=fine\n");
}

TEST_F(SupervisorTest, MayBeMissingOrGone) {
  for (const char* name : {"", "relative", "vsock:2:1234", "/nonexistent/notify"}) {
    ::setenv("NOTIFY_SOCKET", name, 1);
    Supervisor supervisor = Supervisor::from_environment();
    supervisor.beat("fine");
    supervisor.stopping();
  }
  ::setenv("NOTIFY_SOCKET", std::string(500, '/').c_str(), 1);
  Supervisor::from_environment().beat("fine");
  Supervisor().beat("fine");
}

}  // namespace
}  // namespace balans
