#pragma once
// Several sockets in one box: the same kind of registers once for each of them, and some that are there for all.

#include <vector>

#include "sim/device/modelled_device.hpp"

namespace balans::sim {

/// What a master sees of the box. `sockets` outlive it; there is at least one.
class Box final : public Transport {
 public:
  explicit Box(std::vector<DeviceRegisters*> sockets) : sockets_(std::move(sockets)) {}

  /// Of the first socket that has those registers.
  Result<std::vector<std::uint16_t>> read(ReadFunction function, std::uint8_t unit, std::uint16_t address,
                                          std::uint16_t count) override;
  /// To each socket that has them.
  Result<void> write(WriteFunction function, std::uint8_t unit, std::uint16_t address,
                     std::span<const std::uint16_t> words) override;

 private:
  std::vector<DeviceRegisters*> sockets_;
};

/// Every unit id under which something of this device is reached.
std::vector<std::uint8_t> units_of(const DeviceDescription& description);

}  // namespace balans::sim
