#include "cli/commission/measure.hpp"

#include <fmt/format.h>

#include <array>
#include <cstdlib>

#include "cli/commission/trace.hpp"
#include "cli/reading.hpp"
#include "cli/wording.hpp"

namespace balans::cli {
namespace {

constexpr int kTriesToPutBack = 5;
constexpr Millis kBetweenTries = 1_s;
constexpr int kMostFailures = 10;  ///< in a row
constexpr Millis kLeastPatience = 20_s, kMostPatience = 180_s;

/// As its agent sets it at start.
DriverSettings as_agent(const CommissionedDevice& device) {
  DriverSettings settings;
  settings.phases = static_cast<int>(device.phases.size());
  settings.watchdog_timeout = device.revert;
  settings.failsafe = device.fallback;
  settings.fallbacks = Fallbacks::CountedOn;
  if (device.limits_feed) settings.feeding = Feeding::Limited;
  return settings;
}

class Run {
 public:
  Run(const CommissionedDevice& device, Transport& transport, GridMeter* meter, Transport* contactor,
      const MeasureOptions& options, Pace& pace, const Told& told)
      : device_(device),
        transport_(transport),
        driver_(device.description, transport, device.place.unit),
        meter_(meter),
        contactor_(contactor),
        options_(options),
        pace_(pace),
        told_(told) {}

  Measures run();

 private:
  Result<std::pair<Milliamps, Milliamps>> low_and_high();
  Result<std::optional<Milliamps>> look();
  Result<void> prepare();
  void step();
  std::optional<Level> hold(const std::string& name, Milliamps asked);
  void be_silent();
  void put_back();

  Result<void> hold_contactor();
  bool wait_and_note(Trace& trace);  ///< false: it has to end
  bool spoken_to();
  TracePoint look_at_meter(BootTime start);
  [[nodiscard]] std::optional<PerPhase<Milliamps>> own_of(const Sample& sample) const;
  [[nodiscard]] const std::optional<Setpoint>& setpoint_of(const Sample& sample) const {
    return device_.direction == Direction::Draw ? sample.setpoint : sample.feed_setpoint;
  }
  [[nodiscard]] bool draws_nothing() const;
  void fail(std::string why) { measures_.problem = std::move(why); }

