#pragma once
// Two loads that keep something warm: a modulating heat pump for a house, a resistive boiler for hot water.
// Temperatures are doubles, as in every thermal model here; powers and currents are whole numbers.

#include <optional>

#include "sim/physics/appliance.hpp"

namespace balans::sim {

/// What a compressor in its minimum run does when it is told to stop.
enum class Lock : std::uint8_t { StopsAtOnce, AfterMinimumRun };

struct HeatPumpTraits {
  int conductors = 3;
  Milliwatts min{1'500'000};  ///< smallest electric power its compressor can run at
  Milliwatts max{6'000'000};
  double cop = 3.2;
  double loss_w_per_k = 320;              ///< of the house
  double heat_capacity_wh_per_k = 4000;   ///< of floor heating and buffer
  double lower_c = 20.5, upper_c = 21.5;  ///< thermostat
  double mean_outdoor_c = 4, swing_outdoor_c = 4;
  Millis min_run{};  ///< once it runs, its thermostat does not stop it before this
  Lock lock = Lock::StopsAtOnce;
  std::optional<double> start_c{};  ///< of the room; absent: a little above its lower temperature
};

/// Cycles by its thermostat and modulates with the distance to its upper temperature. Where its limit is below its
/// smallest power it stops, at once or after its minimum run; a compressor rests at least 3 minutes between runs.
class HeatPump final : public Appliance {
 public:
  explicit HeatPump(const HeatPumpTraits& traits)
      : traits_(traits), room_c_(traits.start_c.value_or(traits.lower_c + 0.1)) {}

  void step(const Surroundings& around, Milliamps allowed) override;
  void lose_power() override { current_ = Milliamps(0); }
  [[nodiscard]] Milliamps current() const override { return current_; }
  [[nodiscard]] Milliamps wants() const override { return wants_; }
  [[nodiscard]] int conductors() const override { return traits_.conductors; }
  [[nodiscard]] std::int64_t power_factor_permille() const override { return 950; }
  [[nodiscard]] double room_c() const { return room_c_; }

 private:
  [[nodiscard]] Milliwatts demand() const;
  void follow(Milliamps wanted, Milliamps allowed, Milliamps least, Millis dt);

  HeatPumpTraits traits_;
  double room_c_;
  bool heating_ = false;  // what the thermostat says
  Millis rested_ = 3_min;
  Millis ran_;
  Milliamps current_;
  Milliamps wants_;
};

/// Relay: full power or none.
enum class Element : std::uint8_t { Continuous, Relay };

struct BoilerTraits {
  int conductors = 1;
  Milliwatts power{3'000'000};
  double litres = 200;
  double lower_c = 52, upper_c = 60;
  double loss_w = 60;
  Element element = Element::Continuous;
  std::optional<double> start_c{};  ///< of the water; absent: a little above its lower temperature
};

/// Heats between two temperatures; water is drawn mornings and evenings. Its element follows the limit at once.
class Boiler final : public Appliance {
 public:
  explicit Boiler(const BoilerTraits& traits)
      : traits_(traits), water_c_(traits.start_c.value_or(traits.lower_c + 1)) {}

  void step(const Surroundings& around, Milliamps allowed) override;
  void lose_power() override { current_ = Milliamps(0); }
  [[nodiscard]] Milliamps current() const override { return current_; }
  [[nodiscard]] Milliamps wants() const override { return wants_; }
  [[nodiscard]] int conductors() const override { return traits_.conductors; }
  [[nodiscard]] double water_c() const { return water_c_; }

 private:
  BoilerTraits traits_;
  double water_c_;
  bool heating_ = false;
  Milliamps current_;
  Milliamps wants_;
};

}  // namespace balans::sim
