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
  lose_power();
}

void CarPlace::unplug() {
  need_.reset();
  remaining_ = Millijoules(0);
  lose_power();
}

void CarPlace::lose_power() {
  current_ = Milliamps(0);
  followed_ = Milliamps(0);
  reacts_in_.reset();
  wakes_in_.reset();
}

std::int64_t CarPlace::filled_permille() const {
  if (!need_ || need_->energy <= WattHours(0)) return 0;
  return 1000 - remaining_.count() * 1000 / millijoules(need_->energy).count();
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

Milliamps CarPlace::followed(Milliamps pilot, Millis dt) {
  if (pilot != followed_ && !reacts_in_)
    reacts_in_ = Millis(random_.between(habits_.reacts_least.count(), habits_.reacts_most.count()));
  if (!reacts_in_) return followed_;
  if (*reacts_in_ <= Millis(0)) {
    followed_ = pilot;
    reacts_in_.reset();
  } else {
    *reacts_in_ -= dt;
  }
  return followed_;
}

bool CarPlace::is_asleep(Milliamps goal, Millis dt) {
  if (current_ > Milliamps(0) || goal == Milliamps(0)) return wakes_in_.reset(), false;
  if (!wakes_in_) wakes_in_ = Millis(random_.between(habits_.wakes_least.count(), habits_.wakes_most.count()));
  if (*wakes_in_ <= Millis(0)) return false;
  *wakes_in_ -= dt;
  return true;
}

void CarPlace::step(const Surroundings& around, Milliamps allowed) {
  connected_ = around.connected;
  Milliamps goal = target(followed(allowed, around.dt));
  if (is_asleep(goal, around.dt)) goal = Milliamps(0);
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
