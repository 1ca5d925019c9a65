#pragma once
// What is done for money beside requests: the book of energy follows the roll-ups, and periods that are over are paid.

#include <set>
#include <vector>

#include "api/app/access_book.hpp"
#include "api/app/allocate_energy.hpp"
#include "api/app/back_off.hpp"
#include "api/app/billing.hpp"
#include "api/app/credit_stops.hpp"
#include "api/app/reward_sites.hpp"
#include "api/store/store.hpp"
#include "common/io/runtime/event_log.hpp"

namespace balans::api {

class BillSites {
 public:
  /// All outlive this.
  BillSites(const Billing& billing, const AccessBook& access, CreditStops& stops, EventLog& events)
      : billing_(billing), access_(access), stops_(stops), events_(events), rewards_(billing, access, events) {}

  /// A small step: some slots, one period of one site, or one quarter-hour of its flexibility. One site whose run fails
  /// holds up no other, and is tried again after a while.
  Result<Left> step(Store& store, UnixTime past);

 private:
  Result<Left> bill(Store& store, UnixTime past);
  Result<Left> run_site(Store& store, const SiteId& site, UnixTime past);
  Result<void> decide(Store& store, const SiteId& site, const DeploymentId& deployment, UnixTime past);
  void tell(const SiteId& site, const energy::PeriodBill& bill);

  const Billing& billing_;
  const AccessBook& access_;
  CreditStops& stops_;
  EventLog& events_;
  std::vector<SiteId> left_;  ///< sites that are still to be asked in this round
  BackOff back_off_;
  /// Sites of which it is decided who is stopped after the newest run; at the start, and where that failed, it is not.
  std::set<SiteId> decided_;
  RewardSites rewards_;
  bool billed_ = false;  ///< in this round; rewards come next
};

}  // namespace balans::api
