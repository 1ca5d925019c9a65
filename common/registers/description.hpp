#pragma once
// A device as data: where its quantities lie, how it is limited, what it does when nobody talks to it. One file of
// config/devices becomes one DeviceDescription; config/devices/README.md explains every key.

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "common/messages/messages.hpp"
#include "common/registers/register_span.hpp"
#include "common/registers/serial_format.hpp"
#include "common/registers/transport.hpp"
#include "common/registers/value.hpp"
#include "common/units.hpp"

namespace balans {

/// What can be read. Base units: mA, mV, W, Wh, mHz, ‰; VehicleState is A = 0 … F = 5; Clock is any counter of time.
enum class QuantityId : std::uint8_t {
  CurrentL1,
  CurrentL2,
  CurrentL3,
  VoltageL1,
  VoltageL2,
  VoltageL3,
  PowerL1,
  PowerL2,
  PowerL3,
  Power,
  EnergyImport,
  EnergyExport,
  Frequency,
  VehicleState,
  StateOfCharge,
  Clock,
};
inline constexpr std::size_t kQuantityCount = 16;
std::string_view name_of(QuantityId id);  // "current_l1", …

enum class Station : std::uint8_t { EachSocket, Shared };  ///< Shared: there once for all sockets of the box
/// Flash: it wears out, so it is written only when it changes.
enum class Wear : std::uint8_t { None, Flash };
/// Stands: what was written can be read at the same place.
enum class WrittenValue : std::uint8_t { Hidden, Stands };

/// Where a value is read.
struct Field {
  ReadFunction function = ReadFunction::HoldingRegisters;
  std::uint16_t address = 0;
  std::optional<std::uint16_t> model;  ///< SunSpec: the address counts from the start of this model
  std::uint8_t unit_id = kOwnUnit;     ///< the unit it is reached under
  Station station = Station::EachSocket;
  Encoding encoding;
  Decimal scale;          ///< value = raw × scale, in the unit of `unit_exponent`
  int unit_exponent = 0;  ///< base unit = unit × 10^unit_exponent: 3 for A into mA
  /// Address (same function and model) of a signed 16-bit register n: the value is further × 10^n.
  std::optional<std::uint16_t> scale_factor;
  int shown_scale_factor = 0;  ///< what a virtual device puts there
  bool operator==(const Field&) const = default;
};

/// Where a value is written. `raw = value / scale`, rounded down.
struct WriteField {
  WriteFunction function = WriteFunction::Register;
  std::uint16_t address = 0;
  std::optional<std::uint16_t> model;
  std::uint8_t unit_id = kOwnUnit;
  Station station = Station::EachSocket;
  Wear wear = Wear::None;
  WrittenValue written = WrittenValue::Hidden;
  int copies = 1;  ///< written so many times, one after the other, in one request
  Encoding encoding;
  Decimal scale;
  int unit_exponent = 0;
  std::optional<std::uint16_t> scale_factor;  ///< a holding register, as in Field
  int shown_scale_factor = 0;
  bool operator==(const WriteField&) const = default;
};

/// A write of a constant.
struct FixedWrite {
  WriteField to;
  std::int64_t value = 0;
  bool operator==(const FixedWrite&) const = default;
};

/// A constant that stands in a register.
struct FixedRead {
  Field field;
  std::int64_t value = 0;
  bool operator==(const FixedRead&) const = default;
};

/// A vehicle state in a register, by a code or by a text.
struct StateField {
  Field field;
  std::map<std::int64_t, VehicleState> states;
  std::map<std::string, VehicleState> text_states;
  bool operator==(const StateField&) const = default;
};

enum class Presence : std::uint8_t { Required, Optional };  ///< Optional: left out of the sample when not available

struct QuantityField {
  QuantityId id = QuantityId::Power;
  Field field;
  std::int64_t min = 0;  ///< plausible values, base units, ends included
  std::int64_t max = 0;
  std::optional<Int128> not_available;  ///< raw value that means so; NaN always does
  Presence presence = Presence::Required;
  std::map<std::int64_t, VehicleState> states;      ///< VehicleState from a code
  std::map<std::string, VehicleState> text_states;  ///< VehicleState from a text
  std::optional<StateField> also{};                 ///< VehicleState: the later one of both counts
  bool operator==(const QuantityField&) const = default;
};

/// What a written limit means to the device.
enum class LimitSemantics : std::uint8_t {
  Cap,     ///< it draws at most this
  Target,  ///< it tries to draw this; at most this
  Hint,    ///< it may draw more: only a separate meter or contactor makes such a device safe
};

enum class LimitUnit : std::uint8_t {
  MilliampsPerPhase,  ///< one setpoint for all phases
  WattsTotal,         ///< all phases together
  PermilleOfRated,    ///< of a power that the device shows in `rated_power`
  MilliampsDc,        ///< at the battery
};

/// How one knows that a limit holds.
enum class Confirm : std::uint8_t {
  ReadBack,  ///< the same value stands in the device
  Applied,   ///< what stands there is in force; it may be less than was written
  State,     ///< the vehicle state tells
  Current,   ///< only a measured current or power tells
  Nothing,
};

struct PauseByZero {
  bool operator==(const PauseByZero&) const = default;
};
struct PauseByWrites {
  std::vector<FixedWrite> pause;   ///< makes it stop
  std::vector<FixedWrite> resume;  ///< written after the limit; may be empty
  std::vector<FixedRead> read{};   ///< what stands where while it is stopped; empty: what was written, where it was
  bool operator==(const PauseByWrites&) const = default;
};

/// What keeps the device from falling back.
enum class KeptBy : std::uint8_t { AnyRequest, LimitWrite, LifeSignal, TimeoutWrite };
/// What it falls back to.
enum class Fallback : std::uint8_t {
  SafeLimit,   ///< what we write to it
  Configured,  ///< what is set on the device itself
  Zero,
  Unlimited,
  Unknown,
};

/// What is written again and again: one constant, several in turn, or a counter.
struct LifeSignal {
  WriteField to;
  std::vector<std::int64_t> values;                         ///< one after the other; empty: it counts
  std::pair<std::int64_t, std::int64_t> count{0, 0};        ///< first and last value of the counter
  [[nodiscard]] std::int64_t value(std::uint64_t n) const;  ///< what the n-th signal says, n from 0
  bool operator==(const LifeSignal&) const = default;
};

struct Watchdog {
  KeptBy kept_by = KeptBy::AnyRequest;
  Fallback fallback = Fallback::Unknown;
  Millis refresh;                         ///< how often `keep_alive()` is due at the latest
  std::optional<WriteField> timeout;      ///< written at start, base unit ms; absent: set on the device itself
  std::optional<Millis> default_timeout;  ///< what the device has when nobody sets it; absent: not known
  std::optional<WriteField> safe_limit;   ///< written at start, base unit that of what it draws
  std::optional<LifeSignal> life_signal;
  std::optional<Field> shows_timeout;  ///< what is set on the device itself, base unit ms; 0 is off
  std::optional<Field> shows_limit;    ///< what is set on the device itself, base unit that of the limit
  bool operator==(const Watchdog&) const = default;
};

/// One of the few currents that a device with levels knows, and what makes it run at that.
struct LimitLevel {
  std::int64_t current = 0;  ///< mA on each phase; the lowest level is 0
  std::vector<FixedWrite> writes;
  std::int64_t permille = 0;       ///< not 0: this share of the name plate's current, to be resolved by installed()
  std::vector<FixedRead> reads{};  ///< what stands where at this level; empty: unknown, or where it was written
  bool operator==(const LimitLevel&) const = default;
};

/// How the device is limited in one direction: what it draws, or what it feeds in.
struct LimitSpec {
  LimitUnit unit = LimitUnit::MilliampsPerPhase;
  WriteField field;                           ///< where the limit is written; unused by a device with levels
  std::int64_t min = 0;                       ///< base unit (mA per phase or W); between 0 and this is a pause
  std::int64_t max = 0;                       ///< more is never written
  std::int64_t step = 1;                      ///< resolution of the device; a limit is rounded down to it
  std::int64_t power_factor_permille = 1000;  ///< the worst one, for watts
  std::optional<Field> rated_power;           ///< for PermilleOfRated, base unit W
  std::int64_t dc_millivolts = 0;             ///< for MilliampsDc: the battery's highest voltage
  std::int64_t efficiency_permille = 1000;    ///< for MilliampsDc: of what is drawn, the least that arrives there
  std::variant<PauseByZero, PauseByWrites> pause;
  std::optional<Field> read_back;   ///< absent: what is written cannot be read
  std::vector<LimitLevel> levels;   ///< ascending from 0; not empty: it knows only these
  bool levels_can_be_read = false;  ///< what a level writes can be read where it was written
  std::vector<FixedWrite> start;    ///< written once by prepare() when this direction is limited
  std::vector<FixedWrite> before;   ///< written before each limit or pause
  std::vector<FixedWrite> after;    ///< written after each limit or pause
  bool operator==(const LimitSpec&) const = default;
};

/// A contactor that connects either all phases of the device or fewer.
struct PhaseSwitchSpec {
  WriteField to;
  std::int64_t fewer = 1;          ///< the value that means so
  std::int64_t all = 3;            ///< the value that means so
  std::optional<Field> read_back;  ///< absent: what is connected cannot be read
  std::vector<FixedWrite> before{};
  std::vector<FixedWrite> after{};
  bool operator==(const PhaseSwitchSpec&) const = default;
};

struct Control {
  LimitSemantics semantics = LimitSemantics::Cap;
  std::optional<LimitSpec> draw;  ///< absent: what it draws is not limited, as that of an inverter
  std::optional<LimitSpec> feed;  ///< absent: what it feeds in cannot be limited
  std::optional<PhaseSwitchSpec> phase_switch;
  std::optional<Watchdog> watchdog;  ///< absent: the last setpoint stays for ever
  Confirm confirm = Confirm::Nothing;
  std::optional<Millis> longest_pause;  ///< after this the device ends a pause by itself
  std::optional<Millis> wear_interval;  ///< the limit wears memory out: raised at most this often
  bool operator==(const Control&) const = default;
};

/// A register that tells whether it is still the same device that answers.
struct IdentityField {
  Field field;
  std::optional<std::int64_t> number;  ///< what must stand there; neither: what stood there at prepare()
  std::optional<std::string> text;
  bool operator==(const IdentityField&) const = default;
};

/// Several alike in one box: the n-th lies (n − 1) × `registers` further on, and (n − 1) × `units` unit ids.
struct Sockets {
  int most = 1;
  std::uint16_t registers = 0;
  std::uint8_t units = 0;
  bool operator==(const Sockets&) const = default;
};

/// The SunSpec models in the order of a virtual device; a real one is walked.
struct SunSpecModel {
  std::uint16_t id = 0;
  std::uint16_t length = 0;
  std::vector<std::uint16_t> alternatives{};  ///< ids of models with the same layout that do as well
  bool operator==(const SunSpecModel&) const = default;
};

struct RequestLimits {
  std::uint16_t max_registers = kMaxReadRegisters;
  std::uint16_t max_gap = 0;         ///< unused registers that may be read along to save a request
  Millis min_gap;                    ///< rest between two requests
  std::vector<RegisterSpan> blocks;  ///< read only as a whole
  bool sent_twice = false;           ///< the first request only wakes the device
  bool operator==(const RequestLimits&) const = default;
};

/// How sure the facts of a file are.
enum class Confidence : std::uint8_t { High, Medium, Low };
std::string_view name_of(Confidence confidence);

enum class DeviceClass : std::uint8_t { Meter, Charger, Heat, Battery, Inverter };
std::string_view name_of(DeviceClass device_class);

struct Source {
  std::string repository;  ///< may be empty
  std::string path;
  std::string commit;    ///< may be empty
  std::string revision;  ///< edition of a document; may be empty
  std::string licence;   ///< may be empty
  bool operator==(const Source&) const = default;
};

struct DeviceDescription {
  std::string name;  ///< "meters/eastron_sdm630": the file without its extension
  std::string vendor;
  std::string model;
  DeviceClass device_class = DeviceClass::Meter;
  Confidence confidence = Confidence::Low;
  std::string notes;
  std::vector<Source> sources;

