#pragma once
// A backup as a file: tar and gzip, with the manifest as its first entry. Anybody's tar opens it; only what the
// manifest says is taken from it.

#include <filesystem>

#include "cli/backup/manifest.hpp"

namespace balans::cli {

/// A folder that only this user may enter, gone afterwards with all that is in it.
class StagingFolder {
 public:
  /// Below `parent`, so that what is made can be renamed to its place.
  static Result<StagingFolder> make_in(const std::filesystem::path& parent);
  ~StagingFolder();
  StagingFolder(StagingFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  StagingFolder& operator=(StagingFolder&&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  explicit StagingFolder(std::filesystem::path path) : path_(std::move(path)) {}
  std::filesystem::path path_;
};

/// Writes what the manifest names, which lies in `stage`, and the manifest itself into a new file with mode 0600; reads
/// all of it back before the file has its name. Durable on return.
Result<void> pack(const std::filesystem::path& stage, const Manifest& manifest, const std::filesystem::path& file);

/// Unpacks into `stage` and compares every file with the manifest. Whatever is more or less, or of another kind, is an
/// error.
Result<Manifest> unpack(const std::filesystem::path& file, const std::filesystem::path& stage);

}  // namespace balans::cli
