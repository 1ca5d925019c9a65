#pragma once
// One Modbus request answered, byte for byte, without the frame around it.

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "common/registers/transport.hpp"

namespace balans {

/// Called after a write that the device accepted.
using PduWriteHook =
    std::function<void(WriteFunction function, std::uint16_t address, std::span<const std::uint16_t> words)>;

/// The answer of `device`, or an exception answer: 1 illegal function, 2 illegal address, 3 illegal value.
std::vector<std::uint8_t> answer_pdu(Transport& device, std::uint8_t unit, std::span<const std::uint8_t> request,
                                     const PduWriteHook& on_write);

}  // namespace balans
