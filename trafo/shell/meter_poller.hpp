#pragma once
// Polls the meters of one bus on a thread of its own, so that a bus that hangs never holds up the loop.

#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "common/io/clock/clock.hpp"
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

/// The meters, bus by bus: a serial port or a gateway is asked by one thread only, over one connection.
std::vector<std::vector<PolledMeter>> by_bus(std::vector<PolledMeter> meters);

class MeterPoller {
 public:
  using OnSample = std::function<void(std::size_t meter, Result<MeterSample>)>;

  /// `meters` are on one bus.
  MeterPoller(std::vector<PolledMeter> meters, const Clock& clock, OnSample on_sample);

 private:
  struct Line;
  void run(const std::stop_token& stop);
  void poll(Line& line);

  std::vector<PolledMeter> meters_;
  const Clock& clock_;
  OnSample on_sample_;
  std::jthread thread_;  // last: it uses all of the above
};

}  // namespace balans
