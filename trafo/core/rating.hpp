#pragma once
// How much current the transformer may carry now: by its name plate, by a table, or by how warm it is.
//
// `plan_rating` once at the start, `start_rating` (and `resume_rating`, when there is a saved state) after it, then
// `rate` at every tick. docs/rating.md has the reasons.

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "common/phases.hpp"
#include "common/result.hpp"
#include "common/units.hpp"
#include "trafo/core/ageing.hpp"
#include "trafo/core/ambient.hpp"
#include "trafo/core/thermal.hpp"

namespace balans {

enum class RatingMode : std::uint8_t {
  Static,    ///< the name plate, at all times
  Dynamic,   ///< what the thermal state allows
  Schedule,  ///< a table of months and hours; the name plate outside its rows
};

/// What the capacity is bound by. The screen, the log and the tests read the same.
enum class RatingBound : std::uint8_t {
  Static,      ///< the name plate
  Schedule,    ///< a row of the table
  Current,     ///< fuse, cable, bushing or CT, or the limit of IEC for the current
  HotSpot,     ///< within the look-ahead the hot-spot would be too warm
  TopOil,      ///< within the look-ahead the oil would be too warm
  LossOfLife,  ///< the day's budget of life is spent
  ColdStart,   ///< the controller is new and the oil's temperature is not known
};
std::string_view name_of(RatingBound bound);  // as on the screen: "hot-spot", …

/// Bounds of one kind of operation.
struct LoadingLimits {
  MilliCelsius hot_spot;
  MilliCelsius top_oil;
  std::int64_t max_percent;  ///< of the rated current
};
inline constexpr LoadingLimits kNormalCyclic{MilliCelsius(120'000), MilliCelsius(105'000), 150};
inline constexpr LoadingLimits kEmergency{MilliCelsius(140'000), MilliCelsius(115'000), 180};  ///< long-term

/// What else the current flows through. Until all four are known the name plate is not exceeded; whatever is known
/// binds in every mode.
struct CurrentRatings {
  std::optional<Milliamps> fuse;
  std::optional<Milliamps> cable;
  std::optional<Milliamps> bushing;
  std::optional<Milliamps> ct;
};

/// One row of the table. `from` > `to` runs over midnight; the first row that fits counts.
struct ScheduleRow {
  std::uint16_t months = 0xfff;  ///< bit 0 is January
  int from_minute = 0;           ///< of the local day, 0..1439
  int to_minute = 0;             ///< 0..1440, not included; equal to `from_minute`: the whole day
  std::int64_t percent = 100;    ///< of the name plate
};
inline constexpr std::size_t kMaxScheduleRows = 64;

struct RatingSettings {
  RatingMode mode = RatingMode::Static;
  Milliamps rated;  ///< name-plate current per phase
  ThermalParameters thermal;
  AmbientSettings ambient;
  LoadingLimits normal = kNormalCyclic;
  LoadingLimits emergency = kEmergency;  ///< for statutory floors only
  CurrentRatings ratings;
  Millis look_ahead = Millis(30 * 60'000);
  std::int64_t budget_percent = 100;     ///< of a day of life per day
  Millis search_every = Millis(10'000);  ///< a capacity that still holds is looked for anew only this often
  std::vector<ScheduleRow> schedule;
};

/// A capacity as a multiple of the rated current, and what binds it.
struct Capacity {
  double k = 1;
  RatingBound bound = RatingBound::ColdStart;
};

/// The moments of the look-ahead at which the bounds are checked, with what does not depend on the load.
struct LookAhead {
  static constexpr std::size_t kMoments = 16;
  std::array<double, kMoments> oil{};       ///< e^(−t/τ) of the oil
  std::array<double, kMoments> fast{};      ///< of the fast gradient
  std::array<double, kMoments> slow{};      ///< of the slow gradient
  std::array<double, kMoments> gradient{};  ///< share of the steady gradient that has come by then
};

/// Settings that have been checked, and what follows from them.
struct RatingPlan {
  RatingSettings settings;
  LookAhead ahead;
  Capacity most;            ///< what current alone allows
  Capacity most_emergency;  ///< the same for statutory floors
};

/// Refuses settings that are out of bounds, naming the field: `rating.normal.hot_spot_c: …`.
Result<RatingPlan> plan_rating(const RatingSettings& settings, std::string_view path = "rating");

struct RatingInput {
  BootTime now;
  std::optional<PerPhase<Milliamps>> load;  ///< of a trusted meter; import and feed-in heat alike
  std::optional<AmbientReading> ambient;    ///< newest, of any age
  std::optional<LocalTime> local;           ///< absent while the clock is not synchronised
};

/// What the rating remembers from tick to tick.
struct RatingMemory {
  ThermalState state;
  AgeingWindow ageing;
  BootTime stepped{};       ///< the state is of this moment
  PerPhase<double> last_k;  ///< by the last trusted meter
  BootTime cold_until{};    ///< no more than the name plate before
  /// The last capacities that were searched for.
  struct Held {
    Capacity normal;
    Capacity emergency;
    std::optional<double> sustainable_k;  ///< once the budget is spent
    MilliCelsius ambient;
    BootTime searched;
  };
  std::optional<Held> held;
};

/// A controller that has just started: the oil as after hours at the rated current, and no more than the name plate
/// for three time constants of the oil.
RatingMemory start_rating(const RatingPlan& plan, const RatingInput& input);

struct RatingDecision {
  PerPhase<Milliamps> normal;     ///< capacity per phase, all of which may be used at once; rounded down
  PerPhase<Milliamps> emergency;  ///< for statutory floors only; ≥ normal
  RatingBound bound = RatingBound::Static;
  RatingBound emergency_bound = RatingBound::Static;
  std::int64_t permille = 0;             ///< normal capacity in thousandths of the name plate
  PerPhase<std::int64_t> load_permille;  ///< what the model has just been run with
  MilliCelsius top_oil;
  PerPhase<MilliCelsius> hot_spot;
  Ambient ambient;
  std::int64_t life_permille = 0;  ///< of the last 24 hours, in thousandths of a day
};

/// Runs the model up to `input.now` and gives the capacity. No heap; the same input and memory give the same result.
RatingDecision rate(const RatingPlan& plan, const RatingInput& input, RatingMemory& memory);

/// The parts of `rate`, for measuring and testing them.
namespace rating {

/// Whether every bound holds over the look-ahead with all phases at `k`; if not, which does not.
std::optional<RatingBound> first_broken(const RatingPlan& plan, const LoadingLimits& limits, const ThermalState& state,
                                        double ambient_c, double k);

/// The largest k up to `most` for which every bound holds, to 10⁻⁶.
Capacity search(const RatingPlan& plan, const LoadingLimits& limits, const ThermalState& state, double ambient_c,
                Capacity most);

/// The k whose steady hot-spot costs a day per day at this ambient.
double sustainable_k(const ThermalParameters& parameters, double ambient_c);

/// What the table says, in percent; absent outside its rows. Without `local` the smallest row counts.
std::optional<std::int64_t> scheduled_percent(const RatingSettings& settings, const std::optional<LocalTime>& local);

}  // namespace rating

}  // namespace balans
