#include "sim/run/run.hpp"

#include <algorithm>
#include <chrono>
#include <fstream>

#include "sim/run/balans.hpp"
#include "sim/run/ledger.hpp"
#include "sim/run/minutes.hpp"
#include "sim/run/oracle_run.hpp"
#include "sim/run/transformer.hpp"

namespace balans::runs {

std::string_view name_of(Faults faults) {
  switch (faults) {
    case Faults::None:
      return "none";
    case Faults::Light:
      return "light";
    case Faults::Heavy:
      return "heavy";
  }
  return "unknown";
}

Result<Faults> parse_faults(std::string_view name) {
  for (const Faults faults : {Faults::None, Faults::Light, Faults::Heavy})
    if (name_of(faults) == name) return faults;
  return Error{"faults", "'" + std::string(name) + "' is none of none, light, heavy"};
}

namespace {

/// One run, tick by tick.
class Run {
 public:
  Run(const RunOptions& options, const Town& town)
      : options_(options),
        town_(town),
        end_(options.end()),
        life_(town, options.start, end_),
        transformer_(options),
        ledger_(options.tick),
        pumps_(pumps_of(options)),
        currents_(town.chargers.size()),
        had_(town.chargers.size()) {
    if (options.policy == Policy::Balans) balans_.emplace(town, options);
  }

  void live(MinuteLog* minutes) {
    for (sim::LocalTime now = options_.start; now < end_;) {
      now = now + options_.tick;
      life_.come_and_go(now - options_.tick);
      const TickTruth truth = balans_ ? by_balans(now) : by_policy(now);
      life_.charge(currents_, options_.tick);
      ledger_.add(truth, life_.plugged(), currents_);
      transformer_.carry(now, truth.base + truth.charged, town_.weather_at(now).ambient);
      ++ticks_;
      if (minutes != nullptr) minutes->add(now, truth, life_.plugged(), currents_, transformer_.hot_spot_c());
    }
    life_.come_and_go(end_);
  }

  [[nodiscard]] const std::vector<Visit>& visits() const { return life_.over(); }

  void sum_up(RunResult& result) const {
    ledger_.sum_up(life_.over(), result);
    result.hot_spot_peak_c = transformer_.hot_spot_peak_c();
    result.loss_of_life_hours = transformer_.loss_of_life_hours();
    result.ticks = ticks_;
    if (!balans_) return;
    const twin::DecisionTimes& times = balans_->world().controller().times;
    result.decision_mean_us = static_cast<double>(times.sum_ns) / 1000 / std::max<double>(1, double(times.count));
    result.decision_max_us = static_cast<double>(times.max_ns) / 1000;
    result.messages = balans_->world().network().sent();
  }

 private:
  /// Houses that differ a little.
  static std::vector<sim::HeatPump> pumps_of(const RunOptions& options) {
    std::vector<sim::HeatPump> pumps;
    Random random(options.seed ^ 0x4ea7);
    for (int i = 0; i < options.heat_pumps; ++i) {
      sim::HeatPumpTraits traits;
      traits.loss_w_per_k = static_cast<double>(random.between(200, 400));
      traits.heat_capacity_wh_per_k = static_cast<double>(random.between(3'000, 6'000));
      pumps.emplace_back(traits);
    }
    return pumps;
  }

  [[nodiscard]] PerPhase<Milliamps> cars() const {
    PerPhase<Milliamps> sum;
    for (std::size_t i = 0; i < currents_.size(); ++i)
      if (life_.plugged()[i]) sum += life_.plugged()[i]->phases.spread(currents_[i]);
    return sum;
  }

  TickTruth by_balans(sim::LocalTime now) {
    const PerPhase<Milliamps> base = town_.base_at(now - options_.tick, options_.pv);
    balans_->tick(now, base, town_.weather_at(now).ambient, life_.plugged(), pumps_);
    std::copy(balans_->currents().begin(), balans_->currents().end(), currents_.begin());
    return {base, cars() + balans_->pumps(), transformer_.limit(), balans_->booked()};
  }

  /// Heat pumps belong to the base load: these policies know cars only.
  TickTruth by_policy(sim::LocalTime now) {
    PerPhase<Milliamps> base = town_.base_at(now - options_.tick, options_.pv);
    for (sim::HeatPump& pump : pumps_) {
      pump.step({now, options_.tick, defaults::kNominal}, kPumpMax);
      base += PerPhase<Milliamps>::all(pump.current());
    }
    if (now - settled_ >= kSettledFor) settle(now);
    seats_.clear();
    seated_.clear();
    for (std::size_t i = 0; i < currents_.size(); ++i) {
      currents_[i] = Milliamps();
      const std::optional<Visit>& visit = life_.plugged()[i];
      if (!visit || !visit->wants_more()) continue;
      const sim::Millijoules had = visit->arrival < settled_ ? had_[i] : sim::Millijoules();
      seats_.push_back(
          {visit->phases, sim::kPilotMinimum, visit->max, visit->arrival, visit->departure, visit->asked - had});
      seated_.push_back(i);
    }
    const std::vector<Milliamps> shares =
        share(options_.policy, seats_, transformer_.usable() - base, settled_, settlements_);
    for (std::size_t i = 0; i < shares.size(); ++i) currents_[seated_[i]] = shares[i];
    return {base, cars(), transformer_.limit(), {}};
  }

  void settle(sim::LocalTime now) {
    settled_ = now;
    ++settlements_;
    for (std::size_t i = 0; i < had_.size(); ++i)
      had_[i] = life_.plugged()[i] ? life_.plugged()[i]->got : sim::Millijoules();
  }

  static constexpr Milliamps kPumpMax = 16_A;
  /// How long who goes before whom stays the same: with every second a new order, cars would only start and stop.
  static constexpr Millis kSettledFor = 5_min;

  const RunOptions& options_;
  const Town& town_;
  sim::LocalTime end_;
  Life life_;
  Transformer transformer_;
  Ledger ledger_;
  std::vector<sim::HeatPump> pumps_;
  std::optional<Balans> balans_;
  std::vector<Milliamps> currents_;
  std::vector<Seat> seats_;
  std::vector<std::size_t> seated_;  ///< the place of each seat
  sim::LocalTime settled_;
  std::uint64_t settlements_ = 0;
  std::vector<sim::Millijoules> had_;  ///< by each place when it was last settled
  std::int64_t ticks_ = 0;
};

}  // namespace

Result<RunResult> run(const RunOptions& options) {
  const auto begun = std::chrono::steady_clock::now();
  const Result<Town> town = build_town(options);
  if (!town) return town.error();
  RunResult result;
  result.options = options;
  result.base_source = town->base_source;
  result.sessions_source = town->sessions_source;
  result.site = town->site;
  result.synthetic = town->synthetic;
  result.cars = static_cast<int>(town->chargers.size());
  if (options.policy == Policy::Oracle) {
    if (Result<void> solved = run_oracle(options, *town, result); !solved) return solved.error();
  } else {
    Result<std::optional<MinuteLog>> minutes = MinuteLog::open(options.minutes_csv);
    if (!minutes) return minutes.error();
    Run run(options, *town);
    run.live(*minutes ? &**minutes : nullptr);
    run.sum_up(result);
    if (*minutes)
      if (Result<void> written = (*minutes)->finish(); !written) return written.error();
    if (options.visits_csv)
      if (Result<void> written = write_visits(*options.visits_csv, run.visits()); !written) return written.error();
  }
  result.wall_seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  return result;
}

}  // namespace balans::runs
