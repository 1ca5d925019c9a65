#pragma once
// A device as it is installed: which of its sockets, and what its name plate says.

#include <optional>

#include "common/registers/description.hpp"

namespace balans {

struct Installation {
  int socket = 1;                        ///< of a box with several
  std::optional<Milliamps> nameplate{};  ///< the most it can draw, on each phase
};

/// The description of this one device: addresses and unit id those of its socket, levels in mA. An error when the box
/// has fewer sockets, or when its levels are shares of a name plate that is not told.
Result<DeviceDescription> installed(DeviceDescription description, const Installation& installation);

/// Whether the agents of a box's other sockets may keep the watchdog of this one quiet when its own agent is dead: each
/// socket has an agent of its own.
bool is_kept_by_others(const DeviceDescription& device);

/// What a device must be booked at when its registers say `held`: a hint may always be ignored, and a pause that has
/// lasted `paused_for` may be over by itself. `nameplate` is the most it can draw.
Milliamps booked(LimitSemantics semantics, std::optional<Millis> longest_pause, Milliamps held, Milliamps nameplate,
                 Millis paused_for);
Milliamps booked(const Control& control, Milliamps held, Milliamps nameplate, Millis paused_for);

}  // namespace balans
