// What the driver writes: limits, phases, and words to the watchdog.

#include "common/registers/driver.hpp"
#include "common/registers/limit.hpp"

namespace balans {

Result<std::vector<std::uint16_t>> Driver::words_to_write(const WriteField& field, std::int64_t value,
                                                          Rounding rounding) {
  const Field target = readable(field);
  int factor = 0;
  if (target.scale_factor) {
    const Result<RegisterMemory> memory = read_all({factor_span_of(target)});
    if (!memory) return memory.error();
    const Result<int> found = scale_factor_at(target, *memory);
    if (!found) return located(found.error(), "write", field.address);
    factor = *found;
  }
  const auto words = words_for(target, value, factor, rounding);
  if (!words) return located(words.error(), "write " + std::to_string(value), field.address);
  std::vector<std::uint16_t> all;
  for (int i = 0; i < field.copies; ++i) all.insert(all.end(), words->begin(), words->end());
  return all;
}

Result<void> Driver::write_value(const WriteField& field, std::int64_t value, Rounding rounding) {
  const auto words = words_to_write(field, value, rounding);
  return words ? write_words(field, *words) : Result<void>(words.error());
}

/// For what is written once: where it can be read it is left alone when it stands there already, because a device may
/// keep it in memory that wears out, and must stand there afterwards, because a device may take a value and keep
/// another.
Result<void> Driver::settle_value(const WriteField& field, std::int64_t value, Rounding rounding) {
  if (field.written == WrittenValue::Hidden) return write_value(field, value, rounding);
  const auto words = words_to_write(field, value, rounding);
  if (!words) return words.error();
  const RegisterSpan place{reads_back(field.function), field.address, static_cast<std::uint16_t>(words->size()),
                           field.unit_id};
  const auto before = read_words(place);
  if (!before) return before.error();
  if (*before == *words) return {};
  if (auto written = write_words(field, *words); !written) return written;
  const auto after = read_words(place);
  if (!after) return after.error();
  if (*after == *words) return {};
  return located(
      {"", std::to_string(after->front()) + " stands there after " + std::to_string(words->front()) + " was written"},
      "write " + std::to_string(value), field.address);
}

/// Memory that wears out is written only when it changes.
Result<void> Driver::write_words(const WriteField& field, const std::vector<std::uint16_t>& words) {
  const std::uint8_t unit = field.unit_id == kOwnUnit ? unit_ : field.unit_id;
  const std::tuple key{unit, reads_back(field.function), field.address};
  if (field.wear == Wear::Flash) {
    const auto known = kept_.find(key);
    if (known != kept_.end() && known->second == words) return {};
    kept_.erase(key);
  }
  if (resolved_.requests.sent_twice) (void)transport_.write(field.function, unit, field.address, words);
  auto written = transport_.write(field.function, unit, field.address, words);
  if (!written) doubtful_ = true;
  if (written && field.wear == Wear::Flash) kept_[key] = words;
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
  if (auto written = write_fixed(spec.before); !written) return written;
  if (auto written = write_limit_itself(spec, direction, value); !written) return written;
  return write_fixed(spec.after);
}

Result<void> Driver::write_limit_itself(const LimitSpec& spec, Direction& direction, std::int64_t value) {
  if (!spec.levels.empty()) return write_fixed(level_of(spec, value).writes);
  const auto* writes = std::get_if<PauseByWrites>(&spec.pause);
  if (writes == nullptr) return write_value(spec.field, value, Rounding::Smaller);
  if (value == 0) {
    direction.running = Running::Unknown;
    if (auto written = write_fixed(writes->pause); !written) return written;
    direction.running = Running::Paused;
    return {};
  }
  if (auto written = write_value(spec.field, value, Rounding::Smaller); !written) return written;
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
  const std::int64_t value = mode == PhaseMode::All ? contactor.all : contactor.fewer;
  if (auto written = write_fixed(contactor.before); !written) return written;
  if (auto written = write_value(contactor.to, value, Rounding::Nearest); !written) return written;
  return write_fixed(contactor.after);
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
      return say_life_signal(*watchdog.life_signal);
    case KeptBy::TimeoutWrite:
      if (!watchdog.timeout || !settings_->watchdog_timeout) return repeat_limits();
      return write_value(*watchdog.timeout, settings_->watchdog_timeout->count(), Rounding::Smaller);
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

/// A signal that was lost is said again: a counter that jumps may not count as one.
Result<void> Driver::say_life_signal(const LifeSignal& signal) {
  auto written = write_value(signal.to, signal.value(signals_), Rounding::Nearest);
  if (written) ++signals_;
  return written;
}

std::optional<Millis> Driver::refresh_every() const {
  if (!original_.control || !original_.control->watchdog) return std::nullopt;
  return original_.control->watchdog->refresh;
}

}  // namespace balans
