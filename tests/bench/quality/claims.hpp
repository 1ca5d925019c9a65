#pragma once
// What Balans is said to reach, judged case by case.

#include <string>
#include <vector>

#include "tests/bench/quality/matrix.hpp"

namespace balans::bench {

struct Failure {
  std::string where;   ///< the case
  std::string figure;  ///< what it was instead
};

struct Claim {
  std::string text;
  std::size_t cases = 0;
  std::vector<Failure> failures;
};

/// Policies that stay within the limit and know no more than Balans: all but it, the uncontrolled and the clairvoyant.
std::vector<runs::Policy> rivals();

std::vector<Claim> judge(const std::vector<CaseResult>& results);

/// One case for each length and shortage: all its sites together. Energies are added, shares and stops are those of all
/// sessions, Jain's index is the sites' mean, weighted by sessions.
std::vector<CaseResult> pooled(const std::vector<CaseResult>& results);

}  // namespace balans::bench
