#include "sim/twin/participants.hpp"

#include <algorithm>
#include <utility>

namespace balans::twin {
namespace {

template <class T>
std::optional<T> taken_from(std::deque<T>& queue) {
  if (queue.empty()) return std::nullopt;
  const T first = queue.front();
  queue.pop_front();
  return first;
}

}  // namespace

void AgentProcess::start(WorldTime now) {
  memory = fresh_memory(settings, clock.at(now));
  next_tick = now;
  polls = false;  // its first words are those of its first step
  lease = {{}, {}, {}, {}, clock.at(now)};
}

void AgentProcess::stop(WorldTime restart, Random& random) {
  memory.reset();
  session.reset();
  starts = restart;
  connects = restart;
  inbox.clear();
  outcomes = {};
  switch_outcomes.clear();
  if (random.happens(500'000)) orders.clear();
}

void AgentProcess::stop_machine(WorldTime now, WorldTime restart, Random& random) {
  stop(restart, random);
  orders.clear();
  clock.offset = clock.offset - Millis(clock.at(now).ms());
}

void AgentProcess::disconnect(WorldTime reconnect) {
  was_disconnected = was_disconnected || session.has_value();
  session.reset();
  connects = reconnect;
}

void AgentProcess::take(const Limit& limit) {
  if (memory && session) inbox.push_back(limit);
}

bool AgentProcess::is_quiet(WorldTime now) const {
  return memory && now >= stalled_until && now >= writes_fail_until && now >= polls_fail_until && polls &&
         orders.empty();
}

/// The law of section "Leases": right session, newer than all before, still ahead.
void AgentProcess::note_leases(BootTime now) {
  for (const Limit& limit : inbox) {
    const bool newer = std::pair(lease.epoch, lease.seq) < std::pair(limit.epoch, limit.seq);
    const bool rival = lease.epoch == limit.epoch && lease.boot != limit.boot;
    const BootTime until(limit.until.ms());
    if (limit.nonce == *session && newer && !rival && until > now)
      lease = {limit.epoch, limit.boot, limit.seq, limit.max, until};
  }
}

DeviceReport AgentProcess::report_at(WorldTime now) const {
  DeviceReport report;
  report.taken = clock.at(now);
  report.current = device.flow(now);
  if (device.is_store) {
    report.full = device.appetite.draw == Milliamps();
    report.empty = device.appetite.feed == Milliamps();
  } else {
    report.vehicle = device.appetite.draw > Milliamps() ? VehicleState::C : VehicleState::A;
  }
  if (device.vehicle) report.vehicle = device.vehicle;
  report.energy_import = device.counter;
  report.setpoint.draw = device.setpoint.draw.newest();
  if (settings.max_feed > Milliamps()) report.setpoint.feed = device.setpoint.feed.newest();
  if (!device.fewer.empty()) report.phase_mode = device.mode.newest();
  return report;
}

AgentInput AgentProcess::input_at(WorldTime now, Random& random) {
  AgentInput input;
  input.now = clock.at(now);
  input.ready_by = ready_by;
  input.disconnected = was_disconnected;
  was_disconnected = false;
  input.controller_came = std::exchange(controller_came, false);
  if (!session && memory->announced && now >= connects) input.connected = session = Nonce{random.next()};
  if (session) note_leases(input.now);
  input.limits = std::move(inbox);
  inbox.clear();
  for (Direction d : kDirections) input.write[d] = taken_from(outcomes[d]);
  input.switched = taken_from(switch_outcomes);
  if (!polls) return input;
  if (now < polls_fail_until) {
    input.poll_error = "timeout";
    return input;
  }
  device.hear_poll(now);
  input.report = report_at(now);
  return input;
}

std::string AgentProcess::complaint(WorldTime now, Direction direction, Milliamps written) const {
  const auto text = [&](const std::string& what) {
    return settings.id.str() + " writes " + std::to_string(written.count()) + " mA " +
           (direction == Direction::Feed ? "of feed-in " : "") + what;
  };
  const BootTime at = clock.at(now);
  const PhaseSet loaded = direction == Direction::Draw ? device.may_load(now) : settings.phases;
  if (at < lease.until) {
    const bool within = std::all_of(kPhases.begin(), kPhases.end(), [&](Phase p) {
      return !loaded.contains(p) || written <= in(lease.limit, direction)[p];
    });
    return within ? "" : text("above its lease");
  }
  if (written == Milliamps()) return "";
  if (at - lease.until < settings.failsafe_hold) return text("without a lease");
  return written <= band_of(settings, direction).failsafe ? "" : text("above its failsafe");
}

void AgentProcess::order(WorldTime now, std::variant<PendingOrder::Setpoint, PhaseMode> what,
                         std::optional<BootTime> before, Random& random) {
  const WorldTime earliest = orders.empty() ? now : std::max(now, orders.back().due);
  orders.push_back({what, before, earliest + Millis(random.between(0, 1'500))});
}

/// A device that does nothing under a lease that runs; all that could be said has been.
bool AgentProcess::sleeps(WorldTime now) const {
  const BootTime at = clock.at(now);
  const auto* following = std::get_if<Following>(&memory->mode);
  if (!naps || following == nullptr || !session || !memory->sent || was_disconnected || controller_came) return false;
  const bool still = inbox.empty() && orders.empty() && outcomes.draw.empty() && outcomes.feed.empty() &&
                     memory->actuation.draw.effective && device.vehicle == memory->sent->vehicle;
  if (!still || device.appetite.draw > Milliamps() || device.flow(now) != PerPhase<Milliamps>{}) return false;
  const bool is_due = settings.refresh && memory->spoken && at - *memory->spoken >= *settings.refresh;
  return !is_due && at < following->until && AgentTime(at.ms()) - memory->sent->at < settings.status_every;
}

std::string AgentProcess::tick(WorldTime now, std::size_t index, Network& network, Random& random) {
  // What it had asked of its device before it was stalled was answered before, too.
  if (now - next_tick >= defaults::kAgentTick) polls = false;
  next_tick = now + defaults::kAgentTick;
  if (sleeps(now)) return "";
  AgentOutput output = step(settings, input_at(now, random), std::move(*memory));
  memory = std::move(output.memory);
  polls = output.poll;
  if (output.offer && forgot_hold) output.offer->failsafe_hold = defaults::kFailsafeHold;
  if (output.offer) network.send_for_sure(now, {index, *output.offer});
  if (output.status) network.send(now, {index, *output.status});
  if (output.keep_alive && now >= writes_fail_until) device.hear(now);
  std::string wrong;
  for (Direction d : kDirections) {
    if (!output.write[d]) continue;
    order(now, PendingOrder::Setpoint{d, *output.write[d]}, output.write_before, random);
    if (wrong.empty()) wrong = complaint(now, d, *output.write[d]);
  }
  if (output.switch_to) order(now, *output.switch_to, std::nullopt, random);
  return wrong;
}

void AgentProcess::carry_out(WorldTime now, const PendingOrder& order) {
  const bool unsaid = order.before && clock.at(now) >= *order.before;  // its turn on the line came too late
  const bool fails = unsaid || now < writes_fail_until;
  const std::string error = fails ? "timeout" : "";
  if (fails && !unsaid) device.hear_poll(now);
  if (const auto* write = std::get_if<PendingOrder::Setpoint>(&order.what)) {
    if (!fails) device.write(now, write->direction, write->value);
    if (memory) outcomes[write->direction].push_back({write->value, clock.at(now), error});
  } else {
    const PhaseMode wanted = std::get<PhaseMode>(order.what);
    if (!fails) device.switch_to(now, wanted);
    if (memory) switch_outcomes.push_back({wanted, clock.at(now), error});
  }
}

void AgentProcess::reach_device(WorldTime now) {
  while (!orders.empty() && orders.front().due <= now) {
    const PendingOrder next = orders.front();
    orders.pop_front();
    carry_out(now, next);
  }
}

void ControllerProcess::start(WorldTime now, const std::vector<std::optional<Offer>>& retained) {
  memory = fresh_memory(site, clock.at(now));
  next_tick = now;
  mail.assign(site.agents.size(), {});
  for (std::size_t i = 0; i < retained.size(); ++i) mail[i].offer = retained[i];
}

void ControllerProcess::stop(WorldTime restart) {
  memory.reset();
  starts = restart;
  ++epoch.value;
  new_boot();
}

void ControllerProcess::stop_and_forget(WorldTime restart, Random& random) {
  stop(restart);
  epoch.value = static_cast<std::uint64_t>(random.between(1, static_cast<std::int64_t>(epoch.value)));
}

void ControllerProcess::new_boot() { boot.value = Random(++boots_).next(); }

void ControllerProcess::take(WorldTime now, const Message& message) {
  if (!memory) return;
  if (const auto* offer = std::get_if<Offer>(&message.body)) mail[message.agent].offer = *offer;
  if (const auto* status = std::get_if<Status>(&message.body))
    mail[message.agent].statuses.push_back({*status, clock.at(now)});
}

void ControllerProcess::tick(WorldTime now, Network& network) {
  next_tick = now + site.tick;
  Snapshot snapshot;
  snapshot.now = clock.at(now);
  snapshot.epoch = epoch;
  snapshot.boot = boot;
  snapshot.meters = samples;
  snapshot.mail = std::move(mail);
  snapshot.utc = outdoors.utc;
  snapshot.unwatched = unwatched;
  snapshot.local = outdoors.local;
  if (outdoors.ambient) snapshot.ambient = AmbientReading{*outdoors.ambient, snapshot.now};
  const std::int64_t begun = times.nanoseconds ? times.nanoseconds() : 0;
  Decision decision = decide(site, snapshot, std::move(*memory));
  if (times.nanoseconds) times.add(times.nanoseconds() - begun);
  memory = std::move(decision.memory);
  state = std::move(decision.state);
  mail.assign(site.agents.size(), {});
  for (const OutgoingLimit& out : decision.limits) network.send(now, {out.agent, out.limit});
  if (!decision.higher_epoch) return;
  epoch = Epoch{decision.higher_epoch->value + 1};
  memory = after_move(site, std::move(*memory), clock.at(now));
}

}  // namespace balans::twin
