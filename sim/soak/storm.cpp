#include "sim/soak/storm.hpp"

#include <algorithm>
#include <numeric>

#include "sim/soak/attacker.hpp"

namespace balans::soak {

using twin::AgentProcess;
using twin::MeterModel;
using twin::World;
using twin::WorldTime;

namespace {

constexpr Millis kTwentyMinutes = Millis(1'200'000);
constexpr Millis kLastMinutes = Millis(60'000);       // no help in the last of the twenty
constexpr std::size_t kKept = 128;                    // messages an attacker remembers
constexpr std::int64_t kMorning = 1'767'250'800'000;  // when a world begins, UTC in ms
constexpr std::int64_t kDayMs = 86'400'000;

/// Within what it may do by the messages its agent got, and settled.
bool holds_what_it_may(const AgentProcess& agent, WorldTime now) {
  const BootTime at = agent.clock.at(now);
  const Allowance most = agent.device.may_do(now);
  for (Direction d : kDirections)
    for (Phase p : kPhases)
      if (in(most, d)[p] > (at < agent.lease.until ? in(agent.lease.limit, d)[p] : Milliamps())) return false;
  return agent.is_quiet(now);
}

MeterModel::Fault model_of(Fault fault) {
  switch (fault) {
    case Fault::MeterThousandfold:
      return MeterModel::Fault::ThousandTimes;
    case Fault::MeterSign:
      return MeterModel::Fault::WrongSign;
    case Fault::MeterStuck:
      return MeterModel::Fault::Stuck;
    default:
      return MeterModel::Fault::Swapped;
  }
}

}  // namespace

Storm::Storm(const Weather& weather, std::uint64_t seed, std::size_t agents, twin::Log* log)
    : weather_(weather), random_(seed ^ 0x57084), log_(log), cut_off_until_(agents), wild_(agents) {}

std::int64_t Storm::faults() const { return std::accumulate(counts_.begin(), counts_.end(), std::int64_t{0}); }

WorldTime Storm::for_a_while(const World& world) {
  return world.now() + Millis(random_.between(500, weather_.longest.count()));
}

void Storm::blow(World& world) {
  if (weather_.at_least > 0 && !world.network().overheard()) world.network().overhear(kKept);
  strike_meters(world);
  strike_site(world);
  strike_agents(world);
  const std::int64_t wanted = weather_.at_least * world.now().ms() / (kTwentyMinutes - kLastMinutes).count();
  if (faults() < wanted) strike_anything(world);
  for (std::size_t i = 0; i < wild_.size(); ++i) {
    if (world.now() >= cut_off_until_[i]) world.network().join(i);
    end_disobedience(world, i);
  }
  show_time_of_day(world);
}

void Storm::strike(World& world, Fault fault, std::size_t target) {
  const auto kind = static_cast<std::size_t>(fault);
  const bool done = kind < kFirstOfAgents   ? hit_site(world, fault)
                    : kind < kFirstOfMeters ? hit_agent(world, fault, target)
                                            : hit_meter(world, fault, target);
  if (!done) return;
  ++counts_[kind];
  if (log_ != nullptr) log_->line(world.now(), "fault {} {}", name_of(fault), target);
}

void Storm::strike_site(World& world) {
  for (std::size_t kind = 0; kind < kFirstOfAgents; ++kind)
    if (weather_.rates[kind] > 0 && random_.happens(weather_.rates[kind])) strike(world, static_cast<Fault>(kind), 0);
}

void Storm::strike_agents(World& world) {
  for (std::size_t i = 0; i < world.agents().size(); ++i)
    for (std::size_t kind = kFirstOfAgents; kind < kFirstOfMeters; ++kind)
      if (weather_.rates[kind] > 0 && random_.happens(weather_.rates[kind])) strike(world, static_cast<Fault>(kind), i);
}

void Storm::strike_meters(World& world) {
  for (std::size_t m = 0; m < world.meters().size(); ++m)
    for (std::size_t kind = kFirstOfMeters; kind < kFaultKinds; ++kind)
      if (weather_.rates[kind] > 0 && random_.happens(weather_.rates[kind])) strike(world, static_cast<Fault>(kind), m);
}

/// One of the kinds that this weather brings; where it brings none, an agent dies.
void Storm::strike_anything(World& world) {
  const auto kinds = std::count_if(weather_.rates.begin(), weather_.rates.end(), [](auto rate) { return rate > 0; });
  auto nth = kinds == 0 ? 0 : random_.between(0, kinds - 1);
  std::size_t kind = static_cast<std::size_t>(Fault::AgentDies);
  for (std::size_t k = 0; kinds > 0 && k < kFaultKinds; ++k) {
    if (weather_.rates[k] == 0 || nth-- > 0) continue;
    kind = k;
    break;
  }
  const std::size_t targets = kind < kFirstOfMeters ? world.agents().size() : world.meters().size();
  strike(world, static_cast<Fault>(kind),
         static_cast<std::size_t>(random_.between(0, static_cast<std::int64_t>(targets) - 1)));
}

bool Storm::hit_site(World& world, Fault fault) {
  switch (fault) {
    case Fault::BrokerDies: {
      const WorldTime back = for_a_while(world);
      if (random_.happens(500'000)) world.network().lose_all();
      for (AgentProcess& agent : world.agents()) agent.disconnect(back + Millis(random_.between(0, 5'000)));
      return true;
    }
    case Fault::ControllerDies:
      if (!world.controller().memory) return false;
      world.controller().stop(for_a_while(world));
      return true;
    case Fault::ControllerForgets:
      if (!world.controller().memory) return false;
      world.controller().stop_and_forget(for_a_while(world), random_);
      return true;
    case Fault::ControllerClockJumps:
      if (random_.happens(200'000)) no_clock_until_ = for_a_while(world);
      clock_offset_ = Millis(random_.between(-400 * kDayMs, 400 * kDayMs));
      return true;
    default:
      return soak::strike(world, fault, random_);
  }
}

bool Storm::hit_agent(World& world, Fault fault, std::size_t index) {
  AgentProcess& agent = world.agents()[index];
  switch (fault) {
    case Fault::CutOff:
      world.network().cut_off(index);
      cut_off_until_[index] = for_a_while(world);
      return true;
    case Fault::AgentDies:
    case Fault::MachineDies:
      if (!agent.memory) return false;
      if (fault == Fault::AgentDies) agent.stop(for_a_while(world), random_);
      if (fault == Fault::MachineDies) agent.stop_machine(world.now(), for_a_while(world), random_);
      return true;
    case Fault::AgentStalls:
      agent.stalled_until = for_a_while(world);
      return true;
    case Fault::AgentClockJumps:
      agent.ready_by = UnixTime(kMorning + random_.between(-400 * kDayMs, 400 * kDayMs));
      return true;
    case Fault::WritesFail:
      agent.writes_fail_until = for_a_while(world);
      return true;
    case Fault::PollsFail:
      agent.polls_fail_until = for_a_while(world);
      return true;
    default:
      return hit_device(world, fault, index);
  }
}

bool Storm::hit_device(World& world, Fault fault, std::size_t index) {
  if (wild_[index].since) return false;
  AgentProcess& agent = world.agents()[index];
  wild_[index] = {world.now(), for_a_while(world)};
  if (fault == Fault::IgnoresOrders) {
    agent.device.ignores_until = wild_[index].until;
  } else if (fault == Fault::DrawsMore) {
    agent.device.excess = Milliamps(random_.between(200, agent.settings.max.count() / 2));
  } else {
    agent.device.setpoint.draw.write(world.now(), agent.settings.max, agent.device.delay);
    wild_[index].until = world.now();
  }
  return true;
}

void Storm::end_disobedience(World& world, std::size_t index) {
  Wild& wild = wild_[index];
  if (!wild.since || world.now() < wild.until) return;
  AgentProcess& agent = world.agents()[index];
  agent.device.excess = Milliamps();
  if (holds_what_it_may(agent, world.now())) wild.since.reset();
}

bool Storm::hit_meter(World& world, Fault fault, std::size_t index) {
  MeterModel& meter = world.meters()[index];
  const WorldTime until = for_a_while(world);
  if (fault == Fault::MeterSilent) return meter.silent_until = until, true;
  if (fault == Fault::MeterFrozen) return meter.frozen_until = until, true;
  if (meter.fault != MeterModel::Fault::None) return false;
  const auto meters = world.meters().size();
  if (fault == Fault::MetersSwapped) {
    const auto other = static_cast<std::size_t>(random_.between(0, static_cast<std::int64_t>(meters) - 1));
    if (other == index || world.meters()[other].fault != MeterModel::Fault::None) return false;
    meter.swapped_with = other;
    world.meters()[other].swapped_with = index;
    world.meters()[other].fault = MeterModel::Fault::Swapped;
    world.meters()[other].fault_until = until;
  }
  meter.fault = model_of(fault);
  meter.fault_until = until;
  return true;
}

/// What the controller's machine takes for the time of day. What it measures time with goes on as before.
void Storm::show_time_of_day(World& world) {
  if (weather_[Fault::ControllerClockJumps] == 0) return;
  twin::Outdoors& outdoors = world.controller().outdoors;
  outdoors = {};
  if (world.now() < no_clock_until_) return;
  const std::int64_t utc = kMorning + world.now().ms() + clock_offset_.count();
  outdoors.utc = UnixTime(utc);
  outdoors.local = LocalTime{static_cast<int>(utc / (30 * kDayMs) % 12) + 1, static_cast<int>(utc % kDayMs / 60'000)};
}

void Storm::clear_up(World& world) {
  const WorldTime now = world.now();
  weather_ = Weather{};
  world.network().weather = twin::NetworkWeather{};
  for (MeterModel& meter : world.meters()) {
    meter.silent_until = meter.frozen_until = now;
    meter.fault = MeterModel::Fault::None;
  }
  world.controller().starts = std::min(world.controller().starts, now);
  for (std::size_t i = 0; i < world.agents().size(); ++i) {
    AgentProcess& agent = world.agents()[i];
    world.network().join(i);
    cut_off_until_[i] = now;
    agent.starts = std::min(agent.starts, now);
    agent.stalled_until = agent.connects = agent.writes_fail_until = agent.polls_fail_until = now;
    agent.device.ignores_until = wild_[i].until = now;
  }
}

}  // namespace balans::soak
