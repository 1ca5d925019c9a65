#include "trafo/shell/meter_poller.hpp"

#include <condition_variable>
#include <mutex>

#include "common/io/modbus/client.hpp"

namespace balans {
namespace {

/// Waits for `time`, or less when `stop` is requested.
void rest(const std::stop_token& stop, std::chrono::nanoseconds time) {
  std::mutex mutex;
  std::condition_variable_any wake;
  std::unique_lock lock(mutex);
  wake.wait_for(lock, stop, time, [] { return false; });
}

}  // namespace

Result<MeterSample> to_meter_sample(const Sample& sample, const std::vector<Phase>& phases, BootTime taken) {
  if (!sample.current) return Error{"meter", "shows no current per phase"};
  MeterSample result;
  result.taken = taken;
  for (Phase own : kPhases) {
    const Phase grid = phases[static_cast<std::size_t>(own)];
    Milliamps current = (*sample.current)[own];
    const bool exports = sample.power && (*sample.power)[own] < Watts();
    if (exports && current > Milliamps()) current = -current;  // most meters show the current without a direction
    result.current[grid] = current;
  }
  result.energy_import = sample.energy_import;
  result.power = sample.total_power;
  if (!result.power && sample.power) result.power = sample.power->sum();
  result.life = sample.life.value_or(
      static_cast<std::uint64_t>(taken.ms()));  // a meter that shows no life is judged by age alone
  return result;
}

MeterPoller::MeterPoller(const MeterSettings& settings, DeviceDescription description, const Clock& clock,
                         std::function<void(Result<MeterSample>)> on_sample)
    : settings_(settings),
      description_(std::move(description)),
      clock_(clock),
      on_sample_(std::move(on_sample)),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

void MeterPoller::run(const std::stop_token& stop) {
  ModbusClientOptions options;
  options.name = "meter";
  options.endpoint = settings_.place.endpoint;
  ModbusClient client(options);
  Driver driver(description_, client, settings_.place.unit);
  bool prepared = false;
  BootTime next = clock_.boot();
  while (!stop.stop_requested()) {
    const BootTime taken = clock_.boot();
    Result<void> ready = prepared ? Result<void>() : driver.prepare({});
    prepared = ready.ok();
    Result<Sample> sample = ready ? driver.poll() : Result<Sample>(ready.error());
    if (!sample) prepared = false;  // the next answer must prove again that it is the same meter
    on_sample_(sample ? to_meter_sample(*sample, settings_.phases, taken) : Result<MeterSample>(sample.error()));
    next = std::max(next + settings_.poll, clock_.boot());
    rest(stop, clock_.wall(next - clock_.boot()));
  }
}

}  // namespace balans
