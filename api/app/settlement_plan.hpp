#pragma once
// Use case: payees whose turn has come are paid out, together where they can be.

#include <vector>

#include "api/core/settlement/postings.hpp"
#include "api/store/store.hpp"

namespace balans::api {

/// One transaction: looks at some payees whose turn has come, opens settlements for what can be paid to them, and notes
/// that they were looked at. Gives what was opened; nothing where nobody's turn has come.
Result<std::vector<settlement::Settlement>> plan_payouts(Store& store, const settlement::Books& books,
                                                         const settlement::Rules& rules,
                                                         const settlement::FeeQuote& fee, UnixTime now);

}  // namespace balans::api
