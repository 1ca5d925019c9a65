#pragma once
// One command at a time writes a folder of configuration: of two that read, edit and write the same file each would
// undo what the other has done.

#include <filesystem>

#include "common/result.hpp"

namespace balans::cli {

/// Held until it is destroyed, or its process ends.
class ConfigLock {
 public:
  /// An error when another command holds it.
  static Result<ConfigLock> take(const std::filesystem::path& folder);
  ~ConfigLock();
  ConfigLock(ConfigLock&& other) noexcept;
  ConfigLock& operator=(ConfigLock&& other) noexcept;

 private:
  explicit ConfigLock(int folder) : folder_(folder) {}
  int folder_ = -1;
};

}  // namespace balans::cli
