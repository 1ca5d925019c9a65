#include "sim/soak/judge.hpp"

#include <algorithm>

namespace balans::soak {

using twin::AgentProcess;
using twin::MeterModel;
using twin::World;
using twin::WorldTime;

namespace {

constexpr Milliamps kNothingKnown = Milliamps(-1'000'000'000);
constexpr Milliamps kSame = 500_mA;  // a meter that is further off tells nothing
constexpr Millis kSecond = Millis(1000);
constexpr Millis kHeardOften = defaults::kStatusEvery + defaults::kMeterLate;
constexpr Millis kHeardAgain = Millis(30'000);  // what a meter showed is remembered this long
constexpr Millis kTimeToAct = Millis(5'000);    // an agent's tick, three orders on their way, the next tick
constexpr std::array<const char*, 8> kRowNames{"L1", "L2", "L3", "sum", "L1 back", "L2 back", "L3 back", "sum back"};

std::size_t row_of(Direction direction, Phase p) {
  return (direction == Direction::Draw ? 0U : 4U) + static_cast<std::size_t>(p);
}

Direction direction_of(std::size_t row) { return row < 4 ? Direction::Draw : Direction::Feed; }

/// A phase's, or their sum.
Milliamps in_row(const PerPhase<Milliamps>& current, std::size_t row) {
  return row % 4 == 3 ? current.sum() : current[kPhases[row % 4]];
}

std::array<Milliamps, 8> rows_of(const Allowance& allowance) {
  std::array<Milliamps, 8> rows{};
  for (std::size_t r = 0; r < rows.size(); ++r) rows[r] = in_row(in(allowance, direction_of(r)), r);
  return rows;
}

/// Of what flows in that direction, in a way that nobody could tell from the truth; no limit to it where it is much.
PerPhase<Milliamps> shown_too_little(const World& world, std::size_t meter, Direction direction) {
  const MeterModel& model = world.meters()[meter];
  const auto& lie = direction == Direction::Draw ? model.showed_less : model.showed_more;
  if (!lie || world.now() - lie->at > kSecond) return {};
  return lie->by.largest() > kSame ? PerPhase<Milliamps>::all(kUnlimited) : lie->by;
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
  at_failsafe += other.at_failsafe;
  beyond_reach += other.beyond_reach;
  in_margin += other.in_margin;
  unknown += other.unknown;
  overload_seconds += other.overload_seconds;
  longest_overload = std::max(longest_overload, other.longest_overload);
  return *this;
}

Judge::Judge(const World& world, const JudgeSettings& settings)
    : settings_(settings),
      margin_percent_(world.street().site.margin_percent),
      feeds_back_(world.street().site.feeds_back) {
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
    peaks_.push_back(site.nodes[v].design_peak_base);
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
  in_reach_.resize(site.agents.size());
  unheard_.resize(site.agents.size());
}

std::optional<std::string> Judge::look(const World& world, const Storm& storm) {
  look_at_devices(world, storm);
  if (auto wrong = look_at_registers(world)) return wrong;
  for (std::size_t v = 0; v < nodes_.size(); ++v) {
    look_at_load(world, v);
    for (std::size_t r = 0; r < kRows; ++r)
      if (auto wrong = look_at_row(world, v, r)) return wrong;
    if (auto wrong = look_at_flow(world, v)) return wrong;
  }
  forget(world.now());
  return std::nullopt;
}

/// What no law asks for any more.
void Judge::forget(WorldTime now) {
  const WorldTime needed = *std::min_element(in_reach_.begin(), in_reach_.end()) - settings_.patience;
  while (now - kSecond * static_cast<std::int64_t>(wild_.size() - 1) < needed) {
    wild_.pop_front();
    for (NodePast& node : nodes_) node.beside.pop_front();
  }
}

void Judge::look_at_devices(const World& world, const Storm& storm) {
  const WorldTime now = world.now();
  Wild& wild = wild_.emplace_back(devices_.size());
  for (std::size_t i = 0; i < devices_.size(); ++i) {
    const AgentProcess& agent = world.agents()[i];
    DeviceNow& device = devices_[i];
    device = {};
    device.failsafe = rows_of(failsafe_of(world.street().site.agents[i]));
    const PerPhase<Milliamps> flow = agent.device.flow(now);
    device.wild = storm.disobeys(i);
    if (device.wild) {
      wild[i] = {larger_of(flow, PerPhase<Milliamps>{}),
                 larger_of(PerPhase<Milliamps>{} - flow, PerPhase<Milliamps>{})};
    } else {
      device.may = rows_of(agent.device.may_do(now));
    }
    const bool tells = agent.heard && now - *agent.heard <= kHeardOften && reaches_its_device(agent, now);
    if (!world.controller().memory || !tells) unheard_[i] = now;
    if (now - unheard_[i] <= kHeardAgain || device.wild) {
      device.unheard_draw = larger_of(flow, PerPhase<Milliamps>{});
      device.unheard_feed = device.unheard_draw - flow;
    }
    if (device.wild || !reaches_its_device(agent, now)) out_of_reach_[i] = now;
    device.in_reach = now - out_of_reach_[i] > settings_.patience;
    if (device.in_reach) in_reach_[i] = now;
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

/// What the meters that tell about a node show too little of what flows there.
PerPhase<Milliamps> Judge::untold(const World& world, std::size_t node, Direction direction) const {
  const auto untold_by = [&](std::size_t meter, Direction d) { return shown_too_little(world, meter, d); };
  if (meter_of_[node]) return untold_by(*meter_of_[node], direction);
  if (meter_above_[node] == kNoParent) return {};
  PerPhase<Milliamps> untold = untold_by(*meter_of_[static_cast<std::size_t>(meter_above_[node])], direction);
  for (std::size_t v = 0; v < nodes_.size(); ++v)
    if (meter_of_[v] && meter_above_[v] == meter_above_[node])
      untold += untold_by(*meter_of_[v], Direction::Draw) + untold_by(*meter_of_[v], Direction::Feed);
  return untold;
}

PerPhase<Milliamps> Judge::withdrawn(const World& world, std::size_t node) const {
  PerPhase<Milliamps> withdrawn;
  for (const TimedLimit& row : world.street().site.schedule) {
    if (row.node != node || !in_span(row.months, row.from_minute, row.to_minute, world.controller().outdoors.local))
      continue;
    for (Phase p : kPhases)
      withdrawn[p] = std::max(withdrawn[p], nodes_[node].limit[row_of(Direction::Draw, p)] - row.bound.draw[p]);
  }
  return withdrawn;
}

/// What may be drawn there and is in no meter, because somebody feeds it in of whom the controller has not heard. It
/// reckons with the design peak where no meter shows anything.
PerPhase<Milliamps> Judge::hidden(std::size_t node, bool shown) const {
  PerPhase<Milliamps> hidden;
  if (meter_of_[node] ? !shown : meter_above_[node] == kNoParent) return hidden;
  const std::size_t seen_at = meter_of_[node] ? node : static_cast<std::size_t>(meter_above_[node]);
  for (std::size_t i = 0; i < devices_.size(); ++i)
    if (below_[seen_at][i]) hidden += devices_[i].unheard_feed;
  return hidden;
}

Judge::Beside Judge::beside(const World& world, std::size_t node) const {
  Beside now;
  now.load = {world.base(node), PerPhase<Milliamps>{} - world.base(node)};
  for (std::size_t i = 0; i < devices_.size(); ++i)
    if (below_[node][i]) now.load.feed -= devices_[i].unheard_draw;
  const MeterModel* meter = meter_of_[node] ? &world.meters()[*meter_of_[node]] : nullptr;
  now.shown = meter != nullptr && meter->fault == MeterModel::Fault::None && world.now() >= meter->silent_until &&
              world.now() >= meter->frozen_until;
  const PerPhase<Milliamps> base = now.load.draw;
  now.load.draw = larger_of(base - hidden(node, now.shown), smaller_of(base, PerPhase<Milliamps>{}));
  for (const Direction d : kDirections) {
    const PerPhase<Milliamps> untold = this->untold(world, node, d);
    now.lied[d] = untold.largest() >= kUnlimited;
    in(now.load, d) -= untold;
  }
  now.withdrawn = withdrawn(world, node);
  return now;
}

void Judge::look_at_load(const World& world, std::size_t v) {
  NodePast& node = nodes_[v];
  node.beside.push_back(beside(world, v));
  const Rows before = node.known;
  for (std::size_t r = 0; r < kRows; ++r) {
    node.known[r] = knowable(v, r, node.beside.back(), wild_.back());
    if (node.beside.size() > 1 && node.known[r] > before[r]) node.rows[r].rose = world.now();
  }
}

/// The load of a row as far as anybody can know it, beside devices that are obedient now: `wild` of those that are not.
Milliamps Judge::knowable(std::size_t node, std::size_t row, const Beside& beside, const Wild& wild) const {
  const Direction d = direction_of(row);
  if (beside.lied[d]) return kNothingKnown;
  PerPhase<Milliamps> load = in(beside.load, d);
  for (std::size_t i = 0; i < devices_.size(); ++i)
    if (below_[node][i] && devices_[i].wild) load += in(wild[i], d);
  if (!beside.shown && d == Direction::Draw) load = smaller_of(load, peaks_[node]);
  if (!beside.shown && d == Direction::Feed && !feeds_back_) load = smaller_of(load, PerPhase<Milliamps>{});
  if (row < 3) load += beside.withdrawn;
  return in_row(load, row);
}

Milliamps Judge::left(std::size_t node, std::size_t row, Milliamps load) const {
  return std::max(nodes_[node].limit[row] - load, Milliamps());
}

/// The smallest since then.
Milliamps Judge::least_known(std::size_t v, std::size_t row, WorldTime now, WorldTime since) const {
  const std::deque<Beside>& beside = nodes_[v].beside;
  Milliamps least = nodes_[v].known[row];
  for (std::size_t k = 1; k < beside.size() && now - kSecond * static_cast<std::int64_t>(k) > since; ++k)
    least = std::min(least, knowable(v, row, beside[beside.size() - 1 - k], wild_[wild_.size() - 1 - k]));
  return least;
}

std::optional<std::string> Judge::look_at_row(const World& world, std::size_t v, std::size_t row) {
  NodePast& node = nodes_[v];
  RowPast& past = node.rows[row];
  if (node.limit[row] >= kUnlimited) return std::nullopt;
  ++judged_.rows;
  Milliamps may;
  for (std::size_t i = 0; i < devices_.size(); ++i)
    if (below_[v][i]) may += devices_[i].may[row];
  const Milliamps known = node.known[row];
  if (known == kNothingKnown) ++judged_.unknown;
  if (may <= left(v, row, known)) {
    past.least_may = may;
    return std::nullopt;
  }
  const WorldTime now = world.now();
  ++judged_.excused;
  const bool unraised = may <= past.least_may;
  past.least_may = std::min(past.least_may, may);
  if (may <= left(v, row, least_known(v, row, now, now - settings_.patience))) return std::nullopt;
  if (nobody_to_cut(v, row, may, now)) return std::nullopt;
  if (unraised && in_margin(world, v, row, may)) return ++judged_.in_margin, std::nullopt;
  std::string history;
  for (std::size_t k = std::min<std::size_t>(node.beside.size(), 60); k-- > 0;)
    history +=
        " " +
        std::to_string(knowable(v, row, node.beside[node.beside.size() - 1 - k], wild_[wild_.size() - 1 - k]).count());
  return world.street().site.nodes[v].name + " " + kRowNames[row] + ": devices may do " + std::to_string(may.count()) +
         " mA of " + std::to_string(left(v, row, known).count()) + " mA, and there was time to cut them\n" +
         "  knowable load lately:" + history + "\n" + world.describe();
}

/// Whether no more can be asked of anybody, or those out of reach are the reason, and what the load has risen by since
/// bounds the excess.
bool Judge::nobody_to_cut(std::size_t v, std::size_t row, Milliamps may, WorldTime now) {
  std::optional<WorldTime> since;
  for (std::size_t i = 0; i < devices_.size(); ++i) {
    const DeviceNow& device = devices_[i];
    if (!below_[v][i] || device.may[row] <= device.failsafe[row]) continue;
    if (device.in_reach) return false;
    since = std::min(since.value_or(now), in_reach_[i] - settings_.patience);
  }
  if (!since) return ++judged_.at_failsafe, true;
  if (may > left(v, row, least_known(v, row, now, *since))) return false;
  return ++judged_.beyond_reach, true;
}

bool Judge::in_margin(const World& world, std::size_t v, std::size_t row, Milliamps may) const {
  const Milliamps limit = nodes_[v].limit[row];
  const Milliamps flow = in_row(world.flow(v), row);
  if (meter_of_[v] && (direction_of(row) == Direction::Draw ? flow : -flow) > limit) return false;
  if (row < 3 && in_row(nodes_[v].beside.back().withdrawn, row) > Milliamps()) return false;
  return may <= limit * 100 / (100 - margin_percent_) - nodes_[v].known[row];
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
