#pragma once
// What nobody limits by its own wish: the sun on a roof, and all that happens in a house behind a plain meter.

#include <array>

#include "sim/physics/appliance.hpp"
#include "sim/random.hpp"

namespace balans::sim {

struct RoofTraits {
  int conductors = 3;
  Milliwatts peak{10'000'000};  ///< at noon without a cloud
  std::uint64_t seed = 1;
};

/// An inverter on a roof: feeds in what the sun gives, from six in the morning to eight in the evening, as far as it is
/// let. A cloud takes up to a third for a minute.
class Roof final : public Appliance {
 public:
  explicit Roof(const RoofTraits& traits) : traits_(traits), random_(traits.seed) {}

  void step(const Surroundings& around, Milliamps allowed) override;
  void lose_power() override { current_ = Milliamps(0); }
  [[nodiscard]] Milliamps current() const override { return current_; }
  [[nodiscard]] Milliamps wants() const override { return wants_; }
  [[nodiscard]] int conductors() const override { return traits_.conductors; }

 private:
  RoofTraits traits_;
  Random random_;
  std::int64_t sky_permille_ = 1000;
  Millis until_next_cloud_;
  Milliamps current_;
  Milliamps wants_;
};

struct HouseTraits {
  int conductors = 3;
  Milliamps least{-4'000};  ///< below 0: it feeds in at times
  Milliamps most{20'000};
  std::uint64_t seed = 1;
};

/// A current of its own on each conductor, which wanders and now and then jumps.
class House final : public Appliance {
 public:
  explicit House(const HouseTraits& traits);

  void step(const Surroundings& around, Milliamps allowed) override;
  void lose_power() override { currents_ = {}; }
  [[nodiscard]] Milliamps current() const override { return currents_[0]; }
  [[nodiscard]] Milliamps current_on(int conductor) const override;
  [[nodiscard]] Milliamps wants() const override { return currents_[0]; }
  [[nodiscard]] int conductors() const override { return traits_.conductors; }
  [[nodiscard]] std::int64_t power_factor_permille() const override { return 950; }

 private:
  HouseTraits traits_;
  Random random_;
  std::array<Milliamps, 3> currents_;
};

}  // namespace balans::sim
