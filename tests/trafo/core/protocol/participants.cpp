#include "tests/trafo/core/protocol/participants.hpp"

#include <algorithm>

namespace balans::protocol {

void AgentProcess::start(WorldTime now) {
  memory = fresh_memory(settings, clock.at(now));
  next_tick = now;
  polls = true;
  lease = {{}, {}, {}, clock.at(now)};
}

void AgentProcess::stop(WorldTime restart, Random& random) {
  memory.reset();
  session.reset();
  starts = restart;
  connects = restart;
  inbox.clear();
  outcomes.clear();
  if (random.happens(500'000)) writes.clear();
  if (random.happens(300'000)) clock.offset = Millis(random.between(0, 10'000));  // the machine, not only the program
}

void AgentProcess::disconnect(WorldTime reconnect) {
  was_disconnected = was_disconnected || session.has_value();
  session.reset();
  connects = reconnect;
}

void AgentProcess::take(const Limit& limit) {
  if (memory && session) inbox.push_back(limit);
}

/// The law of section "Leases": right session, newer than all before, still ahead.
void AgentProcess::note_leases(BootTime now) {
  for (const Limit& limit : inbox) {
    const bool newer = std::pair(lease.epoch, lease.seq) < std::pair(limit.epoch, limit.seq);
    const BootTime until(limit.until.ms());
    if (limit.nonce == *session && newer && until > now) lease = {limit.epoch, limit.seq, limit.max.largest(), until};
  }
}

AgentInput AgentProcess::input_at(WorldTime now, Random& random) {
  AgentInput input;
  input.now = clock.at(now);
  input.disconnected = was_disconnected;
  was_disconnected = false;
  if (!session && memory->announced && now >= connects) input.connected = session = Nonce{random.next()};
  if (session) note_leases(input.now);
  input.limits = std::move(inbox);
  inbox.clear();
  if (!outcomes.empty()) {
    input.write = outcomes.front();
    outcomes.pop_front();
  }
  if (!polls) return input;
  if (now < polls_fail_until) {
    input.poll_error = "timeout";
    return input;
  }
  device.hear_poll(now);
  DeviceReport report;
  report.taken = input.now;
  report.current = device.phases.spread(device.draws(now));
  report.vehicle = device.appetite > Milliamps() ? VehicleState::C : VehicleState::A;
  report.setpoint = device.setpoint();
  input.report = report;
  return input;
}

std::string AgentProcess::complaint(BootTime now, Milliamps written) const {
  const auto text = [&](const std::string& what) {
    return settings.id.str() + " writes " + std::to_string(written.count()) + " mA " + what;
  };
  if (now < lease.until) return written <= lease.limit ? "" : text("above its lease");
  if (written == Milliamps()) return "";
  if (now - lease.until < settings.failsafe_hold) return text("without a lease");
  return written <= settings.failsafe ? "" : text("above its failsafe");
}

std::string AgentProcess::tick(WorldTime now, std::size_t index, Network& network, Random& random) {
  next_tick = now + defaults::kAgentTick;
  AgentOutput output = step(settings, input_at(now, random), std::move(*memory));
  memory = std::move(output.memory);
  polls = output.poll;
  if (output.offer) network.send_for_sure(now, {index, *output.offer});
  if (output.status) network.send(now, {index, *output.status});
  if (output.keep_alive && now >= writes_fail_until) device.hear(now);
  if (!output.write) return "";
  const WorldTime earliest = writes.empty() ? now : std::max(now, writes.back().due);
  writes.push_back({*output.write, output.write_before, earliest + Millis(random.between(0, 1'500))});
  return complaint(clock.at(now), *output.write);
}

void AgentProcess::reach_device(WorldTime now) {
  while (!writes.empty() && writes.front().due <= now) {
    const auto [value, before, due] = writes.front();
    writes.pop_front();
    const bool fails = now < writes_fail_until || (before && clock.at(now) >= *before);
    if (fails) {
      device.hear_poll(now);
    } else {
      device.write(now, value);
    }
    if (memory) outcomes.push_back({value, clock.at(now), fails ? "timeout" : ""});
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
}

void ControllerProcess::take(WorldTime now, const Message& message) {
  if (!memory) return;
  if (const auto* offer = std::get_if<Offer>(&message.body)) mail[message.agent].offer = *offer;
  if (const auto* status = std::get_if<Status>(&message.body))
    mail[message.agent].statuses.push_back({*status, clock.at(now)});
}

void ControllerProcess::tick(WorldTime now, Network& network) {
  next_tick = now + site.tick;
  Decision decision = decide(site, {clock.at(now), epoch, sample, mail}, std::move(*memory));
  memory = std::move(decision.memory);
  state = std::move(decision.state);
  mail.assign(site.agents.size(), {});
  for (const OutgoingLimit& out : decision.limits) network.send(now, {out.agent, out.limit});
  if (!decision.higher_epoch) return;
  epoch = Epoch{decision.higher_epoch->value + 1};
  memory = fresh_memory(site, clock.at(now));
}

}  // namespace balans::protocol
