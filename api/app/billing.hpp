#pragma once
// What the api bills by, from its configuration.

#include "api/core/energy/period_bill.hpp"
#include "api/core/energy/settling.hpp"

namespace balans::api {

struct Billing {
  energy::BillingRules rules;
  energy::SettlingRules settling;
  /// Down to which an account that is opened for a station may be overdrawn, in base units. 0: paid in advance.
  std::int64_t credit_limit = 0;
  /// Who has not paid more than this is stopped, in base units. Absent: nobody is.
  std::optional<std::int64_t> stop_above{};
};

}  // namespace balans::api
