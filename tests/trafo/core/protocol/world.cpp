#include "tests/trafo/core/protocol/world.hpp"

#include <algorithm>

namespace balans::protocol {
namespace {

constexpr Millis kGrain = Millis(100);

}  // namespace

World::World(Street street, std::uint64_t seed, Mistake mistake)
    : street_(std::move(street)), random_(seed), mistake_(mistake), network_(random_) {
  network_.weather = street_.weather.network;
  controller_.site = street_.site;
  controller_.clock.offset = Millis(random_.between(100'000, 900'000));
  retained_.resize(street_.agents.size());
  cut_off_until_.resize(street_.agents.size());
  for (std::size_t i = 0; i < street_.agents.size(); ++i) {
    AgentProcess agent;
    agent.settings = street_.agents[i];
    agent.device = street_.devices[i];
    agent.clock = {Millis(random_.between(0, 1'000'000)), random_.between(-5, 5)};
    if (mistake_ == Mistake::NoWatchdog) agent.device.watchdog = Watchdog::Broken;
    if (mistake_ == Mistake::ShortHold) agent.settings.failsafe_hold = 0_s;
    agent.starts = WorldTime(random_.between(0, 3'000));
    agents_.push_back(std::move(agent));
  }
  controller_.starts = WorldTime(random_.between(0, 3'000));
}

std::optional<std::string> World::live(Millis time) {
  const WorldTime end = now_ + time;
  while (now_ < end) {
    now_ = now_ + kGrain;
    const bool whole_second = now_.ms() % 1000 == 0;
    if (whole_second) suffer();
    deliver();
    run_devices();
    if (auto wrong = run_agents()) return wrong;
    run_controller();
    if (!whole_second) continue;
    if (auto wrong = violation()) return wrong;
  }
  return std::nullopt;
}

void World::clear_up() {
  street_.weather = Weather{};
  network_.weather = NetworkWeather{};
  meter_silent_until_ = meter_frozen_until_ = now_;
  controller_.starts = std::min(controller_.starts, now_);
  for (std::size_t i = 0; i < agents_.size(); ++i) {
    AgentProcess& agent = agents_[i];
    network_.join(i);
    agent.starts = std::min(agent.starts, now_);
    agent.stalled_until = agent.connects = agent.writes_fail_until = agent.polls_fail_until = now_;
    agent.device.appetite = agent.settings.max;
  }
}

void World::suffer() {
  const Weather& weather = street_.weather;
  if (random_.happens(weather.meter_silent)) meter_silent_until_ = for_a_while();
  if (random_.happens(weather.meter_frozen)) meter_frozen_until_ = for_a_while();
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
  // A car that stops by itself while a cut is on its way looks like one that obeys; no protocol can tell.
  const bool nothing_under_way = agent.device.settled(now_) && agent.writes.empty();
  if (nothing_under_way && random_.happens(weather.appetite_changes))
    agent.device.appetite =
        random_.happens(300'000) ? Milliamps() : Milliamps(random_.between(0, agent.settings.max.count()));
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
  Limit limit = std::get<Limit>(message.body);
  AgentProcess& agent = agents_[message.agent];
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
  read_meter();
  controller_.tick(now_, network_);
}

void World::read_meter() {
  if (now_ < meter_silent_until_) return;
  MeterSample sample;
  sample.taken = controller_.clock.at(now_);
  sample.current = street_.base;
  sample.life = static_cast<std::uint64_t>(now_.ms());
  for (const AgentProcess& agent : agents_) sample.current += agent.device.phases.spread(agent.device.draws(now_));
  if (now_ < meter_frozen_until_ && controller_.sample) {
    sample.current = controller_.sample->current;
    sample.life = controller_.sample->life;
  }
  controller_.sample = sample;
}

PerPhase<Milliamps> World::may_draw() const {
  PerPhase<Milliamps> sum;
  for (const AgentProcess& agent : agents_) sum += agent.device.phases.spread(agent.device.may_draw(now_));
  return sum;
}

PerPhase<Milliamps> World::room() const { return usable_rating(street_.site) - street_.base; }

std::optional<std::string> World::violation() const {
  const PerPhase<Milliamps> most = may_draw();
  for (Phase p : kPhases)
    if (most[p] > room()[p])
      return std::string(name_of(p)) + ": devices may draw " + std::to_string(most[p].count()) + " mA of " +
             std::to_string(room()[p].count()) + " mA\n" + describe();
  return std::nullopt;
}

std::string World::describe() const {
  std::string text = "at " + std::to_string(now_.ms()) + " ms, controller " +
                     (controller_.memory ? "runs" : "is down") + ", epoch " + std::to_string(controller_.epoch.value) +
                     ", usable " + std::to_string(usable_rating(street_.site)[Phase::L1].count()) + "\n";
  for (const AgentProcess& agent : agents_) {
    text += "  " + agent.settings.id.str() + " on " + std::to_string(agent.settings.phases.size()) + " phases, " +
            (agent.memory ? std::string(name_of(state_of(*agent.memory))) : "down") + ", register " +
            std::to_string(agent.device.setpoint().count()) + ", may draw " +
            std::to_string(agent.device.may_draw(now_).count()) + ", draws " +
            std::to_string(agent.device.draws(now_).count()) + ", revert " +
            (agent.settings.revert ? std::to_string(agent.settings.revert->count()) : "none") + ", settle " +
            std::to_string(agent.settings.settle.count()) + "\n";
  }
  for (const DeviceState& d : controller_.state.devices)
    text += "  controller: " + d.agent.str() + " limit " + std::to_string(d.limit.largest().count()) + ", envelope " +
            std::to_string(d.envelope.largest().count()) + (d.silent ? ", silent" : "") + ", " +
            std::string(name_of(d.reason)) + "\n";
  if (!controller_.state.nodes.empty()) {
    const NodeState& node = controller_.state.nodes.front();
    text += "  controller: meter " + std::string(name_of(node.quality)) + ", base";
    for (Phase p : kPhases) text += " " + std::to_string(node.base[p].count());
    text += " (truth";
    for (Phase p : kPhases) text += " " + std::to_string(street_.base[p].count());
    text += ")\n";
  }
  return text;
}

}  // namespace balans::protocol
