#pragma once
// Paying for what a community shares, after IOTA's peer-to-peer energy demonstrator: stations pay for whole
// kilowatt-hours in multiples of so many units, the grid keeps a share of what is received, and the rest goes to those
// who put energy out in the period, in blocks. What does not fill a kilowatt-hour, a multiple or a block is carried.

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "api/core/energy/payment.hpp"
#include "common/result.hpp"
#include "common/units.hpp"

namespace balans::api::energy {

struct PeerRules {
  trade::Asset asset = trade::Asset::Eur;
  std::int64_t unit_value = 10'000;  ///< base units of the asset: 0.01 EUR
  std::int64_t units_per_kwh = 5;
  std::int64_t pay_multiple_units = 25;
  std::int64_t grid_share_numerator = 1;
  std::int64_t grid_share_denominator = 5;
  std::int64_t block_units = 40;
  bool operator==(const PeerRules&) const = default;
};
/// Errors name the key.
Result<void> check(const PeerRules& rules);

enum class Stay : std::uint8_t {
  Stays,
  Leaves,  ///< says goodbye: all that it owes is asked for, its part of what lies in the pool is paid, and it is
           ///< forgotten
};

/// What a station has shared in a period. Corrections of earlier periods may take both below 0.
struct StationEnergy {
  AgentId station;
  Owner owner;
  WattHours usage;   ///< taken from the community
  WattHours output;  ///< given to it
  Stay stay = Stay::Stays;
};

enum class Remainders : std::uint8_t {
  Carry,
  Flush,  ///< the end of a billing period: everything is asked for and handed out, to the base unit
};

struct PeriodInput {
  std::vector<StationEnergy> stations;  ///< every station of the site, in any order
  SiteOwners owners;
  Funds funds;
  Remainders remainders = Remainders::Carry;
};

struct StationCarried {
  std::int64_t wh = 0;            ///< not asked for yet; below 0: used less than was asked for, by a correction
  std::int64_t owed = 0;          ///< asked for and not paid yet, in base units
  std::int64_t output_debt = 0;   ///< Wh, never above 0: output that a correction took back
  std::int64_t output_since = 0;  ///< Wh put out since the last flush
  bool operator==(const StationCarried&) const = default;
};

struct Carried {
  std::map<AgentId, StationCarried> stations;
  std::int64_t pool = 0;           ///< received for producers and not handed out yet, in base units
  std::int64_t grid_fraction = 0;  ///< the grid's part of a base unit, in 1/grid_share_denominator of it
  bool operator==(const Carried&) const = default;
};

/// In base units but for energies.
struct PeerTotals {
  std::int64_t usage_wh = 0;
  std::int64_t output_wh = 0;
  std::int64_t asked = 0;         ///< in this period, for energy
  std::int64_t billed = 0;        ///< received from stations
  std::int64_t grid_share = 0;    ///< of that
  std::int64_t to_producers = 0;  ///< handed out
  std::int64_t refunded = 0;      ///< by the grid, for energy that a correction took back after it was paid
  bool operator==(const PeerTotals&) const = default;
};

/// billed = grid_share + to_producers + what the pool has grown by.
struct PeerRun {
  std::vector<Payment> payments;  ///< in an order in which nobody is overdrawn
  Carried carried;
  PeerTotals totals;
};

/// One period. The rules have passed `check`. An error where a station comes twice or a number is too large; with Flush
/// also where a station that carries something is not among the input's.
Result<PeerRun> run(const PeriodInput& input, const Carried& carried, const PeerRules& rules);

}  // namespace balans::api::energy
