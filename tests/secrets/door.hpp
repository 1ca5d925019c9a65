#pragma once
// A port that a program calls at and that never says a word: where a broker would be.

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <vector>

namespace balans::test {

class Door {
 public:
  Door() : listening_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in here{};
    here.sin_family = AF_INET;
    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(here);
    EXPECT_EQ(bind(listening_, reinterpret_cast<sockaddr*>(&here), size), 0);
    EXPECT_EQ(listen(listening_, 16), 0);
    EXPECT_EQ(getsockname(listening_, reinterpret_cast<sockaddr*>(&here), &size), 0);
    port_ = ntohs(here.sin_port);
  }
  ~Door() {
    slam();
    close(listening_);
  }
  Door(const Door&) = delete;
  Door& operator=(const Door&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }
  /// Whether somebody has come and said something. With TLS it has its own key at hand by then.
  bool is_greeted() {
    if (!comes(listening_)) return false;
    callers_.push_back(accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC));
    return comes(callers_.back());
  }
  /// Whoever has come is sent away.
  void slam() {
    for (const int caller : callers_) close(caller);
    callers_.clear();
  }

 private:
  static bool comes(int from) {
    constexpr int kPatienceMs = 30'000;
    pollfd wait{from, POLLIN, 0};
    return poll(&wait, 1, kPatienceMs) == 1 && (wait.revents & POLLIN) != 0;
  }

  int listening_;
  std::uint16_t port_ = 0;
  std::vector<int> callers_;
};

}  // namespace balans::test
