#pragma once
// Lines that are shared: on each serial line or gateway one asks at a time, for all its users, see
// docs/architecture.md.

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "common/io/modbus/client.hpp"
#include "common/io/modbus/line_schedule.hpp"

namespace balans {

/// How the next requests of a user rank.
struct LineTurn {
  using Time = std::chrono::steady_clock::time_point;
  Urgency urgency = Urgency::Poll;
  std::optional<Time> due{};        ///< absent: the moment it is asked
  std::optional<Time> not_after{};  ///< no request is begun from then on
};

struct LineUserOptions {
  std::string name;  ///< starts every error: "meter"
  Millis min_gap{};  ///< rest of the units that it asks, after each request
};

/// One user's way to a line. Each request waits for its turn and for its answer, not longer than the line's limits;
/// errors name user, line, unit and register. One thread at a time, but for cancel().
class LineUser final : public Transport {
 public:
  ~LineUser() override;

  Result<std::vector<std::uint16_t>> read(ReadFunction function, std::uint8_t unit, std::uint16_t address,
                                          std::uint16_t count) override;
  Result<void> write(WriteFunction function, std::uint8_t unit, std::uint16_t address,
                     std::span<const std::uint16_t> words) override;

  /// Holds for all requests until the next call.
  void set_turn(const LineTurn& turn) { turn_ = turn; }
  /// From any thread: the request that waits, and all later ones, fail at once.
  void cancel();

 private:
  friend class ModbusLines;
  class Line;
  LineUser(std::shared_ptr<Line> line, LineUserOptions options, std::optional<std::string> refusal);
  struct Request;
  Result<std::vector<std::uint16_t>> ask(Request request);

  std::shared_ptr<Line> line_;
  const LineUserOptions options_;
  const std::optional<std::string> refusal_;
  LineTurn turn_;
};

/// The lines of one process. Two users of the same serial device or of the same host and port get the same line, which
/// ends with its last user. Another process cannot open a serial line meanwhile.
class ModbusLines {
 public:
  explicit ModbusLines(ModbusClientOptions client = {}, const LineLimits& limits = {});

  /// Where others speak on the line with another baud rate or format, every request of this user is an error that says
  /// so.
  std::unique_ptr<LineUser> join(const ModbusEndpoint& endpoint, const LineUserOptions& user);

 private:
  const ModbusClientOptions client_;
  const LineLimits limits_;
  std::mutex mutex_;
  std::map<std::string, std::weak_ptr<LineUser::Line>> lines_;
};

/// The same for two endpoints on one line, whatever the links that name it.
std::string line_key(const ModbusEndpoint& endpoint);

}  // namespace balans
