#pragma once
// The book of energy: every watt-hour that a meter counted in a slot goes to exactly one use. What is used and put out
// in the community at the same time is shared; the rest comes from the supplier or goes to it.

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/ids.hpp"
#include "common/result.hpp"
#include "common/units.hpp"

namespace balans::api::energy {

inline constexpr Millis kSlot = 15_min;
inline constexpr std::size_t kMostMeters = 100'000;         ///< of a site
inline constexpr std::int64_t kMostWh = 1'000'000'000'000;  ///< of a meter in one slot or period, either way

/// Where a watt-hour came from or went. The first two are allocated before, by those who keep contracts and lots.
enum class Use : std::uint8_t {
  ContractIn,    ///< taken under a contract, an auction lot or in the slot market
  ContractOut,   ///< delivered under one
  SharedIn,      ///< taken from what the community put out in this slot
  SharedOut,     ///< put out and taken by the community in this slot
  FromSupplier,  ///< imported: owed to the supplier
  ToSupplier,    ///< exported: owed by the supplier
};
inline constexpr std::array<Use, 6> kUses{Use::ContractIn, Use::ContractOut,  Use::SharedIn,
                                          Use::SharedOut,  Use::FromSupplier, Use::ToSupplier};
std::string_view name_of(Use use);  // "contract-in", …, "to-supplier"
Result<Use> parse_use(std::string_view name);
/// Whether it is part of what the meter imported, rather than of what it exported.
bool is_import(Use use);

/// What one meter counted in a slot. A battery may have both.
struct Metered {
  AgentId meter;
  WattHours imported;
  WattHours exported;
  bool operator==(const Metered&) const = default;
};

struct EnergyUse {
  AgentId meter;
  Use use = Use::SharedIn;
  std::string under;  ///< the contract or lot; empty for the others
  WattHours energy;
  auto operator<=>(const EnergyUse&) const = default;
};

/// All uses of a slot, by meter, use and contract, none of 0 Wh. `earlier` are the uses that contracts and lots have
/// taken already; they are part of the answer. The order of what comes in does not matter. Errors name the meter: one
/// that comes twice, counted less than nothing, or of which more is used than it counted.
Result<std::vector<EnergyUse>> allocate(std::span<const Metered> metered, std::span<const EnergyUse> earlier = {});

/// What turns the uses of `before` into those of `after`: energies may be below 0, none is 0.
std::vector<EnergyUse> differences(std::span<const EnergyUse> before, std::span<const EnergyUse> after);

}  // namespace balans::api::energy
