#pragma once

#include <string>
#include <vector>

#include "tests/house/source_tree.hpp"

namespace balans::house {

/// Every include of the C++ files that breaks a rule of include_rules.hpp, as "file:line: include: rule".
std::vector<std::string> include_violations(const std::vector<SourceFile>& files);

}  // namespace balans::house
