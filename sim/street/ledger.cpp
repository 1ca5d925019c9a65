#include "sim/street/ledger.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/data/local_time.hpp"

namespace balans::sim {
namespace {

/// Whether a device draws more on this phase than the floor it is owed.
bool above_floor(const World& world, Phase phase) {
  return std::any_of(world.devices().begin(), world.devices().end(),
                     [&](const StreetDevice& device) { return device.truth().current[phase] > device.plan().floor; });
}

template <class T>
std::string listed(const PerPhase<T>& values, std::int64_t divisor) {
  return fmt::format("[{},{},{}]", values.values[0].count() / divisor, values.values[1].count() / divisor,
                     values.values[2].count() / divisor);
}

}  // namespace

SecondTruth judge(const World& world, VoltAmps rating) {
  SecondTruth second;
  for (Phase p : kPhases) {
    second.load[p] = apparent(world.grid().total[p]);
    second.base[p] = apparent(world.grid().base[p]);
    if (second.load[p].count() * 3 <= rating.count() * 1000) continue;
    (above_floor(world, p) ? second.overload : second.base_overload) = true;
  }
  return second;
}

Ledger::Ledger(const World& world, VoltAmps rating) : rating_(rating), delivered_before_(world.delivered()) {
  for (const StreetDevice& device : world.devices()) {
    sums_.devices.push_back({device.plan().id, device.plan().kind, {}, {}, 0});
    before_.push_back({device.plan().id, device.plan().kind, device.energy(), device.fed_in(), 0});
  }
}

SecondTruth Ledger::add(const World& world) {
  const SecondTruth second = judge(world, rating_);
  ++sums_.samples;
  sums_.peak_load = std::max(sums_.peak_load, second.load.sum());
  sums_.peak_phase = std::max(sums_.peak_phase, second.load.largest());
  overload_now_ = second.overload ? overload_now_ + 1 : 0;
  sums_.overload_seconds += second.overload ? 1 : 0;
  sums_.longest_overload_s = std::max(sums_.longest_overload_s, overload_now_);
  sums_.base_overload_seconds += second.base_overload ? 1 : 0;
  for (std::size_t i = 0; i < sums_.devices.size(); ++i)
    sums_.devices[i].limited_seconds += world.devices()[i].truth().limited ? 1 : 0;
  return second;
}

RunSums Ledger::sums(const World& world) const {
  RunSums sums = sums_;
  sums.requested = world.requested();
  sums.delivered = world.delivered() - delivered_before_;
  for (std::size_t i = 0; i < sums.devices.size(); ++i) {
    sums.devices[i].energy = world.devices()[i].energy() - before_[i].energy;
    sums.devices[i].fed_in = world.devices()[i].fed_in() - before_[i].fed_in;
  }
  return sums;
}

std::string truth_line(const World& world, const SecondTruth& second, LocalTime now, std::int64_t second_of_run) {
  std::string line = fmt::format(R"({{"s":{},"local":"{}","load_va":{},"base_va":{},"overload":{},"base_overload":{})",
                                 second_of_run, to_text(now), listed(second.load, 1000), listed(second.base, 1000),
                                 second.overload, second.base_overload);
  line += fmt::format(R"(,"load_ma":{},"voltage_mv":{},"devices":{{)", listed(world.grid().current, 1),
                      listed(world.grid().voltage, 1));
  bool first = true;
  for (const StreetDevice& device : world.devices()) {
    const DeviceTruth& truth = device.truth();
    line += fmt::format(R"({}"{}":{{"ma":{},"allowed_ma":{},"wants_ma":{},"limited":{},"fallen_back":{}}})",
                        first ? "" : ",", device.plan().id.str(), listed(truth.current, 1), truth.allowed.count(),
                        truth.wants.count(), truth.limited, truth.fallen_back);
    first = false;
  }
  return line + "}}\n";
}

}  // namespace balans::sim
