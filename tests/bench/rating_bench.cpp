// The thermal rating: one step of the model, one search for the capacity, and a tick with both as they come.
#include <benchmark/benchmark.h>

#include "tests/support/heap_count.hpp"
#include "trafo/core/rating.hpp"

namespace balans::bench {
namespace {

RatingPlan dynamic_plan() {
  RatingSettings settings;
  settings.mode = RatingMode::Dynamic;
  settings.rated = 577_A;
  settings.ratings = {900_A, 900_A, 900_A, 900_A};
  return *plan_rating(settings);
}

void count_heap(benchmark::State& state, std::int64_t before) {
  state.counters["heap"] =
      benchmark::Counter(static_cast<double>(taken_from_heap() - before), benchmark::Counter::kAvgIterations);
}

void rating_step(benchmark::State& state) {
  const ThermalParameters parameters;
  ThermalState now = steady_state(parameters, {PerPhase<double>::all(0.7), 20});
  const ThermalDrive drive{{{0.9, 1.0, 1.1}}, 20};
  const std::int64_t before = taken_from_heap();
  for ([[maybe_unused]] auto iteration : state) {
    now = step(parameters, now, drive, 1.0 / 60);
    benchmark::DoNotOptimize(now);
  }
  count_heap(state, before);
}
BENCHMARK(rating_step);

void rating_search(benchmark::State& state) {
  const RatingPlan plan = dynamic_plan();
  const ThermalState now =
      steady_state(plan.settings.thermal, {PerPhase<double>::all(1.0), 35});  // warm: it has to search
  const std::int64_t before = taken_from_heap();
  for ([[maybe_unused]] auto iteration : state)
    benchmark::DoNotOptimize(rating::search(plan, plan.settings.normal, now, 35, plan.most));
  count_heap(state, before);
}
BENCHMARK(rating_search);

void rating_tick(benchmark::State& state) {
  const RatingPlan plan = dynamic_plan();
  RatingInput input;
  input.load = PerPhase<Milliamps>::all(550_A);
  RatingMemory memory = start_rating(plan, input);
  const std::int64_t before = taken_from_heap();
  for ([[maybe_unused]] auto iteration : state) {
    input.now = input.now + 1_s;
    benchmark::DoNotOptimize(rate(plan, input, memory));
  }
  count_heap(state, before);
}
BENCHMARK(rating_tick);

}  // namespace
}  // namespace balans::bench
