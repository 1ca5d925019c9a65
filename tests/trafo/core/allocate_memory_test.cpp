// An allocator that has seen a problem of a size takes no more memory from the heap. A program of its own, because it
// replaces the global operator new.
#include <gtest/gtest.h>

#include "tests/support/heap_count.hpp"
#include "tests/trafo/core/allocate_problems.hpp"

namespace balans {
namespace {

template <class Run>
std::int64_t taken_by(Run&& run) {
  const std::int64_t before = taken_from_heap();
  run();
  return taken_from_heap() - before;
}

std::vector<Problem> some_problems(std::int64_t candidates) {
  std::vector<Problem> problems;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    Choices choices{Random(seed)};
    Problem problem = any_problem(choices);
    while (static_cast<std::int64_t>(problem.candidates.size()) < candidates)
      problem.candidates.push_back(some_candidate(choices, problem));
    problems.push_back(std::move(problem));
  }
  return problems;
}

TEST(AllocateMemory, TheCountSeesAnAllocatorsFirstRun) {
  const std::vector<Problem> problems = some_problems(64);
  Allocator allocator;
  EXPECT_GT(taken_by([&] { (void)allocator.allocate(problems[0].nodes, problems[0].candidates, problems[0].now); }), 0);
}

TEST(AllocateMemory, NothingIsTakenFromTheHeapOnceProblemsOfThatSizeHaveBeenSeen) {
  for (std::int64_t candidates : {0, 10, 64, 1000}) {
    const std::vector<Problem> problems = some_problems(candidates);
    Allocator allocator;
    const auto run_all = [&] {
      for (const Problem& problem : problems) (void)allocator.allocate(problem.nodes, problem.candidates, problem.now);
    };
    run_all();
    EXPECT_EQ(taken_by(run_all), 0) << candidates << " candidates";
  }
}

TEST(AllocateMemory, NothingIsTakenFromTheHeapByASecondFill) {
  const std::vector<Problem> problems = some_problems(64);
  Allocator allocator;
  const std::vector<Milliamps> start(100);
  const auto run_all = [&] {
    for (const Problem& problem : problems)
      (void)allocator.fill(problem.nodes, problem.candidates, std::span(start).first(problem.candidates.size()));
  };
  run_all();
  EXPECT_EQ(taken_by(run_all), 0);
}

}  // namespace
}  // namespace balans
