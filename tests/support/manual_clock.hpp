#pragma once
// A clock that stands still until the test moves it.

#include <atomic>
#include <chrono>
#include <optional>

#include "common/io/clock/clock.hpp"

namespace balans::test {

class ManualClock final : public Clock {
 public:
  explicit ManualClock(BootTime now = BootTime(1000), UnixTime utc0 = UnixTime(1'700'000'000'000))
      : boot_ms_(now.ms()), utc0_(utc0) {}

  void advance(Millis by) { boot_ms_ += by.count(); }

  [[nodiscard]] BootTime boot() const override { return BootTime(boot_ms_); }
  [[nodiscard]] UnixTime utc() const override { return utc0_ + Millis(boot_ms_); }
  [[nodiscard]] std::optional<UnixTime> utc_if_synchronised() const override { return utc(); }
  [[nodiscard]] std::chrono::nanoseconds wall(Millis duration) const override {
    return std::chrono::milliseconds(duration.count());
  }

 private:
  std::atomic<std::int64_t> boot_ms_;
  UnixTime utc0_;
};

}  // namespace balans::test
