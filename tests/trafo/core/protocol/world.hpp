#pragma once
// The street in virtual time, and the truth about it: what every device may do, by its registers and watchdog alone.

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "tests/trafo/core/protocol/participants.hpp"

namespace balans::protocol {

/// What a meter does to the truth.
struct MeterModel {
  enum class Fault : std::uint8_t { None, Silent, Frozen, ThousandTimes, WrongSign };
  Fault fault = Fault::None;
  Millis every{1000};  ///< it measures anew this often
  Millis lag;          ///< and shows it this much later, as if it were new
  WorldTime silent_until{};
  WorldTime frozen_until{};

  struct Shown {
    WorldTime at;
    PerPhase<Milliamps> current;
  };
  std::deque<Shown> measured;  ///< newest last
};

class World {
 public:
  World(Street street, std::uint64_t seed, Mistake mistake = Mistake::None);

  /// Lives on for `time`. Returns the first thing that went against the law.
  std::optional<std::string> live(Millis time);
  /// The same where base loads and devices do what no law can bind: only the agents' own duties are watched.
  std::optional<std::string> live_unbound(Millis time);
  /// Ends all that goes wrong; what is down comes back.
  void clear_up();

  [[nodiscard]] WorldTime now() const { return now_; }
  /// The most that all devices at and below a node may be doing.
  [[nodiscard]] Allowance may_do(std::size_t node) const;
  /// What flows there, base load included.
  [[nodiscard]] PerPhase<Milliamps> flow(std::size_t node) const;
  /// Usable limits less base load.
  [[nodiscard]] Allowance room(std::size_t node) const;
  [[nodiscard]] Street& street() { return street_; }
  [[nodiscard]] std::vector<AgentProcess>& agents() { return agents_; }
  [[nodiscard]] std::vector<MeterModel>& meters() { return meters_; }
  [[nodiscard]] ControllerProcess& controller() { return controller_; }
  [[nodiscard]] std::string describe() const;

 private:
  enum class Law : std::uint8_t { Holds, Unwatched };
  std::optional<std::string> live(Millis time, Law law);
  void suffer();
  void suffer_agent(AgentProcess& agent, std::size_t index);
  void change_appetite(AgentProcess& agent, std::size_t index);
  void deliver();
  void deliver_to_agent(Message& message);
  void run_devices();
  std::optional<std::string> run_agents();
  void run_controller();
  void read_meter(std::size_t meter);
  [[nodiscard]] PerPhase<Milliamps> base(std::size_t node) const;
  [[nodiscard]] std::optional<std::string> violation() const;
  [[nodiscard]] std::string describe(const AgentProcess& agent) const;
  WorldTime for_a_while() { return now_ + Millis(random_.between(500, street_.weather.longest.count())); }

  Street street_;
  Random random_;
  Mistake mistake_;
  Network network_;
  WorldTime now_{};
  std::vector<AgentProcess> agents_;
  std::vector<WorldTime> cut_off_until_;
  /// A place at which one car has left and another has not come yet.
  struct Place {
    std::optional<WorldTime> empty_since;
    WorldTime disturbed{};  ///< the agent last did not see it
  };
  std::vector<Place> places_;
  std::vector<MeterModel> meters_;
  ControllerProcess controller_;
  std::vector<std::optional<Offer>> retained_;
};

}  // namespace balans::protocol
