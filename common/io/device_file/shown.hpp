#pragma once
// Values as people write them.

#include <cstdint>
#include <string>

#include "common/registers/description.hpp"

namespace balans {

/// `value` × 10^−decimals without superfluous zeros: 11500 with 3 is "11.5".
std::string decimal(std::int64_t value, int decimals);
/// 11500 mA as "11.5 A", 2 as "C": a quantity in the unit that people use.
std::string shown(QuantityId id, std::int64_t value);
std::string shown_amps(Milliamps current);  ///< "11.5 A"

}  // namespace balans
