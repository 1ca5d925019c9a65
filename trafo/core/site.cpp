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

Milliamps fallback_on(const Enrolment& agent, Direction d, Phase p) {
  return std::max(in(failsafe_of(agent), d)[p], in(fallback_of(agent), d)[p]);
}

Result<void> check_sum(const Site& site, std::size_t node, Direction d, Phase p, Milliamps base, Milliamps limit) {
  Milliamps sum;
  int devices = 0;
  for (const Enrolment& agent : site.agents) {
    const Milliamps fallback = fallback_on(agent, d, p);
    if (!is_below(site, agent.node, node) || fallback == Milliamps()) continue;
    sum += fallback;
    ++devices;
  }
  const Milliamps total = sum + base;
  if (total <= limit) return {};
  const char* what = d == Direction::Draw ? ": failsafe of " : ": failsafe feed-in of ";
  return Error{"agents", site.nodes[node].name + " " + name_of(p) + what + std::to_string(devices) + " devices " +
                             amps(sum) + " + design-peak base load " + amps(base) + " = " + amps(total) + " of " +
                             amps(limit)};
}

}  // namespace

PerPhase<Milliamps> static_rating(const Site& site) {
  return PerPhase<Milliamps>::all(three_phase_sum(site.rated) / 3);
}

PerPhase<Milliamps> usable_rating(const Site& site) {
  PerPhase<Milliamps> usable = static_rating(site);
  for (Phase p : kPhases) usable[p] = less_margin(usable[p], site.margin_percent);
  return usable;
}

PerPhase<Milliamps> static_limit(const Site& site, std::size_t node) {
  PerPhase<Milliamps> limit = static_rating(site);
  for (int v = static_cast<int>(node); v != kNoParent; v = site.nodes[static_cast<std::size_t>(v)].parent)
    if (const auto& max = site.nodes[static_cast<std::size_t>(v)].max)
      limit = smaller_of(limit, PerPhase<Milliamps>::all(*max));
  return limit;
}

bool is_below(const Site& site, std::size_t node, std::size_t above) {
  for (int v = static_cast<int>(node); v != kNoParent; v = site.nodes[static_cast<std::size_t>(v)].parent)
    if (v == static_cast<int>(above)) return true;
  return false;
}

Allowance most_of(const Enrolment& agent) {
  return {agent.phases.spread(agent.max), agent.phases.spread(agent.max_feed)};
}
Allowance failsafe_of(const Enrolment& agent) {
  return {agent.phases.spread(agent.failsafe), agent.phases.spread(agent.failsafe_feed)};
}
Allowance fallback_of(const Enrolment& agent) {
  return {agent.phases.spread(agent.device_fallback), agent.phases.spread(agent.fallback_feed)};
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

Milliamps always_booked(const Site& site, const Enrolment& agent, Direction direction) {
  const Milliamps by_itself = in(fallback_of(agent), direction).largest();
  if (failsafe_booked_after(site) > Millis()) return by_itself;
  return std::max(by_itself, in(failsafe_of(agent), direction).largest());
}

Result<void> check_enrolment(const Site& site) {
  for (std::size_t v = 0; v < site.nodes.size(); ++v) {
    const PerPhase<Milliamps> limit = static_limit(site, v);
    const Node& node = site.nodes[v];
    for (Phase p : kPhases) {
      if (const auto fits = check_sum(site, v, Direction::Draw, p, node.design_peak_base[p], limit[p]); !fits)
        return fits;
      const Milliamps back = std::min(limit[p], node.max_feed.value_or(limit[p]));
      if (const auto fits = check_sum(site, v, Direction::Feed, p, Milliamps(), back); !fits) return fits;
    }
  }
  return {};
}

}  // namespace balans
