#pragma once
// `balans backup`: configuration, keys, authority and state of all parts on this machine as one file, while they run.

#include <filesystem>
#include <functional>
#include <string>

#include "cli/backup/manifest.hpp"
#include "cli/ca.hpp"

namespace balans::cli {

/// What a test sets differently.
struct BackupPlaces {
  std::filesystem::path root = "/";
  std::string balans;   ///< this program's version
  std::string machine;  ///< its name
  std::function<UnixTime()> now;

  [[nodiscard]] std::filesystem::path config() const { return root / kConfigTree; }
  [[nodiscard]] std::filesystem::path state() const { return root / kStateTree; }
};
BackupPlaces installed_trees(const std::string& version);

Result<Report> make_backup(const BackupPlaces& places, const std::filesystem::path& file);

[[nodiscard]] bool is_database(const std::filesystem::path& file);

}  // namespace balans::cli
