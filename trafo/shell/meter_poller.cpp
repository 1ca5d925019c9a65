#include "trafo/shell/meter_poller.hpp"

#include <algorithm>

#include "common/io/modbus/line_load.hpp"
#include "trafo/shell/rest.hpp"

namespace balans {
namespace {

/// A terminal that the meter does not have shows 0 V, which says nothing of the grid.
std::optional<PerPhase<Millivolts>> grid_voltage(const Sample& sample, const std::vector<Phase>& phases) {
  if (!sample.voltage || sample.voltage->smallest() <= Millivolts()) return std::nullopt;
  PerPhase<Millivolts> voltage;
  for (Phase own : kPhases) voltage[phases[static_cast<std::size_t>(own)]] = (*sample.voltage)[own];
  return voltage;
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
  result.voltage = grid_voltage(sample, phases);
  result.energy_import = sample.energy_import;
  result.energy_step = sample.import_step;
  result.power = sample.total_power;
  if (!result.power && sample.power) result.power = sample.power->sum();
  result.life = sample.life.value_or(
      static_cast<std::uint64_t>(taken.ms()));  // a meter that shows no life is judged by age alone
  return result;
}

Result<void> can_be_trusted(const DeviceDescription& meter) {
  if (meter.device_class != DeviceClass::Meter) return Error{meter.name, "is not a meter"};
  for (QuantityId id : {QuantityId::CurrentL1, QuantityId::CurrentL2, QuantityId::CurrentL3})
    if (!meter.find(id)) return Error{meter.name, "shows no current on each phase"};
  for (QuantityId id : {QuantityId::VoltageL1, QuantityId::Frequency, QuantityId::EnergyImport, QuantityId::Clock})
    if (meter.find(id)) return {};
  return Error{meter.name, "shows no voltage, frequency, energy or clock: nobody could tell when it freezes"};
}

std::vector<std::vector<PolledMeter>> by_bus(std::vector<PolledMeter> meters) {
  std::vector<std::vector<PolledMeter>> buses;
  for (PolledMeter& meter : meters) {
    const auto bus = std::ranges::find_if(buses, [&](const std::vector<PolledMeter>& others) {
      return line_key(others.front().settings.place.endpoint) == line_key(meter.settings.place.endpoint);
    });
    if (bus == buses.end())
      buses.push_back({std::move(meter)});
    else
      bus->push_back(std::move(meter));
  }
  return buses;
}

std::optional<std::string> overload_of(const std::vector<PolledMeter>& bus) {
  std::vector<PlannedPoll> polls;
  for (const PolledMeter& meter : bus)
    polls.push_back(planned_poll("meter " + meter.name, meter.description, meter.settings.poll));
  return overload_of(bus.front().settings.place.endpoint, polls);
}

/// One meter of the bus.
struct MeterPoller::Line {
  Line(const PolledMeter& m, ModbusLines& lines, BootTime now)
      : meter(m),
        user(lines.join(m.settings.place.endpoint, {"meter " + m.name, m.description.requests.min_gap})),
        driver(m.description, *user, m.settings.place.unit),
        next(now) {}
  const PolledMeter& meter;
  std::unique_ptr<LineUser> user;
  Driver driver;
  BootTime next;
  bool prepared = false;
};

MeterPoller::MeterPoller(std::vector<PolledMeter> meters, ModbusLines& lines, const Clock& clock, OnSample on_sample)
    : meters_(std::move(meters)), clock_(clock), on_sample_(std::move(on_sample)) {
  for (const PolledMeter& meter : meters_) lines_.push_back(std::make_unique<Line>(meter, lines, clock_.boot()));
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

MeterPoller::~MeterPoller() {
  thread_.request_stop();
  for (const auto& line : lines_) line->user->cancel();
}

void MeterPoller::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    Line& line = **std::ranges::min_element(lines_, {}, [](const auto& one) { return one->next; });
    if (const Millis left = line.next - clock_.boot(); left > Millis())
      rest(stop, clock_.wall(left));
    else
      poll(line);
  }
}

void MeterPoller::poll(Line& line) {
  const BootTime taken = clock_.boot();
  line.user->set_turn({Urgency::Poll, std::chrono::steady_clock::now() - clock_.wall(taken - line.next), {}});
  const Result<void> ready = line.prepared ? Result<void>() : line.driver.prepare({});
  const Result<Sample> sample = ready ? line.driver.poll() : Result<Sample>(ready.error());
  line.prepared = sample.ok();  // after a failure the next answer must prove again that it is the same meter
  on_sample_(line.meter.index, sample ? to_meter_sample(*sample, line.meter.settings.phases, taken)
                                      : Result<MeterSample>(sample.error()));
  line.next = std::max(line.next + line.meter.settings.poll, clock_.boot());
}

}  // namespace balans
