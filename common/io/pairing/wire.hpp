#pragma once
// Frames over TCP: four bytes of length, big-endian, then so many bytes. Every wait has an end and every frame a most.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/result.hpp"

namespace balans::pairing {

using Deadline = std::chrono::steady_clock::time_point;

/// A file descriptor that is closed.
class Socket {
 public:
  explicit Socket(int fd = -1) : fd_(fd) {}
  ~Socket();
  Socket(Socket&& other) noexcept;
  Socket& operator=(Socket&& other) noexcept;
  [[nodiscard]] int fd() const { return fd_; }

 private:
  int fd_;
};

class Wire {
 public:
  explicit Wire(Socket socket) : socket_(std::move(socket)) {}
  static Result<Wire> connect(const std::string& host, std::uint16_t port, Deadline deadline);

  Result<void> send(std::string_view frame, Deadline deadline);
  /// An error for a frame longer than `most`, whose rest is not read.
  Result<std::string> receive(std::size_t most, Deadline deadline);
  /// This end's address, as a number: what the other side has reached us by.
  [[nodiscard]] std::string local_address() const;

 private:
  Result<void> wait(short events, Deadline deadline) const;
  Result<std::string> receive_bytes(std::size_t count, Deadline deadline);

  Socket socket_;
};

class Listening {
 public:
  /// On every address of this machine; port 0 is any that is free.
  static Result<Listening> open(std::uint16_t port);

  [[nodiscard]] std::uint16_t port() const { return port_; }
  /// The next connection; nothing when the deadline has passed.
  Result<std::optional<Wire>> accept(Deadline deadline);

 private:
  Listening(Socket socket, std::uint16_t port) : socket_(std::move(socket)), port_(port) {}
  Socket socket_;
  std::uint16_t port_;
};

}  // namespace balans::pairing
