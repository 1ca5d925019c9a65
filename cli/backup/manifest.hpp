#pragma once
// What a backup says of itself: the first file in it.

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "common/result.hpp"
#include "common/units.hpp"

namespace balans::cli {

/// Who may do what with a file or a folder. By name: numbers differ from machine to machine.
struct Rights {
  unsigned mode = 0;
  std::string user, group;
  bool operator==(const Rights&) const = default;
};

struct SavedFolder {
  std::string path;  ///< "etc/balans/keys": from the root, without the first slash
  Rights rights;
  bool operator==(const SavedFolder&) const = default;
};

struct SavedFile {
  std::string path;
  Rights rights;
  std::int64_t bytes = 0;
  std::string sha256;
  bool operator==(const SavedFile&) const = default;
};

struct Manifest {
  static constexpr int kVersion = 1;
  static constexpr std::size_t kMostEntries = 50'000;
  static constexpr std::size_t kMostBytes = std::size_t{32} * 1024 * 1024;

  UnixTime made;
  std::string balans;   ///< the version that made it
  std::string machine;  ///< its name
  std::vector<SavedFolder> folders;
  std::vector<SavedFile> files;
  bool operator==(const Manifest&) const = default;
};

/// The two trees that a backup has, from the root.
inline constexpr std::string_view kConfigTree = "etc/balans";
inline constexpr std::string_view kStateTree = "var/lib/balans";

/// Whether `path` is one of the trees or below, written plainly.
[[nodiscard]] bool lies_in_the_trees(std::string_view path);

std::string encode(const Manifest& manifest);
/// Refuses one of a newer version, and paths that lead elsewhere.
Result<Manifest> decode_manifest(std::string_view text);

Result<std::string> sha256_of(const std::filesystem::path& file);
/// Also refuses what is neither a plain file nor a folder.
Result<Rights> rights_of(const std::filesystem::path& path);

}  // namespace balans::cli
