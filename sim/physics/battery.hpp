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
  void lose_power() override { current_ = Milliamps(0); }
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

/// What the house around a battery wants of it.
enum class BatteryWish : std::uint8_t { Idle, Charge, Discharge };

struct HomeBatteryTraits {
  int conductors = 3;
  Milliwatts max{7'000'000};  ///< both ways
  WattHours capacity{20'000};
  std::int64_t start_permille = 500;
  std::int64_t empty_permille = 50;  ///< gives no more from here
};

/// Charges and discharges as the house wants, within its limits; slows down when nearly full.
class HomeBattery final : public Appliance {
 public:
  explicit HomeBattery(const HomeBatteryTraits& traits);

  void set_wish(BatteryWish wish) { wish_ = wish; }
  void step(const Surroundings& around, Milliamps allowed) override;
  void lose_power() override { current_ = Milliamps(0); }
  [[nodiscard]] Milliamps current() const override { return current_; }
  [[nodiscard]] Milliamps wants() const override { return wants_; }
  [[nodiscard]] int conductors() const override { return traits_.conductors; }
  [[nodiscard]] std::int64_t charge_permille() const;

 private:
  [[nodiscard]] Milliwatts wished() const;

  HomeBatteryTraits traits_;
  BatteryWish wish_ = BatteryWish::Charge;
  Millijoules stored_;
  Milliamps current_;
  Milliamps wants_;
};

}  // namespace balans::sim
