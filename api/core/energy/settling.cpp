#include "api/core/energy/settling.hpp"

namespace balans::api::energy {

Result<void> check(const SettlingRules& rules) {
  if (rules.provisional_after < Millis()) return Error{"energy.provisional_after_min", "is below 0"};
  if (rules.final_after < rules.provisional_after)
    return Error{"energy.final_after_days", "is before energy.provisional_after_min"};
  return {};
}

std::string_view name_of(Standing standing) {
  switch (standing) {
    case Standing::Early:
      return "early";
    case Standing::Provisional:
      return "provisional";
    case Standing::Final:
      return "final";
  }
  return "final";
}

Standing standing_of(UnixTime slot, UnixTime now, const SettlingRules& rules) {
  const Millis age = now - (slot + kSlot);
  if (age < rules.provisional_after) return Standing::Early;
  return age < rules.final_after ? Standing::Provisional : Standing::Final;
}

Result<std::optional<SlotVersion>> settle(const SlotReadings& readings, const std::optional<Booked>& booked,
                                          UnixTime now, const SettlingRules& rules) {
  const Standing standing = standing_of(readings.slot, now, rules);
  if (now < readings.slot + kSlot) return std::optional<SlotVersion>();
  if (standing == Standing::Early && readings.certainty == Certainty::Estimated) return std::optional<SlotVersion>();
  const auto uses = allocate(readings.metered, readings.earlier);
  if (!uses) return uses.error();
  SlotVersion next{1, standing, readings.certainty, std::nullopt, {}};
  if (!booked) {
    next.differences = *uses;
    return std::optional(next);
  }
  next.version = booked->version + 1;
  next.differences = differences(booked->uses, *uses);
  if (next.differences.empty() && next.certainty == booked->certainty) return std::optional<SlotVersion>();
  if (standing == Standing::Final && !next.differences.empty()) next.corrects = booked->version;
  return std::optional(next);
}

}  // namespace balans::api::energy
