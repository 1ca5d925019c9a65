#pragma once
// Polls the transformer's meter on a thread of its own, so that a bus that hangs never holds up the loop.

#include <functional>
#include <thread>

#include "common/io/clock/clock.hpp"
#include "common/registers/driver.hpp"
#include "trafo/core/trust.hpp"
#include "trafo/shell/site_file.hpp"

namespace balans {

/// The meter's sample as the controller takes it: signed currents in the grid's phases. An error when the meter shows
/// no current per phase.
Result<MeterSample> to_meter_sample(const Sample& sample, const std::vector<Phase>& phases, BootTime taken);

class MeterPoller {
 public:
  MeterPoller(const MeterSettings& settings, DeviceDescription description, const Clock& clock,
              std::function<void(Result<MeterSample>)> on_sample);

 private:
  void run(const std::stop_token& stop);

  MeterSettings settings_;
  DeviceDescription description_;
  const Clock& clock_;
  std::function<void(Result<MeterSample>)> on_sample_;
  std::jthread thread_;  // last: it uses all of the above
};

}  // namespace balans
