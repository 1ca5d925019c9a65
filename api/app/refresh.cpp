#include "api/app/refresh.hpp"

#include "api/app/enrolment.hpp"
#include "api/core/limits.hpp"

namespace balans::api {

void Refresh::soon() {
  if (asked_.exchange(true)) return;  // a look that has not begun yet sees this change too
  const auto posted = work_.post(Lane::Read, [this](Store& store) {
    asked_ = false;
    if (const auto done = now(store); !done) events_.write("refresh-fails", {{"error", done.error().message()}});
  });
  if (!posted) asked_ = false;
}

Result<void> Refresh::now(Store& store) {
  const std::lock_guard lock(one_at_a_time_);
  const auto version = store.changes().version();
  if (!version) return version.error();
  if (*version == seen_) return {};
  auto access = read_access(configured_, store);
  if (!access) return access.error();
  const auto waiting = store.orders().waiting(clock_.utc(), limits::kWaitingOrders);
  if (!waiting) return waiting.error();
  access_.replace(*std::move(access));
  orders_.replace(*waiting);
  // What changes between the two reads is counted above this version, so it is read next time.
  seen_ = *version;
  return {};
}

}  // namespace balans::api
