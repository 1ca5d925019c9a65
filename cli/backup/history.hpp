#pragma once
// What must not go back in time with a backup: epochs, numbers of readings, heat, what was paid, what was revoked.

#include <filesystem>
#include <string_view>
#include <vector>

#include "cli/backup/backup.hpp"

namespace balans::cli {

/// The trees that are about to change places. Of `old` there may be nothing.
struct TreePair {
  std::filesystem::path config, state;
};

/// The files of that name, wherever a config has put them, as they are called from `tree` on.
Result<std::vector<std::filesystem::path>> files_called(const std::filesystem::path& tree, std::string_view name);

/// State that only a newer program can read, by name.
Result<void> state_is_known(const std::filesystem::path& state);
Result<void> file_is_known(const std::filesystem::path& file);

/// Raises the controller's epoch in `fresh` above every one that was used before.
Result<void> raise_epoch(const TreePair& fresh, const TreePair& old, Report& report);

/// An agent that counted on from an old journal would use numbers again that it has used since: its journal is put
/// beside, and the next one begins above all of them.
Result<void> put_journals_aside(const TreePair& fresh);

/// What the oil was like at the backup says nothing of what it carried since: without that file it counts as hot.
Result<void> forget_heat(const TreePair& fresh, Report& report);

/// What was signed for a chain since the backup, the api's database knows nothing of: it signs nothing before that can
/// no longer be executed.
Result<void> hold_settlements(const TreePair& fresh, Report& report);

/// Agents that were paired on this machine since, and that the backup's site.yaml does not know by that key.
void tell_other_keys(const TreePair& fresh, const TreePair& old, Report& report);

/// Whoever was revoked on this machine since stays so.
Result<void> keep_revoked(const TreePair& fresh, const TreePair& old, UnixTime made, Report& report);

}  // namespace balans::cli
