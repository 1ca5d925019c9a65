#pragma once
// A device's registers from the device's side: the same description, the other way round. A virtual device shows its
// quantities in an image and finds there what was written to it.

#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <tuple>
#include <utility>
#include <vector>

#include "common/registers/description.hpp"
#include "common/registers/field.hpp"
#include "common/registers/sample.hpp"
#include "common/registers/transport.hpp"

namespace balans {

/// What a device shows where `value` was measured: a magnitude where it shows no direction.
std::int64_t as_shown(const QuantityField& quantity, std::int64_t value);

/// Answers reads and writes like the device: an address the device does not have is an error ("illegal data address"),
/// unused ones between used ones read as 0 within the device's max_gap. Not thread-safe.
class RegisterImage final : public Transport {
 public:
  /// Every quantity starts at 0 (the vehicle state at A), scale factors and identity at what the description says.
  explicit RegisterImage(const DeviceDescription& description);

  /// Shows one quantity, base units; an error when the description has none or it does not fit.
  Result<void> set(QuantityId id, std::int64_t value);
  Result<void> set(VehicleState state);
  /// Shows all of the sample that the description has, `as_shown`; the rest of the sample is ignored.
  Result<void> show(const Sample& sample);
  /// A battery's rated power and the like: what `rated_power` reads, in both directions.
  Result<void> set_rated_power(Watts power);
  /// What its installer has set on the device itself, where it shows that: time-out and safe limit in its base unit.
  Result<void> set_own_settings(Millis timeout, std::int64_t safe_limit);
  /// Raw words as they are, for tests and faults (NaN, sentinels).
  void set_words(ReadFunction function, std::uint16_t address, std::span<const std::uint16_t> words,
                 std::uint8_t unit_id = kOwnUnit);

  /// What has been written to the device so far: its limit (0 while paused). Absent before the first write.
  [[nodiscard]] std::optional<Setpoint> setpoint(int phases) const;
  /// The same for what it feeds in.
  [[nodiscard]] std::optional<Setpoint> feed_setpoint(int phases) const;
  /// What its contactor connects: all phases until it is told otherwise.
  [[nodiscard]] PhaseMode phase_mode() const;
  /// The watchdog's settings, where the description has registers for them and they were written.
  [[nodiscard]] std::optional<Millis> watchdog_timeout() const;
  [[nodiscard]] std::optional<Milliamps> safe_limit(int phases) const;

  Result<std::vector<std::uint16_t>> read(ReadFunction function, std::uint8_t unit, std::uint16_t address,
                                          std::uint16_t count) override;
  Result<void> write(WriteFunction function, std::uint8_t unit, std::uint16_t address,
                     std::span<const std::uint16_t> words) override;

  [[nodiscard]] const DeviceDescription& description() const { return description_; }

 private:
  void lay_out(const Field& field);
  void lay_out(const WriteField& field);
  void lay_out_models();
  Result<void> show_number(const Field& field, std::int64_t value);
  [[nodiscard]] std::optional<std::int64_t> written_number(const WriteField& field) const;
  [[nodiscard]] bool were_written(const std::vector<FixedWrite>& writes) const;
  [[nodiscard]] std::optional<Setpoint> setpoint_of_direction(const std::optional<LimitSpec>& spec, int phases) const;
  void lay_out_read_back(const LimitSpec& spec);
  void show_phase_mode();
  [[nodiscard]] bool is_quantity(const RegisterSpan& word) const;
  void lay_out_blocks();
  void show_read_back(const LimitSpec& spec);
  void show_reads(const std::vector<FixedRead>& reads);
  Result<void> show_raw(const Field& field, const RawValue& raw);
  [[nodiscard]] std::uint8_t slot_of(std::uint8_t unit) const;

  DeviceDescription description_;  ///< SunSpec addresses absolute
  RegisterMemory shown_;           ///< what a read gives
  RegisterMemory written_;         ///< what was written
  std::set<std::tuple<std::uint8_t, WriteFunction, std::uint16_t>> writable_;
  std::set<std::uint8_t> other_units_;  ///< unit ids that fields name
  std::optional<Watts> rated_power_;
};

}  // namespace balans
