#pragma once
// A transformer's meter and its chargers on real Modbus TCP, and when each was read and written. The chargers obey at
// once, and their cars take all they may.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "common/io/modbus/server.hpp"
#include "sim/device/device_registers.hpp"

namespace balans::bench {

using Instant = std::chrono::steady_clock::time_point;

inline constexpr const char* kMeter = "meters/eastron_sdm630";
inline constexpr const char* kCharger = "chargers/alfen_eve";
inline constexpr Milliamps kMostOfACharger{32'000};

class Hardware {
 public:
  /// `chargers` at most 240: each is a unit id of one server.
  static Result<std::unique_ptr<Hardware>> start(const DeviceDescription& meter, const DeviceDescription& charger,
                                                 std::size_t chargers);
  ~Hardware();
  Hardware(const Hardware&) = delete;
  Hardware& operator=(const Hardware&) = delete;

  [[nodiscard]] std::uint16_t meter_port() const { return meter_server_->port(); }
  [[nodiscard]] std::uint16_t charger_port() const { return charger_server_->port(); }
  [[nodiscard]] static int unit_of(std::size_t charger) { return static_cast<int>(charger) + 1; }

  /// What flows through the transformer besides the chargers, per phase, from now on. Everything noted is forgotten.
  void set_base(Milliamps base);
  /// Forgets what was noted, changes nothing.
  void forget();
  /// The first reply of the meter since then that shows the base.
  [[nodiscard]] std::optional<Instant> replied() const;
  /// When the first of the chargers was written a limit below the one it had.
  [[nodiscard]] std::optional<Instant> first_cut() const;
  /// When the last of the chargers was first written a limit below the one it had; nothing while one is missing.
  [[nodiscard]] std::optional<Instant> last_cut() const;
  /// The same for any write.
  [[nodiscard]] std::optional<Instant> last_write() const;
  [[nodiscard]] std::size_t cut() const;
  [[nodiscard]] Milliamps limit_of(std::size_t charger) const;
  /// Of all chargers, per phase.
  [[nodiscard]] Milliamps drawn() const { return Milliamps(drawn_.load()); }

 private:
  class MeterUnit;
  struct Charger {
    std::unique_ptr<sim::DeviceRegisters> registers;
    Milliamps limit{};
    std::optional<Instant> first_cut, first_write;
  };
  Hardware() = default;
  void written(std::size_t charger);
  void show(Charger& charger) const;
  void live(const std::stop_token& stop);

  mutable std::mutex notes_;  ///< of what is noted; the registers are the servers'
  std::vector<Charger> chargers_;
  std::atomic<std::int64_t> drawn_ = 0;
  std::atomic<std::int64_t> base_ = 0;
  std::atomic<std::int64_t> energy_wh_ = 1000;
  std::optional<Instant> replied_;
  std::unique_ptr<MeterUnit> meter_;
  std::unique_ptr<ModbusTcpServer> meter_server_;
  std::unique_ptr<ModbusTcpServer> charger_server_;
  std::jthread life_;
};

}  // namespace balans::bench
