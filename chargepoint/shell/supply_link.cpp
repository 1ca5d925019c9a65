#include "chargepoint/shell/supply_link.hpp"

#include <array>

namespace balans {
namespace {

ModbusClientOptions client_options(const SupplyPlace& place) {
  ModbusClientOptions options;
  options.name = "contactor";
  options.endpoint = place.place.endpoint;
  return options;
}

}  // namespace

SupplyLink::SupplyLink(const SupplyPlace& place, std::function<void(ChargepointEvent)> on_event)
    : place_(place), on_event_(std::move(on_event)), client_(client_options(place)) {}

void SupplyLink::tell(SupplyOrder order) {
  const auto job = [this, order](const std::stop_token&) {
    const std::array<std::uint16_t, 1> word{order == SupplyOrder::Hold ? place_.on : place_.off};
    const Result<void> done = client_.write(place_.function, place_.place.unit, place_.address, word);
    on_event_(DeviceSupplied{{order, done ? "" : done.error().message()}});
  };
  if (!worker_.post(job)) on_event_(DeviceSupplied{{order, "contactor: its bus is busy"}});
}

}  // namespace balans
