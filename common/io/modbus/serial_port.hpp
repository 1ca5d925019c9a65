#pragma once
// A serial line as bytes with deadlines.

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <utility>

#include "common/registers/serial_format.hpp"
#include "common/result.hpp"

namespace balans {

class SerialPort {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// Opens the line for this program alone: two that speak on one line would take each other's answers.
  static Result<SerialPort> open(const std::string& device, const SerialFormat& format);
  SerialPort(SerialPort&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  SerialPort& operator=(SerialPort&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~SerialPort();

  Result<void> write(std::span<const std::uint8_t> bytes, Time deadline);
  /// How many bytes came; 0 at the deadline. What has come already is read even when the deadline is over.
  Result<std::size_t> read(std::span<std::uint8_t> buffer, Time deadline);

 private:
  explicit SerialPort(int fd) : fd_(fd) {}
  int fd_;
};

/// How long one character takes, start, parity and stop bits included.
std::chrono::microseconds character_time(const SerialFormat& format);
/// The silence between two frames: 3.5 characters, and never less than 1.75 ms.
std::chrono::microseconds frame_gap(const SerialFormat& format);

}  // namespace balans
