#pragma once
// A serial line on which answers come late, damaged or from elsewhere. Which request meets which fault follows from a
// seed and from the order of the requests alone. With ASCII framing its characters have a parity, as the standard
// wants: one with an odd number of wrong bits arrives as 0.

#include <atomic>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <random>
#include <thread>
#include <vector>

#include "common/io/modbus/serial_framing.hpp"
#include "tests/support/pty.hpp"

namespace balans {

/// Out of a thousand requests.
struct LineFaults {
  int late = 50;
  int damaged = 20;
  int foreign = 10;  ///< another unit's answer or an older one, before, after or instead of the right one
};

class HostileLine {
 public:
  struct Counts {
    std::int64_t requests = 0;
    std::int64_t late = 0;
    std::int64_t damaged = 0;
    std::int64_t foreign = 0;
  };

  HostileLine(std::uint64_t seed, const LineFaults& faults, Framing framing = Framing::Rtu);
  ~HostileLine();
  HostileLine(const HostileLine&) = delete;
  HostileLine& operator=(const HostileLine&) = delete;

  [[nodiscard]] bool there() const { return pty_.there(); }
  [[nodiscard]] const std::string& name() const { return pty_.name(); }

  /// What stands in the registers changes with every round.
  void next_round() { ++round_; }
  /// What a read by a client that is not betrayed gives now.
  [[nodiscard]] std::vector<std::uint16_t> truth(std::uint8_t unit, ReadFunction function, std::uint16_t address,
                                                 std::uint16_t count) const;
  /// What was last written to a register.
  [[nodiscard]] std::optional<std::uint16_t> written(std::uint8_t unit, std::uint16_t address);
  [[nodiscard]] Counts counts();

 private:
  struct Held {
    ModbusBytes message;
    std::int64_t until = 0;  ///< the number of the request with which it comes
  };
  struct Said {
    ModbusBytes request;
    ModbusBytes message;
  };
  void run(const std::stop_token& stop);
  void take(const ModbusBytes& request);
  void answer(const ModbusBytes& request, const ModbusBytes& right, ModbusBytes burst);
  ModbusBytes right_answer(const ModbusBytes& request);
  ModbusBytes release();
  ModbusBytes damage(ModbusBytes bytes);
  void flip_bits(ModbusBytes& bytes);
  ModbusBytes foreign(const ModbusBytes& request, const ModbusBytes& right);
  std::optional<ModbusBytes> older(const ModbusBytes& request, bool& repeats_newest);
  void remember(const ModbusBytes& request, const ModbusBytes& message);
  void say(const ModbusBytes& bytes);
  int roll(int sides) { return static_cast<int>(random_() % static_cast<unsigned>(sides)); }

  test::Pty pty_;
  LineFaults faults_;
  Framing framing_;
  std::mt19937_64 random_;
  std::atomic<std::uint64_t> round_ = 0;
  std::mutex mutex_;
  Counts counts_;
  std::map<std::pair<std::uint8_t, std::uint16_t>, std::uint16_t> written_;
  std::map<std::uint8_t, std::deque<Held>> held_;  ///< in the order of the questions, as a device answers
  std::map<std::uint8_t, std::deque<Said>> said_;
  std::jthread thread_;
};

}  // namespace balans
