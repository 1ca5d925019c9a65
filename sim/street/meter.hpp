#pragma once
// The transformer's meter, and the ways in which it can lie.

#include "sim/street/commands.hpp"
#include "sim/street/virtual_device.hpp"
#include "sim/street/world.hpp"

namespace balans::sim {

/// What an honest meter shows.
Sample meter_sample(const World& world);

class TransformerMeter {
 public:
  explicit TransformerMeter(std::unique_ptr<VirtualDevice> device) : device_(std::move(device)) {}

  void set_fault(MeterFault fault);
  Result<void> show(const World& world, LocalTime now);
  [[nodiscard]] const VirtualDevice& device() const { return *device_; }

 private:
  std::unique_ptr<VirtualDevice> device_;
  MeterFault fault_ = MeterFault::None;
};

}  // namespace balans::sim
