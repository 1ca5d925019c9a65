#pragma once
// 65536 coils, inputs and registers: the device behind the server in these tests.

#include <map>

#include "common/registers/field.hpp"
#include "common/registers/transport.hpp"

namespace balans {

/// Has what it was given; coils and holding registers can be written where they exist.
class Bank final : public Transport {
 public:
  void put(ReadFunction function, std::uint16_t address, const std::vector<std::uint16_t>& words) {
    memory_.put(function, address, words);
  }

  Result<std::vector<std::uint16_t>> read(ReadFunction function, std::uint8_t, std::uint16_t address,
                                          std::uint16_t count) override {
    const auto words = memory_.get({function, address, count});
    if (!words) return Error{"", "illegal data address"};
    return *words;
  }

  Result<void> write(WriteFunction function, std::uint8_t, std::uint16_t address,
                     std::span<const std::uint16_t> words) override {
    const auto count = static_cast<std::uint16_t>(words.size());
    if (!memory_.get({reads_back(function), address, count})) return Error{"", "illegal data address"};
    memory_.put(reads_back(function), address, words);
    return {};
  }

 private:
  RegisterMemory memory_;
};

}  // namespace balans
