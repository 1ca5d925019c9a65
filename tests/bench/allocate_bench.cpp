// One decision about who gets how much, and the plain loop beside it.
#include <benchmark/benchmark.h>

#include "tests/bench/street.hpp"
#include "tests/support/heap_count.hpp"

namespace balans::bench {
namespace {

constexpr std::int64_t kSizes[] = {10, 64, 100, 200, 1'000, 10'000, 100'000};

void count_heap(benchmark::State& state, std::int64_t before) {
  state.counters["heap"] =
      benchmark::Counter(static_cast<double>(taken_from_heap() - before), benchmark::Counter::kAvgIterations);
}

/// Arguments: devices, depth. With carried turns the next turns are part of the decision.
void decide(benchmark::State& state, Load load, Turns turns) {
  const Street problem = street(state.range(0), static_cast<int>(state.range(1)), load, turns);
  std::vector<Turn> next(problem.candidates.size());
  Allocator allocator;
  (void)allocator.allocate(problem.nodes, problem.candidates, problem.now);
  const std::int64_t before = taken_from_heap();
  for ([[maybe_unused]] auto iteration : state) {
    const auto grants = allocator.allocate(problem.nodes, problem.candidates, problem.now);
    if (turns == Turns::Carried)
      for (std::size_t i = 0; i < grants.size(); ++i)
        next[i] =
            next_turn(problem.candidates[i].turn, problem.candidates[i], grants[i], defaults::kMinOff, problem.now);
    benchmark::DoNotOptimize(grants.data());
    benchmark::ClobberMemory();
  }
  count_heap(state, before);
}

/// The same devices without tree, phases, tiers and minimums, in a third of what they ask for.
void plain_max_min(benchmark::State& state) {
  const Street problem = street(state.range(0), 1, Load::Congested, Turns::None);
  std::vector<Milliamps> caps;
  Milliamps asked;
  for (const Candidate& c : problem.candidates) {
    caps.push_back(c.cap);
    asked += c.cap;
  }
  PlainMaxMin plain;
  benchmark::DoNotOptimize(plain.share(asked / 3, caps).data());
  const std::int64_t before = taken_from_heap();
  for ([[maybe_unused]] auto iteration : state) {
    benchmark::DoNotOptimize(plain.share(asked / 3, caps).data());
    benchmark::ClobberMemory();
  }
  count_heap(state, before);
}

void sizes(benchmark::internal::Benchmark* benchmark) {
  for (std::int64_t devices : kSizes) benchmark->Arg(devices);
}

void sizes_and_depths(benchmark::internal::Benchmark* benchmark) {
  for (std::int64_t devices : kSizes)
    for (std::int64_t depth = 1; depth <= 4; ++depth) benchmark->Args({devices, depth});
}

BENCHMARK_CAPTURE(decide, calm, Load::Calm, Turns::None)->Apply(sizes_and_depths);
BENCHMARK_CAPTURE(decide, calm_carried, Load::Calm, Turns::Carried)->Apply(sizes_and_depths);
BENCHMARK_CAPTURE(decide, congested, Load::Congested, Turns::None)->Apply(sizes_and_depths);
BENCHMARK_CAPTURE(decide, congested_carried, Load::Congested, Turns::Carried)->Apply(sizes_and_depths);
BENCHMARK(plain_max_min)->Apply(sizes);

}  // namespace
}  // namespace balans::bench
