#pragma once
// The fewest requests that can read a set of values: found by looking at every request there could be, without the code
// that plans them.

#include <span>

#include "common/registers/description.hpp"
#include "common/registers/register_span.hpp"

namespace balans::bench {

/// A request reads at most max_registers, or one value (or block) that is longer; no more than max_gap registers in a
/// row that nobody wants; all of a block or nothing. Each value is read whole by one request.
std::size_t fewest_requests(std::span<const RegisterSpan> wanted, const RequestLimits& limits);

/// Whether such a request may be sent.
bool may_be_asked(const RegisterSpan& request, std::span<const RegisterSpan> wanted, const RequestLimits& limits);

/// How many different registers are wanted.
std::size_t registers_in(std::span<const RegisterSpan> wanted);

}  // namespace balans::bench
