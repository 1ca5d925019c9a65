#include "common/registers/driver.hpp"

#include <algorithm>

#include "common/check.hpp"
#include "common/registers/assemble.hpp"
#include "common/registers/driver_spans.hpp"
#include "common/registers/limit.hpp"
#include "common/registers/sunspec.hpp"

namespace balans {
namespace {

constexpr std::int64_t kMostLimit = 1'000'000'000;  ///< in any unit: 1 MA, 1 GW

/// Of a rated power that may be 10 MW: more would not fit as mA.
std::int64_t most_limit(const LimitSpec& spec) {
  return spec.unit == LimitUnit::PermilleOfRated ? kMostLimit / 1000 : kMostLimit;
}

std::string shown(const RawValue& value) {
  if (const auto* integer = std::get_if<Int128>(&value)) return to_text(*integer);
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
  if (auto complete = check_levels(); !complete) return complete;
  if (auto found = find_models(); !found) return found;
  if (auto read = read_identity(); !read) return read;
  if (resolved_.control) {
    if (auto ready = prepare_direction(resolved_.control->draw, draw_); !ready) return ready;
    if (auto ready = prepare_direction(resolved_.control->feed, feed_); !ready) return ready;
    if (auto fine = check_own_settings(settings); !fine) return fine;
    if (auto written = write_watchdog(settings); !written) return written;
  }
  poll_plan_ = plan_reads(poll_spans(resolved_), resolved_.requests);
  read_back_plan_ = plan_reads(read_back_spans(resolved_), resolved_.requests);
  settings_ = settings;
  return {};
}

Result<void> Driver::check_levels() const {
  if (!resolved_.control) return {};
  for (const auto* spec : {&resolved_.control->draw, &resolved_.control->feed})
    if (*spec)
      for (const LimitLevel& level : (*spec)->levels)
        if (level.permille != 0) return Error{original_.name, "its levels are shares of a name plate that is not told"};
  return {};
}

Result<void> Driver::find_models() {
  if (original_.models.empty()) return {};
  const Result<ModelPlaces> places = locate_models(transport_, unit_);
  if (!places) return places.error().within(original_.name + " unit " + std::to_string(unit_));
  Result<DeviceDescription> resolved = resolve_models(resolved_, *places);
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
  for (const FixedWrite& fixed : spec->start)
    if (auto written = settle_value(fixed.to, fixed.value, Rounding::Nearest); !written) return written;
  return {};
}

Result<void> Driver::read_rated_power(const Field& field, Direction& direction) {
  const Result<std::int64_t> watts = read_number(field, "rated power");
  if (!watts) return watts.error();
  if (*watts < 1 || *watts > 10'000'000)
    return located({"", std::to_string(*watts) + " W is outside 1..10000000"}, "rated power", field.address);
  direction.rated_power = Watts(*watts);
  return {};
}

/// What the controller counts on must be what is set on the device itself.
Result<void> Driver::check_own_settings(const DriverSettings& settings) {
  if (!resolved_.control->watchdog) return {};
  const Watchdog& watchdog = *resolved_.control->watchdog;
  if (watchdog.shows_timeout && settings.watchdog_timeout) {
    const Result<std::int64_t> millis = read_number(*watchdog.shows_timeout, "time-out");
    if (!millis) return millis.error();
    if (*millis <= 0 || *millis > settings.watchdog_timeout->count())
      return located({"", std::to_string(*millis) + " ms are set on the device, at most " +
                              std::to_string(settings.watchdog_timeout->count()) + " ms are counted on"},
                     "time-out", watchdog.shows_timeout->address);
  }
  const bool counts = settings.watchdog_timeout || settings.fallbacks == Fallbacks::CountedOn;
  return watchdog.shows_limit && counts ? check_own_limit(*watchdog.shows_limit, settings) : Result<void>();
}

Result<void> Driver::check_own_limit(const Field& shown, const DriverSettings& settings) {
  const Result<std::int64_t> value = read_number(shown, "safe limit");
  if (!value) return value.error();
  const auto& spec = resolved_.control->draw ? resolved_.control->draw : resolved_.control->feed;
  if (*value < 0 || *value > most_limit(*spec))
    return located({"", std::to_string(*value) + " is not a limit"}, "safe limit", shown.address);
  const Direction& direction = resolved_.control->draw ? draw_ : feed_;
  const Milliamps safe = setpoint_of(*spec, *value, settings.phases, direction.rated_power).current;
  if (safe <= settings.failsafe) return {};
  return located({"", std::to_string(safe.count()) + " mA are set on the device, at most " +
                          std::to_string(settings.failsafe.count()) + " mA are counted on"},
                 "safe limit", shown.address);
}

Result<std::int64_t> Driver::read_number(const Field& field, std::string_view what) {
  const Result<RegisterMemory> memory = read_all(plan_reads(spans_of(field), resolved_.requests));
  if (!memory) return memory.error();
  if (const auto raw = raw_at(field, *memory); raw && !original_.models.empty())
    if (const auto* integer = std::get_if<Int128>(&*raw); integer && not_implemented(field.encoding) == *integer)
      return located({"", "not available"}, what, field.address);
  const Result<std::int64_t> value = number_at(field, *memory);
  if (!value) return located(value.error(), what, field.address);
  return value;
}

/// The safe limit first: a watchdog that is armed before it would fall back to whatever was there.
Result<void> Driver::write_watchdog(const DriverSettings& settings) {
  const Control& control = *resolved_.control;
  if (!control.watchdog) return {};
  if (control.watchdog->safe_limit) {
    const LimitSpec& spec = control.draw ? *control.draw : *control.feed;
    const Direction& direction = control.draw ? draw_ : feed_;
    const PlannedLimit safe = plan_limit(spec, settings.failsafe, settings.phases, direction.rated_power);
    if (auto written = settle_value(*control.watchdog->safe_limit, safe.value, Rounding::Smaller); !written)
      return written;
  }
  if (!control.watchdog->timeout || !settings.watchdog_timeout) return {};
  return write_timeout(*control.watchdog->timeout, *settings.watchdog_timeout);
}

/// Rounded down, but not to 0: that would be none at all.
Result<void> Driver::write_timeout(const WriteField& field, Millis timeout) {
  const auto words = words_for(readable(field), timeout.count(), 0, Rounding::Smaller);
  if (words && std::all_of(words->begin(), words->end(), [](std::uint16_t word) { return word == 0; }))
    return located({"", std::to_string(timeout.count()) + " ms are less than the device can tell from none"},
                   "time-out", field.address);
  return settle_value(field, timeout.count(), Rounding::Smaller);
}

Result<std::vector<std::uint16_t>> Driver::read_words(const RegisterSpan& span) {
  const std::uint8_t unit = span.unit_id == kOwnUnit ? unit_ : span.unit_id;
  if (resolved_.requests.sent_twice) (void)transport_.read(span.function, unit, span.address, span.count);
  auto words = transport_.read(span.function, unit, span.address, span.count);
  if (!words) {
    doubtful_ = true;
    return words;
  }
  if (words->size() == span.count) return words;
  doubtful_ = true;
  return located({"", "an answer of another length"}, "read", span.address);
}

Result<RegisterMemory> Driver::read_all(const std::vector<RegisterSpan>& plan) {
  RegisterMemory memory;
  for (const RegisterSpan& span : plan)
    if (auto read = read_into(memory, span); !read) return read.error();
  return memory;
}

Result<void> Driver::read_into(RegisterMemory& memory, const RegisterSpan& span) {
  const auto words = read_words(span);
  if (!words) return words.error();
  memory.put(span.function, span.address, *words, span.unit_id);
  return {};
}

Result<Sample> Driver::poll() {
  auto sample = poll([] { return false; });
  return sample ? Result<Sample>(**std::move(sample)) : Result<Sample>(sample.error());
}

Result<std::optional<Sample>> Driver::poll(const std::function<bool()>& gives_way) {
  if (!settings_) return Error{original_.name, "not prepared"};
  if (auto same = check_identity(); !same) return same.error();
  RegisterMemory memory;
  for (const RegisterSpan& span : poll_plan_) {
    if (gives_way()) return std::optional<Sample>();
    if (auto read = read_into(memory, span); !read) return read.error();
  }
  Result<Sample> sample = assemble(resolved_, memory);
  if (!sample) return sample.error().within(original_.name + " unit " + std::to_string(unit_));
  if (auto taken = take_setpoints(*sample, memory); !taken) return taken.error();
  return std::optional(*std::move(sample));
}

/// Somebody else has written there: what is kept in memory that wears out is not what this driver believes.
void Driver::doubt_kept(const LimitSpec& spec, const Direction& direction, const Setpoint& found) {
  if (!direction.last_limit) return;
  const PlannedLimit told = plan_limit(spec, *direction.last_limit, settings_->phases, direction.rated_power);
  if (found != told.setpoint) kept_.clear();
}

Result<void> Driver::take_setpoints(Sample& sample, const RegisterMemory& memory) {
  if (!resolved_.control) return {};
  const Control& control = *resolved_.control;
  if (can_be_read(control.draw)) {
    const Result<Setpoint> setpoint = setpoint_in(memory, *control.draw, draw_);
    if (!setpoint) return setpoint.error();
    doubt_kept(*control.draw, draw_, *setpoint);
    sample.setpoint = *setpoint;
  }
  if (can_be_read(control.feed)) {
    const Result<Setpoint> setpoint = setpoint_in(memory, *control.feed, feed_);
    if (!setpoint) return setpoint.error();
    doubt_kept(*control.feed, feed_, *setpoint);
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

Result<bool> Driver::stand_in(const RegisterMemory& memory, const std::vector<FixedRead>& reads,
                              std::string_view what) const {
  bool all = !reads.empty();
  for (const FixedRead& fixed : reads) {
    const Result<std::int64_t> now = number_at(fixed.field, memory);
    if (!now) return located(now.error(), what, fixed.field.address);
    all = all && *now == fixed.value;
  }
  return all;
}

Result<Setpoint> Driver::setpoint_in(const RegisterMemory& memory, const LimitSpec& spec,
                                     const Direction& direction) const {
  for (const LimitLevel& level : spec.levels) {
    const Result<bool> stands = stand_in(memory, reads_of(spec, level), "level");
    if (!stands) return stands.error();
    if (*stands) return setpoint_of(spec, level.current, settings_->phases, direction.rated_power);
  }
  if (!spec.levels.empty())  // none of ours: it may be the largest
    return setpoint_of(spec, spec.levels.back().current, settings_->phases, direction.rated_power);
  const Result<std::int64_t> value = number_at(*spec.read_back, memory);
  if (!value) return located(value.error(), "setpoint", spec.read_back->address);
  if (*value < 0 || *value > most_limit(spec))
    return located({"", std::to_string(*value) + " is not a limit"}, "setpoint", spec.read_back->address);
  if (const auto* writes = std::get_if<PauseByWrites>(&spec.pause)) {
    const Result<bool> paused = stand_in(memory, reads_of(*writes), "pause");
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

}  // namespace balans
