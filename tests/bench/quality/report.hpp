#pragma once
// The matrix for people (Markdown, plots).

#include <filesystem>
#include <string>
#include <vector>

#include "tests/bench/quality/claims.hpp"

namespace balans::bench {

/// What stands between the markers of docs/benchmarks.md.
std::string markdown(const std::vector<CaseResult>& results);

/// How many cases each claim holds in, and the cases in which it does not.
std::string claims_text(const std::vector<CaseResult>& results);

/// Draws all plots into the folder. False, with a word on standard error, where it cannot.
bool write_plots(const std::vector<CaseResult>& results, const std::filesystem::path& folder);

}  // namespace balans::bench
