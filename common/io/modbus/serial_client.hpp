#pragma once
// Modbus on a serial line, RTU or ASCII, in code of our own, because a serial line does not say which question an
// answer belongs to; see docs/architecture.md.

#include <optional>

#include "common/io/modbus/client.hpp"
#include "common/io/modbus/open_questions.hpp"
#include "common/io/modbus/reopening.hpp"
#include "common/io/modbus/serial_framing.hpp"
#include "common/io/modbus/serial_port.hpp"

namespace balans {

class SerialClient final : public ModbusConnection {
 public:
  /// `options.endpoint` is a serial line.
  explicit SerialClient(ModbusClientOptions options);

  Result<std::vector<std::uint16_t>> read(ReadFunction function, std::uint8_t unit, std::uint16_t address,
                                          std::uint16_t count) override;
  Result<void> write(WriteFunction function, std::uint8_t unit, std::uint16_t address,
                     std::span<const std::uint16_t> words) override;
  [[nodiscard]] Heard heard() const override { return heard_; }

 private:
  using Clock = std::chrono::steady_clock;
  using Bytes = std::span<const std::uint8_t>;

  Result<ModbusBytes> ask(std::uint8_t unit, Bytes request);
  Result<ModbusBytes> ask_surely(std::uint8_t unit, Bytes request);
  Result<ModbusBytes> ask_once(std::uint8_t unit, Bytes request);
  Result<ModbusBytes> exchange(std::uint8_t unit, Bytes request);
  Result<ModbusBytes> await(std::uint8_t unit, Bytes request);
  Result<void> stay_quiet(std::uint8_t unit);
  Result<void> ensure_open();
  Result<void> send(std::uint8_t unit, Bytes request);
  Result<void> clear_line();
  Result<std::optional<ModbusBytes>> next_message(Clock::time_point deadline);
  Result<bool> receive(Clock::time_point deadline);
  Error damaged(const char* what);

  ModbusClientOptions options_;
  SerialFormat format_;
  std::string where_;
  std::chrono::milliseconds longest_pause_;  ///< inside a frame
  std::optional<SerialPort> port_;
  ModbusBytes received_;
  OpenQuestions questions_;
  RecentAnswers recent_;
  Heard heard_ = Heard::NoLine;
  unsigned fences_ = 0;
  Clock::time_point free_at_{};  ///< not before this may the next request go out
  Reopening reopening_;
};

}  // namespace balans
