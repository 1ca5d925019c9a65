#include "tests/sim/device/agent_beside.hpp"

#include <filesystem>
#include <fstream>
#include <sstream>

#include "chargepoint/shell/device_link.hpp"
#include "common/registers/installed.hpp"
#include "common/registers/limit.hpp"
#include "tests/support/temp_folder.hpp"

namespace balans::sim {
namespace {

constexpr Nonce kNonce{7};

std::string amps(Milliamps current) {
  std::string thousandths = std::to_string(current.count() % 1000);
  thousandths.insert(0, 3 - thousandths.size(), '0');
  return std::to_string(current.count() / 1000) + "." + thousandths;
}

Milliamps up_to_tenths(Milliamps current) { return Milliamps((current.count() + 99) / 100 * 100); }

/// What a number of the limit's base unit comes to; a share of what the model shows as its rated power.
Milliamps current_of(const LimitSpec& spec, std::int64_t value, const DeviceDescription& device) {
  const Watts rated(nameplate_of(device).count() * defaults::kNominal.count() / 1'000'000 * device.phases);
  return setpoint_of(spec, value, device.phases, rated).current;
}

std::string band(const LimitSpec& spec, const DeviceDescription& device, const std::string& feed) {
  std::ostringstream yaml;
  const Milliamps max = nameplate_of(device);
  Milliamps min = spec.unit == LimitUnit::MilliampsPerPhase ? Milliamps(spec.min)
                                                            : up_to_tenths(current_of(spec, spec.min, device));
  if (!spec.levels.empty()) min = Milliamps(spec.levels.at(1).current);
  yaml << "min" << feed << "_a: " << amps(min) << "\nmax" << feed << "_a: " << amps(max) << "\n";
  if (feed.empty()) {
    const Milliamps step = spec.unit == LimitUnit::MilliampsPerPhase
                               ? Milliamps(spec.step)
                               : up_to_tenths(current_of(spec, spec.step, device));
    yaml << "step_a: " << amps(spec.levels.empty() ? step : 1_A) << "\n";
  }
  const auto& control = *device.control;
  const bool safe = control.watchdog && control.watchdog->fallback == Fallback::SafeLimit;
  if (safe && (feed.empty() || !control.draw)) yaml << "failsafe" << feed << "_a: " << amps(min) << "\n";
  return yaml.str();
}

const char* kind_of(const DeviceDescription& device) {
  switch (device.device_class) {
    case DeviceClass::Charger:
      return "charger";
    case DeviceClass::Heat:
      return "heat-pump";
    case DeviceClass::Battery:
      return "battery";
    case DeviceClass::Inverter:
    case DeviceClass::Meter:
      break;
  }
  return "inverter";
}

/// `device` is as it is installed.
std::string yaml_of(const DeviceDescription& device, const AgentPlan& plan) {
  std::ostringstream yaml;
  yaml << "agent: device-1\nsite: elm-street\ndeployment: \"" << std::string(64, '0') << "\"\n"
       << "keys: { device: none.key, trafo: \"" << std::string(64, '3') << "\" }\n"
       << "broker: { host: 127.0.0.1, port: 1883 }\nstate_dir: .\n"
       << "devices_dir: " << std::filesystem::absolute("config/devices").string() << "\n"
       << "device: { file: " << plan.file << ", tcp: { host: 127.0.0.1, port: 502 }" << (device.unit ? "" : ", unit: 1")
       << " }\nkind: " << kind_of(device) << "\n"
       << "phases: " << (device.phases == 1 ? "[L2]" : "[L2, L3, L1]") << "\n"
       << (plan.one_phase_too ? "fewer_phases: [L2]\n" : "") << "settle_s: " << plan.settle.count() / 1000
       << "\ncold_load_pickup_s: 0\n";
  const Control& control = *device.control;
  if (control.draw)
    yaml << band(*control.draw, device, "");
  else
    yaml << "min_a: 0\nmax_a: 0\n";
  if (control.feed) yaml << band(*control.feed, device, "_feed");
  return yaml.str();
}

Result<AgentFile> load(const std::string& yaml) {
  const test::TempFolder folder;
  const auto path = folder.path() / "agent.yaml";
  std::ofstream(path) << yaml;
  return load_agent(path);
}

}  // namespace

Milliamps nameplate_of(const DeviceDescription& description) {
  switch (description.device_class) {
    case DeviceClass::Charger: {
      const auto& draw = description.control->draw;
      return draw->unit == LimitUnit::MilliampsPerPhase ? 16_A : 64_A;  // the latter charges with direct current
    }
    case DeviceClass::Heat:
      return description.phases == 1 ? 16_A : 10_A;
    case DeviceClass::Battery:
      return 10_A;
    case DeviceClass::Inverter:
    case DeviceClass::Meter:
      break;
  }
  return 16_A;
}

Result<AgentFile> agent_for(const DeviceDescription& description, const AgentPlan& plan) {
  const auto device = installed(description, {1, nameplate_of(description)});
  if (!device) return device.error();
  const std::string yaml = yaml_of(*device, plan);
  Result<AgentFile> file = load(yaml);
  if (file || file.error().message().find("needs revert_s") == std::string::npos) return file;
  return load(yaml + "revert_s: 60\n");  // set on the device itself
}

Result<void> DirectLink::ready(AgentInput& input) {
  if (prepared_) return {};
  DriverSettings settings;
  settings.phases = static_cast<int>(file_.phases.size());
  settings.watchdog_timeout = file_.settings.revert;
  settings.failsafe = file_.device.control->draw ? file_.settings.device_fallback : file_.settings.fallback_feed;
  if (file_.settings.max_feed > 0_A) settings.feeding = Feeding::Limited;
  if (!file_.settings.fewer_phases.empty()) settings.switching = Switching::Used;
  Result<void> done = driver_.prepare(settings);
  prepared_ = done.ok();
  if (prepared_) input.device_prepared = true;
  return done;
}

void DirectLink::poll(BootTime now, AgentInput& input) {
  const Result<void> fine = ready(input);
  Result<Sample> sample = fine ? driver_.poll() : Result<Sample>(fine.error());
  prepared_ = sample.ok();
  sample_.reset();
  if (!sample) {
    input.poll_error = sample.error().message();
    return;
  }
  sample_ = *sample;
  input.report = to_report(*sample, file_.device.device_class, file_.phases, now);
  input.poll_error.clear();
}

void DirectLink::write(Direction direction, Milliamps setpoint, BootTime now, AgentInput& input) {
  WriteOutcome outcome{setpoint, now, ""};
  const Result<void> fine = ready(input);
  Result<Setpoint> written = !fine                          ? Result<Setpoint>(fine.error())
                             : direction == Direction::Draw ? driver_.write_limit(setpoint)
                                                            : driver_.write_feed_limit(setpoint);
  if (!written) {
    prepared_ = false;
    outcome.error = written.error().message();
  } else if (written->current > setpoint) {
    outcome.error = "holds more than was written";
  }
  const Confirm confirm = file_.settings.habits.confirm[direction];
  const bool tells = confirm == Confirm::ReadBack || confirm == Confirm::Applied;
  if (outcome.error.empty() && direction == Direction::Draw && tells) {
    const Result<Setpoint> found = driver_.read_back();
    if (found) outcome.read_back = found->current;
    prepared_ = found.ok();
  }
  input.write[direction] = outcome;
}

void DirectLink::switch_phases(PhaseMode mode, BootTime now, AgentInput& input) {
  Result<void> done = ready(input);
  if (done) done = driver_.switch_phases(mode);
  if (!done) prepared_ = false;
  input.switched = SwitchOutcome{mode, now, done ? "" : done.error().message()};
}

void DirectLink::keep_alive() {
  if (prepared_ && !driver_.keep_alive()) prepared_ = false;
}

AgentBeside::AgentBeside(const AgentSettings& settings, Link& link, BootTime now)
    : settings_(settings), link_(link), now_(now), memory_(fresh_memory(settings, now)) {
  next_.connected = kNonce;
}

/// A new limit when the allowance changes, and three in each of its lives.
void AgentBeside::renew() {
  if (!granted_ || !memory_.nonce) return;
  const bool due = !renewed_ || now_ - *renewed_ >= defaults::kTtl / defaults::kRenewPerTtl;
  if (!due && granted_ == sent_) return;
  Limit limit;
  limit.epoch = Epoch{5};
  limit.seq = Seq{++seq_};
  limit.nonce = kNonce;
  limit.until = AgentTime((now_ + defaults::kTtl).ms());
  limit.max = *granted_;
  next_.limits.push_back(limit);
  renewed_ = now_;
  sent_ = granted_;
}

void AgentBeside::second() {
  now_ = now_ + 1_s;
  renew();
  polled_.reset();
  if (poll_) link_.poll(now_, next_);
  polled_ = next_.report;
  next_.now = now_;
  AgentOutput output = step(settings_, next_, std::move(memory_));
  memory_ = std::move(output.memory);
  next_ = AgentInput{};
  act(output);
}

void AgentBeside::act(const AgentOutput& output) {
  poll_ = !memory_.device.quiet_until;
  for (Direction direction : kDirections)
    if (output.write[direction]) link_.write(direction, *output.write[direction], now_, next_);
  if (output.switch_to) link_.switch_phases(*output.switch_to, now_, next_);
  if (output.keep_alive) link_.keep_alive();
  if (output.status) status_ = output.status;
  events_.insert(events_.end(), output.events.begin(), output.events.end());
}

bool AgentBeside::is_effective() const {
  return status_ && status_->ack && status_->ack->stage == AckStage::Effective && status_->ack->seq == Seq{seq_};
}

}  // namespace balans::sim
