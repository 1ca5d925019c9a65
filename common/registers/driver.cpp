#include "common/registers/driver.hpp"

#include <algorithm>

#include "common/check.hpp"
#include "common/registers/assemble.hpp"
#include "common/registers/limit.hpp"
#include "common/registers/sunspec.hpp"

namespace balans {
namespace {

void append(std::vector<RegisterSpan>& spans, const Field& field) {
  for (const RegisterSpan& span : spans_of(field)) spans.push_back(span);
}

void append(std::vector<RegisterSpan>& spans, const std::vector<FixedWrite>& writes) {
  for (const FixedWrite& fixed : writes) append(spans, readable(fixed.to));
}

/// A setpoint that can be read: its register and, where a pause is something else, that too.
void append_read_back(std::vector<RegisterSpan>& spans, const LimitSpec& spec) {
  if (spec.levels_can_be_read)
    for (const LimitLevel& level : spec.levels) append(spans, level.writes);
  if (!spec.read_back) return;
  append(spans, *spec.read_back);
  if (const auto* writes = std::get_if<PauseByWrites>(&spec.pause)) append(spans, writes->pause);
}

bool can_be_read(const std::optional<LimitSpec>& spec) { return spec && (spec->read_back || spec->levels_can_be_read); }

std::vector<RegisterSpan> read_back_spans(const DeviceDescription& description) {
  std::vector<RegisterSpan> spans;
  if (!description.control) return spans;
  const Control& control = *description.control;
  if (control.draw) append_read_back(spans, *control.draw);
  if (control.feed) append_read_back(spans, *control.feed);
  if (control.phase_switch && control.phase_switch->read_back) append(spans, *control.phase_switch->read_back);
  return spans;
}

std::vector<RegisterSpan> poll_spans(const DeviceDescription& description) {
  std::vector<RegisterSpan> spans = read_back_spans(description);
  for (const QuantityField& quantity : description.quantities) append(spans, quantity.field);
  return spans;
}

/// Registers of what is not used are never touched: another model of the device may lack them.
DeviceDescription used_of(DeviceDescription description, const DriverSettings& settings) {
  if (!description.control) return description;
  Control& control = *description.control;
  if (settings.feeding == Feeding::Left && control.draw) control.feed.reset();
  if (settings.switching == Switching::Left) control.phase_switch.reset();
  return description;
}

std::string shown(const RawValue& value) {
  if (const auto* integer = std::get_if<Int128>(&value)) return std::to_string(static_cast<std::int64_t>(*integer));
  if (const auto* number = std::get_if<double>(&value)) return std::to_string(*number);
  return "'" + std::get<std::string>(value) + "'";
}

std::optional<RawValue> expected_identity(const IdentityField& identity) {
  if (identity.number) return RawValue(Int128{*identity.number});
  if (identity.text) return RawValue(*identity.text);
  return std::nullopt;
}

}  // namespace

Driver::Driver(const DeviceDescription& description, Transport& transport, std::uint8_t unit)
    : original_(description), resolved_(description), transport_(transport), unit_(unit) {}

Error Driver::located(const Error& error, std::string_view what, std::uint16_t address) const {
  return error.within(original_.name + " unit " + std::to_string(unit_) + ", " + std::string(what) + ", register " +
                      std::to_string(address));
}

Result<void> Driver::prepare(const DriverSettings& settings) {
  BALANS_CHECK(settings.phases >= 1 && settings.phases <= 3);
  settings_.reset();
  identity_.reset();
  draw_ = feed_ = Direction{};
  doubtful_ = false;
  resolved_ = used_of(original_, settings);
  if (auto found = find_models(); !found) return found;
  if (auto read = read_identity(); !read) return read;
  if (resolved_.control) {
    if (auto ready = prepare_direction(resolved_.control->draw, draw_); !ready) return ready;
    if (auto ready = prepare_direction(resolved_.control->feed, feed_); !ready) return ready;
    if (auto written = write_watchdog(settings); !written) return written;
  }
  poll_plan_ = plan_reads(poll_spans(resolved_), resolved_.requests);
  read_back_plan_ = plan_reads(read_back_spans(resolved_), resolved_.requests);
  settings_ = settings;
  return {};
}

Result<void> Driver::find_models() {
  if (original_.models.empty()) return {};
  const auto starts = locate_models(transport_, unit_);
  if (!starts) return starts.error();
  Result<DeviceDescription> resolved = resolve_models(resolved_, *starts);
  if (!resolved) return resolved.error().within(original_.name + " unit " + std::to_string(unit_));
  resolved_ = *std::move(resolved);
  return {};
}

Result<void> Driver::read_identity() {
  if (!resolved_.identity) return {};
  const Field& field = resolved_.identity->field;
  const Result<RegisterMemory> memory = read_all({span_of(field)});
  if (!memory) return memory.error();
  const Result<RawValue> found = raw_at(field, *memory);
  if (!found) return located(found.error(), "identity", field.address);
  if (!identity_) identity_ = expected_identity(*resolved_.identity);
  if (!identity_) identity_ = *found;
  if (*identity_ != *found) {
    doubtful_ = true;
    return located({"", shown(*found) + " is not the device's " + shown(*identity_)}, "identity", field.address);
  }
  return {};
}

Result<void> Driver::check_identity() {
  if (!doubtful_) return {};
  doubtful_ = false;  // a failure below sets it again
  return read_identity();
}

Result<void> Driver::prepare_direction(const std::optional<LimitSpec>& spec, Direction& direction) {
  if (!spec) return {};
  if (spec->rated_power)
    if (auto read = read_rated_power(*spec->rated_power, direction); !read) return read;
  return write_fixed(spec->start);
}

Result<void> Driver::read_rated_power(const Field& field, Direction& direction) {
  const Result<RegisterMemory> memory = read_all(plan_reads(spans_of(field), resolved_.requests));
  if (!memory) return memory.error();
  const Result<std::int64_t> watts = number_at(field, *memory);
  if (!watts) return located(watts.error(), "rated power", field.address);
  if (*watts < 1 || *watts > 10'000'000)
    return located({"", std::to_string(*watts) + " W is outside 1..10000000"}, "rated power", field.address);
  direction.rated_power = Watts(*watts);
  return {};
}

/// The safe limit first: a watchdog that is armed before it would fall back to whatever was there.
Result<void> Driver::write_watchdog(const DriverSettings& settings) {
  const Control& control = *resolved_.control;
  if (!control.watchdog) return {};
  if (control.watchdog->safe_limit && control.draw) {
    const PlannedLimit safe = plan_limit(*control.draw, settings.failsafe, settings.phases, draw_.rated_power);
    if (auto written = write_value(*control.watchdog->safe_limit, safe.value, Rounding::Down); !written) return written;
  }
  if (!control.watchdog->timeout || !settings.watchdog_timeout) return {};
  return write_value(*control.watchdog->timeout, settings.watchdog_timeout->count(), Rounding::Down);
}

Result<RegisterMemory> Driver::read_all(const std::vector<RegisterSpan>& plan) {
  RegisterMemory memory;
  for (const RegisterSpan& span : plan) {
    const auto words = transport_.read(span.function, unit_, span.address, span.count);
    if (!words) {
      doubtful_ = true;
      return words.error();
    }
    if (words->size() != span.count) {
      doubtful_ = true;
      return located({"", "an answer of another length"}, "read", span.address);
    }
    memory.put(span.function, span.address, *words);
  }
  return memory;
}

Result<Sample> Driver::poll() {
  if (!settings_) return Error{original_.name, "not prepared"};
  if (auto same = check_identity(); !same) return same.error();
  const Result<RegisterMemory> memory = read_all(poll_plan_);
  if (!memory) return memory.error();
  Result<Sample> sample = assemble(resolved_, *memory);
  if (!sample) return sample.error().within(original_.name + " unit " + std::to_string(unit_));
  if (auto taken = take_setpoints(*sample, *memory); !taken) return taken.error();
  return sample;
}

Result<void> Driver::take_setpoints(Sample& sample, const RegisterMemory& memory) const {
  if (!resolved_.control) return {};
  const Control& control = *resolved_.control;
  if (can_be_read(control.draw)) {
    const Result<Setpoint> setpoint = setpoint_in(memory, *control.draw, draw_);
    if (!setpoint) return setpoint.error();
    sample.setpoint = *setpoint;
  }
  if (can_be_read(control.feed)) {
    const Result<Setpoint> setpoint = setpoint_in(memory, *control.feed, feed_);
    if (!setpoint) return setpoint.error();
    sample.feed_setpoint = *setpoint;
  }
  const Result<std::optional<PhaseMode>> mode = phase_mode_in(memory);
  if (!mode) return mode.error();
  sample.phase_mode = *mode;
  return {};
}

Result<std::optional<PhaseMode>> Driver::phase_mode_in(const RegisterMemory& memory) const {
  const std::optional<PhaseSwitchSpec>& contactor = resolved_.control->phase_switch;
  if (!contactor || !contactor->read_back) return std::optional<PhaseMode>();
  const Result<std::int64_t> value = number_at(*contactor->read_back, memory);
  if (!value) return located(value.error(), "phase switch", contactor->read_back->address);
  if (*value == contactor->all) return std::optional(PhaseMode::All);
  if (*value == contactor->fewer) return std::optional(PhaseMode::Fewer);
  return std::optional<PhaseMode>();
}

Result<bool> Driver::stand_in(const RegisterMemory& memory, const std::vector<FixedWrite>& writes,
                              std::string_view what) const {
  bool all = !writes.empty();
  for (const FixedWrite& fixed : writes) {
    const Result<std::int64_t> now = number_at(readable(fixed.to), memory);
    if (!now) return located(now.error(), what, fixed.to.address);
    all = all && *now == fixed.value;
  }
  return all;
}

Result<Setpoint> Driver::setpoint_in(const RegisterMemory& memory, const LimitSpec& spec,
                                     const Direction& direction) const {
  for (const LimitLevel& level : spec.levels) {
    const Result<bool> stands = stand_in(memory, level.writes, "level");
    if (!stands) return stands.error();
    if (*stands) return setpoint_of(spec, level.current, settings_->phases, direction.rated_power);
  }
  if (!spec.levels.empty())  // none of ours: it may be the largest
    return setpoint_of(spec, spec.levels.back().current, settings_->phases, direction.rated_power);
  const Result<std::int64_t> value = number_at(*spec.read_back, memory);
  if (!value) return located(value.error(), "setpoint", spec.read_back->address);
  if (*value < 0 || *value > 1'000'000'000)
    return located({"", std::to_string(*value) + " is not a limit"}, "setpoint", spec.read_back->address);
  if (const auto* writes = std::get_if<PauseByWrites>(&spec.pause)) {
    const Result<bool> paused = stand_in(memory, writes->pause, "pause");
    if (!paused) return paused.error();
    if (*paused) return setpoint_of(spec, 0, settings_->phases, direction.rated_power);
  }
  return setpoint_of(spec, *value, settings_->phases, direction.rated_power);
}

Result<Setpoint> Driver::read_back() {
  if (!settings_) return Error{original_.name, "not prepared"};
  if (!resolved_.control || !can_be_read(resolved_.control->draw))
    return Error{original_.name, "the device cannot tell its setpoint"};
  if (auto same = check_identity(); !same) return same.error();
  const Result<RegisterMemory> memory = read_all(read_back_plan_);
  if (!memory) return memory.error();
  return setpoint_in(*memory, *resolved_.control->draw, draw_);
}

Result<void> Driver::write_value(const WriteField& field, std::int64_t value, Rounding rounding) {
  const Field target = readable(field);
  int factor = 0;
  if (target.scale_factor) {
    const Result<RegisterMemory> memory = read_all({{target.function, *target.scale_factor, 1}});
    if (!memory) return memory.error();
    const Result<int> found = scale_factor_at(target, *memory);
    if (!found) return located(found.error(), "write", field.address);
    factor = *found;
  }
  const auto words = words_for(target, value, factor, rounding);
  if (!words) return located(words.error(), "write " + std::to_string(value), field.address);
  auto written = transport_.write(field.function, unit_, field.address, *words);
  if (!written) doubtful_ = true;
  return written;
}

Result<void> Driver::write_fixed(const std::vector<FixedWrite>& writes) {
  for (const FixedWrite& fixed : writes)
    if (auto written = write_value(fixed.to, fixed.value, Rounding::Nearest); !written) return written;
  return {};
}

Result<Setpoint> Driver::write_limit(Milliamps limit) { return write_direction(&Control::draw, draw_, limit); }

Result<Setpoint> Driver::write_feed_limit(Milliamps limit) { return write_direction(&Control::feed, feed_, limit); }

Result<Setpoint> Driver::write_direction(std::optional<LimitSpec> Control::*which, Direction& direction,
                                         Milliamps limit) {
  if (!settings_) return Error{original_.name, "not prepared"};
  if (!resolved_.control || !((*resolved_.control).*which))
    return Error{original_.name, "the device cannot be limited"};
  const LimitSpec& spec = *((*resolved_.control).*which);
  const PlannedLimit planned = plan_limit(spec, limit, settings_->phases, direction.rated_power);
  if (auto written = write_planned(spec, direction, planned.value); !written) return written.error();
  direction.last_limit = limit;
  return planned.setpoint;
}

Result<void> Driver::write_planned(const LimitSpec& spec, Direction& direction, std::int64_t value) {
  if (!spec.levels.empty()) return write_fixed(level_of(spec, value).writes);
  const auto* writes = std::get_if<PauseByWrites>(&spec.pause);
  if (writes == nullptr) return write_value(spec.field, value, Rounding::Down);
  if (value == 0) {
    direction.running = Running::Unknown;
    if (auto written = write_fixed(writes->pause); !written) return written;
    direction.running = Running::Paused;
    return {};
  }
  if (auto written = write_value(spec.field, value, Rounding::Down); !written) return written;
  if (direction.running == Running::Running) return {};
  direction.running = Running::Unknown;
  if (auto written = write_fixed(writes->resume); !written) return written;
  direction.running = Running::Running;
  return {};
}

Result<void> Driver::switch_phases(PhaseMode mode) {
  if (!settings_) return Error{original_.name, "not prepared"};
  if (!resolved_.control || !resolved_.control->phase_switch)
    return Error{original_.name, "the device's phases cannot be switched"};
  const PhaseSwitchSpec& contactor = *resolved_.control->phase_switch;
  return write_value(contactor.to, mode == PhaseMode::All ? contactor.all : contactor.fewer, Rounding::Nearest);
}

Result<void> Driver::repeat_limits() {
  if (draw_.last_limit)
    if (const auto written = write_limit(*draw_.last_limit); !written) return written.error();
  if (feed_.last_limit)
    if (const auto written = write_feed_limit(*feed_.last_limit); !written) return written.error();
  return {};
}

Result<void> Driver::keep_alive() {
  if (!settings_) return Error{original_.name, "not prepared"};
  if (!resolved_.control || !resolved_.control->watchdog) return {};
  const Watchdog& watchdog = *resolved_.control->watchdog;
  switch (watchdog.kept_by) {
    case KeptBy::LifeSignal:
      return watchdog.life_signal ? write_fixed({*watchdog.life_signal}) : Result<void>();
    case KeptBy::LimitWrite:
      return repeat_limits();
    case KeptBy::AnyRequest: {
      if (poll_plan_.empty()) return {};
      const Result<RegisterMemory> memory = read_all({poll_plan_.front()});
      return memory ? Result<void>() : Result<void>(memory.error());
    }
  }
  return {};
}

std::optional<Millis> Driver::refresh_every() const {
  if (!original_.control || !original_.control->watchdog) return std::nullopt;
  return original_.control->watchdog->refresh;
}

}  // namespace balans
