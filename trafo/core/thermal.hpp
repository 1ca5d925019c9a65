#pragma once
// How warm the transformer is: top oil and hot-spot after IEC 60076-7, in exact exponential steps. docs/rating.md has
// the equations. The only floating-point numbers of the core; what leaves the model is rounded to the safe side.

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "common/phases.hpp"
#include "common/result.hpp"
#include "common/units.hpp"

namespace balans {

using MilliCelsius = Quantity<struct MilliCelsiusTag>;  ///< temperature, thousandths of a degree Celsius

enum class Paper : std::uint8_t {
  Normal,    ///< one day per day at a hot-spot of 98 °C
  Upgraded,  ///< thermally upgraded: one day per day at 110 °C
};

/// What the surcharge for a bad place (indoors, in a kiosk) is added to; the sources of the parameter sets differ.
enum class SurchargeTo : std::uint8_t {
  OilRise,  ///< the rated top-oil rise, so that it shrinks with the losses: distribution
  Ambient,  ///< the ambient temperature, at any load: power
};

/// The transformer as the model knows it. Without another word: IEC distribution transformer, ONAN.
struct ThermalParameters {
  double oil_rise_k = 55;           ///< Δθ_or, top oil over ambient at rated load
  double hot_spot_gradient_k = 23;  ///< H·g_r, hot-spot over top oil at rated load
  double tau_o_min = 180;
  double tau_w_min = 4;
  double loss_ratio = 5;  ///< R, load loss over no-load loss at rated load
  double x = 0.8;         ///< oil exponent
  double y = 1.6;         ///< winding exponent
  double k11 = 1;
  double k21 = 1;
  double k22 = 2;
  double surcharge_k = 0;
  SurchargeTo surcharge_to = SurchargeTo::OilRise;
  Paper paper = Paper::Normal;
};

enum class ThermalSet : std::uint8_t { DistributionOnan, PowerOnan, PowerOnaf };

/// The parameters of a kind of transformer. Any of them may then be replaced by what the maker's test report says.
ThermalParameters parameters_of(ThermalSet set);

/// One number of the parameters with its bounds, for reading it, refusing it and documenting it.
struct ThermalField {
  std::string_view name;
  double ThermalParameters::*member;
  double min;
  double max;
  std::string_view meaning;
};
inline constexpr std::array<ThermalField, 11> kThermalFields{{
    {"oil_rise_k", &ThermalParameters::oil_rise_k, 10, 100, "rise of the top oil over ambient at rated load"},
    {"hot_spot_gradient_k", &ThermalParameters::hot_spot_gradient_k, 1, 80, "hot-spot over top oil at rated load"},
    {"tau_o_min", &ThermalParameters::tau_o_min, 10, 1000, "time constant of the oil"},
    {"tau_w_min", &ThermalParameters::tau_w_min, 1, 60, "time constant of the winding"},
    {"loss_ratio", &ThermalParameters::loss_ratio, 0.5, 2000, "load loss over no-load loss at rated load"},
    {"x", &ThermalParameters::x, 0.5, 1.2, "oil exponent"},
    {"y", &ThermalParameters::y, 1, 2.2, "winding exponent"},
    {"k11", &ThermalParameters::k11, 0.1, 2, "factor of the oil's time constant"},
    {"k21", &ThermalParameters::k21, 1, 4, "how far the hot-spot overshoots"},
    {"k22", &ThermalParameters::k22, 1, 4, "factor of the winding's time constant"},
    {"surcharge_k", &ThermalParameters::surcharge_k, 0, 30, "for standing indoors"},
}};

/// Refuses parameters outside their bounds, and time constants for which more current could mean less heat. `path` is
/// put before the field's name: `thermal.tau_o_min: 0 is outside 10..1000`.
Result<void> check_thermal(const ThermalParameters& parameters, std::string_view path = "thermal");

/// The oil is common; each phase has its own hot-spot.
struct ThermalState {
  double top_oil_c = 0;
  PerPhase<double> fast_gradient_k;  ///< Δθ_h1
  PerPhase<double> slow_gradient_k;  ///< Δθ_h2, what the oil flow takes away again

  [[nodiscard]] double hot_spot_c(Phase phase) const {
    return top_oil_c + fast_gradient_k[phase] - slow_gradient_k[phase];
  }
  [[nodiscard]] double hottest_c() const;
  constexpr bool operator==(const ThermalState&) const = default;
};

/// What acts on the transformer: K = current / rated current per phase, and the air around it.
struct ThermalDrive {
  PerPhase<double> k;
  double ambient_c = 20;
};

/// Where the state goes if the drive lasts.
ThermalState steady_state(const ThermalParameters& parameters, const ThermalDrive& drive);

/// The state after `minutes` of a constant drive; exact for any length.
ThermalState step(const ThermalParameters& parameters, const ThermalState& state, const ThermalDrive& drive,
                  double minutes);

/// The top oil at a steady load, where `mean_k2` is the mean of the phases' K².
double top_oil_at(const ThermalParameters& parameters, double ambient_c, double mean_k2);

/// The hot-spot over the top oil at a steady load.
double gradient_at(const ThermalParameters& parameters, double k);

/// The three time constants as the equations use them.
struct TimeConstants {
  double oil_min;   ///< k11·τo
  double fast_min;  ///< k22·τw
  double slow_min;  ///< τo/k22
};
TimeConstants time_constants(const ThermalParameters& parameters);

/// Temperatures for display and messages, rounded up.
MilliCelsius rounded_up(double celsius);

}  // namespace balans
