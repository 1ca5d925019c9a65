#include "tests/bench/quality/matrix.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>

namespace balans::bench {
namespace {

using runs::Policy;

/// Does `work(i)` for all i below `count`. The first error by index is returned, whoever met one first.
Result<void> in_parallel(std::size_t count, unsigned threads, const std::function<Result<void>(std::size_t)>& work) {
  std::atomic<std::size_t> next{0};
  std::vector<Result<void>> outcomes(count);
  std::vector<std::thread> workers;
  for (unsigned i = 0; i < std::max(1U, threads); ++i)
    workers.emplace_back([&] {
      for (std::size_t job = next++; job < count; job = next++) outcomes[job] = work(job);
    });
  for (std::thread& worker : workers) worker.join();
  for (Result<void>& outcome : outcomes)
    if (!outcome) return outcome;
  return {};
}

template <class T>
bool wanted(const std::vector<T>& chosen, const T& one) {
  return chosen.empty() || std::ranges::find(chosen, one) != chosen.end();
}

/// Long jobs first, so that no thread is left alone with one at the end.
std::vector<std::size_t> longest_first(const std::vector<CaseResult>& results) {
  const auto cost = [&](std::size_t job) {
    const Weeks& weeks = results[job / runs::kPolicies.size()].what.weeks;
    const bool slow = runs::kPolicies[job % runs::kPolicies.size()] == Policy::Balans;
    return weeks.weeks * weeks.drivers * (slow ? 100 : 1);
  };
  std::vector<std::size_t> jobs(results.size() * runs::kPolicies.size());
  for (std::size_t i = 0; i < jobs.size(); ++i) jobs[i] = i;
  std::ranges::stable_sort(jobs, std::greater(), cost);
  return jobs;
}

}  // namespace

double CaseResult::energy_share(Policy policy) const {
  return by(policy).delivered_kwh / by(Policy::Oracle).delivered_kwh;
}

Result<std::vector<Case>> cases_of(const MatrixOptions& options) {
  Result<std::vector<Weeks>> weeks =
      busiest_weeks(options.data_dir / "ev_sessions" / "norway_residential.csv", options.half);
  if (!weeks) return weeks.error();
  std::erase_if(*weeks,
                [&](const Weeks& w) { return !wanted(options.sites, w.site) || !wanted(options.weeks, w.weeks); });
  std::vector<std::vector<Case>> of_weeks(weeks->size());
  const Result<void> rated = in_parallel(weeks->size(), options.threads, [&](std::size_t i) -> Result<void> {
    Result<std::vector<Case>> cases = rate((*weeks)[i], options.data_dir);
    if (!cases) return cases.error().within((*weeks)[i].site);
    of_weeks[i] = std::move(*cases);
    return {};
  });
  if (!rated) return rated.error();
  std::vector<Case> all;
  for (const std::vector<Case>& cases : of_weeks)
    for (const Case& one : cases)
      if (wanted(options.shortages, std::string(name_of(one.shortage)))) all.push_back(one);
  return all;
}

Result<std::vector<CaseResult>> run_matrix(const MatrixOptions& options, const OnRun& on_run) {
  const Result<std::vector<Case>> cases = cases_of(options);
  if (!cases) return cases.error();
  std::vector<CaseResult> results;
  for (const Case& one : *cases) results.push_back({one, {}});
  const std::vector<std::size_t> jobs = longest_first(results);
  std::mutex speaking;
  std::size_t done = 0;
  const Result<void> ran = in_parallel(jobs.size(), options.threads, [&](std::size_t i) -> Result<void> {
    CaseResult& result = results[jobs[i] / runs::kPolicies.size()];
    const std::size_t policy = jobs[i] % runs::kPolicies.size();
    runs::RunOptions run_options = options_of(result.what.weeks, options.data_dir);
    run_options.transformer = result.what.transformer;
    run_options.policy = runs::kPolicies[policy];
    run_options.tick = options.tick;
    Result<runs::RunResult> run_result = run(run_options);
    if (!run_result) return run_result.error().within(result.what.name());
    result.of[policy] = std::move(*run_result);
    const std::lock_guard lock(speaking);
    on_run(result, runs::kPolicies[policy]);
    if (++done % 20 == 0 || done == jobs.size()) fmt::print(stderr, "{} of {} runs\n", done, jobs.size());
    return {};
  });
  if (!ran) return ran.error();
  return results;
}

}  // namespace balans::bench
