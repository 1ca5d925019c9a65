#pragma once
// The controller's epoch: one more at each start, on disk before anybody can see it.

#include <cstdint>
#include <filesystem>
#include <optional>

#include "common/ids.hpp"
#include "common/result.hpp"

namespace balans {

/// What the file holds: `<epoch> <boot id> <version>`. The number stands first in every version.
struct SavedEpoch {
  Epoch epoch;
  std::uint64_t version = 0;  ///< 0 where there is no file; one without a version is of version 1
};
Result<SavedEpoch> read_epoch(const std::filesystem::path& file);
/// Durable on return.
Result<void> write_epoch(const std::filesystem::path& file, Epoch epoch, BootId boot);

/// An epoch above all that were used before, when `newest_known` is the newest that a copy of the file remembers: the
/// file itself is lost, and with it how often the controller has started since. Far more than it can have been, and few
/// enough that a controller which does not know of it still believes it and moves above. So the time of day has no part
/// in it: two restores of one copy begin alike, and the second moves above the first when it hears an agent.
[[nodiscard]] Result<Epoch> above_all_since(Epoch newest_known);

class EpochCounter {
 public:
  /// Counts one up from what `file` holds (a missing file counts as 0), draws a random boot id, and returns when both
  /// are durable. A damaged file is an error: starting again from 1 would make old limits look new. Of one that a newer
  /// program has written the number counts, and a copy is kept.
  static Result<EpochCounter> start(const std::filesystem::path& file);

  [[nodiscard]] Epoch epoch() const { return epoch_; }
  [[nodiscard]] BootId boot_id() const { return boot_id_; }
  /// Where the copy of a newer program's file is.
  [[nodiscard]] const std::optional<std::filesystem::path>& set_aside() const { return set_aside_; }

  /// Somebody else has used `seen`: continue above it. Durable on return; unchanged on error.
  Result<void> move_above(Epoch seen);

 private:
  EpochCounter(std::filesystem::path file, Epoch epoch, BootId boot_id)
      : file_(std::move(file)), epoch_(epoch), boot_id_(boot_id) {}

  std::filesystem::path file_;
  Epoch epoch_;
  BootId boot_id_;
  std::optional<std::filesystem::path> set_aside_;
};

}  // namespace balans
