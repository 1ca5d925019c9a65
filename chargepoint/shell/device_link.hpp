#pragma once
// The device on its bus: one thread that polls and writes, so that a bus that hangs never holds up the loop.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>

#include "chargepoint/shell/agent_file.hpp"
#include "chargepoint/shell/events.hpp"
#include "common/io/clock/clock.hpp"
#include "common/io/modbus/line.hpp"
#include "common/io/runtime/worker.hpp"
#include "common/registers/driver.hpp"

namespace balans {

/// One poll as the agent takes it: in the grid's phases. Where the device shows only power, currents are what that
/// power is at nominal voltage, which is at most what they really are; where it shows currents without a direction,
/// they take that of the power. What all phases of a charger take together tells nothing of each.
DeviceReport to_report(const Sample& sample, DeviceClass device_class, const std::vector<Phase>& phases,
                       BootTime taken);

class DeviceLink {
 public:
  DeviceLink(const AgentFile& file, ModbusLines& lines, const Clock& clock,
             std::function<void(ChargepointEvent)> on_event);

  /// Each is done in its turn and answered by an event. Asking for a poll while the bus is busy does nothing, and says
  /// so. A poll under way gives way to an order, once, and begins anew after it.
  bool poll();
  /// A write that has not begun by `before` fails: it waited for the bus until its lease was over.
  void write(Direction direction, Milliamps setpoint, std::optional<BootTime> before);
  void switch_phases(PhaseMode mode, std::optional<BootTime> before);
  void keep_alive(std::optional<BootTime> before);
  /// Waits until all that was asked for has been done, and gives up what is under way at `deadline`: the end of it all.
  void finish_by(std::chrono::steady_clock::time_point deadline);

 private:
  enum class Patience : std::uint8_t { GivesWay, Insists };
  void poll_now(Patience patience);
  Result<void> post_order(std::function<void()> order);
  void take_turn(Urgency urgency, std::optional<BootTime> before);
  Result<void> ready();
  Result<void> ready_before(std::optional<BootTime> before);
  Result<std::optional<Milliamps>> write_now(Direction direction, Milliamps setpoint, std::optional<BootTime> before);
  std::optional<Milliamps> confirmed(Direction direction);
  Result<void> switch_now(PhaseMode mode, std::optional<BootTime> before);

  const AgentFile& file_;
  const Clock& clock_;
  const std::function<void(ChargepointEvent)> on_event_;
  const std::unique_ptr<LineUser> line_;  // all of these on worker_'s thread only
  Driver driver_;
  bool prepared_ = false;
  std::atomic<int> orders_ = 0;  ///< that wait for their turn
  Worker worker_{16};            // last: its thread uses all of the above
};

}  // namespace balans
