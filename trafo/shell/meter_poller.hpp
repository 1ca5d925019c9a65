#pragma once
// Polls the meters of one bus on a thread of its own, so that a bus that hangs never holds up the loop.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "common/io/clock/clock.hpp"
#include "common/io/modbus/line.hpp"
#include "common/registers/driver.hpp"
#include "trafo/core/trust.hpp"
#include "trafo/shell/site_file.hpp"

namespace balans {

/// The meter's sample as the controller takes it: signed currents in the grid's phases. An error when the meter shows
/// no current per phase.
Result<MeterSample> to_meter_sample(const Sample& sample, const std::vector<Phase>& phases, BootTime taken);

/// Current per phase, and something that shows that the meter lives.
Result<void> can_be_trusted(const DeviceDescription& meter);

struct PolledMeter {
  std::size_t index = 0;  ///< of the site's meters
  std::string name;
  MeterSettings settings;
  DeviceDescription description;
};

/// The meters, bus by bus: those of one serial line or gateway together.
std::vector<std::vector<PolledMeter>> by_bus(std::vector<PolledMeter> meters);

/// With figures, where the polls of one bus's meters do not fit on it.
std::optional<std::string> overload_of(const std::vector<PolledMeter>& bus);

class MeterPoller {
 public:
  using OnSample = std::function<void(std::size_t meter, Result<MeterSample>)>;

  /// `meters` are on one bus.
  MeterPoller(std::vector<PolledMeter> meters, ModbusLines& lines, const Clock& clock, OnSample on_sample);
  /// Does not wait for the bus.
  ~MeterPoller();
  MeterPoller(const MeterPoller&) = delete;
  MeterPoller& operator=(const MeterPoller&) = delete;

 private:
  struct Line;
  void run(const std::stop_token& stop);
  void poll(Line& line);

  std::vector<PolledMeter> meters_;
  const Clock& clock_;
  OnSample on_sample_;
  std::vector<std::unique_ptr<Line>> lines_;
  std::jthread thread_;  // last: it uses all of the above
};

}  // namespace balans
