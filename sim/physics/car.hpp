#pragma once
// An electric car at a charger, and the charger's pilot signal in front of it.

#include <algorithm>
#include <optional>

#include "sim/physics/appliance.hpp"
#include "sim/random.hpp"

namespace balans::sim {

/// IEC 61851-1: below this a car does not charge but pauses.
inline constexpr Milliamps kPilotMinimum = 6_A;

/// How long a car takes to follow. A street's cars follow at once; those of a single virtual device do not.
struct CarHabits {
  Millis reacts_least{}, reacts_most{};  ///< to each change of the pilot
  Millis wakes_least{}, wakes_most{};    ///< beside that, when the pilot lets it begin, or begin again after a pause
  std::uint64_t seed = 0;
};

/// What a car comes for.
struct CarNeed {
  WattHours energy;
  int conductors = 1;  ///< 1 or 3
  Milliamps max;       ///< of its on-board charger, per conductor
};

/// The pilot: the current a charger signals to the car. It changes at most every 5 s, because each change may take a
/// car that long to follow.
class Pilot {
 public:
  static constexpr Millis kBetweenChanges = 5_s;

  /// The signalled current after `dt` with the charger's limit at `limit`; below 6 A it signals a pause, 0.
  Milliamps step(Millis dt, Milliamps limit);

 private:
  Milliamps signalled_;
  Millis since_change_ = kBetweenChanges;
};

/// A place for one car at a time. Falls to a smaller pilot within one step, rises slowly: 1 s at 6 A, then 4 A/s.
class CarPlace final : public Appliance {
 public:
  explicit CarPlace(const CarHabits& habits = {}) : habits_(habits), random_(habits.seed) {}

  void plug(const CarNeed& need);
  void unplug();

  void step(const Surroundings& around, Milliamps allowed) override;
  void lose_power() override;
  [[nodiscard]] Milliamps current() const override { return current_; }
  [[nodiscard]] Milliamps wants() const override;
  [[nodiscard]] int conductors() const override { return need_ ? std::min(need_->conductors, connected_) : 1; }

  [[nodiscard]] bool plugged() const { return need_.has_value(); }
  [[nodiscard]] bool charging() const { return current_ > Milliamps(0); }
  /// How much of what it came for the car has, in thousandths; 0 where there is none.
  [[nodiscard]] std::int64_t filled_permille() const;
  /// Energy all cars here have taken since the start.
  [[nodiscard]] Millijoules delivered() const { return delivered_; }

 private:
  [[nodiscard]] Milliamps target(Milliamps allowed) const;
  /// The pilot as the car follows it now.
  Milliamps followed(Milliamps pilot, Millis dt);
  bool is_asleep(Milliamps goal, Millis dt);

  CarHabits habits_;
  Random random_;
  Milliamps followed_;               ///< the pilot that it follows
  std::optional<Millis> reacts_in_;  ///< to a change that it has not followed yet
  std::optional<Millis> wakes_in_;
  int connected_ = 3;
  std::optional<CarNeed> need_;
  Millijoules remaining_;
  Milliamps current_;
  Millijoules delivered_;
};

}  // namespace balans::sim
