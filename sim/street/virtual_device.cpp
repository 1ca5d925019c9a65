#include "sim/street/virtual_device.hpp"

#include <algorithm>

namespace balans::sim {
namespace {

constexpr Watts kUsualPower = 3680_W;  ///< of one phase
constexpr Millis kUsualTimeout = 60_s;

bool covers(const WriteField& field, WriteFunction function, std::uint16_t address, std::size_t count) {
  return is_bits(field.function) == is_bits(function) && field.address >= address && field.address < address + count;
}

bool covers(const std::vector<FixedWrite>& writes, WriteFunction function, std::uint16_t address, std::size_t count) {
  return std::any_of(writes.begin(), writes.end(),
                     [&](const FixedWrite& write) { return covers(write.to, function, address, count); });
}

bool covers(const std::optional<LimitSpec>& spec, WriteFunction function, std::uint16_t address, std::size_t count) {
  if (!spec) return false;
  const auto covers_level = [&](const LimitLevel& level) { return covers(level.writes, function, address, count); };
  if (!spec->levels.empty()) return std::any_of(spec->levels.begin(), spec->levels.end(), covers_level);
  const auto* pause = std::get_if<PauseByWrites>(&spec->pause);
  return covers(spec->field, function, address, count) ||
         (pause && (covers(pause->pause, function, address, count) || covers(pause->resume, function, address, count)));
}

}  // namespace

KeptBy WatchedRegisters::kept_by() const {
  const std::optional<Control>& control = image_.description().control;
  return control && control->watchdog ? control->watchdog->kept_by : KeptBy::AnyRequest;
}

bool WatchedRegisters::feeds(WriteFunction function, std::uint16_t address, std::size_t count) const {
  const std::optional<Control>& control = image_.description().control;
  if (!control || kept_by() == KeptBy::AnyRequest) return true;
  if (kept_by() == KeptBy::TimeoutWrite) {
    const std::optional<WriteField>& timeout = control->watchdog->timeout;
    return timeout && covers(*timeout, function, address, count);
  }
  if (kept_by() == KeptBy::LifeSignal) {
    const std::optional<LifeSignal>& signal = control->watchdog->life_signal;
    return signal && covers(signal->to, function, address, count);
  }
  return covers(control->draw, function, address, count) || covers(control->feed, function, address, count);
}

Result<std::vector<std::uint16_t>> WatchedRegisters::read(ReadFunction function, std::uint8_t unit,
                                                          std::uint16_t address, std::uint16_t count) {
  if (kept_by() == KeptBy::AnyRequest) fed_ = true;
  return image_.read(function, unit, address, count);
}

Result<void> WatchedRegisters::write(WriteFunction function, std::uint8_t unit, std::uint16_t address,
                                     std::span<const std::uint16_t> words) {
  Result<void> written = image_.write(function, unit, address, words);
  if (written && feeds(function, address, words.size())) fed_ = true;
  return written;
}

VirtualDevice::VirtualDevice(const DeviceDescription& description, int phases)
    : phases_(phases), unit_(description.unit.value_or(1)), registers_(description) {}

/// What stands in a device before anybody has written to it.
Result<void> VirtualDevice::set_up(std::optional<Watts> rated_power, std::optional<Millis> installed_timeout) {
  RegisterImage& image = registers_.image();
  const std::optional<Control>& control = image.description().control;
  if (!control) return {};
  const auto is_share = [](const std::optional<LimitSpec>& spec) { return spec && spec->rated_power; };
  if (!rated_power && (is_share(control->draw) || is_share(control->feed))) rated_power = kUsualPower * phases_;
  if (rated_power)
    if (Result<void> set = image.set_rated_power(*rated_power); !set) return set;
  if (!control->watchdog) return {};
  const Millis usual = control->watchdog->default_timeout.value_or(kUsualTimeout);
  return image.set_own_settings(installed_timeout.value_or(usual), 0);
}

Result<std::unique_ptr<VirtualDevice>> VirtualDevice::start(const DeviceDescription& description, int phases,
                                                            std::optional<Watts> rated_power,
                                                            std::optional<Millis> installed_timeout) {
  std::unique_ptr<VirtualDevice> device(new VirtualDevice(description, phases));
  if (Result<void> ready = device->set_up(rated_power, installed_timeout); !ready) return ready.error();
  auto server = ModbusTcpServer::start({}, {{device->unit_, &device->registers_}});
  if (!server) return server.error().within(description.name);
  device->server_ = std::move(*server);
  return device;
}

Orders VirtualDevice::take_orders() {
  return server_->locked([&] {
    const RegisterImage& image = registers_.image();
    return Orders{image.setpoint(phases_), image.watchdog_timeout(), image.safe_limit(phases_), registers_.take_fed()};
  });
}

Result<void> VirtualDevice::show(const Sample& sample, LocalTime now) {
  return server_->locked([&] {
    RegisterImage& image = registers_.image();
    Result<void> shown = image.show(sample);
    if (!shown || !image.description().find(QuantityId::Clock)) return shown;
    return image.set(QuantityId::Clock, now.ms() / 1000);
  });
}

void VirtualDevice::edit(const std::function<void(RegisterImage&)>& work) {
  server_->locked([&] { work(registers_.image()); });
}

}  // namespace balans::sim