  std::optional<std::uint16_t> tcp_port;  ///< its usual port, when it speaks Modbus TCP
  std::optional<SerialFormat> serial;     ///< its usual settings, when it speaks on a serial line
  std::optional<std::uint8_t> unit;       ///< its usual unit id
  Sockets sockets;

  int phases = 3;  ///< most phases it can be connected to: 1 or 3
  RequestLimits requests;
  std::vector<SunSpecModel> models;
  std::optional<IdentityField> identity;
  std::vector<QuantityField> quantities;
  std::optional<Control> control;  ///< absent: it can only be read

  [[nodiscard]] const QuantityField* find(QuantityId id) const;
  bool operator==(const DeviceDescription&) const = default;
};

/// Calls `visit` with the fields of constants.
template <class AnyWrites, class Visitor>
void for_each_field_of_writes(AnyWrites& writes, Visitor& visit) {
  for (auto& fixed : writes) visit(fixed.to);
}
template <class AnyReads, class Visitor>
void for_each_field_of_reads(AnyReads& reads, Visitor& visit) {
  for (auto& fixed : reads) visit(fixed.field);
}

/// Calls `visit` with every Field and WriteField of one direction's limit.
template <class AnyLimit, class Visitor>
void for_each_field_of_limit(AnyLimit& limit, Visitor& visit) {
  if (limit.levels.empty()) visit(limit.field);
  for (auto& level : limit.levels) {
    for_each_field_of_writes(level.writes, visit);
    for_each_field_of_reads(level.reads, visit);
  }
  for_each_field_of_writes(limit.start, visit);
  for_each_field_of_writes(limit.before, visit);
  for_each_field_of_writes(limit.after, visit);
  if (auto* writes = std::get_if<PauseByWrites>(&limit.pause)) {
    for_each_field_of_writes(writes->pause, visit);
    for_each_field_of_writes(writes->resume, visit);
    for_each_field_of_reads(writes->read, visit);
  }
  if (limit.read_back) visit(*limit.read_back);
  if (limit.rated_power) visit(*limit.rated_power);
}

/// Calls `visit` with every Field and WriteField of a watchdog.
template <class AnyWatchdog, class Visitor>
void for_each_field_of_watchdog(AnyWatchdog& watchdog, Visitor& visit) {
  if (watchdog.timeout) visit(*watchdog.timeout);
  if (watchdog.safe_limit) visit(*watchdog.safe_limit);
  if (watchdog.life_signal) visit(watchdog.life_signal->to);
  if (watchdog.shows_timeout) visit(*watchdog.shows_timeout);
  if (watchdog.shows_limit) visit(*watchdog.shows_limit);
}

/// Calls `visit` with every Field and WriteField of a control.
template <class AnyControl, class Visitor>
void for_each_field_of_control(AnyControl& control, Visitor& visit) {
  if (control.draw) for_each_field_of_limit(*control.draw, visit);
  if (control.feed) for_each_field_of_limit(*control.feed, visit);
  if (control.phase_switch) {
    visit(control.phase_switch->to);
    for_each_field_of_writes(control.phase_switch->before, visit);
    for_each_field_of_writes(control.phase_switch->after, visit);
    if (control.phase_switch->read_back) visit(*control.phase_switch->read_back);
  }
  if (control.watchdog) for_each_field_of_watchdog(*control.watchdog, visit);
}

/// Calls `visit` with every Field and WriteField there is.
template <class AnyDescription, class Visitor>
void for_each_field(AnyDescription& description, Visitor& visit) {
  if (description.identity) visit(description.identity->field);
  for (auto& quantity : description.quantities) {
    visit(quantity.field);
    if (quantity.also) visit(quantity.also->field);
  }
  if (description.control) for_each_field_of_control(*description.control, visit);
}

}  // namespace balans
