// What is carried from one allocation to the next, and what it is given of deadlines.
#include <algorithm>

#include "trafo/core/allocate.hpp"

namespace balans {

Milliamps deadline_current(WattHours energy, Millis left, int phases) {
  constexpr std::int64_t kMostWh = 10'000'000;  // an electric lorry has one; keeps the product inside 64 bits
  if (phases <= 0 || energy <= WattHours()) return {};
  const std::int64_t wh = std::min(energy.count(), kMostWh);
  const Millis aimed_at = std::max(left - kFinishEarly, 1_min);
  const std::int64_t divisor = aimed_at.count() * phases * (defaults::kNominal.count() / 1000);
  return Milliamps((wh * 3'600'000'000 + divisor - 1) / divisor);
}

Turn next_turn(const Turn& turn, const Candidate& candidate, const Grant& grant, Millis min_off, BootTime now) {
  const bool on = grant.current > Milliamps();
  Turn next = turn;
  if (on != turn.on) {
    next.on = on;
    next.since = now;
    next.idle = false;
    next.rest_until = on ? now : now + min_off;
  } else if (!on && candidate.cap == Milliamps()) {
    next.since = now;  // whoever asks for nothing does not wait
  }
  if (!on) return next;
  const bool on_fewer = !candidate.fewer.empty() && grant.phases == candidate.fewer;
  if (!turn.on || on_fewer != turn.on_fewer) next.switched = now;
  next.on_fewer = on_fewer;
  return next;
}

}  // namespace balans
