#pragma once
// The truth about one device: its register, its own watchdog, and how late its current follows.

#include <deque>
#include <optional>

#include "common/phases.hpp"
#include "common/units.hpp"

namespace balans::protocol {

/// True time of the simulated world; no program in it can read it.
using WorldTime = Moment<struct WorldClock>;

enum class FedBy : std::uint8_t { WritesAlone, AnyTraffic };
enum class Watchdog : std::uint8_t { Works, Broken };

struct DeviceModel {
  PhaseSet phases;
  Milliamps min;
  Millis delay;                  ///< the current follows the register this late
  std::optional<Millis> revert;  ///< without a word for this long it goes to its fallback
  Milliamps fallback;
  FedBy fed_by = FedBy::WritesAlone;
  Watchdog watchdog = Watchdog::Works;
  Milliamps appetite;  ///< the most it would draw

  struct Change {
    WorldTime at;
    Milliamps value;
  };
  std::deque<Change> changes{{WorldTime(-1'000'000), Milliamps()}};  ///< of the register, oldest first
  WorldTime last_word{};

  [[nodiscard]] Milliamps setpoint() const { return changes.back().value; }
  /// The most it may draw: its register now and every value that has not settled yet.
  [[nodiscard]] Milliamps may_draw(WorldTime now) const;
  /// What it draws: the register as it was `delay` ago, as far as it has use for it.
  [[nodiscard]] Milliamps draws(WorldTime now) const;
  /// The register has not changed lately.
  [[nodiscard]] bool settled(WorldTime now) const { return now - changes.back().at > delay; }

  void write(WorldTime now, Milliamps value);
  void hear(WorldTime now) { last_word = now; }
  void hear_poll(WorldTime now);
  void let_time_pass(WorldTime now);

 private:
  void change(WorldTime now, Milliamps value);
};

}  // namespace balans::protocol
