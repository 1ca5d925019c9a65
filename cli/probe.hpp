#pragma once
// A line as detection uses it: never writes, asks nothing twice, and does not wait for ever on a silent unit.

#include <map>
#include <optional>
#include <set>
#include <tuple>

#include "common/io/modbus/connection.hpp"

namespace balans::cli {

class Probe final : public Transport {
 public:
  /// `line` outlives the probe. After `patience` requests without any answer a unit is not asked any more.
  Probe(ModbusConnection& line, int patience) : line_(line), patience_(patience) {}

  Result<std::vector<std::uint16_t>> read(ReadFunction function, std::uint8_t unit, std::uint16_t address,
                                          std::uint16_t count) override;
  /// Always an error.
  Result<void> write(WriteFunction function, std::uint8_t unit, std::uint16_t address,
                     std::span<const std::uint16_t> words) override;

  /// Whether the unit has ever answered, be it with a refusal.
  [[nodiscard]] bool heard(std::uint8_t unit) const { return heard_.contains(unit); }
  /// Whether it was left alone for its silence: what was asked then is unknown.
  [[nodiscard]] bool gave_up(std::uint8_t unit) const;
  [[nodiscard]] bool has_line() const { return !trouble_; }
  /// What is wrong with the line; absent: it was there at the last request.
  [[nodiscard]] const std::optional<Error>& trouble() const { return trouble_; }

 private:
  using Request = std::tuple<ReadFunction, std::uint8_t, std::uint16_t, std::uint16_t>;
  static constexpr std::size_t kMostKept = 20'000;

  ModbusConnection& line_;
  int patience_;
  std::optional<Error> trouble_;
  std::map<Request, Result<std::vector<std::uint16_t>>> answers_;
  std::map<std::uint8_t, int> silences_;
  std::set<std::uint8_t> heard_;
};

}  // namespace balans::cli
