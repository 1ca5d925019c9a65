#pragma once
// A site in virtual time: the controller's and the agents' own cores, the network between them, and the truth about
// every device. Nothing in it knows a real clock, socket or file: the same street and seed give the same life.

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "sim/twin/log.hpp"
#include "sim/twin/participants.hpp"

namespace balans::twin {

/// What a meter does to the truth.
struct MeterModel {
  enum class Fault : std::uint8_t {
    None,
    Silent,
    Frozen,  ///< no register changes any more
    ThousandTimes,
    WrongSign,
    Stuck,    ///< currents stay, its other registers change
    Swapped,  ///< shows what another one should
  };
  Fault fault = Fault::None;
  WorldTime fault_until{};  ///< when `fault` is not for good
  std::size_t swapped_with = 0;
  Millis every{1000};  ///< it measures anew this often
  Millis lag;          ///< and shows it this much later, as if it were new
  WorldTime silent_until{};
  WorldTime frozen_until{};

  struct Shown {
    WorldTime at;
    PerPhase<Milliamps> current;
  };
  std::deque<Shown> measured;  ///< newest last

  struct Lie {
    WorldTime at;
    PerPhase<Milliamps> by;
  };
  /// When it last showed less, and more, than there was, in a way that nobody could tell from the truth.
  std::optional<Lie> showed_less, showed_more;
  /// When its newest sample with a register of life that had changed was taken; and its newest of all.
  WorldTime lived{}, shown{};
};

class World {
 public:
  struct Settings {
    std::uint64_t seed = 1;
    Mistake mistake = Mistake::None;
    Millis grain{100};  ///< the smallest step of time
    NetworkWeather network;
    Wire wire = Wire::Structs;
    Log* log = nullptr;  ///< outlives the world
  };
  World(Street street, const Settings& settings);
  World(const World&) = delete;  // the network draws from its random numbers
  World& operator=(const World&) = delete;

  /// Lets one grain of time pass. Returns what an agent did that it must not; empty when nothing.
  std::string advance();

  [[nodiscard]] WorldTime now() const { return now_; }
  [[nodiscard]] const Street& street() const { return street_; }
  [[nodiscard]] Street& street() { return street_; }
  [[nodiscard]] const std::vector<AgentProcess>& agents() const { return agents_; }
  [[nodiscard]] std::vector<AgentProcess>& agents() { return agents_; }
  [[nodiscard]] std::vector<MeterModel>& meters() { return meters_; }
  [[nodiscard]] const ControllerProcess& controller() const { return controller_; }
  [[nodiscard]] ControllerProcess& controller() { return controller_; }
  [[nodiscard]] const std::vector<MeterModel>& meters() const { return meters_; }
  [[nodiscard]] const Sealing& sealing() const { return sealing_; }
  /// Messages that came and were refused before any core saw them.
  [[nodiscard]] std::int64_t refused() const { return refused_; }
  [[nodiscard]] Network& network() { return network_; }
  [[nodiscard]] const Network& network() const { return network_; }

  /// The most that all devices at and below a node may be doing, by their registers and watchdogs alone.
  [[nodiscard]] Allowance may_do(std::size_t node) const;
  /// What nobody controls there.
  [[nodiscard]] PerPhase<Milliamps> base(std::size_t node) const;
  /// What flows there, base load included.
  [[nodiscard]] PerPhase<Milliamps> flow(std::size_t node) const;
  /// Usable limits less base load.
  [[nodiscard]] Allowance room(std::size_t node) const;
  /// Everything there is to know at this moment, for people.
  [[nodiscard]] std::string describe() const;

 private:
  void deliver();
  void deliver_to_agent(Message& message);
  void deliver_to_controller(Message& message);
  void start_controller();
  void log_message(const Message& message);
  [[nodiscard]] PerPhase<Milliamps> shown_by(MeterModel& model, const std::optional<MeterSample>& newest);
  void note_lie(std::size_t meter, const PerPhase<Milliamps>& shown);
  void run_devices();
  std::string run_agents();
  void run_controller();
  void forget();
  void read_meter(std::size_t meter);
  [[nodiscard]] std::string describe(const AgentProcess& agent) const;

  Street street_;
  Settings settings_;
  Random random_;
  Sealing sealing_;
  Network network_;
  WorldTime now_{};
  std::vector<AgentProcess> agents_;
  std::vector<MeterModel> meters_;
  ControllerProcess controller_;
  std::vector<std::optional<Parcel>> retained_;  ///< offers
  std::int64_t refused_ = 0;
};

}  // namespace balans::twin
