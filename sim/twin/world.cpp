#include "sim/twin/world.hpp"

#include <algorithm>

namespace balans::twin {
namespace {

std::string text_of(const PerPhase<Milliamps>& current) {
  std::string text;
  for (Phase p : kPhases) text += " " + std::to_string(current[p].count());
  return text;
}

}  // namespace

Enrolment enrolment_of(const AgentSettings& agent, std::size_t node) {
  Enrolment enrolment;
  enrolment.id = agent.id;
  enrolment.kind = agent.kind;
  enrolment.node = node;
  enrolment.phases = agent.phases;
  enrolment.max = agent.max;
  enrolment.failsafe = agent.failsafe;
  enrolment.max_feed = agent.max_feed;
  enrolment.failsafe_feed = agent.failsafe_feed;
  enrolment.settle = agent.settle;
  enrolment.revert = agent.revert;
  return enrolment;
}

World::World(Street street, const Settings& settings)
    : street_(std::move(street)),
      settings_(settings),
      random_(settings.seed),
      sealing_(settings.wire, street_, settings.seed, settings.mistake),
      network_(random_, sealing_) {
  network_.weather = settings.network;
  controller_.site = street_.site;
  if (settings.mistake == Mistake::NoMargin) controller_.site.margin_percent = 0;
  if (settings.mistake == Mistake::NoTimetable) controller_.site.schedule.clear();
  controller_.samples.resize(street_.site.meters.size());
  controller_.clock.offset = Millis(random_.between(100'000, 900'000));
  meters_.resize(street_.site.meters.size());
  if (settings_.mistake == Mistake::LateMeters)
    for (MeterModel& meter : meters_) meter.lag = 30_s;
  retained_.resize(street_.agents.size());
  for (std::size_t i = 0; i < street_.agents.size(); ++i) {
    AgentProcess agent;
    agent.settings = street_.agents[i];
    agent.device = street_.devices[i];
    agent.clock = {Millis(random_.between(0, 1'000'000)), random_.between(-5, 5)};
    if (settings_.mistake == Mistake::NoWatchdog) agent.device.watchdog = Watchdog::Broken;
    if (settings_.mistake == Mistake::ShortHold) agent.settings.failsafe_hold = 0_s;
    agent.forgot_hold = settings_.mistake == Mistake::ShortHold;
    agent.starts = WorldTime(random_.between(0, 3'000));
    agents_.push_back(std::move(agent));
  }
  controller_.starts = WorldTime(random_.between(0, 3'000));
}

std::string World::advance() {
  now_ = now_ + settings_.grain;
  deliver();
  run_devices();
  std::string wrong = run_agents();
  run_controller();
  return wrong;
}

void World::deliver() {
  for (Parcel& parcel : network_.arrived(now_)) {
    if (parcel.what == Parcel::What::Offer) retained_[parcel.agent] = parcel;  // whoever published it
    Result<Message> message = sealing_.open(parcel);
    if (!message) {
      ++refused_;
      if (settings_.log) settings_.log->line(now_, "refused on {}: {}", parcel.agent, message.error().message());
    } else if (parcel.what == Parcel::What::Limit) {
      deliver_to_agent(*message);
    } else {
      deliver_to_controller(*message);
    }
  }
}

void World::deliver_to_agent(Message& message) {
  AgentProcess& agent = agents_[message.agent];
  Limit limit = std::get<Limit>(message.body);
  if (settings_.mistake == Mistake::TtlFromReceipt)
    limit.until = AgentTime((agent.clock.at(now_) + street_.site.ttl).ms());
  if (settings_.log) log_message(message);
  agent.take(limit);
}

void World::deliver_to_controller(Message& message) {
  if (auto* status = std::get_if<Status>(&message.body); status != nullptr && status->ack) {
    if (settings_.mistake == Mistake::AckWithoutEpoch) {
      status->ack->epoch = controller_.epoch;
      status->ack->boot = controller_.boot;
    }
    if (settings_.mistake == Mistake::EffectiveAtWrite && status->ack->stage == AckStage::Written)
      status->ack->stage = AckStage::Effective;
  }
  if (settings_.log) log_message(message);
  AgentProcess& agent = agents_[message.agent];
  if (const auto* status = std::get_if<Status>(&message.body); status != nullptr && controller_.memory)
    if (agent.clock.at(now_) - BootTime(status->at.ms()) <= defaults::kMeterLate) agent.heard = now_;
  controller_.take(now_, message);
}

void World::log_message(const Message& message) {
  Log& log = *settings_.log;
  const auto text = [](const PerPhase<Milliamps>& c) {
    return fmt::format("{}/{}/{}", c[Phase::L1].count(), c[Phase::L2].count(), c[Phase::L3].count());
  };
  if (const auto* limit = std::get_if<Limit>(&message.body)) {
    log.line(now_, "limit {} epoch {} seq {} nonce {} until {} draw {} feed {}{}", message.agent, limit->epoch.value,
             limit->seq.value, limit->nonce.value, limit->until.ms(), text(limit->max.draw), text(limit->max.feed),
             limit->may_raise ? "" : " no raise");
  } else if (const auto* status = std::get_if<Status>(&message.body)) {
    log.line(now_, "status {} at {} nonce {} {} holding {} ack {} {}", message.agent, status->at.ms(),
             status->nonce.value, name_of(status->state), text(status->holding.draw),
             status->ack ? status->ack->seq.value : 0, status->ack ? name_of(status->ack->stage) : "none");
  } else {
    log.line(now_, "offer {} nonce {}", message.agent, std::get<Offer>(message.body).nonce.value);
  }
}

void World::run_devices() {
  for (AgentProcess& agent : agents_) {
    if (now_ >= agent.stalled_until) agent.reach_device(now_);
    agent.device.let_time_pass(now_);
    if (!settings_.log) continue;
    for (const Direction d : kDirections)
      if (agent.device.setpoint[d].changed() == now_)
        settings_.log->line(now_, "register {} {} {}", agent.settings.id.str(), d == Direction::Draw ? "draw" : "feed",
                            agent.device.setpoint[d].newest().count());
  }
}

std::string World::run_agents() {
  for (std::size_t i = 0; i < agents_.size(); ++i) {
    AgentProcess& agent = agents_[i];
    if (!agent.memory && now_ >= agent.starts) agent.start(now_);
    if (!agent.memory || now_ < agent.next_tick || now_ < agent.stalled_until) continue;
    const AgentProcess::Lease before = agent.lease;
    const std::string wrong = agent.tick(now_, i, network_, random_);
    if (settings_.log && (agent.lease.epoch != before.epoch || agent.lease.seq != before.seq))
      settings_.log->line(now_, "lease {} epoch {} seq {} until {}", i, agent.lease.epoch.value, agent.lease.seq.value,
                          agent.lease.until.ms());
    if (!wrong.empty()) return wrong + "\n" + describe();
  }
  return "";
}

void World::start_controller() {
  std::vector<std::optional<Offer>> offers(retained_.size());
  for (std::size_t i = 0; i < retained_.size(); ++i) {
    if (!retained_[i]) continue;
    if (const Result<Message> message = sealing_.open(*retained_[i])) offers[i] = std::get<Offer>(message->body);
  }
  for (MeterModel& model : meters_) model.lived = now_;
  controller_.start(now_, offers);
  for (std::size_t i = 0; i < agents_.size(); ++i)
    agents_[i].controller_came = agents_[i].session.has_value() && network_.reaches(i);
  if (settings_.log) settings_.log->line(now_, "controller starts in epoch {}", controller_.epoch.value);
}

void World::run_controller() {
  if (!controller_.memory && now_ >= controller_.starts) start_controller();
  if (!controller_.memory || now_ < controller_.next_tick) return;
  for (std::size_t m = 0; m < meters_.size(); ++m) read_meter(m);
  if (settings_.mistake != Mistake::None) forget();
  const Epoch before = controller_.epoch;
  controller_.tick(now_, network_);
  if (settings_.log && controller_.epoch != before)
    settings_.log->line(now_, "controller moves to epoch {}", controller_.epoch.value);
}

/// What the controller does not remember by mistake.
void World::forget() {
  const BootTime now = controller_.clock.at(now_);
  for (AgentRecord& agent : controller_.memory->agents) {
    Turn& turn = agent.draw.turn;
    if (settings_.mistake == Mistake::WaitsInNoOrder && !turn.on) turn.since = now;
    if (settings_.mistake == Mistake::NoRotation && turn.on) turn.since = now;
    if (settings_.mistake != Mistake::ForgetsTheSilent || !agent.silent) continue;
    agent.book.held.clear();
    agent.book.restart.reset();
  }
}

PerPhase<Milliamps> World::shown_by(MeterModel& model, const std::optional<MeterSample>& newest) {
  using Fault = MeterModel::Fault;
  PerPhase<Milliamps> shown = model.measured.front().current;
  switch (model.fault) {
    case Fault::None:
    case Fault::Silent:
    case Fault::Frozen:
      break;
    case Fault::ThousandTimes:
      for (Phase p : kPhases) shown[p] = shown[p] * 1000;
      break;
    case Fault::WrongSign:
      shown = PerPhase<Milliamps>{} - shown;
      break;
    case Fault::Stuck:
      if (newest) shown = newest->current;
      break;
    case Fault::Swapped:
      shown = flow(street_.site.meters[model.swapped_with].node);
      break;
  }
  return shown;
}

/// Whether what `meter` shows misleads: it is not the truth, and its controller has no way to know.
void World::note_lie(std::size_t meter, const PerPhase<Milliamps>& shown) {
  MeterModel& model = meters_[meter];
  const std::size_t node = street_.site.meters[meter].node;
  const PerPhase<Milliamps> limit = static_limit(street_.site, node);
  bool may_turn = street_.site.feeds_back;
  for (const Enrolment& agent : street_.site.agents)
    may_turn = may_turn || (agent.max_feed > Milliamps() && is_below(street_.site, agent.node, node));
  bool believable = now_ - model.lived <= defaults::kMeterFrozen + 2_s;
  for (Phase p : kPhases) {
    const Milliamps size = std::max(shown[p], -shown[p]);
    believable = believable && size <= limit[p] * 4 && (may_turn || shown[p] >= -3_A);
  }
  if (!believable) return;
  const PerPhase<Milliamps> truth = flow(node);
  model.showed_less = MeterModel::Lie{now_, larger_of(truth - shown, PerPhase<Milliamps>{})};
  model.showed_more = MeterModel::Lie{now_, larger_of(shown - truth, PerPhase<Milliamps>{})};
}

void World::read_meter(std::size_t meter) {
  using Fault = MeterModel::Fault;
  MeterModel& model = meters_[meter];
  std::optional<MeterSample>& newest = controller_.samples[meter];
  if (model.fault_until != WorldTime{} && now_ >= model.fault_until) {
    model.fault = Fault::None;
    model.fault_until = WorldTime{};
  }
  model.measured.push_back({now_, flow(street_.site.meters[meter].node)});
  while (model.measured.size() > 1 && now_ - model.measured[1].at >= model.lag) model.measured.pop_front();
  const BootTime at = controller_.clock.at(now_);
  if (now_ < model.silent_until || model.fault == Fault::Silent) return;
  if (newest && at - newest->taken < model.every - settings_.grain) return;
  const bool frozen = (now_ < model.frozen_until || model.fault == Fault::Frozen) && newest.has_value();
  MeterSample sample;
  if (frozen) sample = *newest;
  sample.taken = at;
  if (!frozen) sample.current = shown_by(model, newest);
  if (!frozen) model.lived = now_;
  if (!frozen || settings_.mistake == Mistake::TrustsFrozenMeters) sample.life = static_cast<std::uint64_t>(now_.ms());
  if (frozen || model.fault != Fault::None) note_lie(meter, sample.current);
  model.shown = now_;
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

}  // namespace balans::twin
