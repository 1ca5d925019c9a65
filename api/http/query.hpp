#pragma once
// Targets taken apart: path segments and query parameters, percent-decoded.

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/result.hpp"

namespace balans::api {

struct Target {
  std::vector<std::string> segments;  ///< of the path; "/" has one empty segment
  std::map<std::string, std::string, std::less<>> query;
};

/// Refuses what is malformed, a parameter given twice and more parameters than anybody needs.
Result<Target> parse_target(std::string_view target);

}  // namespace balans::api
