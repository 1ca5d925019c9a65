#pragma once
// Keeps what lives in memory in step with the store: tokens, enrolments and waiting orders may change here, in a
// command, or in another process.

#include <atomic>
#include <cstdint>
#include <mutex>

#include "api/app/access_book.hpp"
#include "api/app/orders.hpp"
#include "api/app/store_work.hpp"
#include "common/io/clock/clock.hpp"
#include "common/io/runtime/event_log.hpp"

namespace balans::api {

class Refresh {
 public:
  /// All outlive this.
  Refresh(const Roster& configured, AccessBook& access, OrderFeed& orders, StoreWork& work, const Clock& clock,
          EventLog& events)
      : configured_(configured), access_(access), orders_(orders), work_(work), clock_(clock), events_(events) {}

  /// From any thread: looks soon whether something has changed, and reads what has.
  void soon();
  /// At once, on this thread: for the start.
  Result<void> now(Store& store);

 private:
  const Roster& configured_;
  AccessBook& access_;
  OrderFeed& orders_;
  StoreWork& work_;
  const Clock& clock_;
  EventLog& events_;
  std::atomic<bool> asked_ = false;
  std::mutex one_at_a_time_;  ///< what was read earlier must not take the place of what was read later
  std::int64_t seen_ = -1;    ///< guarded by it
};

}  // namespace balans::api
