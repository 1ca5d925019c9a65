#pragma once
// One virtual device from its file: its registers, its electronics, the load behind them. Without a socket or a clock.

#include <memory>
#include <string>

#include "sim/device/device_registers.hpp"
#include "sim/device/loads.hpp"
#include "sim/random.hpp"
#include "sim/street/device.hpp"

namespace balans::sim {

struct DeviceModelSetup {
  DeviceDescription description;  ///< as it is installed
  LoadKind load = LoadKind::Car;
  int phases = 3;
  Milliamps max{16'000};  ///< that it can draw, on each phase; what it can feed in too
  std::optional<Millis> installed_timeout{};
  std::uint64_t seed = 1;
};

/// What can go wrong in the device itself; the line before it has faults of its own.
enum class ModelFault : std::uint8_t {
  None,
  Unanswered,
  Exception,
  Stuck,    ///< takes limits and leaves its registers as they were
  Disobey,  ///< shows the limit and draws what it can
  Frozen,   ///< shows what it showed when that began
};

class ModelledDevice {
 public:
  static Result<std::unique_ptr<ModelledDevice>> make(const DeviceModelSetup& setup);

  /// Lets `dt` pass up to `now`: takes what has been written, draws or feeds in, shows that.
  void step(LocalTime now, Millis dt);

  Result<void> plug(CarNeed need);
  Result<void> unplug();
  Result<void> set_wish(BatteryWish wish);
  void set_fault(ModelFault fault);
  /// It has no power for `off`: answers nothing, and comes back with its registers as they were at the start.
  void restart(Millis off);
  [[nodiscard]] bool is_off() const { return off_ > Millis(); }

  [[nodiscard]] DeviceRegisters& registers() { return *registers_; }
  [[nodiscard]] const DeviceDescription& description() const { return setup_.description; }
  [[nodiscard]] const DeviceTruth& truth() const { return device_.truth(); }
  /// What its meter measures, whether it has registers for that or not.
  [[nodiscard]] const Sample& measured() const { return measured_; }
  /// Why what it measures cannot be shown; empty: all can be.
  [[nodiscard]] const std::string& show_problem() const { return show_problem_; }

 private:
  ModelledDevice(DeviceModelSetup setup, const DevicePlan& plan, std::unique_ptr<DeviceRegisters> registers);
  void show(LocalTime now);
  void show_quantity(QuantityId id, std::int64_t value);
  void show_vehicle(VehicleState state);
  void show_applied();
  [[nodiscard]] PerPhase<Millivolts> grid(LocalTime now);

  DeviceModelSetup setup_;
  std::unique_ptr<DeviceRegisters> registers_;
  StreetDevice device_;
  Random random_;
  ModelFault fault_ = ModelFault::None;
  Millis off_;
  Sample measured_;
  std::string show_problem_;
};

}  // namespace balans::sim
