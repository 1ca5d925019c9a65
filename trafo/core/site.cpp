#include "trafo/core/site.hpp"

#include <algorithm>
#include <cstdio>

namespace balans {
namespace {

std::string amps(Milliamps current) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f A", static_cast<double>(current.count()) / 1000.0);
  return text;
}

constexpr Millis kRenewalTakes = Millis(4'000);  // limit, write and effective ack, over a slow network

Milliamps fallback_of(const Enrolment& agent) { return std::max(agent.failsafe, agent.device_fallback); }

}  // namespace

PerPhase<Milliamps> static_rating(const Site& site) {
  return PerPhase<Milliamps>::all(Milliamps(site.rated.count() * 1'000'000 / 3 / defaults::kNominal.count()));
}

PerPhase<Milliamps> usable_rating(const Site& site) {
  PerPhase<Milliamps> usable = static_rating(site);
  for (Phase p : kPhases) usable[p] = usable[p] * (100 - site.margin_percent) / 100;
  return usable;
}

std::optional<Millis> down_after(const Enrolment& agent) {
  if (!agent.revert) return std::nullopt;
  return defaults::kGivesUpAfter + *agent.revert + agent.settle;
}

Millis lease_margin(const Site& site) { return site.ttl / 100 + defaults::kLeaseMargin; }

Millis failsafe_booked_after(const Site& site) {
  Millis slowest;
  for (const Enrolment& agent : site.agents) {
    const std::optional<Millis> down = down_after(agent);
    if (!down) return Millis();  // what it holds it may hold for ever, so nobody's failsafe can wait for it
    slowest = std::max(slowest, *down);
  }
  const Millis after =
      std::min(defaults::kFailsafeBooked, site.failsafe_hold - site.ttl - lease_margin(site) - slowest);
  // Where renewals are hardly faster, the booking would come and go with each of them.
  return after < site.ttl / defaults::kRenewPerTtl + kRenewalTakes ? Millis() : after;
}

Milliamps always_booked(const Site& site, const Enrolment& agent) {
  return failsafe_booked_after(site) > Millis() ? agent.device_fallback : fallback_of(agent);
}

Result<void> check_enrolment(const Site& site) {
  const PerPhase<Milliamps> rating = static_rating(site);
  for (Phase p : kPhases) {
    Milliamps sum;
    int devices = 0;
    for (const Enrolment& agent : site.agents) {
      if (!agent.phases.contains(p) || fallback_of(agent) == Milliamps()) continue;
      sum += fallback_of(agent);
      ++devices;
    }
    const Milliamps total = sum + site.design_peak_base[p];
    if (total > rating[p])
      return Error{"agents", std::string(name_of(p)) + ": failsafe of " + std::to_string(devices) + " devices " +
                                 amps(sum) + " + design-peak base load " + amps(site.design_peak_base[p]) + " = " +
                                 amps(total) + " of " + amps(rating[p])};
  }
  return {};
}

}  // namespace balans
