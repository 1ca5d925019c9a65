#pragma once
// What the api bills and pays by, from its configuration.

#include "api/core/energy/period_bill.hpp"
#include "api/core/energy/settling.hpp"
#include "api/core/flexibility/reward.hpp"

namespace balans::api {

/// What is paid for flexibility, in the asset of the bills.
struct FlexibilityTerms {
  flexibility::Price per_kwh;  ///< 0: nothing is paid
  flexibility::Price cap = *flexibility::Price::of(1'000'000);
  WattHours most = 10'000_Wh;             ///< that a site buys in a quarter-hour, and sets money aside for
  Millis settle_after = 24 * 60 * 1_min;  ///< the quarter-hour's end: then readings, evidence and sessions are there
};

struct Billing {
  energy::BillingRules rules;
  energy::SettlingRules settling;
  /// Down to which an account that is opened for a station may be overdrawn, in base units. 0: paid in advance.
  std::int64_t credit_limit = 0;
  /// Who has not paid more than this is stopped, in base units. Absent: nobody is.
  std::optional<std::int64_t> stop_above{};
  FlexibilityTerms flexibility;
};

}  // namespace balans::api
