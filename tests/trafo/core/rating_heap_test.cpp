// The rating asks for no memory.

#include <gtest/gtest.h>

#include "tests/support/heap_count.hpp"
#include "tests/trafo/core/rating_bench.hpp"

namespace balans {
namespace {

TEST(RatingHeap, IsNeverAskedForMemory) {
  for (RatingMode mode : {RatingMode::Static, RatingMode::Dynamic, RatingMode::Schedule}) {
    RatingSettings settings = bench_settings(mode);
    settings.schedule = {{0xfff, 0, 720, 120}};
    settings.search_every = 0_s;
    RatingBench bench(settings, 30);
    bench.set_load(450_A);
    const std::int64_t before = taken_from_heap();
    for (int i = 0; i < 10'000; ++i) bench.tick(7_s);
    EXPECT_EQ(taken_from_heap(), before);
  }
}

}  // namespace
}  // namespace balans
