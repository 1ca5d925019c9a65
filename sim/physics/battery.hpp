#pragma once
// A house battery that feeds a backup circuit of its own and charges from the grid by its own logic.

#include "sim/physics/appliance.hpp"

namespace balans::sim {

struct BatteryTraits {
  int conductors = 3;
  Milliwatts max{5'000'000};  ///< charging
  WattHours capacity{10'000};
  std::int64_t start_permille = 450;  ///< state of charge at the start
  std::int64_t low_permille = 400;    ///< begins to charge at this state of charge
  Milliwatts backup{350'000};         ///< what its backup circuit takes
};

/// Charges from `low` until full, at full power up to 90 %, then tapering.
class Battery final : public Appliance {
 public:
  explicit Battery(const BatteryTraits& traits);

  void step(const Surroundings& around, Milliamps allowed) override;
  [[nodiscard]] Milliamps current() const override { return current_; }
  [[nodiscard]] Milliamps wants() const override { return wants_; }
  [[nodiscard]] int conductors() const override { return traits_.conductors; }
  [[nodiscard]] std::int64_t charge_permille() const;

 private:
  BatteryTraits traits_;
  Millijoules stored_;
  bool charging_ = false;
  Milliamps current_;
  Milliamps wants_;
};

}  // namespace balans::sim
