#pragma once
// Every case under every policy, on as many threads as asked for; the results do not depend on how many.

#include <functional>
#include <span>
#include <vector>

#include "tests/bench/quality/cases.hpp"

namespace balans::bench {

/// One case under all policies.
struct CaseResult {
  Case what;
  std::array<runs::RunResult, runs::kPolicies.size()> of;
  [[nodiscard]] const runs::RunResult& by(runs::Policy policy) const { return of[static_cast<std::size_t>(policy)]; }
  /// Of what a clairvoyant delivers.
  [[nodiscard]] double energy_share(runs::Policy policy) const;
};

struct MatrixOptions {
  std::filesystem::path data_dir;
  Half half = Half::Early;
  std::vector<std::string> sites;      ///< empty: all
  std::vector<int> weeks;              ///< empty: all
  std::vector<std::string> shortages;  ///< empty: all
  Millis tick = 1_s;
  unsigned threads = 1;
};

/// The cases these options ask for, in order of sites, lengths and shortages.
Result<std::vector<Case>> cases_of(const MatrixOptions& options);

/// Called for each run when it has ended, by one thread at a time.
using OnRun = std::function<void(const CaseResult& result, runs::Policy policy)>;

/// Runs them all. Says on standard error how far it is.
Result<std::vector<CaseResult>> run_matrix(const MatrixOptions& options, const OnRun& on_run);

}  // namespace balans::bench
