#pragma once
// The controller's epoch: one more at each start, on disk before anybody can see it.

#include <filesystem>

#include "common/ids.hpp"
#include "common/result.hpp"

namespace balans {

class EpochCounter {
 public:
  /// Counts one up from what `file` holds (a missing file counts as 0), draws a random boot id, and returns when both
  /// are durable. A damaged file is an error: starting again from 1 would make old limits look new.
  static Result<EpochCounter> start(const std::filesystem::path& file);

  [[nodiscard]] Epoch epoch() const { return epoch_; }
  [[nodiscard]] BootId boot_id() const { return boot_id_; }

  /// Somebody else has used `seen`: continue above it. Durable on return; unchanged on error.
  Result<void> move_above(Epoch seen);

 private:
  EpochCounter(std::filesystem::path file, Epoch epoch, BootId boot_id)
      : file_(std::move(file)), epoch_(epoch), boot_id_(boot_id) {}
  [[nodiscard]] Result<void> save(Epoch epoch) const;

  std::filesystem::path file_;
  Epoch epoch_;
  BootId boot_id_;
};

}  // namespace balans
