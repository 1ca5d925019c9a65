#include "sim/physics/heat.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

namespace balans::sim {
namespace {

constexpr Millis kCompressorRest = 3_min;
constexpr double kWaterWhPerLitreKelvin = 1.163;
constexpr double kColdWaterC = 10;

struct Drawing {
  std::int64_t from_s, to_s;
  double litres_per_s;
};
// Two showers in the morning, dishes and showers in the evening: about 180 l a day.
constexpr std::array<Drawing, 4> kDrawings{{{6 * 3600 + 1800, 6 * 3600 + 2400, 0.1},
                                            {7 * 3600, 7 * 3600 + 480, 0.1},
                                            {18 * 3600 + 1200, 18 * 3600 + 1500, 0.08},
                                            {21 * 3600, 21 * 3600 + 600, 0.08}}};

double hours(Millis time) { return static_cast<double>(time.count()) / 3'600'000.0; }
double watts(Milliwatts power) { return static_cast<double>(power.count()) / 1000.0; }

double outdoor_c(const HeatPumpTraits& traits, LocalTime now) {
  const double warmest_s = 15 * 3600;
  const double angle = 2 * std::numbers::pi * (static_cast<double>(second_of_day(now)) - warmest_s) / kSecondsPerDay;
  return traits.mean_outdoor_c + traits.swing_outdoor_c * std::cos(angle);
}

double litres_drawn(LocalTime now, Millis dt) {
  const std::int64_t second = second_of_day(now);
  for (const Drawing& drawing : kDrawings)
    if (second >= drawing.from_s && second < drawing.to_s)
      return drawing.litres_per_s * static_cast<double>(dt.count()) / 1000.0;
  return 0;
}

}  // namespace

Milliwatts HeatPump::demand() const {
  const double distance = (traits_.upper_c - room_c_) / (traits_.upper_c - traits_.lower_c);
  const double span = static_cast<double>((traits_.max - traits_.min).count());
  return traits_.min + Milliwatts(static_cast<std::int64_t>(std::clamp(distance, 0.0, 1.0) * span));
}

/// Modulates between its smallest power and what it wants. `wanted` is 0 when it is warm.
void HeatPump::follow(Milliamps wanted, Milliamps allowed, Milliamps least, Millis dt) {
  const bool was_running = current_ > Milliamps(0);
  const bool must_run = was_running && ran_ < traits_.min_run;
  const bool held_down = allowed < least;
  Milliamps next = std::min(must_run ? std::max(wanted, least) : wanted, allowed);
  if (must_run && held_down && traits_.lock == Lock::AfterMinimumRun) next = least;
  const bool runs = next >= least && (was_running || rested_ >= kCompressorRest);
  current_ = runs ? next : Milliamps(0);
  rested_ = runs ? Millis(0) : rested_ + dt;
  ran_ = runs ? ran_ + dt : Millis(0);
}

void HeatPump::step(const Surroundings& around, Milliamps allowed) {
  if (room_c_ <= traits_.lower_c) heating_ = true;
  if (room_c_ >= traits_.upper_c) heating_ = false;
  const auto to_current = [&](Milliwatts power) {
    return current_for(power, around.voltage, traits_.conductors, power_factor_permille());
  };
  wants_ = heating_ ? to_current(demand()) : Milliamps(0);
  follow(wants_, allowed, to_current(traits_.min), around.dt);

  const Milliwatts electric = active_power(current_, around.voltage, traits_.conductors, power_factor_permille());
  const double loss_w = traits_.loss_w_per_k * (room_c_ - outdoor_c(traits_, around.now));
  room_c_ += (watts(electric) * traits_.cop - loss_w) * hours(around.dt) / traits_.heat_capacity_wh_per_k;
}

void Boiler::step(const Surroundings& around, Milliamps allowed) {
  if (water_c_ <= traits_.lower_c) heating_ = true;
  if (water_c_ >= traits_.upper_c) heating_ = false;
  wants_ = heating_ ? current_for(traits_.power, around.voltage, traits_.conductors, 1000) : Milliamps(0);
  current_ = std::min(wants_, allowed);
  if (traits_.element == Element::Relay && current_ < wants_) current_ = Milliamps(0);

  const double capacity = traits_.litres * kWaterWhPerLitreKelvin;
  const Milliwatts electric = active_power(current_, around.voltage, traits_.conductors, 1000);
  water_c_ += (watts(electric) - traits_.loss_w) * hours(around.dt) / capacity;
  water_c_ -= litres_drawn(around.now, around.dt) / traits_.litres * (water_c_ - kColdWaterC);
}

}  // namespace balans::sim
