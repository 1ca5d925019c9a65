#include "trafo/core/site.hpp"

#include <algorithm>
#include <cstdio>
#include <functional>
#include <utility>

namespace balans {
namespace {

std::string amps(Milliamps current) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f A", static_cast<double>(current.count()) / 1000.0);
  return text;
}

constexpr Millis kRenewalTakes = Millis(4'000);  // limit, write and effective ack, over a slow network

/// What each device at and below a node does by itself.
std::vector<PerPhase<Milliamps>> fallbacks_below(const Site& site, std::size_t node, Direction d) {
  std::vector<PerPhase<Milliamps>> found;
  for (const Enrolment& agent : site.agents)
    if (is_below(site, agent.node, node))
      found.push_back(larger_of(in(failsafe_of(agent), d), in(fallback_of(agent), d)));
  return found;
}

Result<void> check(const Site& site, const FailsafeSum& it) {
  if (it.fits()) return {};
  const bool draw = it.direction == Direction::Draw;
  const std::string row = site.nodes[it.node].name + " " + (it.phase ? name_of(*it.phase) : "L1+L2+L3");
  return Error{"agents", row + (draw ? ": failsafe of " : ": failsafe feed-in of ") + std::to_string(it.each.size()) +
                             " devices " + amps(it.failsafe()) + " + design-peak " +
                             (draw ? "base load " : "generation ") + amps(it.base) + " = " + amps(it.total()) + " of " +
                             amps(it.limit)};
}

/// A node without a meter is told its own peak; what metered nodes below it draw comes on top.
PerPhase<Milliamps> design_peak_base(const Site& site, std::size_t node) {
  PerPhase<Milliamps> peak = site.nodes[node].design_peak_base;
  if (has_meter(site, node)) return peak;
  for (std::size_t m = 0; m < site.nodes.size(); ++m)
    if (has_meter(site, m) && meter_above(site, m) == meter_above(site, node) && is_below(site, m, node))
      peak += site.nodes[m].design_peak_base;
  return peak;
}

void add_sum(FailsafeSum sum, std::vector<FailsafeSum>& sums) {
  std::erase(sum.each, Milliamps());
  std::sort(sum.each.begin(), sum.each.end(), std::greater<>());
  sums.push_back(std::move(sum));
}

void add_sums(const Site& site, std::size_t v, Direction d, std::vector<FailsafeSum>& sums) {
  const Node& node = site.nodes[v];
  PerPhase<Milliamps> limit = static_limit(site, v);
  if (d == Direction::Feed && node.max_feed) limit = smaller_of(limit, PerPhase<Milliamps>::all(*node.max_feed));
  const PerPhase<Milliamps> base = d == Direction::Draw ? design_peak_base(site, v) : design_peak_feed(site, v, limit);
  const auto fallbacks = fallbacks_below(site, v, d);
  for (Phase p : kPhases) {
    FailsafeSum sum{v, p, d, {}, base[p], limit[p]};
    for (const auto& one : fallbacks) sum.each.push_back(one[p]);
    add_sum(std::move(sum), sums);
  }
  if (!node.max_va) return;
  FailsafeSum sum{v, std::nullopt, d, {}, base.sum(), three_phase_sum(*node.max_va)};
  for (const auto& one : fallbacks) sum.each.push_back(one.sum());
  add_sum(std::move(sum), sums);
}

/// A slow device is given its time first.
Millis let_go_after(const Enrolment& agent) { return std::max(defaults::kGivesUpAfter, agent.settle + 5_s); }

/// The contactor must be let go before the agent may go up to its failsafe.
Result<void> check_contactor(const Site& site, const Enrolment& agent) {
  const bool has_failsafe = agent.failsafe + agent.failsafe_feed > Milliamps();
  if (!agent.contactor || !has_failsafe || let_go_after(agent) < site.failsafe_hold) return {};
  return Error{"agents", agent.id.str() + ": its contactor would be let go " +
                             std::to_string(let_go_after(agent).count() / 1000) +
                             " s after the lease, when its failsafe has begun; settle_s must be smaller"};
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

PerPhase<Milliamps> design_peak_feed(const Site& site, std::size_t node, const PerPhase<Milliamps>& limit) {
  if (!site.feeds_back) return {};
  const std::optional<Milliamps>& peak = site.nodes[node].design_peak_feed;
  return peak ? PerPhase<Milliamps>::all(*peak) : limit;
}

bool has_meter(const Site& site, std::size_t node) {
  return std::any_of(site.meters.begin(), site.meters.end(), [&](const Meter& m) { return m.node == node; });
}

int meter_above(const Site& site, std::size_t node) {
  int above = site.nodes[node].parent;
  while (above != kNoParent && !has_meter(site, static_cast<std::size_t>(above)))
    above = site.nodes[static_cast<std::size_t>(above)].parent;
  return above;
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
  std::optional<Millis> down;
  if (agent.revert) down = defaults::kGivesUpAfter + *agent.revert + agent.settle;
  if (!agent.contactor) return down;
  const Millis cut = let_go_after(agent) + *agent.contactor + agent.settle;
  return down ? std::min(*down, cut) : cut;
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
  const Milliamps with_agent = std::max(by_itself, in(failsafe_of(agent), direction).largest());
  return with_agent == by_itself || failsafe_booked_after(site) > Millis() ? by_itself : with_agent;
}

Milliamps FailsafeSum::failsafe() const {
  Milliamps sum;
  for (const Milliamps one : each) sum += one;
  return sum;
}

std::vector<FailsafeSum> failsafe_sums(const Site& site) {
  std::vector<FailsafeSum> sums;
  for (std::size_t v = 0; v < site.nodes.size(); ++v)
    for (const Direction d : {Direction::Draw, Direction::Feed}) add_sums(site, v, d, sums);
  return sums;
}

Result<void> check_enrolment(const Site& site) {
  for (const Enrolment& agent : site.agents)
    if (const auto fits = check_contactor(site, agent); !fits) return fits;
  for (const FailsafeSum& sum : failsafe_sums(site))
    if (const auto fits = check(site, sum); !fits) return fits;
  return {};
}

}  // namespace balans
