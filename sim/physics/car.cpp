#include "sim/physics/car.hpp"

#include <algorithm>

namespace balans::sim {
namespace {

constexpr Milliamps kRisePerSecond = 4_A;
constexpr std::int64_t kTaperShare = 20;  // the last twentieth of the energy is taken at a falling current

}  // namespace

Milliamps Pilot::step(Millis dt, Milliamps limit) {
  const Milliamps wanted = limit < kPilotMinimum ? Milliamps(0) : limit;
  since_change_ += dt;
  if (wanted != signalled_ && since_change_ >= kBetweenChanges) {
    signalled_ = wanted;
    since_change_ = Millis(0);
  }
  return signalled_;
}

void CarPlace::plug(const CarNeed& need) {
  need_ = need;
  remaining_ = millijoules(need.energy);
  current_ = Milliamps(0);
}

void CarPlace::unplug() {
  need_.reset();
  remaining_ = Millijoules(0);
  current_ = Milliamps(0);
}

Milliamps CarPlace::wants() const {
  if (!need_ || remaining_ <= Millijoules(0)) return Milliamps(0);
  const Millijoules taper = millijoules(need_->energy) / kTaperShare;
  if (remaining_ >= taper) return need_->max;
  const std::int64_t share = remaining_.count() * 1000 / std::max<std::int64_t>(1, taper.count());
  return std::max(kPilotMinimum, need_->max * share / 1000);
}

Milliamps CarPlace::target(Milliamps allowed) const {
  const Milliamps possible = std::min(wants(), allowed);
  return possible < kPilotMinimum ? Milliamps(0) : possible;
}

void CarPlace::step(const Surroundings& around, Milliamps allowed) {
  const Milliamps goal = target(allowed);
  const Milliamps rise = kRisePerSecond * around.dt.count() / 1000;
  if (goal <= current_)
    current_ = goal;
  else
    current_ = current_ < kPilotMinimum ? kPilotMinimum : std::min(goal, current_ + rise);
  const Millijoules taken =
      std::min(remaining_, energy_of(active_power(current_, around.voltage, conductors(), 1000), around.dt));
  remaining_ -= taken;
  delivered_ += taken;
}

}  // namespace balans::sim
