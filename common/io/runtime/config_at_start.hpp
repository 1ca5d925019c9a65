#pragma once
// Config files are read once, at the start. What SIGHUP can say of one that was edited since.

#include <filesystem>
#include <functional>
#include <string>

#include "common/result.hpp"

namespace balans {

class ConfigAtStart {
 public:
  /// Made before the program reads `file`.
  explicit ConfigAtStart(std::filesystem::path file);

  /// "unchanged", "changed: used from the next start", or why the next start would refuse it. `check` reads it.
  [[nodiscard]] std::string compare(const std::function<Result<void>()>& check) const;

 private:
  std::filesystem::path file_;
  std::string text_;  ///< empty when it could not be read
};

}  // namespace balans
