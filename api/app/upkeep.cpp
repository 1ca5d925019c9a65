#include "api/app/upkeep.hpp"

#include <algorithm>

#include "api/app/roll_ups.hpp"

namespace balans::api {
namespace {

constexpr std::size_t kRollUpsAtOnce = 500;
/// How much of a beat's second; whoever else writes has a turn after each transaction.
constexpr Millis kRollUpTime = 500_ms;
constexpr std::size_t kDaysAtOnce = 200;
constexpr Millis kDaysEvery = 15 * 60_s;
constexpr Millis kForgetEvery = 60 * 60_s;
constexpr std::size_t kYields = 4;
constexpr Millis kDay = 86'400_s;

bool is_due(const std::optional<BootTime>& last, BootTime now, Millis every) { return !last || now - *last >= every; }

}  // namespace

void Upkeep::beat() {
  if (!under_way_.exchange(true)) post(clock_.boot());
}

void Upkeep::post(BootTime began) {
  const bool posted = work_.pending(Lane::Write) <= kYields && work_.post(Lane::Write, [this, began](Store& store) {
    const auto rolled = roll_up_some(store, kRollUpsAtOnce);
    if (!rolled) report(rolled.error());
    if (rolled && *rolled == Left::More && clock_.boot() - began < kRollUpTime) return post(began);
    if (rolled && *rolled == Left::Nothing) step(store, began);
    under_way_ = false;
  });
  if (!posted) under_way_ = false;
}

void Upkeep::step(Store& store, BootTime began) {
  if (const auto done = roll_up_and_forget(store); !done) report(done);
  const auto past = surely_past(store);
  if (!past) return report(past.error());
  while (clock_.boot() - began < kRollUpTime) {
    const auto billed = bills_.step(store, *past);
    if (!billed) return report(billed.error());
    if (*billed == Left::Nothing) return;
  }
}

Result<void> Upkeep::roll_up_and_forget(Store& store) {
  const BootTime now = clock_.boot();
  if (is_due(days_, now, kDaysEvery)) {
    const auto days = roll_up_days(store, kDaysAtOnce);
    if (!days) return days.error();
    if (*days == Left::Nothing) days_ = now;
  }
  if (!is_due(forgot_, now, kForgetEvery)) return {};
  const auto past = surely_past(store);
  if (!past) return past.error();
  const auto forgotten = forget_some(store, retention_, clock_.utc(), *past);
  if (!forgotten) return forgotten.error();
  if (*forgotten == Left::Nothing) forgot_ = now;
  return {};
}

Result<UnixTime> Upkeep::surely_past(Store& store) const {
  if (const auto certain = clock_.utc_if_synchronised()) return *certain;
  std::optional<UnixTime> newest;
  const auto read = store.transaction([&]() -> Result<void> {
    auto found = store.readings().newest();
    if (found) newest = *found;
    return found ? Result<void>() : Result<void>(found.error());
  });
  if (!read) return read.error();
  return newest ? std::min(clock_.utc(), *newest + kDay) : clock_.utc();
}

void Upkeep::report(const Result<void>& done) { events_.write("upkeep-fails", {{"error", done.error().message()}}); }

}  // namespace balans::api
