#pragma once
// CHECK stops the process when the code itself is broken. Data from outside never reaches a CHECK.

namespace balans {
[[noreturn]] void check_failed(const char* condition, const char* file, int line);
}  // namespace balans

#define BALANS_CHECK(condition) \
  ((condition) ? static_cast<void>(0) : ::balans::check_failed(#condition, __FILE__, __LINE__))
