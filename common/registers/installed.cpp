#include "common/registers/installed.hpp"

namespace balans {
namespace {

/// Moves every field that each socket has.
struct Mover {
  std::uint32_t by;
  bool fits = true;

  template <class AnyField>
  void operator()(AnyField& field) {
    if (field.station == Station::Shared) return;
    const std::uint32_t end = std::uint32_t{field.address} + by + field.encoding.words();
    if (end > 0x10000 || (field.scale_factor && *field.scale_factor + by > 0xFFFF)) {
      fits = false;
      return;
    }
    field.address = static_cast<std::uint16_t>(field.address + by);
    if (field.scale_factor) field.scale_factor = static_cast<std::uint16_t>(*field.scale_factor + by);
  }
};

Result<void> move_to_socket(DeviceDescription& description, int socket) {
  if (socket < 1 || socket > description.sockets.most)
    return Error{description.name, "has no socket " + std::to_string(socket) + " but " +
                                       std::to_string(description.sockets.most) + " at most"};
  const auto further = static_cast<unsigned>(socket - 1);
  Mover mover{further * description.sockets.registers};
  for_each_field(description, mover);
  for (RegisterSpan& block : description.requests.blocks)
    block.address = static_cast<std::uint16_t>(block.address + mover.by);
  if (!mover.fits) return Error{description.name, "socket " + std::to_string(socket) + " lies beyond register 65535"};
  if (!description.unit) return {};
  const unsigned unit = *description.unit + further * description.sockets.units;
  if (unit > 255) return Error{description.name, "socket " + std::to_string(socket) + " lies beyond unit 255"};
  description.unit = static_cast<std::uint8_t>(unit);
  return {};
}

/// Rounded up: a level counts with at least what it draws.
Result<void> resolve_levels(const std::string& name, LimitSpec& spec, std::optional<Milliamps> nameplate) {
  for (LimitLevel& level : spec.levels) {
    if (level.permille == 0) continue;
    if (!nameplate) return Error{name, "its levels are shares of a name plate that is not told"};
    level.current = (nameplate->count() * level.permille + 999) / 1000;
    level.permille = 0;
  }
  return {};
}

}  // namespace

Result<DeviceDescription> installed(DeviceDescription description, const Installation& installation) {
  if (auto moved = move_to_socket(description, installation.socket); !moved) return moved.error();
  if (!description.control) return description;
  for (auto* spec : {&description.control->draw, &description.control->feed})
    if (*spec)
      if (auto done = resolve_levels(description.name, **spec, installation.nameplate); !done) return done.error();
  return description;
}

bool is_kept_by_others(const DeviceDescription& device) {
  if (device.sockets.most == 1 || !device.control || !device.control->watchdog) return false;
  const Watchdog& watchdog = *device.control->watchdog;
  switch (watchdog.kept_by) {
    case KeptBy::AnyRequest:
      return true;
    case KeptBy::LifeSignal:
      return watchdog.life_signal->to.station == Station::Shared;
    case KeptBy::TimeoutWrite:
      return watchdog.timeout->station == Station::Shared;
    case KeptBy::LimitWrite:
      break;
  }
  return watchdog.timeout && watchdog.timeout->station == Station::Shared;
}

Milliamps booked(LimitSemantics semantics, std::optional<Millis> longest_pause, Milliamps held, Milliamps nameplate,
                 Millis paused_for) {
  if (semantics == LimitSemantics::Hint) return nameplate;
  if (held == Milliamps() && longest_pause && paused_for >= *longest_pause) return nameplate;
  return held;
}

Milliamps booked(const Control& control, Milliamps held, Milliamps nameplate, Millis paused_for) {
  return booked(control.semantics, control.longest_pause, held, nameplate, paused_for);
}

}  // namespace balans
