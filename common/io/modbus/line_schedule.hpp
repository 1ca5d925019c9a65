#pragma once
// Whose request goes next on a line that many share: pure, moments come in as arguments.

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "common/result.hpp"
#include "common/units.hpp"

namespace balans {

using LineTime = Moment<struct LineClock>;

enum class Urgency : std::uint8_t {
  Setpoint,  ///< goes before all polls, and is tried even while its unit rests
  Poll,
};

struct LineRequest {
  std::uint8_t unit = 1;
  Urgency urgency = Urgency::Poll;
  LineTime due;                         ///< when it should have been sent: the longest overdue goes first
  std::optional<LineTime> not_after{};  ///< it is refused rather than begun from then on
};

/// What was heard after a request.
enum class Heard : std::uint8_t {
  Unit,     ///< an answer, be it a refusal
  Nothing,  ///< silence or damage
  NoLine,   ///< the line or the gateway is not there: no fault of the unit
};

struct LineLimits {
  std::size_t most_waiting = 64;
  Millis longest_wait = 5_s;  ///< a request that waits longer is refused
  Millis rest_min = 500_ms;   ///< of a unit that was silent twice; doubles up to the next
  Millis rest_max = 5_s;
  Millis shared_for = 60_s;         ///< units rest only while others were asked for within this time
  int most_setpoints_in_a_row = 8;  ///< then a poll that waits goes between
};

class LineSchedule {
 public:
  using Id = std::uint64_t;
  struct Serve {
    Id id;
  };
  struct Refuse {
    Id id;
    std::string why;
  };
  struct WaitUntil {
    LineTime time;
  };
  struct Idle {};
  using Step = std::variant<Serve, Refuse, WaitUntil, Idle>;

  explicit LineSchedule(const LineLimits& limits = {}) : limits_(limits) {}

  /// The unit is left alone for `gap` after each of its requests.
  void set_gap(std::uint8_t unit, Millis gap);
  /// An error when too many wait, and for a poll of a unit that rests.
  Result<Id> submit(const LineRequest& request, LineTime now);
  void cancel(Id id);
  /// What to do now. What is served or refused does not wait any more; `finished` follows each Serve.
  Step next(LineTime now);
  void finished(std::uint8_t unit, Heard heard, LineTime now);
  [[nodiscard]] std::size_t waiting() const { return waiting_.size(); }

 private:
  struct Waiting {
    Id id = 0;
    LineRequest request;
    LineTime since;
  };
  struct Unit {
    Millis gap{};
    int silent = 0;  ///< times in a row
    std::optional<LineTime> free_at;
    std::optional<LineTime> rests_until;
    std::optional<LineTime> wanted;  ///< when somebody last asked for it
  };
  [[nodiscard]] bool shared(std::uint8_t unit, LineTime now) const;
  [[nodiscard]] std::optional<std::string> refusal(const LineRequest& request, LineTime now) const;
  [[nodiscard]] std::optional<std::string> refusal(const Waiting& waiting, LineTime now) const;
  [[nodiscard]] LineTime free_at(const Waiting& waiting) const;
  [[nodiscard]] bool before(const Waiting& a, const Waiting& b) const;

  LineLimits limits_;
  Id next_id_ = 1;
  int setpoints_in_a_row_ = 0;
  std::vector<Waiting> waiting_;
  std::map<std::uint8_t, Unit> units_;  ///< at most 256
};

}  // namespace balans
