#include "sim/soak/judge.hpp"

#include <algorithm>

namespace balans::soak {

using twin::AgentProcess;
using twin::MeterModel;
using twin::World;
using twin::WorldTime;

namespace {

constexpr Milliamps kNothingKnown = Milliamps(-1'000'000'000);
constexpr Millis kSecond = Millis(1000);
constexpr Millis kHeardOften = defaults::kStatusEvery + defaults::kMeterLate;
constexpr Millis kHeardAgain = Millis(30'000);  // what a meter showed is remembered this long
constexpr Millis kTimeToAct = Millis(5'000);    // an agent's tick, three orders on their way, the next tick
constexpr std::array<const char*, 8> kRowNames{"L1", "L2", "L3", "sum", "L1 back", "L2 back", "L3 back", "sum back"};

std::size_t row_of(Direction direction, Phase p) {
  return (direction == Direction::Draw ? 0U : 4U) + static_cast<std::size_t>(p);
}

template <class Rows>
void add(Rows& rows, const Allowance& allowance) {
  for (const Direction d : kDirections) {
    for (Phase p : kPhases) rows[row_of(d, p)] += in(allowance, d)[p];
    rows[d == Direction::Draw ? 3 : 7] += in(allowance, d).sum();
  }
}

/// One that keeps silent towards its device waits for the device's own watchdog.
bool reaches_its_device(const AgentProcess& agent, WorldTime now) {
  return agent.memory && agent.polls && now >= agent.stalled_until && now >= agent.writes_fail_until &&
         now >= agent.polls_fail_until;
}

}  // namespace

Judged& Judged::operator+=(const Judged& other) {
  rows += other.rows;
  excused += other.excused;
  unknown += other.unknown;
  overload_seconds += other.overload_seconds;
  longest_overload = std::max(longest_overload, other.longest_overload);
  return *this;
}

Judge::Judge(const World& world, const JudgeSettings& settings) : settings_(settings) {
  const Site& site = world.street().site;
  meter_of_.resize(site.nodes.size());
  for (std::size_t m = 0; m < site.meters.size(); ++m) meter_of_[site.meters[m].node] = m;
  for (std::size_t v = 0; v < site.nodes.size(); ++v) {
    NodePast node;
    const Allowance room = world.room(v);
    const PerPhase<Milliamps> base = world.base(v);
    for (Phase p : kPhases) {
      node.limit[row_of(Direction::Draw, p)] = room.draw[p] + base[p];
      node.limit[row_of(Direction::Feed, p)] = room.feed[p] - base[p];
    }
    const std::optional<VoltAmps> most = site.nodes[v].max_va;
    node.limit[3] = node.limit[7] = most ? less_margin(site, three_phase_sum(*most)) : kUnlimited;
    nodes_.push_back(std::move(node));
    std::vector<bool> agents;
    for (const Enrolment& agent : site.agents) agents.push_back(is_below(site, agent.node, v));
    below_.push_back(std::move(agents));
    int above = site.nodes[v].parent;
    while (above != kNoParent && !meter_of_[static_cast<std::size_t>(above)])
      above = site.nodes[static_cast<std::size_t>(above)].parent;
    meter_above_.push_back(above);
  }
  devices_.resize(site.agents.size());
  out_of_reach_.resize(site.agents.size());
  unheard_.resize(site.agents.size());
}

std::optional<std::string> Judge::look(const World& world, const Storm& storm) {
  look_at_devices(world, storm);
  if (auto wrong = look_at_registers(world)) return wrong;
  for (std::size_t v = 0; v < nodes_.size(); ++v) {
    NodePast& node = nodes_[v];
    const Rows known = knowable(world, v);
    for (std::size_t r = 0; r < kRows; ++r)
      if (!node.known.empty() && known[r] > node.known.back()[r]) node.rows[r].rose = world.now();
    node.known.push_back(known);
    if (kSecond * static_cast<std::int64_t>(node.known.size()) > settings_.patience) node.known.pop_front();
    Rows may{};
    for (std::size_t i = 0; i < devices_.size(); ++i)
      if (below_[v][i]) add(may, devices_[i].may_do);
    for (std::size_t r = 0; r < kRows; ++r)
      if (auto wrong = look_at_row(world, v, r, may[r])) return wrong;
    if (auto wrong = look_at_flow(world, v)) return wrong;
  }
  return std::nullopt;
}

void Judge::look_at_devices(const World& world, const Storm& storm) {
  const WorldTime now = world.now();
  for (std::size_t i = 0; i < devices_.size(); ++i) {
    const AgentProcess& agent = world.agents()[i];
    DeviceNow& device = devices_[i];
    device = {};
    if (storm.disobeys(i)) {
      const PerPhase<Milliamps> flow = agent.device.flow(now);
      device.wild_draw = larger_of(flow, PerPhase<Milliamps>{});
      device.wild_feed = larger_of(PerPhase<Milliamps>{} - flow, PerPhase<Milliamps>{});
    } else {
      device.may_do = agent.device.may_do(now);
    }
    if (!world.controller().memory || !agent.heard || now - *agent.heard > kHeardOften) unheard_[i] = now;
    if (now - unheard_[i] <= kHeardAgain || storm.disobeys(i))
      device.unheard_draw = larger_of(agent.device.flow(now), PerPhase<Milliamps>{});
    if (storm.disobeys(i) || !reaches_its_device(agent, now)) out_of_reach_[i] = now;
    device.in_reach = now - out_of_reach_[i] > settings_.patience;
  }
}

std::optional<std::string> Judge::look_at_registers(const World& world) const {
  const WorldTime now = world.now();
  for (std::size_t i = 0; i < devices_.size(); ++i) {
    const AgentProcess& agent = world.agents()[i];
    if (!devices_[i].in_reach) continue;
    const Millis over = agent.clock.at(now) - agent.lease.until;
    if (over < kTimeToAct) continue;
    for (const Direction d : kDirections) {
      const Milliamps most = over < agent.settings.failsafe_hold ? Milliamps() : band_of(agent.settings, d).failsafe;
      if (agent.device.setpoint[d].newest() > most)
        return agent.settings.id.str() + " holds its device at " +
               std::to_string(agent.device.setpoint[d].newest().count()) + " mA, " + std::to_string(over.count()) +
               " ms after its lease\n" + world.describe();
    }
  }
  return std::nullopt;
}

bool Judge::misled(const World& world, std::size_t node, Direction direction) const {
  const auto lies = [&](std::size_t meter, Direction d) {
    const MeterModel& model = world.meters()[meter];
    const auto& at = d == Direction::Draw ? model.showed_less : model.showed_more;
    return at && world.now() - *at <= kSecond;
  };
  if (meter_of_[node]) return lies(*meter_of_[node], direction);
  if (meter_above_[node] == kNoParent) return false;
  if (lies(*meter_of_[static_cast<std::size_t>(meter_above_[node])], direction)) return true;
  for (std::size_t v = 0; v < nodes_.size(); ++v)
    if (meter_of_[v] && meter_above_[v] == meter_above_[node] &&
        (lies(*meter_of_[v], Direction::Draw) || lies(*meter_of_[v], Direction::Feed)))
      return true;
  return false;
}

Judge::Rows Judge::knowable(const World& world, std::size_t node) const {
  const Site& site = world.street().site;
  Allowance load{world.base(node), PerPhase<Milliamps>{} - world.base(node)};
  for (std::size_t i = 0; i < devices_.size(); ++i) {
    if (!below_[node][i]) continue;
    load.draw += devices_[i].wild_draw;
    load.feed += devices_[i].wild_feed - devices_[i].unheard_draw;
  }
  const MeterModel* meter = meter_of_[node] ? &world.meters()[*meter_of_[node]] : nullptr;
  const bool shown = meter != nullptr && meter->fault == MeterModel::Fault::None &&
                     world.now() >= meter->silent_until && world.now() >= meter->frozen_until;
  if (!shown) {
    load.draw = smaller_of(load.draw, site.nodes[node].design_peak_base);
    if (!site.feeds_back) load.feed = smaller_of(load.feed, PerPhase<Milliamps>{});
  }
  Rows rows{};
  for (const Direction d : kDirections) {
    const bool unknown = misled(world, node, d);
    for (Phase p : kPhases) rows[row_of(d, p)] = unknown ? kNothingKnown : in(load, d)[p];
    rows[d == Direction::Draw ? 3 : 7] = unknown ? kNothingKnown : in(load, d).sum();
  }
  return rows;
}

Milliamps Judge::least_known(const NodePast& node, std::size_t row) const {
  Milliamps least = node.known.back()[row];
  for (const Rows& known : node.known) least = std::min(least, known[row]);
  return least;
}

std::optional<std::string> Judge::look_at_row(const World& world, std::size_t v, std::size_t row, Milliamps may) {
  NodePast& node = nodes_[v];
  RowPast& past = node.rows[row];
  if (node.limit[row] >= kUnlimited) return std::nullopt;
  ++judged_.rows;
  const Milliamps known = node.known.back()[row];
  if (known == kNothingKnown) ++judged_.unknown;
  const auto left = [&](Milliamps load) { return std::max(node.limit[row] - load, Milliamps()); };
  if (may <= left(known)) {
    past.within = world.now();
    return std::nullopt;
  }
  const auto text = [&](const char* what) {
    std::string history;
    for (const Rows& rows : node.known) history += " " + std::to_string(rows[row].count());
    return world.street().site.nodes[v].name + " " + kRowNames[row] + ": devices may do " +
           std::to_string(may.count()) + " mA of " + std::to_string(left(known).count()) + " mA, " + what +
           "\n  knowable load lately:" + history + "\n" + world.describe();
  };
  if (past.rose < past.within && world.now() - past.rose > settings_.patience)
    return text("and nothing has risen beside them");
  ++judged_.excused;
  if (may <= left(least_known(node, row))) return std::nullopt;
  Rows in_reach{}, failsafes{};
  for (std::size_t i = 0; i < devices_.size(); ++i) {
    if (!below_[v][i] || !devices_[i].in_reach) continue;
    add(in_reach, devices_[i].may_do);
    add(failsafes, failsafe_of(world.street().site.agents[i]));
  }
  if (in_reach[row] <= failsafes[row]) return std::nullopt;
  return text("although there was time to cut them");
}

/// How long more flows than the limit, where that is not the base load's own doing, since it last rose.
std::optional<std::string> Judge::look_at_flow(const World& world, std::size_t v) {
  NodePast& node = nodes_[v];
  const PerPhase<Milliamps> flow = world.flow(v);
  const PerPhase<Milliamps> base = world.base(v);
  for (Phase p : kPhases) {
    const Milliamps limit = node.limit[row_of(Direction::Draw, p)] * 100 / (100 - world.street().site.margin_percent);
    if (flow[p] <= limit || base[p] > limit) {
      node.not_over[p] = world.now();
      continue;
    }
    ++judged_.overload_seconds;
    const Millis over = world.now() - std::max(node.not_over[p], node.rows[row_of(Direction::Draw, p)].rose);
    judged_.longest_overload = std::max(judged_.longest_overload, over);
    const auto& longest = meter_of_[v] ? settings_.longest_overload : settings_.longest_unmetered;
    if (longest && over > *longest)
      return world.street().site.nodes[v].name + " " + name_of(p) + ": over its limit for " +
             std::to_string(over.count()) + " ms\n" + world.describe();
  }
  return std::nullopt;
}

}  // namespace balans::soak
