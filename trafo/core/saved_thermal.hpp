#pragma once
// The thermal state across a restart. It counts only if the clock was synchronised both when it was saved and now.

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "trafo/core/rating.hpp"

namespace balans {

enum class ClockState : std::uint8_t { Synchronised, Free };

/// Whole numbers only: thousandths of a kelvin, billionths of a day.
struct SavedThermal {
  UnixTime at;
  ClockState clock = ClockState::Free;  ///< whether `at` can be believed
  MilliCelsius top_oil;
  PerPhase<std::int64_t> fast_gradient_mk;
  PerPhase<std::int64_t> slow_gradient_mk;
  Millis cold_for;                                                    ///< of the cold start, what was left
  std::array<std::int64_t, AgeingWindow::kQuarters> life_nanodays{};  ///< quarters of an hour, oldest first
  std::int64_t filling_nanodays = 0;
  Millis filled_for;

  bool operator==(const SavedThermal&) const = default;
};

/// What there is to save at `memory.stepped`, rounded to the warm side. `at` is that moment on the wall.
SavedThermal save(const RatingMemory& memory, UnixTime at, ClockState clock);

enum class Resumed : std::uint8_t {
  Yes,
  ClockWasFree,   ///< it was saved by a clock that was not synchronised
  ClockIsFree,    ///< this clock is not synchronised; ask again when it is
  FromTheFuture,  ///< it was saved after now
};

/// Puts a saved state in the place of a cold one; the time between is run at K = 1 and the month's design maximum. May
/// be called at any time after the start, for the clock is often synchronised only later. `unix_now` is `input.now` on
/// the wall, absent while the clock is not synchronised. The memory is unchanged unless the answer is Yes.
Resumed resume_rating(const RatingPlan& plan, const RatingInput& input, std::optional<UnixTime> unix_now,
                      const SavedThermal& saved, RatingMemory& memory);

std::string encode(const SavedThermal& saved);
Result<SavedThermal> decode_saved_thermal(std::string_view text);

}  // namespace balans
