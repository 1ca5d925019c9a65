#pragma once
// Use case: one payment run for each site and period, over all its stations. A run that is repeated pays nothing twice:
// its payments have the same ids, and its result is kept in the transaction in which they are made or, where the wallet
// is elsewhere, before they are made.

#include <functional>
#include <optional>

#include "api/app/roll_ups.hpp"
#include "api/core/energy/interfaces.hpp"
#include "common/crypto/crypto.hpp"

namespace balans::api {

/// All that a payment run uses.
struct EnergyPorts {
  energy::Strategy& strategy;
  energy::Storage& storage;
  energy::Registration& registration;
  energy::Wallet& wallet;
};

/// Where the wallet is.
enum class Paying : std::uint8_t {
  Together,  ///< beside the storage: results and payments are one transaction
  Apart,     ///< elsewhere: the result is kept, then paid, then marked as paid; whatever fails is gone on with
};

/// Runs its work in one transaction of the storage.
using Transaction = std::function<Result<void>(const std::function<Result<void>()>&)>;

struct PaymentStep {
  Left left = Left::Nothing;
  std::optional<energy::PeriodBill> bill;  ///< absent: no period was due
};

class PaymentRuns {
 public:
  /// The ports outlive this.
  PaymentRuns(const EnergyPorts& ports, Transaction transaction, Paying paying)
      : ports_(ports), transaction_(std::move(transaction)), paying_(paying) {}

  /// The run of the oldest period of the site that is over and has none; missed ones come in their order. `now` is past
  /// for certain: a clock that is ahead would make runs of periods that are not over.
  Result<PaymentStep> next(const SiteId& site, UnixTime now);

 private:
  Result<void> go_on(const energy::PeriodBill& unpaid);
  Result<std::optional<energy::PeriodBill>> make(const SiteId& site, const energy::Progress& progress,
                                                 const energy::BillingRules& rules, UnixTime now);
  Result<energy::BillInput> input_of(const SiteId& site, const Span& period, std::vector<energy::Station> stations,
                                     const energy::BillingRules& rules);
  Result<void> forget_settled(const energy::PeriodBill& bill, const std::vector<energy::Station>& stations,
                              const energy::BillingRules& rules);

  EnergyPorts ports_;
  Transaction transaction_;
  Paying paying_;
};

/// The id of a payment: the same whenever the same payment is asked for. Nobody else's deployment has it.
journal::Id transfer_id(const DeploymentId& deployment, const energy::PeriodBill& bill, const energy::Payment& payment);

}  // namespace balans::api
