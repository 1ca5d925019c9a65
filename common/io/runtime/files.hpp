#pragma once
// Small files that must be whole: after a crash or a power cut there is the old content or the new, never a mixture.

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

#include "common/result.hpp"

namespace balans {

enum class FileMode : unsigned { Private = 0600, ForGroup = 0640, Readable = 0644 };

inline constexpr std::size_t kMaxSmallFile = 1024 * 1024;

/// Writes a temporary file beside `path`, syncs it, renames it over `path` and syncs the folder. Durable on return.
Result<void> write_file_durably(const std::filesystem::path& path, std::string_view content, FileMode mode);

/// As above without the syncs: whole, but perhaps not there after a power cut. For status files rewritten each tick.
Result<void> replace_file(const std::filesystem::path& path, std::string_view content, FileMode mode);

/// The whole file; an error when it is larger than `max_bytes`.
Result<std::string> read_small_file(const std::filesystem::path& path, std::size_t max_bytes = kMaxSmallFile);

/// Makes a folder (mode 0700) and its parents unless it is there.
Result<void> make_private_folder(const std::filesystem::path& path);

}  // namespace balans
