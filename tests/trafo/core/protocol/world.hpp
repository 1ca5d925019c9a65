#pragma once
// The street in virtual time, and the truth about it: what every device may draw, by its register and watchdog alone.

#include <optional>
#include <string>
#include <vector>

#include "tests/trafo/core/protocol/participants.hpp"

namespace balans::protocol {

class World {
 public:
  World(Street street, std::uint64_t seed, Mistake mistake = Mistake::None);

  /// Lives on for `time`. Returns the first thing that went against the law.
  std::optional<std::string> live(Millis time);
  /// Ends all that goes wrong; what is down comes back.
  void clear_up();

  [[nodiscard]] WorldTime now() const { return now_; }
  [[nodiscard]] PerPhase<Milliamps> may_draw() const;
  /// Usable rating less base load.
  [[nodiscard]] PerPhase<Milliamps> room() const;
  [[nodiscard]] std::vector<AgentProcess>& agents() { return agents_; }
  [[nodiscard]] ControllerProcess& controller() { return controller_; }
  [[nodiscard]] std::string describe() const;

 private:
  void suffer();
  void suffer_agent(AgentProcess& agent, std::size_t index);
  void deliver();
  void deliver_to_agent(Message& message);
  void run_devices();
  std::optional<std::string> run_agents();
  void run_controller();
  void read_meter();
  [[nodiscard]] std::optional<std::string> violation() const;
  WorldTime for_a_while() { return now_ + Millis(random_.between(500, street_.weather.longest.count())); }

  Street street_;
  Random random_;
  Mistake mistake_;
  Network network_;
  WorldTime now_{};
  std::vector<AgentProcess> agents_;
  std::vector<WorldTime> cut_off_until_;
  ControllerProcess controller_;
  std::vector<std::optional<Offer>> retained_;
  WorldTime meter_silent_until_{};
  WorldTime meter_frozen_until_{};
};

}  // namespace balans::protocol
