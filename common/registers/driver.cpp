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

/// A setpoint that can be read: its register and, where a pause is something else, that too.
std::vector<RegisterSpan> read_back_spans(const DeviceDescription& description) {
  std::vector<RegisterSpan> spans;
  if (!description.control || !description.control->read_back) return spans;
  append(spans, *description.control->read_back);
  if (const auto* writes = std::get_if<PauseByWrites>(&description.control->pause))
    for (const FixedWrite& fixed : writes->pause) append(spans, readable(fixed.to));
  return spans;
}

std::vector<RegisterSpan> poll_spans(const DeviceDescription& description) {
  std::vector<RegisterSpan> spans = read_back_spans(description);
  for (const QuantityField& quantity : description.quantities) append(spans, quantity.field);
  return spans;
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
  last_limit_.reset();
  running_ = Running::Unknown;
  doubtful_ = false;
  if (auto found = find_models(); !found) return found;
  if (auto read = read_identity(); !read) return read;
  if (auto read = read_rated_power(); !read) return read;
  if (auto written = write_start(settings); !written) return written;
  poll_plan_ = plan_reads(poll_spans(resolved_), resolved_.requests);
  read_back_plan_ = plan_reads(read_back_spans(resolved_), resolved_.requests);
  settings_ = settings;
  return {};
}

Result<void> Driver::find_models() {
  if (original_.models.empty()) return {};
  const auto starts = locate_models(transport_, unit_);
  if (!starts) return starts.error();
  Result<DeviceDescription> resolved = resolve_models(original_, *starts);
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

Result<void> Driver::read_rated_power() {
  if (!resolved_.control || !resolved_.control->rated_power) return {};
  const Field& field = *resolved_.control->rated_power;
  const Result<RegisterMemory> memory = read_all(plan_reads(spans_of(field), resolved_.requests));
  if (!memory) return memory.error();
  const Result<std::int64_t> watts = number_at(field, *memory);
  if (!watts) return located(watts.error(), "rated power", field.address);
  if (*watts < 1 || *watts > 10'000'000)
    return located({"", std::to_string(*watts) + " W is outside 1..10000000"}, "rated power", field.address);
  rated_power_ = Watts(*watts);
  return {};
}

Result<void> Driver::write_start(const DriverSettings& settings) {
  if (!resolved_.control) return {};
  if (auto written = write_fixed(resolved_.control->start); !written) return written;
  return write_watchdog(settings);
}

/// The safe limit first: a watchdog that is armed before it would fall back to whatever was there.
Result<void> Driver::write_watchdog(const DriverSettings& settings) {
  const Control& control = *resolved_.control;
  if (!control.watchdog) return {};
  if (control.watchdog->safe_limit) {
    const PlannedLimit safe = plan_limit(control, settings.failsafe, settings.phases, rated_power_);
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
  if (read_back_plan_.empty()) return sample;
  const Result<Setpoint> setpoint = setpoint_in(*memory);
  if (!setpoint) return setpoint.error();
  sample->setpoint = *setpoint;
  return sample;
}

Result<Setpoint> Driver::setpoint_in(const RegisterMemory& memory) const {
  const Control& control = *resolved_.control;
  const Result<std::int64_t> value = number_at(*control.read_back, memory);
  if (!value) return located(value.error(), "setpoint", control.read_back->address);
  if (*value < 0 || *value > 1'000'000'000)
    return located({"", std::to_string(*value) + " is not a limit"}, "setpoint", control.read_back->address);
  if (const auto* writes = std::get_if<PauseByWrites>(&control.pause)) {
    bool paused = !writes->pause.empty();
    for (const FixedWrite& fixed : writes->pause) {
      const Result<std::int64_t> now = number_at(readable(fixed.to), memory);
      if (!now) return located(now.error(), "pause", fixed.to.address);
      paused = paused && *now == fixed.value;
    }
    if (paused) return setpoint_of(control, 0, settings_->phases, rated_power_);
  }
  return setpoint_of(control, *value, settings_->phases, rated_power_);
}

Result<Setpoint> Driver::read_back() {
  if (!settings_) return Error{original_.name, "not prepared"};
  if (read_back_plan_.empty()) return Error{original_.name, "the device cannot tell its setpoint"};
  if (auto same = check_identity(); !same) return same.error();
  const Result<RegisterMemory> memory = read_all(read_back_plan_);
  if (!memory) return memory.error();
  return setpoint_in(*memory);
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

Result<Setpoint> Driver::write_limit(Milliamps limit) {
  if (!settings_) return Error{original_.name, "not prepared"};
  if (!resolved_.control) return Error{original_.name, "the device cannot be limited"};
  const Control& control = *resolved_.control;
  const PlannedLimit planned = plan_limit(control, limit, settings_->phases, rated_power_);
  const auto* writes = std::get_if<PauseByWrites>(&control.pause);
  if (planned.value == 0 && writes != nullptr) {
    running_ = Running::Unknown;
    if (auto written = write_fixed(writes->pause); !written) return written.error();
    running_ = Running::Paused;
  } else {
    if (auto written = write_value(control.limit, planned.value, Rounding::Down); !written) return written.error();
    if (writes != nullptr && running_ != Running::Running) {
      running_ = Running::Unknown;
      if (auto written = write_fixed(writes->resume); !written) return written.error();
      running_ = Running::Running;
    }
  }
  last_limit_ = limit;
  return planned.setpoint;
}

Result<void> Driver::keep_alive() {
  if (!settings_) return Error{original_.name, "not prepared"};
  if (!resolved_.control || !resolved_.control->watchdog) return {};
  const Watchdog& watchdog = *resolved_.control->watchdog;
  switch (watchdog.kept_by) {
    case KeptBy::LifeSignal:
      return watchdog.life_signal ? write_fixed({*watchdog.life_signal}) : Result<void>();
    case KeptBy::LimitWrite: {
      if (!last_limit_) return {};
      const Result<Setpoint> written = write_limit(*last_limit_);
      return written ? Result<void>() : Result<void>(written.error());
    }
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
