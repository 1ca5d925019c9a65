#pragma once
// A transformer on the bench: 400 A per phase, everything the current flows through known to carry 800 A.

#include <gtest/gtest.h>

#include "trafo/core/rating.hpp"

namespace balans {

inline constexpr MilliCelsius celsius(int degrees) { return MilliCelsius(degrees * 1000); }

inline RatingSettings bench_settings(RatingMode mode = RatingMode::Dynamic) {
  RatingSettings settings;
  settings.mode = mode;
  settings.rated = 400_A;
  settings.ratings = {800_A, 800_A, 800_A, 800_A};
  settings.ambient.source = AmbientSource::Sensor;
  for (MonthAmbient& month : settings.ambient.months) month = {celsius(0), celsius(35)};
  return settings;
}

inline RatingPlan bench_plan(const RatingSettings& settings = bench_settings()) {
  const Result<RatingPlan> plan = plan_rating(settings);
  EXPECT_TRUE(plan.ok()) << (plan.ok() ? "" : plan.error().message());
  return plan.value();
}

/// The rating, tick by tick.
class RatingBench {
 public:
  explicit RatingBench(const RatingSettings& settings = bench_settings(), int ambient_c = 20)
      : plan(bench_plan(settings)) {
    input.now = BootTime(1'000'000);
    input.local = LocalTime{6, 720};
    set_ambient(ambient_c);
    memory = start_rating(plan, input);
  }

  void set_ambient(int degrees) { input.ambient = AmbientReading{celsius(degrees), input.now}; }
  void set_load(Milliamps each) { input.load = PerPhase<Milliamps>::all(each); }

  RatingDecision tick(Millis tick = 1_s) {
    input.now = input.now + tick;
    if (thermometer_works && input.ambient) input.ambient->taken = input.now;
    last = rate(plan, input, memory);
    return last;
  }
  RatingDecision run_for(Millis duration, Millis each = 10_s) {
    for (Millis done; done < duration; done += each) tick(each);
    return last;
  }
  /// Long past the cold start, warm as after a long time at this load.
  void settle(double k) {
    const double ambient = static_cast<double>(input.ambient->value.count()) / 1000;
    memory.state = steady_state(plan.settings.thermal, {PerPhase<double>::all(k), ambient});
    memory.cold_until = input.now;
    memory.ageing = {};
    memory.held.reset();
  }

  RatingPlan plan;
  RatingInput input;
  RatingMemory memory;
  RatingDecision last;
  bool thermometer_works = true;
};

}  // namespace balans
