#pragma once
// A client that sends exactly the bytes it is given.

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace balans::api::test {

class Wire {
 public:
  explicit Wire(std::uint16_t port) : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const timeval longest{60, 0};  // a guard against hanging for ever, not a measurement
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &longest, sizeof longest);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  }
  ~Wire() { close(fd_); }
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;

  void send(std::string_view bytes) const {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;  // the other side has closed; what it said is still to be read
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
  }
  void get(std::string_view path) const { send("GET " + std::string(path) + " HTTP/1.1\r\nHost: x\r\n\r\n"); }

  /// Everything up to and including the first `end`; everything there was where the connection closes before.
  std::string read_until(std::string_view end) {
    while (true) {
      if (const std::size_t at = received_.find(end); at != std::string::npos) return take(at + end.size());
      if (!receive()) return take(received_.size());
    }
  }
  std::string read_to_end() {
    while (receive()) {
    }
    return take(received_.size());
  }
  /// One answer with a Content-Length.
  std::string read_answer() {
    std::string answer = read_until("\r\n\r\n");
    const std::size_t at = answer.find("Content-Length: ");
    const std::size_t length = at == std::string::npos ? 0 : std::stoul(answer.substr(at + 16));
    while (received_.size() < length && receive()) {
    }
    return answer + take(length);
  }

 private:
  bool receive() {
    std::array<char, 65536> chunk;
    const ssize_t size = recv(fd_, chunk.data(), chunk.size(), 0);
    if (size > 0) received_.append(chunk.data(), static_cast<std::size_t>(size));
    return size > 0;
  }
  std::string take(std::size_t size) {
    std::string taken = received_.substr(0, size);
    received_.erase(0, size);
    return taken;
  }

  int fd_;
  std::string received_;
};

}  // namespace balans::api::test
