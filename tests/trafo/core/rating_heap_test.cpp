// The rating asks for no memory.

#include <gtest/gtest.h>

#include <cstdlib>
#include <new>

#include "tests/trafo/core/rating_bench.hpp"

namespace {
std::size_t allocations = 0;
}  // namespace

[[gnu::noinline]] void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace balans {
namespace {

TEST(RatingHeap, IsNeverAskedForMemory) {
  for (RatingMode mode : {RatingMode::Static, RatingMode::Dynamic, RatingMode::Schedule}) {
    RatingSettings settings = bench_settings(mode);
    settings.schedule = {{0xfff, 0, 720, 120}};
    settings.search_every = 0_s;
    RatingBench bench(settings, 30);
    bench.set_load(450_A);
    const std::size_t before = allocations;
    for (int i = 0; i < 10'000; ++i) bench.tick(7_s);
    EXPECT_EQ(allocations, before);
  }
}

}  // namespace
}  // namespace balans
