#include "common/registers/image.hpp"

#include <array>

#include "common/registers/driver_spans.hpp"
#include "common/registers/limit.hpp"
#include "common/registers/sunspec.hpp"

namespace balans {
namespace {

constexpr std::uint16_t kSunSpecStart = 40000;

/// Where a virtual device puts its SunSpec models: one after the other in the order of its file.
ModelPlaces model_places(const DeviceDescription& description) {
  ModelPlaces places;
  auto at = static_cast<std::uint16_t>(kSunSpecStart + 2);
  for (const SunSpecModel& model : description.models) {
    places.emplace(model.id, ModelPlace{at, model.length});
    at = static_cast<std::uint16_t>(at + 2 + model.length);
  }
  return places;
}

/// Of the states a register can tell, the latest that is not after `state`, and how the register tells it.
template <class AnyStates>
std::optional<std::pair<VehicleState, RawValue>> latest_up_to(const AnyStates& field, VehicleState state) {
  std::optional<std::pair<VehicleState, RawValue>> best;
  const auto consider = [&](VehicleState meaning, const RawValue& raw) {
    if (meaning <= state && (!best || meaning > best->first)) best.emplace(meaning, raw);
  };
  for (const auto& [code, meaning] : field.states) consider(meaning, Int128{code});
  for (const auto& [text, meaning] : field.text_states) consider(meaning, text);
  return best;
}

struct FieldList {
  std::vector<Field> readable_fields;
  std::vector<WriteField> write_fields;
  void operator()(const Field& field) { readable_fields.push_back(field); }
  void operator()(const WriteField& field) { write_fields.push_back(field); }
};

}  // namespace

RegisterImage::RegisterImage(const DeviceDescription& description) : description_(description) {
  lay_out_models();
  FieldList fields;
  for_each_field(std::as_const(description_), fields);
  for (const Field& field : fields.readable_fields) other_units_.insert(field.unit_id);
  for (const WriteField& field : fields.write_fields) other_units_.insert(field.unit_id);
  other_units_.erase(kOwnUnit);
  for (const Field& field : fields.readable_fields) lay_out(field);
  lay_out_blocks();
  for (const WriteField& field : fields.write_fields) lay_out(field);
  if (description_.find(QuantityId::VehicleState) != nullptr) (void)set(VehicleState::A);
  if (!description_.control) return;
  if (description_.control->draw) lay_out_read_back(*description_.control->draw);
  if (description_.control->feed) lay_out_read_back(*description_.control->feed);
  show_phase_mode();
}

/// A device that can tell its setpoint can also tell whether it is paused, and a level where it was written.
void RegisterImage::lay_out_read_back(const LimitSpec& spec) {
  if (const auto* writes = std::get_if<PauseByWrites>(&spec.pause); writes != nullptr && spec.read_back)
    for (const FixedRead& fixed : reads_of(*writes)) lay_out(fixed.field);
  for (const LimitLevel& level : spec.levels)
    for (const FixedRead& fixed : reads_of(spec, level)) lay_out(fixed.field);
}

void RegisterImage::lay_out_blocks() {
  for (const RegisterSpan& block : description_.requests.blocks)
    for (std::uint32_t i = 0; i < block.count; ++i) {
      const auto at = static_cast<std::uint16_t>(block.address + i);
      const std::array<std::uint16_t, 1> zero{};
      if (!shown_.contains(block.function, at)) shown_.put(block.function, at, zero);
    }
}

void RegisterImage::show_phase_mode() {
  const std::optional<PhaseSwitchSpec>& contactor = description_.control->phase_switch;
  if (!contactor || !contactor->read_back) return;
  (void)show_number(*contactor->read_back, phase_mode() == PhaseMode::All ? contactor->all : contactor->fewer);
}

void RegisterImage::lay_out_models() {
  if (description_.models.empty()) return;
  const std::array<std::uint16_t, 2> marker{0x5375, 0x6E53};
  set_words(ReadFunction::HoldingRegisters, kSunSpecStart, marker);
  const ModelPlaces places = model_places(description_);
  std::uint16_t end = kSunSpecStart + 2;
  for (const SunSpecModel& model : description_.models) {
    std::vector<std::uint16_t> words(2U + model.length);
    words[0] = model.id;
    words[1] = model.length;
    set_words(ReadFunction::HoldingRegisters, places.at(model.id).start, words);
    end = static_cast<std::uint16_t>(places.at(model.id).start + words.size());
  }
  const std::array<std::uint16_t, 2> last{0xFFFF, 0};
  set_words(ReadFunction::HoldingRegisters, end, last);
  Result<DeviceDescription> resolved = resolve_models(description_, places);
  if (resolved) description_ = *std::move(resolved);  // a field of an unlisted model stays unreachable
}

void RegisterImage::lay_out(const Field& field) {
  const RegisterSpan span = span_of(field);
  if (!shown_.get(span)) shown_.put(span.function, span.address, std::vector<std::uint16_t>(span.count), span.unit_id);
  if (field.scale_factor) {
    const std::array<std::uint16_t, 1> factor{static_cast<std::uint16_t>(field.shown_scale_factor)};
    shown_.put(field.function, *field.scale_factor, factor, field.unit_id);
  }
  const auto& identity = description_.identity;
  if (!identity || !(identity->field == field)) return;
  if (identity->number) (void)show_number(field, *identity->number);
  if (identity->text)
    if (const auto words = encode_words(*identity->text, field.encoding))
      shown_.put(field.function, field.address, *words, field.unit_id);
}

void RegisterImage::lay_out(const WriteField& field) {
  const RegisterSpan span = span_of(readable(field));
  for (int i = 0; i < span.count * field.copies; ++i)
    writable_.insert({field.unit_id, field.function, static_cast<std::uint16_t>(span.address + i)});
  if (field.written == WrittenValue::Stands && !shown_.get(span))  // nobody knows what stands there at first
    shown_.put(span.function, span.address, std::vector<std::uint16_t>(span.count, 0xFFFF), span.unit_id);
  if (!field.scale_factor) return;
  const std::array<std::uint16_t, 1> factor{static_cast<std::uint16_t>(field.shown_scale_factor)};
  shown_.put(span.function, *field.scale_factor, factor, field.unit_id);
}

void RegisterImage::set_words(ReadFunction function, std::uint16_t address, std::span<const std::uint16_t> words,
                              std::uint8_t unit_id) {
  shown_.put(function, address, words, unit_id);
}

Result<void> RegisterImage::show_number(const Field& field, std::int64_t value) {
  const Result<int> factor = scale_factor_at(field, shown_);
  if (!factor) return factor.error();
  const auto words = words_for(field, value, *factor, Rounding::Nearest);
  if (!words) return words.error();
  shown_.put(field.function, field.address, *words, field.unit_id);
  return {};
}

Result<void> RegisterImage::set(QuantityId id, std::int64_t value) {
  if (id == QuantityId::VehicleState) return set(static_cast<VehicleState>(value));
  const QuantityField* quantity = description_.find(id);
  const std::string where = description_.name + ", " + std::string(name_of(id));
  if (quantity == nullptr) return Error{where, "the device does not show this"};
  auto result = show_number(quantity->field, value);
  return result ? result : Result<void>(result.error().within(where));
}

Result<void> RegisterImage::show_raw(const Field& field, const RawValue& raw) {
  const auto words = encode_words(raw, field.encoding);
  if (!words) return words.error();
  shown_.put(field.function, field.address, *words, field.unit_id);
  return {};
}

Result<void> RegisterImage::set(VehicleState state) {
  const QuantityField* quantity = description_.find(QuantityId::VehicleState);
  const std::string where = description_.name + ", vehicle_state";
  if (quantity == nullptr) return Error{where, "the device does not show this"};
  const auto first = latest_up_to(*quantity, state);
  const auto second = quantity->also ? latest_up_to(*quantity->also, state) : first;
  if (!first || !second || std::max(first->first, second->first) != state)
    return Error{where, "the device has no state " + std::string(name_of(state))};
  if (auto shown = show_raw(quantity->field, first->second); !shown) return shown.error().within(where);
  if (!quantity->also) return {};
  if (auto shown = show_raw(quantity->also->field, second->second); !shown) return shown.error().within(where);
  return {};
}

std::int64_t as_shown(const QuantityField& quantity, std::int64_t value) {
  if (value >= 0 || quantity.min < 0) return value;
  return quantity.id <= QuantityId::CurrentL3 ? -value : 0;
}

Result<void> RegisterImage::show(const Sample& sample) {
  std::map<QuantityId, std::int64_t> values;
  const auto put = [&](QuantityId id, const auto& value) {
    if (value) values[id] = value->count();
  };
  const auto put_phases = [&](QuantityId first, const auto& value) {
    if (!value) return;
    for (Phase p : kPhases)
      values[static_cast<QuantityId>(static_cast<std::size_t>(first) + static_cast<std::size_t>(p))] =
          (*value)[p].count();
  };
  put_phases(QuantityId::CurrentL1, sample.current);
  put_phases(QuantityId::VoltageL1, sample.voltage);
  put_phases(QuantityId::PowerL1, sample.power);
  put(QuantityId::Power, sample.total_power);
  put(QuantityId::EnergyImport, sample.energy_import);
  put(QuantityId::EnergyExport, sample.energy_export);
  put(QuantityId::Frequency, sample.frequency);
  put(QuantityId::StateOfCharge, sample.state_of_charge);
  if (sample.vehicle) values[QuantityId::VehicleState] = static_cast<std::int64_t>(*sample.vehicle);
  for (const auto& [id, value] : values)
    if (const QuantityField* quantity = description_.find(id); quantity != nullptr)
      if (auto result = set(id, as_shown(*quantity, value)); !result) return result;
  return {};
}

Result<void> RegisterImage::set_rated_power(Watts power) {
  bool shown = false;
  if (description_.control)
    for (const auto* spec : {&description_.control->draw, &description_.control->feed}) {
      if (!*spec || !(*spec)->rated_power) continue;
      if (auto result = show_number(*(*spec)->rated_power, power.count()); !result) return result;
      shown = true;
    }
  if (!shown) return Error{description_.name, "the device does not show a rated power"};
  rated_power_ = power;
  return {};
}

Result<void> RegisterImage::set_own_settings(Millis timeout, std::int64_t safe_limit) {
  if (!description_.control || !description_.control->watchdog) return {};
  const Watchdog& watchdog = *description_.control->watchdog;
  if (watchdog.shows_timeout)
    if (auto shown = show_number(*watchdog.shows_timeout, timeout.count()); !shown)
      return shown.error().within(description_.name + ", time-out");
  if (watchdog.shows_limit)
    if (auto shown = show_number(*watchdog.shows_limit, safe_limit); !shown)
      return shown.error().within(description_.name + ", safe limit");
  return {};
}

std::optional<std::int64_t> RegisterImage::written_number(const WriteField& field) const {
  const Field target = readable(field);
  if (!written_.get(span_of(target))) return std::nullopt;
  RegisterMemory both = written_;
  if (target.scale_factor)
    if (const auto factor = shown_.get(factor_span_of(target)))
      both.put(target.function, *target.scale_factor, *factor, target.unit_id);
  const Result<std::int64_t> value = number_at(target, both);
  if (!value) return std::nullopt;
  return *value;
}

bool RegisterImage::were_written(const std::vector<FixedWrite>& writes) const {
  for (const FixedWrite& fixed : writes)
    if (written_number(fixed.to) != fixed.value) return false;
  return !writes.empty();
}

std::optional<Setpoint> RegisterImage::setpoint_of_direction(const std::optional<LimitSpec>& spec, int phases) const {
  if (!spec || (spec->unit == LimitUnit::PermilleOfRated && !rated_power_)) return std::nullopt;
  const auto* writes = std::get_if<PauseByWrites>(&spec->pause);
  if (writes != nullptr && were_written(writes->pause)) return setpoint_of(*spec, 0, phases, rated_power_);
  for (const LimitLevel& level : spec->levels)
    if (were_written(level.writes)) return setpoint_of(*spec, level.current, phases, rated_power_);
  const auto value = spec->levels.empty() ? written_number(spec->field) : std::nullopt;
  if (!value) return std::nullopt;
  return setpoint_of(*spec, *value, phases, rated_power_);
}

std::optional<Setpoint> RegisterImage::setpoint(int phases) const {
  return description_.control ? setpoint_of_direction(description_.control->draw, phases) : std::nullopt;
}

std::optional<Setpoint> RegisterImage::feed_setpoint(int phases) const {
  return description_.control ? setpoint_of_direction(description_.control->feed, phases) : std::nullopt;
}

PhaseMode RegisterImage::phase_mode() const {
  if (!description_.control || !description_.control->phase_switch) return PhaseMode::All;
  const PhaseSwitchSpec& contactor = *description_.control->phase_switch;
  return written_number(contactor.to) == contactor.fewer ? PhaseMode::Fewer : PhaseMode::All;
}

std::optional<Millis> RegisterImage::watchdog_timeout() const {
  if (!description_.control || !description_.control->watchdog || !description_.control->watchdog->timeout)
    return std::nullopt;
  const auto value = written_number(*description_.control->watchdog->timeout);
  if (!value) return std::nullopt;
  return Millis(*value);
}

std::optional<Milliamps> RegisterImage::safe_limit(int phases) const {
  if (!description_.control || !description_.control->watchdog || !description_.control->watchdog->safe_limit)
    return std::nullopt;
  const Control& control = *description_.control;
  const LimitSpec& spec = control.draw ? *control.draw : *control.feed;
  const auto value = written_number(*control.watchdog->safe_limit);
  if (!value || (spec.unit == LimitUnit::PermilleOfRated && !rated_power_)) return std::nullopt;
  return setpoint_of(spec, *value, phases, rated_power_).current;
}

/// A unit that no field names is the device's own.
std::uint8_t RegisterImage::slot_of(std::uint8_t unit) const { return other_units_.contains(unit) ? unit : kOwnUnit; }

Result<std::vector<std::uint16_t>> RegisterImage::read(ReadFunction function, std::uint8_t unit, std::uint16_t address,
                                                       std::uint16_t count) {
  const std::string where =
      description_.name + " unit " + std::to_string(unit) + ", register " + std::to_string(address);
  std::vector<std::uint16_t> words;
  int gap = 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto at = static_cast<std::uint16_t>(address + i);
    const auto word = shown_.get({function, at, 1, slot_of(unit)});
    gap = word ? 0 : gap + 1;
    const bool at_an_end = i == 0 || i + 1U == count;
    if (!word && (at_an_end || gap > description_.requests.max_gap)) return Error{where, "illegal data address"};
    words.push_back(word ? word->front() : std::uint16_t{0});
  }
  return words;
}

