#pragma once
// What has to be done now and then beside requests: roll-ups follow their readings, and what is over goes.

#include <atomic>
#include <optional>

#include "api/app/bill_sites.hpp"
#include "api/app/store_work.hpp"
#include "api/core/retention.hpp"
#include "common/io/clock/clock.hpp"
#include "common/io/runtime/event_log.hpp"

namespace balans::api {

class Upkeep {
 public:
  /// All outlive this.
  Upkeep(StoreWork& work, const Retention& retention, BillSites& bills, const Clock& clock, EventLog& events)
      : work_(work), retention_(retention), bills_(bills), clock_(clock), events_(events) {}

  /// Called now and then from one thread. Does one step at a time, and none while much waits.
  void beat();

 private:
  void post(BootTime began);
  /// What is done where nothing is left to be rolled up.
  void step(Store& store, BootTime began);
  Result<void> roll_up_and_forget(Store& store);
  /// Which time is past for certain. A clock that nobody sets may be far ahead, and what is let go of is gone: then no
  /// more is past than a day after the newest reading.
  Result<UnixTime> surely_past(Store& store) const;
  void report(const Result<void>& done);

  StoreWork& work_;
  const Retention retention_;
  BillSites& bills_;
  const Clock& clock_;
  EventLog& events_;
  std::atomic<bool> under_way_ = false;
  std::optional<BootTime> days_;    ///< when days were last rolled up
  std::optional<BootTime> forgot_;  ///< when nothing was left to let go of
};

}  // namespace balans::api
