#pragma once
// Other programs of Balans, asked what they think: `balans-trafo --check …`.

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "common/result.hpp"

namespace balans::cli {

/// The program `name` in `folder`; without one beside this program, else where the shell would look. Absent: it is not
/// installed here.
std::optional<std::filesystem::path> find_program(const std::string& name,
                                                  const std::optional<std::filesystem::path>& folder = std::nullopt);

struct ProgramAnswer {
  int code = 0;     ///< its exit code; 128 + the signal that ended it
  std::string out;  ///< at most 1 MiB of each
  std::string err;
};

/// Runs it to its end, with nothing to read. An error when it cannot be started or takes too long.
Result<ProgramAnswer> run_program(const std::filesystem::path& program, const std::vector<std::string>& arguments,
                                  std::chrono::seconds longest = std::chrono::seconds(60));

}  // namespace balans::cli
