#pragma once
// The contactor in the device's supply, on a thread of its own: a device that hangs must not keep it from dropping out.

#include <functional>
#include <memory>

#include "chargepoint/shell/agent_file.hpp"
#include "chargepoint/shell/events.hpp"
#include "common/io/modbus/line.hpp"
#include "common/io/runtime/worker.hpp"

namespace balans {

class SupplyLink {
 public:
  SupplyLink(const SupplyPlace& place, ModbusLines& lines, std::function<void(ChargepointEvent)> on_event);

  /// Answered by an event.
  void tell(SupplyOrder order);

 private:
  const SupplyPlace place_;
  const std::function<void(ChargepointEvent)> on_event_;
  const std::unique_ptr<LineUser> line_;  // on worker_'s thread only
  Worker worker_{4};                      // last: its thread uses all of the above
};

}  // namespace balans
