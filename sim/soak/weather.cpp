#include "sim/soak/weather.hpp"

namespace balans::soak {
namespace {

constexpr std::array<std::string_view, kFaultKinds> kNames{
    "broker-dies",
    "controller-dies",
    "controller-forgets",
    "controller-clock-jumps",
    "forged-limit",
    "forged-status",
    "forged-offer",
    "replayed-limit",
    "replayed-status",
    "replayed-offer",
    "cut-off",
    "agent-dies",
    "machine-dies",
    "agent-stalls",
    "agent-clock-jumps",
    "writes-fail",
    "polls-fail",
    "ignores-orders",
    "draws-more",
    "power-cycle",
    "meter-silent",
    "meter-frozen",
    "meter-thousandfold",
    "meter-sign",
    "meter-stuck",
    "meters-swapped",
};

std::int64_t chance(Random& random, std::int64_t most) { return random.happens(500'000) ? random.between(0, most) : 0; }

}  // namespace

std::string_view name_of(Fault fault) { return kNames[static_cast<std::size_t>(fault)]; }

Weather random_weather(Random& random) {
  Weather weather;
  weather.network.loss = chance(random, 400'000);
  weather.network.repeat = chance(random, 300'000);
  weather.network.late = chance(random, 500'000);
  weather.network.usual = Millis(random.between(50, 2'000));
  weather.network.latest = Millis(random.between(5'000, 100'000));
  weather[Fault::CutOff] = chance(random, 10'000);
  weather[Fault::BrokerDies] = chance(random, 8'000);
  weather[Fault::ControllerDies] = chance(random, 8'000);
  weather[Fault::AgentDies] = chance(random, 8'000);
  weather[Fault::AgentStalls] = chance(random, 8'000);
  weather[Fault::WritesFail] = chance(random, 5'000);
  weather[Fault::PollsFail] = chance(random, 5'000);
  weather.appetite_changes = chance(random, 50'000);
  weather.car_changes = chance(random, 10'000);
  weather[Fault::MeterSilent] = chance(random, 8'000);
  weather.longest = Millis(random.between(2'000, 100'000));
  return weather;
}

Weather random_storm(Random& random) {
  Weather weather = random_weather(random);
  weather.at_least = 50;
  weather[Fault::MachineDies] = chance(random, 4'000);
  weather[Fault::ControllerForgets] = chance(random, 3'000);
  weather[Fault::ControllerClockJumps] = chance(random, 10'000);
  weather[Fault::AgentClockJumps] = chance(random, 10'000);
  for (Fault attack : {Fault::ForgedLimit, Fault::ForgedStatus, Fault::ReplayedLimit, Fault::ReplayedStatus})
    weather[attack] = chance(random, 30'000);
  for (Fault attack : {Fault::ForgedOffer, Fault::ReplayedOffer}) weather[attack] = chance(random, 5'000);
  // Where meters lie and devices do as they like there is less to be held to: in some streets they do not.
  if (random.happens(400'000))
    for (Fault lie :
         {Fault::MeterFrozen, Fault::MeterThousandfold, Fault::MeterSign, Fault::MeterStuck, Fault::MetersSwapped})
      weather[lie] = chance(random, 4'000);
  if (random.happens(400'000))
    for (Fault disobeys : {Fault::IgnoresOrders, Fault::DrawsMore, Fault::PowerCycle})
      weather[disobeys] = chance(random, 2'000);
  if (random.happens(600'000)) {
    weather.base_steps = chance(random, 20'000);
    weather.base_ramps = chance(random, 20'000);
    weather.base_walks = chance(random, 500'000);
  }
  return weather;
}

Weather random_calm(Random& random) {
  Weather weather;
  weather.network.usual = Millis(random.between(50, 1'000));
  weather.longest = Millis(random.between(2'000, 30'000));
  if (random.happens(500'000)) {
    weather.network.loss = chance(random, 50'000);
    weather.network.repeat = chance(random, 50'000);
    for (Fault fault : {Fault::CutOff, Fault::AgentStalls, Fault::MeterSilent, Fault::BrokerDies})
      weather[fault] = chance(random, 200);
  }
  weather.appetite_changes = chance(random, 500);
  weather.car_changes = chance(random, 300);
  weather.base_steps = chance(random, 500);
  weather.base_ramps = chance(random, 1'000);
  weather.base_walks = chance(random, 500'000);
  return weather;
}

}  // namespace balans::soak
