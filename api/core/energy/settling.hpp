#pragma once
// When a slot's uses are booked, and how they are corrected. Booked energy is never changed: what is found later is
// booked as a further version that holds the differences, and after a slot is final it is a credit note, which names
// the version that it corrects.

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "api/core/energy/allocation.hpp"

namespace balans::api::energy {

/// Ages are counted from a slot's end.
struct SettlingRules {
  Millis provisional_after = 24 * 60_min;
  Millis final_after = 35 * 24 * 60_min;
};
/// Errors name the key.
Result<void> check(const SettlingRules& rules);

enum class Standing : std::uint8_t {
  Early,        ///< may still wait for readings
  Provisional,  ///< everything is booked, readings may be corrected
  Final,        ///< only credit notes follow
};
std::string_view name_of(Standing standing);  // "early", "provisional", "final"
Standing standing_of(UnixTime slot, UnixTime now, const SettlingRules& rules);

/// Whether every meter's energy of a slot is known for certain, or partly a guess (`Doubt`), or missing.
enum class Certainty : std::uint8_t { Certain, Estimated };

/// What is booked of a slot.
struct Booked {
  std::int64_t version = 0;  ///< the newest; from 1
  Certainty certainty = Certainty::Certain;
  std::vector<EnergyUse> uses;  ///< of all versions together
};

/// A version to be booked.
struct SlotVersion {
  std::int64_t version = 0;
  Standing standing = Standing::Early;
  Certainty certainty = Certainty::Certain;
  std::optional<std::int64_t> corrects;  ///< present: a credit note, for this version
  std::vector<EnergyUse> differences;    ///< to what was booked before; the first version has all
  bool operator==(const SlotVersion&) const = default;
};

/// What a slot's meters say now.
struct SlotReadings {
  UnixTime slot;
  std::vector<Metered> metered;
  std::vector<EnergyUse> earlier;  ///< of contracts and lots
  Certainty certainty = Certainty::Certain;
};

/// What to book of a slot now; nothing where it has to wait or is booked as it is. A slot that is not certain waits
/// until it would be provisional.
Result<std::optional<SlotVersion>> settle(const SlotReadings& readings, const std::optional<Booked>& booked,
                                          UnixTime now, const SettlingRules& rules);

}  // namespace balans::api::energy
