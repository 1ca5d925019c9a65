#pragma once
// The truth about one device: its registers, its own watchdog, its contactor, and how late its current follows.

#include <algorithm>
#include <deque>
#include <optional>

#include "chargepoint/core/both_ways.hpp"
#include "common/messages/messages.hpp"
#include "common/phases.hpp"
#include "common/registers/sample.hpp"
#include "common/units.hpp"

namespace balans::twin {

/// True time of the simulated world; no program in it can read it.
using WorldTime = Moment<struct WorldClock>;

enum class FedBy : std::uint8_t { WritesAlone, AnyTraffic };
enum class Watchdog : std::uint8_t { Works, Broken };

/// A register, and every value of it that has not settled yet.
template <class T>
class Register {
 public:
  explicit Register(T value) : values_{{WorldTime(-1'000'000), value}} {}

  [[nodiscard]] T newest() const { return values_.back().value; }
  [[nodiscard]] WorldTime changed() const { return values_.back().at; }
  /// The value as it was `delay` ago.
  [[nodiscard]] T settled(WorldTime now, Millis delay) const {
    T value = values_.front().value;
    for (const Value& v : values_)
      if (now - v.at >= delay) value = v.value;
    return value;
  }
  /// Each value that may still be in effect, newest first.
  template <class Use>
  void each_possible(WorldTime now, Millis delay, Use&& use) const {
    for (auto v = values_.rbegin(); v != values_.rend(); ++v) {
      use(v->value);
      if (now - v->at >= delay) return;  // older values have settled into this one
    }
  }
  void write(WorldTime now, T value, Millis delay) {
    if (value == newest()) return;
    values_.push_back({now, value});
    while (values_.size() > 2 && now - values_[1].at > delay) values_.pop_front();
  }

 private:
  struct Value {
    WorldTime at;
    T value;
  };
  std::deque<Value> values_;  ///< oldest first
};

struct DeviceModel {
  PhaseSet phases;                        ///< of its terminals
  PhaseSet fewer;                         ///< that its contactor connects in its other mode; empty: it has none
  PhaseSet conductors = PhaseSet::all();  ///< of what is plugged in
  BothWays<Milliamps> min;
  Millis delay;                  ///< current and contactor follow their registers this late
  std::optional<Millis> revert;  ///< without a word for this long it goes to its fallback
  BothWays<Milliamps> fallback;
  FedBy fed_by = FedBy::WritesAlone;
  Watchdog watchdog = Watchdog::Works;
  BothWays<Milliamps> appetite;         ///< the most it would draw, or else feed in
  bool is_store = false;                ///< full and empty instead of a car that comes and goes
  std::optional<Milliamps> stuck;       ///< draws this whatever its register says
  WorldTime ignores_until{};            ///< takes no orders before this, and says that it has
  Milliamps excess;                     ///< draws so much more than its register says
  std::optional<VehicleState> vehicle;  ///< what a charger shows; absent: C while it has an appetite, else A
  std::optional<WattHours> counter;     ///< its import counter

  BothWays<Register<Milliamps>> setpoint{Register<Milliamps>({}), Register<Milliamps>({})};
  Register<PhaseMode> mode{PhaseMode::All};
  WorldTime last_word{};

  /// The most it may do: its registers now and every value that has not settled yet.
  [[nodiscard]] Allowance may_do(WorldTime now) const;
  /// What flows: the registers as they were `delay` ago, as far as it has use for it. Feeding in is negative.
  [[nodiscard]] PerPhase<Milliamps> flow(WorldTime now) const;
  /// Every phase that may be loaded.
  [[nodiscard]] PhaseSet may_load(WorldTime now) const;
  /// No register has changed lately.
  [[nodiscard]] bool is_settled(WorldTime now) const;

  void write(WorldTime now, Direction direction, Milliamps value);
  void switch_to(WorldTime now, PhaseMode wanted);
  void hear(WorldTime now) { last_word = now; }
  void hear_poll(WorldTime now);
  void let_time_pass(WorldTime now);

 private:
  [[nodiscard]] PhaseSet connected(PhaseMode position) const;
};

}  // namespace balans::twin
