#include "tests/bench/field/hardware.hpp"

#include <algorithm>
#include <condition_variable>

namespace balans::bench {
namespace {

constexpr int kPhasesOfACharger = 3;
constexpr Millivolts kGrid{231'000};

/// The latest of what every charger has; nothing when one has none.
template <class Chargers, class Of>
std::optional<Instant> latest(const Chargers& chargers, Of of) {
  std::optional<Instant> last;
  for (const auto& charger : chargers) {
    const std::optional<Instant>& at = of(charger);
    if (!at) return std::nullopt;
    last = std::max(last.value_or(*at), *at);
  }
  return last;
}

}  // namespace

/// Shows what flows at the moment it is asked.
class Hardware::MeterUnit final : public Transport {
 public:
  MeterUnit(Hardware& hardware, std::unique_ptr<sim::DeviceRegisters> registers, std::uint16_t current)
      : hardware_(hardware), registers_(std::move(registers)), current_(current) {}

  Result<std::vector<std::uint16_t>> read(ReadFunction function, std::uint8_t unit, std::uint16_t address,
                                          std::uint16_t count) override {
    Sample sample;
    {
      const std::lock_guard lock(hardware_.notes_);
      sample.current = PerPhase<Milliamps>::all(Milliamps(hardware_.base_ + hardware_.drawn_));
      // A poll whose currents were read before the step shows nothing of it, whatever else it reads after.
      const bool shows = address <= current_ && current_ < address + count;
      if (shows && !hardware_.replied_) hardware_.replied_ = std::chrono::steady_clock::now();
    }
    sample.voltage = PerPhase<Millivolts>::all(kGrid);
    PerPhase<Watts> power;
    for (Phase p : kPhases) power[p] = Watts((*sample.current)[p].count() * kGrid.count() / 1'000'000);
    sample.power = power;
    sample.total_power = power.sum();
    sample.energy_import = counted(power.sum());
    sample.energy_export = WattHours(0);
    sample.frequency = Millihertz(50'000);
    if (const Result<void> shown = registers_->image().show(sample); !shown) return shown.error();
    return registers_->read(function, unit, address, count);
  }
  Result<void> write(WriteFunction function, std::uint8_t unit, std::uint16_t address,
                     std::span<const std::uint16_t> words) override {
    return registers_->write(function, unit, address, words);
  }

 private:
  /// A counter that does not fit the power is that of a meter which cannot be trusted.
  WattHours counted(Watts power) {
    const Instant now = std::chrono::steady_clock::now();
    watt_seconds_ += static_cast<double>(power.count()) * std::chrono::duration<double>(now - last_).count();
    last_ = now;
    return WattHours(static_cast<std::int64_t>(watt_seconds_ / 3600));
  }

  Hardware& hardware_;
  std::unique_ptr<sim::DeviceRegisters> registers_;
  std::uint16_t current_;  ///< the register of the first phase's
  Instant last_ = std::chrono::steady_clock::now();
  double watt_seconds_ = 0;
};

Result<std::unique_ptr<Hardware>> Hardware::start(const DeviceDescription& meter, const DeviceDescription& charger,
                                                  std::size_t chargers) {
  std::unique_ptr<Hardware> hardware(new Hardware);
  auto meter_registers = sim::DeviceRegisters::make(meter, {});
  if (!meter_registers) return meter_registers.error();
  hardware->meter_ = std::make_unique<MeterUnit>(*hardware, std::move(*meter_registers),
                                                 meter.find(QuantityId::CurrentL1)->field.address);
  auto meter_server = ModbusTcpServer::start({}, {{std::uint8_t{1}, hardware->meter_.get()}});
  if (!meter_server) return meter_server.error();
  hardware->meter_server_ = std::move(*meter_server);

  std::map<std::uint8_t, Transport*> units;
  for (std::size_t i = 0; i < chargers; ++i) {
    auto registers = sim::DeviceRegisters::make(charger, {});
    if (!registers) return registers.error();
    hardware->chargers_.push_back({std::move(*registers), Milliamps(0), {}, {}});
    hardware->show(hardware->chargers_.back());
    units[static_cast<std::uint8_t>(unit_of(i))] = hardware->chargers_.back().registers.get();
  }
  ModbusTcpServerOptions options;
  options.max_clients = static_cast<int>(chargers) + 32;
  auto server = ModbusTcpServer::start(options, std::move(units),
                                       [h = hardware.get()](std::uint8_t unit, WriteFunction, std::uint16_t,
                                                            std::span<const std::uint16_t>) { h->written(unit - 1U); });
  if (!server) return server.error();
  hardware->charger_server_ = std::move(*server);
  hardware->life_ = std::jthread([h = hardware.get()](const std::stop_token& stop) { h->live(stop); });
  return hardware;
}

Hardware::~Hardware() {
  life_.request_stop();
  if (life_.joinable()) life_.join();
  charger_server_.reset();
  meter_server_.reset();
}

void Hardware::written(std::size_t index) {
  Charger& charger = chargers_[index];
  const auto setpoint = charger.registers->image().setpoint(kPhasesOfACharger);
  if (!setpoint) return;
  const Milliamps limit = std::min(setpoint->current, kMostOfACharger);
  {
    const std::lock_guard lock(notes_);
    const Instant now = std::chrono::steady_clock::now();
    if (!charger.first_write) charger.first_write = now;
    if (limit < charger.limit && !charger.first_cut) charger.first_cut = now;
    drawn_ += limit.count() - charger.limit.count();
    charger.limit = limit;
  }
  show(charger);
}

void Hardware::show(Charger& charger) const {
  Sample sample;
  sample.current = PerPhase<Milliamps>::all(charger.limit);
  sample.voltage = PerPhase<Millivolts>::all(kGrid);
  sample.total_power = Watts(3 * charger.limit.count() * kGrid.count() / 1'000'000);
  sample.energy_import = WattHours(energy_wh_);
  sample.frequency = Millihertz(50'000);
  sample.vehicle = VehicleState::C;
  static_cast<void>(charger.registers->image().show(sample));  // values of a real charger fit its registers
}

/// Counters that stand still are those of a device that hangs.
void Hardware::live(const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any over;
  std::unique_lock lock(mutex);
  while (!over.wait_for(lock, stop, std::chrono::seconds(2), [] { return false; })) {
    if (stop.stop_requested()) return;
    energy_wh_ += 1;
    charger_server_->locked([this] {
      for (Charger& charger : chargers_) show(charger);
    });
  }
}

void Hardware::set_base(Milliamps base) {
  const std::lock_guard lock(notes_);
  base_ = base.count();
  replied_.reset();
  for (Charger& charger : chargers_) charger.first_cut.reset(), charger.first_write.reset();
}

void Hardware::forget() { set_base(Milliamps(base_)); }

std::optional<Instant> Hardware::replied() const {
  const std::lock_guard lock(notes_);
  return replied_;
}

std::optional<Instant> Hardware::first_cut() const {
  const std::lock_guard lock(notes_);
  std::optional<Instant> first;
  for (const Charger& charger : chargers_)
    if (charger.first_cut) first = std::min(first.value_or(*charger.first_cut), *charger.first_cut);
  return first;
}

std::optional<Instant> Hardware::last_cut() const {
  const std::lock_guard lock(notes_);
  return latest(chargers_, [](const Charger& charger) { return charger.first_cut; });
}

std::optional<Instant> Hardware::last_write() const {
  const std::lock_guard lock(notes_);
  return latest(chargers_, [](const Charger& charger) { return charger.first_write; });
}

std::size_t Hardware::cut() const {
  const std::lock_guard lock(notes_);
  return static_cast<std::size_t>(
      std::count_if(chargers_.begin(), chargers_.end(), [](const Charger& charger) { return charger.first_cut; }));
}

Milliamps Hardware::limit_of(std::size_t charger) const {
  const std::lock_guard lock(notes_);
  return chargers_[charger].limit;
}

}  // namespace balans::bench
