#pragma once
// A device and the transformer's meter behind real Modbus TCP, wired as a test says, and the two configuration files
// that an installer has written about them. Time is the test's own.

#include <gtest/gtest.h>

#include <fstream>
#include <functional>
#include <memory>

#include "cli/commission/judge.hpp"
#include "cli/commission/ready.hpp"
#include "common/io/device_file/device_file.hpp"
#include "common/registers/installed.hpp"
#include "sim/device/served_device.hpp"
#include "sim/street/virtual_device.hpp"
#include "tests/support/temp_folder.hpp"

namespace balans::cli::test {

/// What the electrician has done, and what else hangs on the street.
struct Wiring {
  std::vector<Phase> phases{Phase::L1, Phase::L2, Phase::L3};  ///< of the device's terminals
  PerPhase<int> sign{{1, 1, 1}};                               ///< of the meter's current transformers
  PerPhase<int> percent{{100, 100, 100}};                      ///< of the true current, as the meter shows it
  PerPhase<int> power_percent{{100, 100, 100}};                ///< of its power: the voltage taps
  PerPhase<Milliamps> others{{20'000_mA, 12'000_mA, 31'000_mA}};
  std::function<PerPhase<Milliamps>(BootTime)> switching = [](BootTime) { return PerPhase<Milliamps>(); };
};

class CommissionedStreet final : public Pace {
 public:
  CommissionedStreet(const std::string& charger, int car_phases, Milliamps car_max) {
    auto device = installed(*load_device("config/devices", charger), {1, 16_A});
    setup_.description = *std::move(device);
    setup_.max = 16_A;
    setup_.seed = 7;
    setup_.installed_timeout = 30_s;
    device_ = std::move(*sim::ServedDevice::start({setup_}, ModbusTcpServerOptions{}));
    meter_ =
        std::move(*sim::VirtualDevice::start(*load_device("config/devices", "meters/eastron_sdm630"), 3, std::nullopt));
    ModbusClientOptions options;
    options.endpoint = ModbusTcpEndpoint{"127.0.0.1", device_->port()};
    other_master_ = std::make_unique<ModbusClient>(options);
    if (car_phases > 0)
      device_->locked([&](auto& devices) {
        ASSERT_TRUE(devices.front()->plug({80'000_Wh, car_phases, car_max}).ok());
      });
    step(500_ms);
  }

  // ---- time ----
  [[nodiscard]] BootTime now() const override { return now_; }
  Wait wait(Millis time) override {
    step(time);
    return Wait::Passed;
  }
  void rest(Millis time) override { step(time); }

  void step(Millis time) {
    now_ = now_ + time;
    device_->step(sim::LocalTime(1'700'000'000'000 + now_.ms()), time);
    if (somebody_else_asks) (void)other_master_->read(ReadFunction::InputRegisters, 1, 5, 1);
    if (each_step) each_step();
    show();
  }

  [[nodiscard]] sim::DeviceTruth truth() {
    return device_->locked([](auto& devices) { return devices.front()->truth(); });
  }
  [[nodiscard]] std::uint16_t device_port() const { return device_->port(); }
  [[nodiscard]] std::uint16_t meter_port() const { return meter_->port(); }
  sim::ServedDevice& device() { return *device_; }

  Wiring wiring;
  std::function<void()> each_step;
  bool somebody_else_asks = false;  ///< an energy manager, say

 private:
  /// What an SDM630 makes of it: currents without a sign, powers with one.
  void show() {
    const PerPhase<Milliamps> own = truth().current;
    PerPhase<Milliamps> total = wiring.others + wiring.switching(now_);
    for (std::size_t i = 0; i < wiring.phases.size(); ++i) total[wiring.phases[i]] += own.values.at(i);
    Sample sample;
    sample.current.emplace();
    sample.power.emplace();
    sample.voltage = PerPhase<Millivolts>::all(Millivolts(230'000));
    Watts sum;
    for (const Phase p : kPhases) {
      (*sample.current)[p] = total[p] * wiring.percent[p] / 100;
      (*sample.power)[p] =
          Watts((*sample.current)[p].count() * 230 / 1000 * wiring.sign[p] * wiring.power_percent[p] / 100);
      sum += (*sample.power)[p];
    }
    sample.total_power = sum;
    sample.frequency = Millihertz(50'000);
    ASSERT_TRUE(meter_->show(sample, sim::LocalTime(now_.ms())).ok());
  }

  sim::DeviceModelSetup setup_;
  std::unique_ptr<sim::ServedDevice> device_;
  std::unique_ptr<sim::VirtualDevice> meter_;
  BootTime now_;
  std::unique_ptr<ModbusClient> other_master_;
};

}  // namespace balans::cli::test
