#include "sim/soak/waiting.hpp"

#include <algorithm>

namespace balans::soak {

using twin::AgentProcess;
using twin::MeterModel;
using twin::World;

namespace {

constexpr Millis kSecond = Millis(1000);
constexpr Millis kRun = Millis(60'000);         // less is no turn
constexpr Millis kHandOver = Millis(60'000);    // one stops, that is seen, the next one starts; the minimum off-time
constexpr Millis kSettlesIn = Millis(60'000);   // after a disturbance: leases, envelopes, samples
constexpr Milliamps kForgets = Milliamps(100);  // a second, of a base load that was higher

bool asks(const AgentProcess& agent) { return agent.device.appetite.draw > Milliamps(); }

bool runs(const AgentProcess& agent) { return agent.device.setpoint.draw.newest() >= agent.settings.min; }

bool loads(const World& world, std::size_t agent, std::size_t node, std::size_t row) {
  const Site& site = world.street().site;
  if (!is_below(site, site.agents[agent].node, node)) return false;
  return row == 3 || site.agents[agent].phases.contains(kPhases[row]);
}

/// Of a node's row, less its margin; absent: it has none.
std::optional<Milliamps> limit_of(const World& world, std::size_t v, std::size_t row) {
  const Site& site = world.street().site;
  if (row == 3) {
    if (!site.nodes[v].max_va) return std::nullopt;
    return less_margin(site, three_phase_sum(*site.nodes[v].max_va));
  }
  const Milliamps limit = world.room(v).draw[kPhases[row]] + world.base(v)[kPhases[row]];
  return limit >= kUnlimited ? std::nullopt : std::optional(limit);
}

}  // namespace

Waited& Waited::operator+=(const Waited& other) {
  longest = std::max(longest, other.longest);
  percent_of_bound = std::max(percent_of_bound, other.percent_of_bound);
  device_seconds += other.device_seconds;
  turns += other.turns;
  short_turns += other.short_turns;
  return *this;
}

Waiting::Waiting(const World& world) : lines_(world.agents().size()), highest_(world.street().site.nodes.size()) {
  for (std::size_t i = 0; i < lines_.size(); ++i) lines_[i].bound = bound_of(world, i);
}

Millis Waiting::bound_of(const World& world, std::size_t agent) const {
  std::int64_t most = 1;
  for (std::size_t v = 0; v < highest_.size(); ++v)
    for (std::size_t row = 0; row < kRows; ++row) {
      if (!limit_of(world, v, row) || !loads(world, agent, v, row)) continue;
      std::int64_t rivals = 0;
      for (std::size_t i = 0; i < lines_.size(); ++i) rivals += loads(world, i, v, row) ? 1 : 0;
      most = std::max(most, rivals);
    }
  return (defaults::kRotationQuantum + kHandOver) * most;
}

/// A silent meter raises nobody, and one that is cut off has no turn.
bool Waiting::undisturbed(const World& world) const {
  if (!world.controller().memory) return false;
  const auto& agents = world.agents();
  const auto& meters = world.meters();
  return std::all_of(agents.begin(), agents.end(),
                     [&](const AgentProcess& agent) {
                       return agent.memory && agent.session && world.now() >= agent.stalled_until &&
                              world.now() >= agent.writes_fail_until && world.now() >= agent.polls_fail_until &&
                              agent.heard && world.now() - *agent.heard <= defaults::kAgentSilentAfter;
                     }) &&
         std::all_of(meters.begin(), meters.end(), [&](const MeterModel& meter) {
           return meter.fault == MeterModel::Fault::None && world.now() >= meter.silent_until &&
                  world.now() >= meter.frozen_until;
         });
}

/// What nobody measures may be all that was enrolled, beside what meters show below it.
PerPhase<Milliamps> Waiting::base_to_reckon_with(const World& world, std::size_t v) const {
  const Site& site = world.street().site;
  if (has_meter(site, v)) return world.base(v);
  PerPhase<Milliamps> base = site.nodes[v].design_peak_base;
  for (std::size_t m = v + 1; m < site.nodes.size(); ++m)
    if (has_meter(site, m) && is_below(site, m, v) && meter_above(site, m) == meter_above(site, v))
      base += world.base(m);
  return base;
}

void Waiting::note_base(const World& world) {
  for (std::size_t v = 0; v < highest_.size(); ++v)
    highest_[v] = larger_of(base_to_reckon_with(world, v), highest_[v] - PerPhase<Milliamps>::all(kForgets));
}

bool Waiting::could_run_alone(const World& world, std::size_t agent) const {
  const Milliamps min = world.agents()[agent].settings.min;
  const auto conductors = static_cast<std::int64_t>(world.street().site.agents[agent].phases.size());
  for (std::size_t v = 0; v < highest_.size(); ++v)
    for (std::size_t row = 0; row < kRows; ++row) {
      const std::optional<Milliamps> limit = limit_of(world, v, row);
      if (!limit || !loads(world, agent, v, row)) continue;
      const Milliamps base = row == 3 ? highest_[v].sum() : highest_[v][kPhases[row]];
      if (*limit - std::max(base, Milliamps()) < min * (row == 3 ? conductors : 1)) return false;
    }
  return true;
}

std::optional<std::string> Waiting::look(const World& world) {
  note_base(world);
  if (!undisturbed(world)) disturbed_ = world.now();
  if (world.controller().epoch.value != epoch_) {
    epoch_ = world.controller().epoch.value;
    for (Line& line : lines_) line.waited = Millis();  // it has no memory of turns
  }
  const bool counts = world.now() - disturbed_ > kSettlesIn;
  for (std::size_t i = 0; i < lines_.size(); ++i)
    if (auto wrong = look_at(world, i, counts)) return wrong;
  return std::nullopt;
}

std::optional<std::string> Waiting::look_at(const World& world, std::size_t i, bool counts) {
  Line& line = lines_[i];
  const AgentProcess& agent = world.agents()[i];
  if (!asks(agent)) {
    line.waited = line.ran = Millis();
    return std::nullopt;
  }
  if (runs(agent)) {
    line.ran += kSecond;
    if (line.ran < kRun) return std::nullopt;
    if (line.waited > Millis()) ++waited_.turns;
    line.waited = Millis();
    return std::nullopt;
  }
  if (line.ran > Millis() && line.ran < defaults::kMinOn) ++waited_.short_turns;
  line.ran = Millis();
  if (!counts || !could_run_alone(world, i)) return std::nullopt;
  line.waited += kSecond;
  ++waited_.device_seconds;
  waited_.longest = std::max(waited_.longest, line.waited);
  waited_.percent_of_bound = std::max(waited_.percent_of_bound, 100 * line.waited.count() / line.bound.count());
  if (line.waited <= line.bound) return std::nullopt;
  return agent.settings.id.str() + " has waited for " + std::to_string(line.waited.count() / 60'000) +
         " min, longer than the " + std::to_string(line.bound.count() / 60'000) + " min of its row\n" +
         world.describe();
}

}  // namespace balans::soak
