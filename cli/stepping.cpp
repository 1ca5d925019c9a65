#include "cli/stepping.hpp"

#include <algorithm>
#include <cstdlib>

#include "cli/reading.hpp"
#include "common/registers/limit.hpp"

namespace balans::cli {
namespace {

constexpr int kTriesToPutBack = 5;
constexpr Millis kBetweenTries = 1_s;

Milliamps tolerance(Milliamps limit) { return std::max(1_A, limit * 5 / 100); }

/// As the driver needs it, without what would stay behind: its safe limit and time-out are not ours to set.
DeviceDescription for_stepping(DeviceDescription device) {
  if (device.control && device.control->watchdog) {
    Watchdog& watchdog = *device.control->watchdog;
    watchdog.timeout.reset();
    watchdog.safe_limit.reset();
    watchdog.shows_timeout.reset();
    watchdog.shows_limit.reset();
    if (watchdog.kept_by == KeptBy::TimeoutWrite) watchdog.kept_by = KeptBy::AnyRequest;
  }
  return device;
}

std::optional<Milliamps> largest_current(const Sample& sample) {
  if (!sample.current) return std::nullopt;
  Milliamps most;
  for (const Phase p : kPhases) most = std::max(most, Milliamps(std::abs((*sample.current)[p].count())));
  return most;
}

/// One device under test: the driver, and the direction that is stepped.
class Subject {
 public:
  Subject(const DeviceDescription& device, Transport& transport, const SteppingOptions& options, Pace& pace)
      : driver_(for_stepping(device), transport, options.unit),
        looking_(for_looking(device), transport, options.unit),
        direction_(device.control->draw ? Direction::Draw : Direction::Feed),
        options_(options),
        pace_(pace) {
    settings_.phases = options.phases;
    if (direction_ == Direction::Feed) settings_.feeding = Feeding::Limited;
  }

  [[nodiscard]] Direction direction() const { return direction_; }

  /// What stands there before anything is written.
  Result<std::optional<Milliamps>> look() {
    if (const auto ready = looking_.prepare(settings_); !ready) return ready.error();
    const auto sample = looking_.poll();
    if (!sample) return sample.error();
    const auto& setpoint = setpoint_of_sample(*sample);
    return setpoint ? std::optional(setpoint->current) : std::nullopt;
  }

  Result<void> prepare() {
    const auto ready = driver_.prepare(settings_);
    prepared_ = ready.ok();
    return ready;
  }

  Result<Setpoint> write(Milliamps limit) {
    return direction_ == Direction::Draw ? driver_.write_limit(limit) : driver_.write_feed_limit(limit);
  }

  /// Watches until the device follows closely or the time is over.
  Pace::Wait watch(Step& step) {
    const BootTime start = pace_.now();
    BootTime spoken = start;
    while (pace_.now() - start < options_.settle) {
      if (pace_.wait(options_.poll_every) == Pace::Wait::Interrupted) return Pace::Wait::Interrupted;
      const BootTime now = pace_.now();
      if (const auto every = driver_.refresh_every(); every && now - spoken >= *every / 2) {
        (void)driver_.keep_alive();
        spoken = now;
      }
      const auto sample = driver_.poll();
      step.problem = sample ? std::nullopt : std::optional(sample.error().message());
      if (sample && take(step, *sample, now - start)) break;
    }
    return Pace::Wait::Passed;
  }

  /// Tried several times; being told to stop does not stop this.
  Result<Setpoint> put_back(Milliamps before) {
    Result<Setpoint> written = Error{"", "not tried"};
    for (int i = 0; i < kTriesToPutBack; ++i) {
      if (i > 0) pace_.rest(kBetweenTries);
      if (!prepared_) (void)prepare();
      if (!prepared_) continue;
      written = write(before);
      if (written) return verified(*written);
    }
    return written;
  }

 private:
  [[nodiscard]] const std::optional<Setpoint>& setpoint_of_sample(const Sample& sample) const {
    return direction_ == Direction::Draw ? sample.setpoint : sample.feed_setpoint;
  }

  /// Whether the device shows the limit and draws close to it.
  bool take(Step& step, const Sample& sample, Millis after) const {
    const auto& setpoint = setpoint_of_sample(sample);
    if (setpoint) step.shown = setpoint->current;
    if (setpoint == step.written && !step.shown_after) step.shown_after = after;
    step.current = largest_current(sample);
    const Milliamps limit = step.written->current;
    const bool within = step.current && *step.current <= limit + tolerance(limit);
    if (!within)
      step.within_after.reset();
    else if (!step.within_after)
      step.within_after = after;
    return step.shown_after && within && *step.current + tolerance(limit) >= limit;
  }

  Result<Setpoint> verified(const Setpoint& written) {
    const auto sample = driver_.poll();
    if (!sample || !setpoint_of_sample(*sample)) return written;
    return *setpoint_of_sample(*sample);
  }

