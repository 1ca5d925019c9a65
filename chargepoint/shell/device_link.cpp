#include "chargepoint/shell/device_link.hpp"

#include <future>

namespace balans {
namespace {

constexpr Permille kFull{990};
constexpr Permille kEmpty{10};
/// A poll that is not done by then is given up, so that an agent that falls silent soon is.
constexpr Millis kLongestPoll = 10_s;

Milliamps at_nominal(Watts power) { return Milliamps(power.count() * 1'000'000 / defaults::kNominal.count()); }

/// A total is shared evenly by the phases, but not at a charger: most cars load only one of three.
std::optional<Watts> power_at(const Sample& sample, DeviceClass device_class, std::size_t own, std::int64_t count) {
  if (sample.power) return sample.power->values[own];
  if (!sample.total_power || (device_class == DeviceClass::Charger && count > 1)) return std::nullopt;
  return *sample.total_power / count;
}

/// Of the current at one of the device's own terminals.
std::optional<Milliamps> current_at(const Sample& sample, const std::optional<Watts>& power, std::size_t own) {
  if (!sample.current) return power ? std::optional(at_nominal(*power)) : std::nullopt;
  const Milliamps current = sample.current->values[own];
  return power && *power < 0_W && current > 0_A ? -current : current;
}

}  // namespace

DeviceReport to_report(const Sample& sample, DeviceClass device_class, const std::vector<Phase>& phases,
                       BootTime taken) {
  DeviceReport report;
  report.taken = taken;
  const auto count = static_cast<std::int64_t>(phases.size());
  for (std::size_t own = 0; own < phases.size(); ++own) {
    const std::optional<Milliamps> current = current_at(sample, power_at(sample, device_class, own, count), own);
    if (!current) continue;
    if (!report.current) report.current.emplace();
    (*report.current)[phases[own]] = *current;
  }
  report.energy_import = sample.energy_import;
  report.energy_export = sample.energy_export;
  report.vehicle = sample.vehicle;
  if (sample.setpoint) report.setpoint.draw = sample.setpoint->current;
  if (sample.feed_setpoint) report.setpoint.feed = sample.feed_setpoint->current;
  report.phase_mode = sample.phase_mode;
  report.full = sample.state_of_charge && *sample.state_of_charge >= kFull;
  report.empty = sample.state_of_charge && *sample.state_of_charge <= kEmpty;
  return report;
}

DeviceLink::DeviceLink(const AgentFile& file, ModbusLines& lines, const Clock& clock,
                       std::function<void(ChargepointEvent)> on_event)
    : file_(file),
      clock_(clock),
      on_event_(std::move(on_event)),
      line_(lines.join(file.place.endpoint, {"device", file.device.requests.min_gap})),
      driver_(file.device, *line_, file.place.unit) {}

/// What waits for the line until `before` is not sent any more.
void DeviceLink::take_turn(Urgency urgency, std::optional<BootTime> before) {
  LineTurn turn{urgency, {}, {}};
  if (before) turn.not_after = std::chrono::steady_clock::now() + clock_.wall(*before - clock_.boot());
  line_->set_turn(turn);
}

Result<void> DeviceLink::ready() {
  if (prepared_) return {};
  DriverSettings settings;
  settings.phases = static_cast<int>(file_.phases.size());
  settings.watchdog_timeout = file_.settings.revert;  // what the controller counts on is written into the device
  settings.failsafe = file_.device.control && file_.device.control->draw ? file_.settings.device_fallback
                                                                         : file_.settings.fallback_feed;
  settings.fallbacks = Fallbacks::CountedOn;  // it is booked, whether the device comes down in time or not
  if (file_.settings.max_feed > 0_A) settings.feeding = Feeding::Limited;
  if (!file_.settings.fewer_phases.empty()) settings.switching = Switching::Used;
  Result<void> done = driver_.prepare(settings);
  prepared_ = done.ok();
  if (prepared_) on_event_(DevicePrepared{});
  return done;
}

bool DeviceLink::poll() {
  if (worker_.pending() > 0) return false;
  return worker_.post([this](const std::stop_token&) { poll_now(Patience::GivesWay); }).ok();
}

void DeviceLink::poll_now(Patience patience) {
  using Polled = Result<std::optional<Sample>>;
  const BootTime taken = clock_.boot();
  take_turn(Urgency::Poll, taken + kLongestPoll);
  const Result<void> fine = ready();
  const auto gives_way = [&] { return patience == Patience::GivesWay && orders_ > 0; };
  const Polled sample = fine ? driver_.poll(gives_way) : Polled(fine.error());
  if (sample && !*sample)
    return (void)worker_.post([this](const std::stop_token&) { poll_now(Patience::Insists); }).ok();
  if (!sample) prepared_ = false;
  on_event_(DevicePolled{sample
                             ? Result<DeviceReport>(to_report(**sample, file_.device.device_class, file_.phases, taken))
                             : sample.error()});
}

Result<void> DeviceLink::post_order(std::function<void()> order) {
  ++orders_;
  auto posted = worker_.post([this, order = std::move(order)](const std::stop_token&) {
    --orders_;
    order();
  });
  if (!posted) --orders_;
  return posted;
}

Result<void> DeviceLink::ready_before(std::optional<BootTime> before) {
  take_turn(Urgency::Setpoint, before);
  if (auto fine = ready(); !fine) return fine;
  if (before && clock_.boot() >= *before) return Error{"device", "its bus was busy until the lease was over"};
  return {};
}

Result<std::optional<Milliamps>> DeviceLink::write_now(Direction direction, Milliamps setpoint,
                                                       std::optional<BootTime> before) {
  if (auto fine = ready_before(before); !fine) return fine.error();
  const auto written =
      direction == Direction::Draw ? driver_.write_limit(setpoint) : driver_.write_feed_limit(setpoint);
  if (!written) {
    prepared_ = false;
    return written.error();
  }
  if (written->current > setpoint)
    return Error{"device", "holds " + std::to_string(written->current.count()) + " mA after " +
                               std::to_string(setpoint.count()) + " mA were written"};
  return confirmed(direction);
}

/// What stands there now, without waiting for the next poll. One that cannot be read is as lost as any.
std::optional<Milliamps> DeviceLink::confirmed(Direction direction) {
  const Confirm confirm = file_.settings.habits.confirm[direction];
  if (direction == Direction::Feed || (confirm != Confirm::ReadBack && confirm != Confirm::Applied))
    return std::nullopt;
  const Result<Setpoint> found = driver_.read_back();
  if (found) return found->current;
  prepared_ = false;
  return std::nullopt;
}

void DeviceLink::write(Direction direction, Milliamps setpoint, std::optional<BootTime> before) {
  const auto order = [this, direction, setpoint, before] {
    const auto done = write_now(direction, setpoint, before);
    WriteOutcome outcome{setpoint, clock_.boot(), done ? "" : done.error().message()};
    if (done) outcome.read_back = *done;
    on_event_(DeviceWritten{direction, outcome});
  };
  if (!post_order(order)) on_event_(DeviceWritten{direction, {setpoint, clock_.boot(), "device: its bus is busy"}});
}

Result<void> DeviceLink::switch_now(PhaseMode mode, std::optional<BootTime> before) {
  if (auto fine = ready_before(before); !fine) return fine;
  auto done = driver_.switch_phases(mode);
  if (!done) prepared_ = false;
  return done;
}

void DeviceLink::switch_phases(PhaseMode mode, std::optional<BootTime> before) {
  const auto tell = [this, mode](const std::string& error) { on_event_(DeviceSwitched{{mode, clock_.boot(), error}}); };
  const auto order = [this, mode, before, tell] {
    const Result<void> done = switch_now(mode, before);
    tell(done ? "" : done.error().message());
  };
  if (!post_order(order)) tell("device: its bus is busy");
}

void DeviceLink::keep_alive(std::optional<BootTime> before) {
  const auto order = [this, before] {
    // The last limit may be written once more: not when its lease is over. A device that is lost says so at the next
    // poll.
    if (!prepared_ || (before && clock_.boot() >= *before)) return;
    take_turn(Urgency::Setpoint, before);
    if (!driver_.keep_alive()) prepared_ = false;
  };
  (void)post_order(order).ok();  // a full queue: requests are on their way anyway
}

void DeviceLink::finish_by(std::chrono::steady_clock::time_point deadline) {
  const auto finished = std::make_shared<std::promise<void>>();
  const auto done = finished->get_future();
  if (worker_.post([finished](const std::stop_token&) { finished->set_value(); })) done.wait_until(deadline);
  line_->cancel();
}

}  // namespace balans
