#pragma once
// A device's registers as those who talk to it see them: what feeds its watchdog, what it forgets when it restarts, and
// what goes wrong in it.

#include <map>
#include <tuple>
#include <utility>

#include "common/registers/image.hpp"
#include "sim/street/electronics.hpp"

namespace balans::sim {

enum class RegisterFault : std::uint8_t {
  None,
  Unanswered,  ///< whatever it is asked, nothing comes; where there is a line, its server is what falls silent
  Exception,   ///< refuses every request
  Stuck,       ///< takes limits and leaves them as they were
};

/// What stands in a device before anybody has written to it.
struct StartValues {
  int phases = 3;
  std::optional<Watts> rated_power{};         ///< for devices that are told a share of it; absent: a usual one
  std::optional<Millis> installed_timeout{};  ///< what its installer has set on the device; absent: a usual one
};

class DeviceRegisters final : public Transport {
 public:
  static constexpr Millis kUsualTimeout = 60_s;

  /// Where the device shows a safe limit that is set on the device itself, it is 0.
  static Result<std::unique_ptr<DeviceRegisters>> make(const DeviceDescription& description, const StartValues& start);

  Result<std::vector<std::uint16_t>> read(ReadFunction function, std::uint8_t unit, std::uint16_t address,
                                          std::uint16_t count) override;
  Result<void> write(WriteFunction function, std::uint8_t unit, std::uint16_t address,
                     std::span<const std::uint16_t> words) override;

  [[nodiscard]] RegisterImage& image() { return *image_; }
  [[nodiscard]] const RegisterImage& image() const { return *image_; }
  /// What was written, and whether the watchdog was fed since this was last asked.
  Orders take_orders();
  void set_fault(RegisterFault fault) { fault_ = fault; }
  /// What was written is gone, but for what the device keeps in memory that lasts.
  Result<void> restart();

 private:
  DeviceRegisters(const DeviceDescription& description, const StartValues& start)
      : description_(description), start_(start) {}
  [[nodiscard]] bool feeds(WriteFunction function, std::uint16_t address, std::span<const std::uint16_t> words);
  [[nodiscard]] bool is_life(const LifeSignal& signal, std::span<const std::uint16_t> words);
  [[nodiscard]] bool is_stuck(WriteFunction function, std::uint16_t address, std::size_t count) const;
  void keep(WriteFunction function, std::uint8_t unit, std::uint16_t address, std::span<const std::uint16_t> words);
  [[nodiscard]] KeptBy kept_by() const;

  DeviceDescription description_;
  StartValues start_;
  std::optional<RegisterImage> image_;
  RegisterFault fault_ = RegisterFault::None;
  bool fed_ = false;
  std::optional<std::vector<std::uint16_t>> last_signal_;
  /// In memory that lasts, by function, unit and address.
  std::map<std::tuple<WriteFunction, std::uint8_t, std::uint16_t>, std::vector<std::uint16_t>> kept_;
};

}  // namespace balans::sim