  const CommissionedDevice& device_;
  Transport& transport_;
  Driver driver_;
  GridMeter* meter_;
  Transport* contactor_;
  MeasureOptions options_;
  Pace& pace_;
  const Told& told_;
  Measures measures_;
  std::optional<Milliamps> shown_;
  std::optional<BootTime> held_at_, spoken_at_;
  int failures_ = 0;
};

Result<std::pair<Milliamps, Milliamps>> Run::low_and_high() {
  const auto rated = rated_power(device_.description, transport_, device_.place.unit);
  if (!rated) return rated.error();
  SteppingOptions options{device_.place.unit, static_cast<int>(device_.phases.size()), device_.max};
  DeviceDescription one_way = device_.description;
  if (device_.direction == Direction::Feed) one_way.control->draw.reset();
  const auto steps = plan_steps(one_way, options, *rated);
  if (!steps) return steps.error();
  const Milliamps low = steps->front().asked, high = steps->back().asked;
  return std::pair(low < high * 3 / 4 ? low : 0_A, high);
}

Result<std::optional<Milliamps>> Run::look() {
  Driver looking(for_looking(device_.description), transport_, device_.place.unit);
  DriverSettings settings;
  settings.phases = static_cast<int>(device_.phases.size());
  if (device_.limits_feed) settings.feeding = Feeding::Limited;
  if (const auto ready = looking.prepare(settings); !ready) return ready.error();
  const auto sample = looking.poll();
  if (!sample) return sample.error();
  const auto& setpoint = setpoint_of(*sample);
  return setpoint ? std::optional(setpoint->current) : std::nullopt;
}

Result<void> Run::prepare() {
  if (const auto held = hold_contactor(); !held) return held;
  return driver_.prepare(as_agent(device_));
}

Result<void> Run::hold_contactor() {
  const BootTime now = pace_.now();
  if (contactor_ == nullptr || (held_at_ && now - *held_at_ < device_.contactor->refresh)) return {};
  const ContactorPlace& place = *device_.contactor;
  const std::array<std::uint16_t, 1> word{place.on};
  if (const auto told = contactor_->write(place.function, place.place.unit, place.address, word); !told)
    return told.error().within("contactor");
  held_at_ = now;
  return {};
}

std::optional<PerPhase<Milliamps>> Run::own_of(const Sample& sample) const {
  if (!sample.current) return std::nullopt;
  PerPhase<Milliamps> own;
  for (std::size_t i = 0; i < device_.phases.size(); ++i)
    own.values.at(i) = Milliamps(std::abs(sample.current->values.at(i).count()));
  return own;
}

bool Run::spoken_to() {
  const auto every = driver_.refresh_every();
  if (!every) return true;
  const Millis due = device_.revert ? std::min(*every, *device_.revert / 3) : *every;
  if (spoken_at_ && pace_.now() - *spoken_at_ < due / 2) return true;
  spoken_at_ = pace_.now();
  return driver_.keep_alive().ok();
}

TracePoint Run::look_at_meter(BootTime start) {
  TracePoint point;
  if (meter_ != nullptr)
    if (const auto grid = meter_->read()) point.grid = *grid;
  point.after = pace_.now() - start;
  return point;
}

bool Run::wait_and_note(Trace& trace) {
  if (pace_.wait(options_.poll_every) == Pace::Wait::Interrupted) return fail("interrupted"), false;
  if (const auto held = hold_contactor(); !held) return fail(held.error().message()), false;
  const bool spoken = spoken_to();
  const auto sample = driver_.poll();
  failures_ = sample && spoken ? 0 : failures_ + 1;
  if (failures_ >= kMostFailures)
    return fail(sample ? "the device takes no more writes" : sample.error().message()), false;
  TracePoint point = look_at_meter(trace.start);
  if (sample) {
    point.own = own_of(*sample);
    if (const auto& setpoint = setpoint_of(*sample)) shown_ = setpoint->current;
  }
  trace.points.push_back(point);
  return true;
}

std::optional<Level> Run::hold(const std::string& name, Milliamps asked) {
  const Level* previous = measures_.levels.empty() ? nullptr : &measures_.levels.back();
  Trace trace;
  trace.start = pace_.now();
  const bool draw = device_.direction == Direction::Draw;
  const auto written = draw ? driver_.write_limit(asked) : driver_.write_feed_limit(asked);
  if (!written) return fail(written.error().message()), std::nullopt;
  spoken_at_ = pace_.now();
  Level level;
  level.name = name;
  level.asked = asked;
  level.written = *written;
  const Expectation expects = expectation(written->current, previous);
  const Millis usual = std::clamp(device_.settle * 4, kLeastPatience, kMostPatience);
  const Millis patience = previous != nullptr ? usual : std::max(usual, options_.wakes);
  shown_.reset();
  while (pace_.now() - trace.start < patience && !level.came_to_rest) {
    if (!wait_and_note(trace)) return std::nullopt;
    level.came_to_rest = is_at_rest(trace, expects);
  }
  level.shown = shown_;
  sum_up(trace, expects, level);
  told_(fmt::format("  {:<8} {:<7} {}", name, shown_amps(written->current), level_words(level)));
  return level;
}

bool Run::draws_nothing() const {
  const Level& last = measures_.levels.back();
  return last.own && last.own->largest() < 500_mA && last.written.current > 0_A;
}

void Run::step() {
  const auto steps = low_and_high();
  if (!steps) return fail(steps.error().message());
  const auto [low, high] = *steps;
  for (int i = 0; i < options_.rises; ++i)
    for (const auto& [name, asked] : {std::pair{low == 0_A ? "off" : "minimum", low}, std::pair{"full", high}}) {
      auto level = hold(name, asked);
      if (!level) return;
      measures_.levels.push_back(*std::move(level));
      if (asked == high && draws_nothing()) return;
    }
  if (options_.with_silence) be_silent();
}

void Run::be_silent() {
  if (!device_.revert && !device_.contactor) return;
  Millis lasts = options_.margin + device_.settle;
  lasts += device_.contactor ? device_.contactor->drops_out : *device_.revert;
  told_(fmt::format("  silent for {} …", shown_seconds(lasts)));
  Trace trace;
  trace.start = pace_.now();
  while (pace_.now() - trace.start < lasts) {
    if (pace_.wait(options_.poll_every) == Pace::Wait::Interrupted) return fail("interrupted");
    trace.points.push_back(look_at_meter(trace.start));
  }
  Silence silence;
  silence.lasted = pace_.now() - trace.start;
  sum_up_silence(trace, measures_.levels, silence);
  // A contactor that has dropped out may have taken the device's electronics along.
  if (const auto sample = driver_.poll()) {
    silence.own = own_of(*sample);
    if (const auto& setpoint = setpoint_of(*sample)) silence.shown = setpoint->current;
  } else if (!device_.contactor) {
    return fail("after the silence: " + sample.error().message());
  }
  told_("  " + silence_words(silence));
  measures_.silence = std::move(silence);
}

/// Tried several times; being told to stop does not stop this.
void Run::put_back() {
  const Milliamps back = measures_.before.value_or(device_.failsafe);
  Result<Setpoint> written = Error{"", "not tried"};
  for (int i = 0; i < kTriesToPutBack && !written; ++i) {
    if (i > 0) pace_.rest(kBetweenTries);
    held_at_.reset();
    if (const auto ready = prepare(); !ready) {
      written = ready.error();
      continue;
    }
    written = device_.direction == Direction::Draw ? driver_.write_limit(back) : driver_.write_feed_limit(back);
  }
  if (!written)
    measures_.not_put_back = written.error().message();
  else
    measures_.put_back = *written;
  if (written && measures_.before && written->current != back)
    measures_.not_put_back = shown_amps(back) + " is nothing that the driver writes";
}

Measures Run::run() {
  if (const auto held = hold_contactor(); !held) return fail(held.error().message()), measures_;
  const auto before = look();
  if (!before) return fail(before.error().message()), measures_;
  measures_.before = *before;
  if (const auto ready = prepare(); !ready)
    fail(ready.error().message());
  else
    step();
  put_back();
  return measures_;
}

}  // namespace

GridMeter::GridMeter(const CommissioningMeter& meter, Transport& transport)
    : driver_(meter.description, transport, meter.description.unit.value_or(meter.place.unit)), phases_(meter.phases) {}

Result<GridReading> GridMeter::read() {
  if (!prepared_)
    if (const auto ready = driver_.prepare({}); !ready) return ready.error();
  prepared_ = true;
  const auto sample = driver_.poll();
  if (!sample) return sample.error();
  if (!sample->current) return Error{driver_.description().name, "shows no currents"};
  GridReading grid;
  if (sample->power) grid.power.emplace();
  if (sample->voltage) grid.voltage.emplace();
  grid.total_power = sample->total_power;
  for (std::size_t i = 0; i < phases_.size(); ++i) {
    const Phase p = phases_[i];
    grid.current[p] = sample->current->values.at(i);
    if (sample->voltage) (*grid.voltage)[p] = sample->voltage->values.at(i);
    if (!sample->power) continue;
    (*grid.power)[p] = sample->power->values.at(i);
    if ((*grid.power)[p] < Watts() && grid.current[p] > 0_A) grid.current[p] = 0_A - grid.current[p];
  }
  return grid;
}

Measures measure(const CommissionedDevice& device, Transport& transport, GridMeter* meter, Transport* contactor,
                 const MeasureOptions& options, Pace& pace, const Told& told) {
  return Run(device, transport, meter, contactor, options, pace, told).run();
}

}  // namespace balans::cli
