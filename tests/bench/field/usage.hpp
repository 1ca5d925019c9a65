#pragma once
// What a process takes of the machine: its memory and its processor time, as the kernel counts them.

#include <sys/types.h>

#include <cstdint>
#include <optional>

namespace balans::bench {

struct Memory {
  std::int64_t resident_kb = 0;
  std::int64_t private_dirty_kb = 0;  ///< what it costs that no other program shares
};

/// From /proc/PID/smaps_rollup; nothing when the process is gone.
std::optional<Memory> memory_of(pid_t process);
/// User and system time since its start, ms.
std::optional<std::int64_t> processor_ms(pid_t process);

}  // namespace balans::bench