  Driver driver_;
  Driver looking_;
  Direction direction_;
  SteppingOptions options_;
  Pace& pace_;
  DriverSettings settings_;
  bool prepared_ = false;
};

Step named(std::string name, Milliamps asked) {
  Step step;
  step.name = std::move(name);
  step.asked = asked;
  return step;
}

/// The largest setpoint for `limit`, of the steps that the device knows.
Milliamps reachable(const LimitSpec& spec, Milliamps limit, const SteppingOptions& options,
                    std::optional<Watts> rated) {
  return plan_limit(spec, limit, options.phases, rated).setpoint.current;
}

Milliamps least_of(const LimitSpec& spec, const SteppingOptions& options, std::optional<Watts> rated) {
  if (!spec.levels.empty()) return Milliamps(spec.levels.size() > 1 ? spec.levels[1].current : 0);
  const std::int64_t lowest = (spec.min + spec.step - 1) / spec.step * spec.step;
  return setpoint_of(spec, std::max(lowest, spec.step), options.phases, rated).current;
}

void run_steps(Subject& subject, std::vector<Step> steps, Stepping& result,
               const std::function<void(const Step&)>& on_step) {
  for (Step& step : steps) {
    const auto written = subject.write(step.asked);
    Pace::Wait wait = Pace::Wait::Passed;
    if (written) {
      step.written = *written;
      wait = subject.watch(step);
    } else {
      step.problem = written.error().message();
    }
    if (wait == Pace::Wait::Interrupted) result.problem = step.problem = "interrupted";
    on_step(step);
    result.steps.push_back(step);
    if (!written) result.problem = written.error().message();
    if (result.problem) return;
  }
}

}  // namespace

Result<std::optional<Watts>> rated_power(const DeviceDescription& device, Transport& transport, std::uint8_t unit) {
  const Control& control = *device.control;
  const LimitSpec& spec = control.draw ? *control.draw : *control.feed;
  if (!spec.rated_power) return std::optional<Watts>();
  DeviceDescription asking = device;
  asking.identity.reset();
  asking.quantities.clear();
  QuantityField power;
  power.field = *spec.rated_power;
  power.min = 1;
  power.max = 10'000'000;
  asking.quantities.push_back(power);
  const auto readings = read_everything(asking, transport, unit);
  if (!readings) return readings.error().within("rated power");
  const Reading& reading = readings->quantities.front();
  if (!reading.value) return Error{"rated power", reading.problem.value_or("not available")};
  return std::optional(Watts(*reading.value));
}

Result<std::vector<Step>> plan_steps(const DeviceDescription& device, const SteppingOptions& options,
                                     std::optional<Watts> rated) {
  if (!device.control || (!device.control->draw && !device.control->feed))
    return Error{device.name, "has nothing to limit"};
  const LimitSpec& spec = device.control->draw ? *device.control->draw : *device.control->feed;
  const Milliamps least = least_of(spec, options, rated);
  const Milliamps full = reachable(spec, options.most, options, rated);
  if (full == Milliamps() || full < least)
    return Error{device.name, "cannot run at " + std::to_string(options.most.count()) + " mA or less"};
  const Milliamps half = std::max(least, reachable(spec, full / 2, options, rated));
  return std::vector{named("minimum", least), named("half", half), named("full", full)};
}

Stepping step_through(const DeviceDescription& device, Transport& transport, const SteppingOptions& options, Pace& pace,
                      const std::function<void(const Step&)>& on_step) {
  Stepping result;
  const auto fail = [&](const Error& error) {
    result.problem = error.message();
    return result;
  };
  if (!device.control || (!device.control->draw && !device.control->feed))
    return fail({device.name, "has nothing to limit"});
  const auto rated = rated_power(device, transport, options.unit);
  if (!rated) return fail(rated.error());
  auto steps = plan_steps(device, options, *rated);
  if (!steps) return fail(steps.error());
  Subject subject(device, transport, options, pace);
  result.direction = subject.direction();
  const auto before = subject.look();
  if (!before) return fail(before.error());
  result.before = *before ? *before : options.back_to;
  if (!result.before)
    return fail({device.name, "cannot tell its limit, so nobody knows what to put back: say --back-to-a"});
  if (const auto ready = subject.prepare(); !ready)
    result.problem = ready.error().message();
  else
    run_steps(subject, *std::move(steps), result, on_step);
  const auto back = subject.put_back(*result.before);
  if (!back)
    result.not_put_back = back.error().message();
  else
    result.put_back = *back;
  if (back && back->current != *result.before)
    result.not_put_back = std::to_string(result.before->count()) + " mA is nothing that the driver writes";
  return result;
}

bool Stepping::fine() const {
  return !problem && !not_put_back && std::none_of(steps.begin(), steps.end(), [](const Step& step) {
    return step.problem || (step.shown && !step.shown_after) || (step.current && !step.within_after);
  });
}

}  // namespace balans::cli
