#include "tests/trafo/core/protocol/world.hpp"

#include <algorithm>

namespace balans::protocol {
namespace {

constexpr Millis kGrain = Millis(100);
constexpr Millis kCarsChangeIn = Millis(30'000);  // one leaves, another comes

std::string text_of(const PerPhase<Milliamps>& current) {
  std::string text;
  for (Phase p : kPhases) text += " " + std::to_string(current[p].count());
  return text;
}

}  // namespace

World::World(Street street, std::uint64_t seed, Mistake mistake)
    : street_(std::move(street)), random_(seed), mistake_(mistake), network_(random_) {
  network_.weather = street_.weather.network;
  controller_.site = street_.site;
  controller_.samples.resize(street_.site.meters.size());
  controller_.clock.offset = Millis(random_.between(100'000, 900'000));
  meters_.resize(street_.site.meters.size());
  retained_.resize(street_.agents.size());
  cut_off_until_.resize(street_.agents.size());
  places_.resize(street_.agents.size());
  for (std::size_t i = 0; i < street_.agents.size(); ++i) {
    AgentProcess agent;
    agent.settings = street_.agents[i];
    agent.device = street_.devices[i];
    agent.clock = {Millis(random_.between(0, 1'000'000)), random_.between(-5, 5)};
    if (mistake_ == Mistake::NoWatchdog) agent.device.watchdog = Watchdog::Broken;
    if (mistake_ == Mistake::ShortHold) agent.settings.failsafe_hold = 0_s;
    agent.forgot_hold = mistake_ == Mistake::ShortHold;
    agent.starts = WorldTime(random_.between(0, 3'000));
    agents_.push_back(std::move(agent));
  }
  controller_.starts = WorldTime(random_.between(0, 3'000));
}

std::optional<std::string> World::live(Millis time) { return live(time, Law::Holds); }
std::optional<std::string> World::live_unbound(Millis time) { return live(time, Law::Unwatched); }

std::optional<std::string> World::live(Millis time, Law law) {
  const WorldTime end = now_ + time;
  while (now_ < end) {
    now_ = now_ + kGrain;
    const bool whole_second = now_.ms() % 1000 == 0;
    if (whole_second) suffer();
    deliver();
    run_devices();
    if (auto wrong = run_agents()) return wrong;
    run_controller();
    if (!whole_second || law == Law::Unwatched) continue;
    if (auto wrong = violation()) return wrong;
  }
  return std::nullopt;
}

void World::clear_up() {
  street_.weather = Weather{};
  network_.weather = NetworkWeather{};
  for (MeterModel& meter : meters_) meter.silent_until = meter.frozen_until = now_;
  controller_.starts = std::min(controller_.starts, now_);
  for (std::size_t i = 0; i < agents_.size(); ++i) {
    AgentProcess& agent = agents_[i];
    network_.join(i);
    agent.starts = std::min(agent.starts, now_);
    agent.stalled_until = agent.connects = agent.writes_fail_until = agent.polls_fail_until = now_;
    agent.device.appetite = {agent.settings.max, {}};
    places_[i].empty_since.reset();
  }
}

void World::suffer() {
  const Weather& weather = street_.weather;
  for (MeterModel& meter : meters_) {
    if (random_.happens(weather.meter_silent)) meter.silent_until = for_a_while();
    if (random_.happens(weather.meter_frozen)) meter.frozen_until = for_a_while();
  }
  if (controller_.memory && random_.happens(weather.controller_dies)) controller_.stop(for_a_while());
  const bool broker_dies = random_.happens(weather.broker_dies);
  const WorldTime back = for_a_while();
  if (broker_dies && random_.happens(500'000)) network_.lose_all();
  for (std::size_t i = 0; i < agents_.size(); ++i) {
    if (broker_dies) agents_[i].disconnect(back + Millis(random_.between(0, 5'000)));
    suffer_agent(agents_[i], i);
  }
}

void World::suffer_agent(AgentProcess& agent, std::size_t index) {
  const Weather& weather = street_.weather;
  if (now_ >= cut_off_until_[index]) network_.join(index);
  if (random_.happens(weather.cut_off)) {
    network_.cut_off(index);
    cut_off_until_[index] = for_a_while();
  }
  if (random_.happens(weather.agent_dies)) agent.stop(for_a_while(), random_);
  if (random_.happens(weather.agent_stalls)) agent.stalled_until = for_a_while();
  if (random_.happens(weather.writes_fail)) agent.writes_fail_until = for_a_while();
  if (random_.happens(weather.polls_fail)) agent.polls_fail_until = for_a_while();
  change_appetite(agent, index);
}

void World::change_appetite(AgentProcess& agent, std::size_t index) {
  DeviceModel& device = agent.device;
  Place& place = places_[index];
  if (!agent.is_quiet(now_)) place.disturbed = now_;
  // A car that stops by itself while a cut is on its way looks like one that obeys; no protocol can tell.
  if (!device.is_settled(now_) || !agent.orders.empty()) return;
  if (place.empty_since) {
    // Another car that comes while nobody looks is a base load that jumps.
    if (now_ - std::max(*place.empty_since, place.disturbed) < kCarsChangeIn) return;
    const bool takes_all = device.phases.size() < 3 || device.conductors.size() < 3;
    device.conductors = takes_all ? PhaseSet::all() : PhaseSet{Phase::L1};
    device.appetite.draw = agent.settings.max;
    place.empty_since.reset();
  } else if (!device.is_store && device.fewer.empty() && random_.happens(street_.weather.car_changes)) {
    device.appetite = {};
    place.empty_since = now_;
  } else if (random_.happens(street_.weather.appetite_changes)) {
    const bool feeds = device.is_store && random_.happens(500'000);
    const Milliamps most = feeds ? agent.settings.max_feed : agent.settings.max;
    const Milliamps wants = random_.happens(300'000) ? Milliamps() : Milliamps(random_.between(0, most.count()));
    device.appetite = {};
    device.appetite[feeds ? Direction::Feed : Direction::Draw] = wants;
  }
}

void World::deliver() {
  for (Message& message : network_.arrived(now_)) {
    if (std::holds_alternative<Limit>(message.body)) {
      deliver_to_agent(message);
      continue;
    }
    if (const auto* offer = std::get_if<Offer>(&message.body)) retained_[message.agent] = *offer;
    if (auto* status = std::get_if<Status>(&message.body); status != nullptr && status->ack) {
      if (mistake_ == Mistake::AckWithoutEpoch) status->ack->epoch = controller_.epoch;
      if (mistake_ == Mistake::EffectiveAtWrite && status->ack->stage == AckStage::Written)
        status->ack->stage = AckStage::Effective;
    }
    controller_.take(now_, message);
  }
}

void World::deliver_to_agent(Message& message) {
  AgentProcess& agent = agents_[message.agent];
  Limit limit = std::get<Limit>(message.body);
  if (mistake_ == Mistake::TtlFromReceipt) limit.until = AgentTime((agent.clock.at(now_) + street_.site.ttl).ms());
  agent.take(limit);
}

void World::run_devices() {
  for (AgentProcess& agent : agents_) {
    if (now_ >= agent.stalled_until) agent.reach_device(now_);
    agent.device.let_time_pass(now_);
  }
}

std::optional<std::string> World::run_agents() {
  for (std::size_t i = 0; i < agents_.size(); ++i) {
    AgentProcess& agent = agents_[i];
    if (!agent.memory && now_ >= agent.starts) agent.start(now_);
    if (!agent.memory || now_ < agent.next_tick || now_ < agent.stalled_until) continue;
    const std::string wrong = agent.tick(now_, i, network_, random_);
    if (!wrong.empty()) return wrong + "\n" + describe();
  }
  return std::nullopt;
}

void World::run_controller() {
  if (!controller_.memory && now_ >= controller_.starts) controller_.start(now_, retained_);
  if (!controller_.memory || now_ < controller_.next_tick) return;
  for (std::size_t m = 0; m < meters_.size(); ++m) read_meter(m);
  controller_.tick(now_, network_);
}

void World::read_meter(std::size_t meter) {
  using Fault = MeterModel::Fault;
  MeterModel& model = meters_[meter];
  std::optional<MeterSample>& newest = controller_.samples[meter];
  model.measured.push_back({now_, flow(street_.site.meters[meter].node)});
  while (model.measured.size() > 1 && now_ - model.measured[1].at >= model.lag) model.measured.pop_front();
  const BootTime at = controller_.clock.at(now_);
  if (now_ < model.silent_until || model.fault == Fault::Silent) return;
  if (newest && at - newest->taken < model.every - kGrain) return;
  const bool frozen = now_ < model.frozen_until || model.fault == Fault::Frozen;
  MeterSample sample;
  if (frozen && newest) sample = *newest;
  sample.taken = at;
  if (!frozen || !newest) {
    sample.current = model.measured.front().current;
    sample.life = static_cast<std::uint64_t>(now_.ms());
    for (Phase p : kPhases) {
      if (model.fault == Fault::ThousandTimes) sample.current[p] = sample.current[p] * 1000;
      if (model.fault == Fault::WrongSign) sample.current[p] = -sample.current[p];
    }
  }
  newest = sample;
}

Allowance World::may_do(std::size_t node) const {
  Allowance sum;
  for (std::size_t i = 0; i < agents_.size(); ++i) {
    if (!is_below(street_.site, street_.site.agents[i].node, node)) continue;
    const Allowance one = agents_[i].device.may_do(now_);
    sum.draw += one.draw;
    sum.feed += one.feed;
  }
  return sum;
}

PerPhase<Milliamps> World::base(std::size_t node) const {
  PerPhase<Milliamps> sum;
  for (std::size_t v = 0; v < street_.bases.size(); ++v)
    if (is_below(street_.site, v, node)) sum += street_.bases[v];
  return sum;
}

PerPhase<Milliamps> World::flow(std::size_t node) const {
  PerPhase<Milliamps> sum = base(node);
  for (std::size_t i = 0; i < agents_.size(); ++i)
    if (is_below(street_.site, street_.site.agents[i].node, node)) sum += agents_[i].device.flow(now_);
  return sum;
}

Allowance World::room(std::size_t node) const {
  const Site& site = street_.site;
  const Node& place = site.nodes[node];
  PerPhase<Milliamps> most = PerPhase<Milliamps>::all(kUnlimited);
  if (node == 0) most = usable_rating(site);
  if (place.max) most = smaller_of(most, PerPhase<Milliamps>::all(less_margin(site, *place.max)));
  PerPhase<Milliamps> back = most;
  if (place.max_feed) back = smaller_of(back, PerPhase<Milliamps>::all(less_margin(site, *place.max_feed)));
  return {most - base(node), back + base(node)};
}

std::optional<std::string> World::violation() const {
  for (std::size_t v = 0; v < street_.site.nodes.size(); ++v) {
    const Node& node = street_.site.nodes[v];
    const Allowance most = may_do(v);
    const Allowance left = room(v);
    const auto text = [&](const std::string& row, const char* what, Milliamps is, Milliamps of) {
      return node.name + " " + row + ": devices may " + what + " " + std::to_string(is.count()) + " mA of " +
             std::to_string(of.count()) + " mA\n" + describe();
    };
    for (Phase p : kPhases) {
      if (most.draw[p] > std::max(left.draw[p], Milliamps()))
        return text(name_of(p), "draw", most.draw[p], left.draw[p]);
      if (most.feed[p] > std::max(left.feed[p], Milliamps()))
        return text(name_of(p), "feed in", most.feed[p], left.feed[p]);
    }
    if (!node.max_va) continue;
    const Milliamps sum(less_margin(street_.site, Milliamps(node.max_va->count() * 1'000'000 / 230'000)));
    if (most.draw.sum() + base(v).sum() > sum) return text("kVA", "draw", most.draw.sum(), sum - base(v).sum());
    if (most.feed.sum() - base(v).sum() > sum) return text("kVA", "feed in", most.feed.sum(), sum + base(v).sum());
  }
  return std::nullopt;
}

std::string World::describe(const AgentProcess& agent) const {
  const DeviceModel& device = agent.device;
  const auto number = [](Milliamps current) { return std::to_string(current.count()); };
  std::string text = "  " + agent.settings.id.str();
  for (Phase p : kPhases)
    text +=
        device.phases.contains(p) ? std::string(" ") + name_of(p) + (device.conductors.contains(p) ? "" : "(-)") : "";
  text += ", " + (agent.memory ? std::string(name_of(state_of(*agent.memory))) : "down") + ", registers " +
          number(device.setpoint.draw.newest()) + " in " + number(device.setpoint.feed.newest()) + " out, " +
          (device.mode.newest() == PhaseMode::Fewer ? "fewer phases, " : "") + "may draw" +
          text_of(device.may_do(now_).draw) + ", may feed" + text_of(device.may_do(now_).feed) + ", flow" +
          text_of(device.flow(now_)) + ", revert " +
          (agent.settings.revert ? std::to_string(agent.settings.revert->count()) : "none") + ", settle " +
          std::to_string(agent.settings.settle.count()) + "\n";
  return text;
}

std::string World::describe() const {
  std::string text = "at " + std::to_string(now_.ms()) + " ms, controller " +
                     (controller_.memory ? "runs" : "is down") + ", epoch " + std::to_string(controller_.epoch.value) +
                     ", usable " + std::to_string(usable_rating(street_.site)[Phase::L1].count()) + "\n";
  for (const AgentProcess& agent : agents_) text += describe(agent);
  for (const DeviceState& d : controller_.state.devices)
    text += "  controller: " + d.agent.str() + " at " + d.node + ", limit" + text_of(d.limit.draw) + " /" +
            text_of(d.limit.feed) + ", envelope" + text_of(d.envelope.draw) + " /" + text_of(d.envelope.feed) +
            (d.silent ? ", silent, " : ", ") + std::string(name_of(d.reason)) + "\n";
  for (std::size_t v = 0; v < controller_.state.nodes.size(); ++v) {
    const NodeState& node = controller_.state.nodes[v];
    text += "  controller: " + node.node + (node.metered ? "" : ", no meter") + ", below '" + node.parent +
            "', meter " + std::string(name_of(node.quality)) + ", rating" + text_of(node.rating) + ", base" +
            text_of(node.base) + " (truth" + text_of(base(v)) + ")\n";
  }
  return text;
}

}  // namespace balans::protocol
