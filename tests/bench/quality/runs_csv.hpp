#pragma once
// Every figure of every run as CSV, one row a run, exact: what took hours to compute is reported from it later.

#include <span>
#include <string>
#include <vector>

#include "tests/bench/quality/matrix.hpp"

namespace balans::bench {

/// The names of the columns, with the line's end.
std::string csv_header();
/// One run, with the line's end.
std::string csv_row(const CaseResult& result, runs::Policy policy);

/// The cases in these files, in order of sites, lengths and shortages; rows may stand in any order and any file.
/// Errors name file and line, or the case of which a policy is missing.
Result<std::vector<CaseResult>> read_runs(std::span<const std::string> files);

}  // namespace balans::bench
