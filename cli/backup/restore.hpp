#pragma once
// `balans restore`: puts a backup in place of what is here, all of it or nothing. What was here stays beside it.

#include <filesystem>

#include "cli/backup/backup.hpp"

namespace balans::cli {

enum class Replace : std::uint8_t { Nothing, WhatIsHere };

/// Refuses a damaged backup, state of a newer version, users that are not here, services that run, and a machine that
/// has a configuration unless it may be replaced.
Result<Report> restore_backup(const BackupPlaces& places, const std::filesystem::path& file, Replace replace);

}  // namespace balans::cli
