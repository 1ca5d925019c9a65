#pragma once
// How the C library keeps memory. A small machine runs many agents; none has use for what fast allocation costs.

#include <optional>

#include "common/units.hpp"

namespace balans {

/// Before the first thread: one arena for all of them. By default each gets its own, of which most stays empty.
void share_one_arena();

/// What only the start took goes back to the kernel: once the configuration has been read, and once more a minute
/// later, when the links are made.
class MemoryOfStart {
 public:
  explicit MemoryOfStart(BootTime now);
  void look(BootTime now);

 private:
  std::optional<BootTime> again_;
};

}  // namespace balans