Result<void> RegisterImage::write(WriteFunction function, std::uint8_t unit, std::uint16_t address,
                                  std::span<const std::uint16_t> words) {
  const std::uint8_t slot = slot_of(unit);
  for (std::size_t i = 0; i < words.size(); ++i)
    if (!writable_.contains({slot, function, static_cast<std::uint16_t>(address + i)}))
      return Error{description_.name + " unit " + std::to_string(unit) + ", register " + std::to_string(address + i),
                   "illegal data address"};
  const ReadFunction table = reads_back(function);
  written_.put(table, address, words, slot);
  for (std::size_t i = 0; i < words.size(); ++i)
    if (const auto at = static_cast<std::uint16_t>(address + i);
        shown_.contains(table, at, slot) && !is_quantity({table, at, 1, slot}))
      shown_.put(table, at, words.subspan(i, 1), slot);
  if (!description_.control) return {};
  show_phase_mode();
  if (description_.control->draw) show_read_back(*description_.control->draw);
  if (description_.control->feed) show_read_back(*description_.control->feed);
  return {};
}

/// A device that tells its setpoint elsewhere than where it was written tells what was written.
void RegisterImage::show_read_back(const LimitSpec& spec) {
  if (!spec.levels_can_be_read)
    for (const LimitLevel& level : spec.levels)
      if (were_written(level.writes)) show_reads(level.reads);
  if (!spec.read_back) return;
  const auto* writes = std::get_if<PauseByWrites>(&spec.pause);
  if (writes != nullptr && !writes->read.empty() && were_written(writes->pause)) return show_reads(writes->read);
  const std::optional<std::int64_t> value = spec.levels.empty() ? written_number(spec.field) : std::nullopt;
  if (value && !is_quantity(span_of(*spec.read_back))) (void)show_number(*spec.read_back, *value).ok();
}

void RegisterImage::show_reads(const std::vector<FixedRead>& reads) {
  for (const FixedRead& fixed : reads) (void)show_number(fixed.field, fixed.value).ok();
}

/// Some devices take a setpoint and show a measurement at the same address.
bool RegisterImage::is_quantity(const RegisterSpan& word) const {
  for (const QuantityField& quantity : description_.quantities) {
    const RegisterSpan span = span_of(quantity.field);
    if (span.unit_id == word.unit_id && span.function == word.function && word.address >= span.address &&
        word.address < span.address + span.count)
      return true;
  }
  return false;
}

}  // namespace balans
