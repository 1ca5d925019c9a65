#pragma once
// What is done for flexibility beside requests: prices of all sites are shown quarter-hour by quarter-hour, and
// quarter-hours whose time has come are settled.

#include <set>
#include <vector>

#include "api/app/access_book.hpp"
#include "api/app/back_off.hpp"
#include "api/app/reward_run.hpp"
#include "common/io/runtime/event_log.hpp"

namespace balans::api {

class RewardSites {
 public:
  /// All outlive this.
  RewardSites(const Billing& billing, const AccessBook& access, EventLog& events)
      : billing_(billing), access_(access), events_(events) {}

  /// A small step: the price of one site is shown, or one quarter-hour of one site settled. Each site is asked once in
  /// a round, and one that fails holds up no other and is tried again after a while; Left::Nothing ends the round.
  Result<Left> step(Store& store, UnixTime past);

 private:
  [[nodiscard]] RewardRules rules_for(const SiteId& site) const;
  Result<void> begin_round(Store& store, UnixTime past);
  void show(Store& store, const SiteId& site, UnixTime past);
  void settle(Store& store, const SiteId& site, UnixTime past);
  void tell(const Settled& settled);
  void tell_failure(const SiteId& site, const Error& error);

  const Billing& billing_;
  const AccessBook& access_;
  EventLog& events_;
  std::optional<UnixTime> shown_;  ///< the quarter-hour whose prices are shown, or are being shown
  std::set<SiteId> not_shown_;     ///< sites whose price of that quarter-hour is not shown yet
  BackOff showing_;
  BackOff settling_;
  std::vector<SiteId> to_show_;
  std::vector<SiteId> to_settle_;
  bool in_round_ = false;
};

}  // namespace balans::api
