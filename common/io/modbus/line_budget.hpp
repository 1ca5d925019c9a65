#pragma once
// Whether what is asked of a line fits on it: pure.

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "common/registers/register_span.hpp"
#include "common/registers/serial_format.hpp"
#include "common/units.hpp"

namespace balans {

/// What one user asks for, again and again.
struct PlannedPoll {
  std::string name;
  std::vector<RegisterSpan> requests;
  Millis period;
  Millis min_gap{};  ///< rest of the unit after each request: others may use the line meanwhile
};

struct LineShare {
  std::string name;
  std::int64_t cycle_us = 0;  ///< that the line is taken in each period
  std::int64_t least_us = 0;  ///< that the cycle takes at least, rests included
  std::int64_t permille = 0;  ///< of the line's time
  std::size_t requests = 0;
  Millis period;
};

struct LineBudget {
  std::vector<LineShare> shares;
  std::int64_t permille = 0;  ///< all together
};

/// More of the line's time leaves too little for setpoints, late answers and units that are silent.
inline constexpr std::int64_t kSoundLinePermille = 800;
/// What a device commonly takes to begin its answer.
inline constexpr std::int64_t kCommonTurnaroundUs = 20'000;

/// How long a read keeps the line: request, the device's thinking, answer and the silence after each.
std::int64_t request_us(const RegisterSpan& read, const SerialFormat& format);

/// `format` is absent where a gateway hides it: then 9600 8N1 is assumed.
LineBudget budget_of(std::span<const PlannedPoll> polls, const std::optional<SerialFormat>& format);

/// Says with figures what does not fit; nothing where all does.
std::optional<std::string> budget_warning(const LineBudget& budget);

}  // namespace balans
