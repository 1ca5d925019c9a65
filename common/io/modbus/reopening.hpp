#pragma once
// When a connection that could not be opened is tried again: less and less often.

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>

#include "common/io/modbus/client.hpp"

namespace balans {

class Reopening {
 public:
  explicit Reopening(const ModbusClientOptions& options)
      : min_(options.back_off_min), max_(options.back_off_max), back_off_(min_) {}

  /// Calls `open` unless it has failed a moment ago. Errors name `where`, and the last reason while it is not tried.
  template <class Open>
  Result<void> attempt(const std::string& where, Open&& open) {
    if (retry_at_ && Clock::now() < *retry_at_) return Error{where, "no connection: " + last_failure_};
    if (Result<void> opened = open(); !opened) {
      retry_at_ = Clock::now() + back_off_;
      back_off_ = std::min(back_off_ * 2, max_);
      last_failure_ = opened.error().what;
      return Error{where, "no connection: " + last_failure_};
    }
    back_off_ = min_;
    retry_at_.reset();
    return {};
  }

 private:
  using Clock = std::chrono::steady_clock;
  std::chrono::milliseconds min_, max_, back_off_;
  std::optional<Clock::time_point> retry_at_;
  std::string last_failure_;
};

}  // namespace balans
