#include "sim/device/device_registers.hpp"

#include <algorithm>

namespace balans::sim {
namespace {

constexpr Watts kUsualPower = 3680_W;  ///< of one phase

bool covers(const WriteField& field, WriteFunction function, std::uint16_t address, std::size_t count) {
  return is_bits(field.function) == is_bits(function) && field.address >= address && field.address < address + count;
}

bool covers(const std::vector<FixedWrite>& writes, WriteFunction function, std::uint16_t address, std::size_t count) {
  return std::any_of(writes.begin(), writes.end(),
                     [&](const FixedWrite& write) { return covers(write.to, function, address, count); });
}

/// Whether that writes a limit, a level or a pause.
bool covers(const std::optional<LimitSpec>& spec, WriteFunction function, std::uint16_t address, std::size_t count) {
  if (!spec) return false;
  const auto covers_level = [&](const LimitLevel& level) { return covers(level.writes, function, address, count); };
  if (!spec->levels.empty()) return std::any_of(spec->levels.begin(), spec->levels.end(), covers_level);
  const auto* pause = std::get_if<PauseByWrites>(&spec->pause);
  return covers(spec->field, function, address, count) ||
         (pause && (covers(pause->pause, function, address, count) || covers(pause->resume, function, address, count)));
}

bool is_share(const std::optional<LimitSpec>& spec) { return spec && spec->rated_power; }

struct WearingFields {
  std::vector<WriteField> fields{};
  void operator()(const Field&) {}
  void operator()(const WriteField& field) {
    if (field.wear == Wear::Flash) fields.push_back(field);
  }
};

}  // namespace

Result<std::unique_ptr<DeviceRegisters>> DeviceRegisters::make(const DeviceDescription& description,
                                                               const StartValues& start) {
  std::unique_ptr<DeviceRegisters> registers(new DeviceRegisters(description, start));
  if (Result<void> ready = registers->restart(); !ready) return ready.error();
  return registers;
}

Result<void> DeviceRegisters::restart() {
  RegisterImage& image = image_.emplace(description_);
  last_signal_.reset();
  const std::optional<Control>& control = description_.control;
  if (!control) return {};
  std::optional<Watts> rated = start_.rated_power;
  if (!rated && (is_share(control->draw) || is_share(control->feed))) rated = kUsualPower * start_.phases;
  if (rated)
    if (Result<void> set = image.set_rated_power(*rated); !set) return set;
  for (const auto& [place, words] : kept_)
    if (Result<void> again = image.write(std::get<0>(place), std::get<1>(place), std::get<2>(place), words); !again)
      return again;
  if (!control->watchdog) return {};
  const Millis usual = control->watchdog->default_timeout.value_or(kUsualTimeout);
  return image.set_own_settings(start_.installed_timeout.value_or(usual), 0);
}

KeptBy DeviceRegisters::kept_by() const {
  const std::optional<Control>& control = description_.control;
  return control && control->watchdog ? control->watchdog->kept_by : KeptBy::AnyRequest;
}

/// A signal that says the same again is no life where it should say something else each time.
bool DeviceRegisters::is_life(const LifeSignal& signal, std::span<const std::uint16_t> words) {
  const std::vector<std::uint16_t> said(words.begin(), words.end());
  const bool changes = std::exchange(last_signal_, said) != said;
  const auto is_said = [&](std::int64_t value) {
    const auto expected = words_for(readable(signal.to), value, 0, Rounding::Nearest);
    return expected && *expected == said;
  };
  const bool listed = signal.values.empty() || std::any_of(signal.values.begin(), signal.values.end(), is_said);
  return listed && (changes || signal.values.size() == 1);
}

bool DeviceRegisters::feeds(WriteFunction function, std::uint16_t address, std::span<const std::uint16_t> words) {
  const std::optional<Control>& control = image_->description().control;
  if (!control || kept_by() == KeptBy::AnyRequest) return true;
  if (kept_by() == KeptBy::TimeoutWrite) {
    const std::optional<WriteField>& timeout = control->watchdog->timeout;
    return timeout && covers(*timeout, function, address, words.size());
  }
  if (kept_by() == KeptBy::LifeSignal) {
    const std::optional<LifeSignal>& signal = control->watchdog->life_signal;
    return signal && covers(signal->to, function, address, words.size()) && is_life(*signal, words);
  }
  return covers(control->draw, function, address, words.size()) ||
         covers(control->feed, function, address, words.size());
}

bool DeviceRegisters::is_stuck(WriteFunction function, std::uint16_t address, std::size_t count) const {
  const std::optional<Control>& control = image_->description().control;
  return fault_ == RegisterFault::Stuck && control &&
         (covers(control->draw, function, address, count) || covers(control->feed, function, address, count));
}

void DeviceRegisters::keep(WriteFunction function, std::uint8_t unit, std::uint16_t address,
                           std::span<const std::uint16_t> words) {
  WearingFields wearing;
  for_each_field(std::as_const(*image_).description(), wearing);
  for (const WriteField& field : wearing.fields)
    if (covers(field, function, address, words.size()))
      kept_[{function, unit, address}] = std::vector<std::uint16_t>(words.begin(), words.end());
}

Result<std::vector<std::uint16_t>> DeviceRegisters::read(ReadFunction function, std::uint8_t unit,
                                                         std::uint16_t address, std::uint16_t count) {
  if (fault_ == RegisterFault::Unanswered) return Error{description_.name, "no answer"};
  if (kept_by() == KeptBy::AnyRequest) fed_ = true;
  if (fault_ == RegisterFault::Exception) return Error{description_.name, "refused"};
  return image_->read(function, unit, address, count);
}

Result<void> DeviceRegisters::write(WriteFunction function, std::uint8_t unit, std::uint16_t address,
                                    std::span<const std::uint16_t> words) {
  if (fault_ == RegisterFault::Unanswered) return Error{description_.name, "no answer"};
  if (kept_by() == KeptBy::AnyRequest) fed_ = true;
  if (fault_ == RegisterFault::Exception) return Error{description_.name, "refused"};
  if (is_stuck(function, address, words.size())) return {};
  Result<void> written = image_->write(function, unit, address, words);
  if (!written) return written;
  if (feeds(function, address, words)) fed_ = true;
  keep(function, unit, address, words);
  return written;
}

Orders DeviceRegisters::take_orders() {
  Orders orders{image_->setpoint(start_.phases), image_->watchdog_timeout(), image_->safe_limit(start_.phases),
                std::exchange(fed_, false)};
  orders.feed = image_->feed_setpoint(start_.phases);
  orders.phases = image_->phase_mode();
  return orders;
}

}  // namespace balans::sim
