#include "chargepoint/shell/supply_link.hpp"

#include <array>

namespace balans {
SupplyLink::SupplyLink(const SupplyPlace& place, ModbusLines& lines, std::function<void(ChargepointEvent)> on_event)
    : place_(place), on_event_(std::move(on_event)), line_(lines.join(place.place.endpoint, {"contactor"})) {
  line_->set_turn({Urgency::Setpoint});
}

void SupplyLink::tell(SupplyOrder order) {
  const auto job = [this, order](const std::stop_token&) {
    const std::array<std::uint16_t, 1> word{order == SupplyOrder::Hold ? place_.on : place_.off};
    const Result<void> done = line_->write(place_.function, place_.place.unit, place_.address, word);
    on_event_(DeviceSupplied{{order, done ? "" : done.error().message()}});
  };
  if (!worker_.post(job)) on_event_(DeviceSupplied{{order, "contactor: its bus is busy"}});
}

}  // namespace balans
