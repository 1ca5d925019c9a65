#pragma once
// Drives one device through its description: pure logic above a Transport, no clock of its own.

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string_view>
#include <tuple>
#include <vector>

#include "common/registers/description.hpp"
#include "common/registers/field.hpp"
#include "common/registers/read_plan.hpp"
#include "common/registers/sample.hpp"
#include "common/registers/transport.hpp"

namespace balans {

/// Whether the driver limits what the device feeds in, or leaves that as it is.
enum class Feeding : std::uint8_t { Left, Limited };
/// Whether the driver switches the device's phases, or leaves them as they are.
enum class Switching : std::uint8_t { Left, Used };

/// Whether somebody counts on what the device falls back to by itself, though not on when.
enum class Fallbacks : std::uint8_t { LeftAlone, CountedOn };

struct DriverSettings {
  int phases = 3;        ///< how many of its phases are connected: watts are spread over these
  Milliamps failsafe{};  ///< what the device falls back to by itself, where its watchdog can be told
  /// Longest time without a word before the device falls back, where its watchdog can be told. Absent: the watchdog
  /// is left as it is.
  std::optional<Millis> watchdog_timeout{};
  Feeding feeding = Feeding::Left;  ///< a device that only feeds in is always limited
  Switching switching = Switching::Left;
  Fallbacks fallbacks = Fallbacks::LeftAlone;  ///< counted on wherever there is a `watchdog_timeout`
};

class Driver {
 public:
  /// `transport` outlives the driver. `description` is copied.
  Driver(const DeviceDescription& description, Transport& transport, std::uint8_t unit);

  /// Finds SunSpec models, reads the identity, writes what the device needs at start: start-up writes, then safe limit
  /// and watchdog. Refuses a device whose own time-out or safe limit is not what the settings count on. To be repeated
  /// after the device was lost; needed before anything else.
  Result<void> prepare(const DriverSettings& settings);

  /// Reads everything. All or nothing: the first failure is the result. After any failed request the identity register
  /// is read again before data is trusted.
  Result<Sample> poll();
  /// The same, but before each request asks `gives_way` whether something more urgent waits for the device: then
  /// nothing more is read, and there is no sample.
  Result<std::optional<Sample>> poll(const std::function<bool()>& gives_way);

  /// Limits the device to `limit` on each connected phase. What is written is never more: rounded down to the device's
  /// step or level, cut at its maximum, a pause below its minimum; watts are counted at 207 V and the worst power
  /// factor. Returns what the device may now draw.
  Result<Setpoint> write_limit(Milliamps limit);
  /// The same for what it feeds in, where that is limited.
  Result<Setpoint> write_feed_limit(Milliamps limit);

  /// What stands in the device's registers. An error where the device cannot tell.
  Result<Setpoint> read_back();

  /// Connects all phases or fewer. The caller sees to it that no current flows.
  Result<void> switch_phases(PhaseMode mode);

  /// Satisfies the device's watchdog: a life signal, the last limits once more, or any request. Does nothing for a
  /// device without one.
  Result<void> keep_alive();
  /// How often keep_alive() is due; absent: never.
  [[nodiscard]] std::optional<Millis> refresh_every() const;

  [[nodiscard]] const DeviceDescription& description() const { return original_; }

 private:
  enum class Running : std::uint8_t { Unknown, Paused, Running };
  /// What is known of one direction.
  struct Direction {
    std::optional<Watts> rated_power;
    std::optional<Milliamps> last_limit;
    Running running = Running::Unknown;
  };
  Result<void> find_models();
  Result<void> read_identity();
  Result<void> check_identity();
  [[nodiscard]] Result<void> check_levels() const;
  Result<void> check_own_settings(const DriverSettings& settings);
  Result<void> check_own_limit(const Field& shown, const DriverSettings& settings);
  Result<std::int64_t> read_number(const Field& field, std::string_view what);
  Result<void> prepare_direction(const std::optional<LimitSpec>& spec, Direction& direction);
  Result<void> read_rated_power(const Field& field, Direction& direction);
  Result<void> write_watchdog(const DriverSettings& settings);
  Result<void> write_timeout(const WriteField& field, Millis timeout);
  Result<void> write_fixed(const std::vector<FixedWrite>& writes);
  Result<void> write_value(const WriteField& field, std::int64_t value, Rounding rounding);
  Result<std::vector<std::uint16_t>> words_to_write(const WriteField& field, std::int64_t value, Rounding rounding);
  Result<void> settle_value(const WriteField& field, std::int64_t value, Rounding rounding);
  Result<void> write_words(const WriteField& field, const std::vector<std::uint16_t>& words);
  Result<void> write_planned(const LimitSpec& spec, Direction& direction, std::int64_t value);
  Result<void> write_limit_itself(const LimitSpec& spec, Direction& direction, std::int64_t value);
  Result<void> say_life_signal(const LifeSignal& signal);
  Result<Setpoint> write_direction(std::optional<LimitSpec> Control::*which, Direction& direction, Milliamps limit);
  Result<void> repeat_limits();
  Result<std::vector<std::uint16_t>> read_words(const RegisterSpan& span);
  Result<RegisterMemory> read_all(const std::vector<RegisterSpan>& plan);
  Result<void> read_into(RegisterMemory& memory, const RegisterSpan& span);
  [[nodiscard]] Result<Setpoint> setpoint_in(const RegisterMemory& memory, const LimitSpec& spec,
                                             const Direction& direction) const;
  [[nodiscard]] Result<bool> stand_in(const RegisterMemory& memory, const std::vector<FixedRead>& reads,
                                      std::string_view what) const;
  [[nodiscard]] Result<std::optional<PhaseMode>> phase_mode_in(const RegisterMemory& memory) const;
  Result<void> take_setpoints(Sample& sample, const RegisterMemory& memory);
  void doubt_kept(const LimitSpec& spec, const Direction& direction, const Setpoint& found);
  [[nodiscard]] Error located(const Error& error, std::string_view what, std::uint16_t address) const;

  DeviceDescription original_;
  DeviceDescription resolved_;  ///< without what is not used; SunSpec addresses are absolute after prepare()
  Transport& transport_;
  std::uint8_t unit_;
  std::optional<DriverSettings> settings_;  ///< there once prepare() has succeeded
  std::vector<RegisterSpan> poll_plan_;
  std::vector<RegisterSpan> read_back_plan_;
  std::optional<RawValue> identity_;
  Direction draw_;
  Direction feed_;
  std::uint64_t signals_ = 0;  ///< life signals said so far
  /// What stands in memory that wears out, as far as it was written by this driver; kept when it prepares anew.
  std::map<std::tuple<std::uint8_t, ReadFunction, std::uint16_t>, std::vector<std::uint16_t>> kept_;
  bool doubtful_ = false;  ///< a request failed: the next answer may belong to another question
};

}  // namespace balans
