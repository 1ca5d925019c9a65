#pragma once
// Which requests to send: neighbouring registers are read together as far as the device allows it.

#include <span>
#include <vector>

#include "common/registers/description.hpp"
#include "common/registers/register_span.hpp"

namespace balans {

/// Requests in order of unit, function and address that cover all of `wanted`, each within `limits`; of a block all or
/// nothing. A value or block longer than max_registers is read by a request of its own.
std::vector<RegisterSpan> plan_reads(std::vector<RegisterSpan> wanted, const RequestLimits& limits);

}  // namespace balans
