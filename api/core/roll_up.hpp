#pragma once
// Energy and currents of even stretches of time, from readings. Energy comes from the counters: what a stretch had is
// the counter at its end minus the counter at its start, read on the straight line between the readings around each.
// So the energies of neighbouring stretches always add up to the difference of the counters, whatever came when.

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "common/messages/messages.hpp"

namespace balans::api {

enum class Level : std::uint8_t { Minute, QuarterHour, Day };  ///< days are UTC days
inline constexpr std::array<Level, 3> kLevels{Level::Minute, Level::QuarterHour, Level::Day};
Millis length_of(Level level);
std::string_view name_of(Level level);  // "minute", "quarter-hour", "day"
Result<Level> parse_level(std::string_view name);

/// What has to be known of a stretch beside its numbers.
enum class Doubt : std::uint8_t {
  Gap = 1,         ///< somewhere in it no reading came for longer than kGap; its energy is partly a straight line
  Reset = 2,       ///< a counter went back; what flowed around then is not counted
  Incomplete = 4,  ///< nothing is known yet, or any more, of a part of it
};
class Doubts {
 public:
  constexpr Doubts() = default;
  constexpr explicit Doubts(std::int64_t bits) : bits_(static_cast<std::uint8_t>(bits)) {}
  constexpr void add(Doubt doubt) { bits_ |= static_cast<std::uint8_t>(doubt); }
  constexpr void add(Doubts doubts) { bits_ |= doubts.bits_; }
  [[nodiscard]] constexpr bool has(Doubt doubt) const { return (bits_ & static_cast<std::uint8_t>(doubt)) != 0; }
  [[nodiscard]] constexpr std::int64_t bits() const { return bits_; }
  bool operator==(const Doubts&) const = default;

 private:
  std::uint8_t bits_ = 0;
};

/// Readings come once a minute; one that comes later than this leaves a gap.
inline constexpr Millis kGap = 150_s;
/// Over a gap up to this long the energy is spread evenly; over a longer one it belongs where it is next read.
inline constexpr Millis kSpread = 24 * 60_min;

/// Of a reading, what roll-ups are made of.
struct Sample {
  UnixTime at;
  std::uint64_t seq = 0;
  WattHours imported;
  WattHours exported;
  PerPhase<Milliamps> mean;
  PerPhase<Milliamps> limit;
  bool operator==(const Sample&) const = default;
};
/// Whether the limit held this device back: it drew what it was allowed, within what counts as obeying.
bool is_limited(const Sample& sample);

/// A stretch from `start`. A reading belongs to the stretch that it is the end of, or lies in.
struct Bucket {
  UnixTime start;
  WattHours imported;
  WattHours exported;
  PerPhase<Milliamps> low;  ///< smallest and largest mean current of a reading; 0 without one
  PerPhase<Milliamps> high;
  std::int64_t readings = 0;
  std::int64_t limited = 0;  ///< of these, where the limit held the device back
  Doubts doubts;
  bool operator==(const Bucket&) const = default;
};

/// Start of the stretch that a time lies in.
UnixTime floor_to(Millis length, UnixTime at);
/// The same for the end of a reading's minute: a reading at the very start of a stretch belongs to the one before.
UnixTime stretch_of(Millis length, UnixTime reading);

/// A span of time, `to` outside.
struct Span {
  UnixTime from;
  UnixTime to;
  bool operator==(const Span&) const = default;
};

/// Which stretches change when readings between `first` and `last` are new: those up to the readings before and after.
Span touched(Millis length, UnixTime first, UnixTime last, std::optional<UnixTime> before,
             std::optional<UnixTime> after);

/// The stretches of `span`, which starts and ends on them, that readings touch. `samples` by time and number, with the
/// nearest one at or before the span and the nearest at or after it, where there are any.
std::vector<Bucket> roll_up(std::span<const Sample> samples, Millis length, const Span& span);

/// Adds a part to the stretch that it lies in.
void join(Bucket& longer, const Bucket& part);
/// Longer stretches from shorter ones, by time; smallest and largest stay. A stretch that is not fully there is
/// incomplete.
std::vector<Bucket> merge(std::span<const Bucket> buckets, Millis from_length, Millis to_length);

}  // namespace balans::api
