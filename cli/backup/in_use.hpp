#pragma once
// Whether a program runs on some files: it has them open.

#include <filesystem>
#include <string>
#include <vector>

namespace balans::cli {

/// The processes that have a file below `tree` open, as "balans-trafo (1234)"; those that this process may look at. It
/// is the file that counts, not its name, so a service in a sandbox is seen too.
std::vector<std::string> users_of(const std::filesystem::path& tree);

}  // namespace balans::cli
