#include "api/app/reward_sites.hpp"

namespace balans::api {
namespace {

constexpr std::size_t kSitesAtOnce = 5000;

}  // namespace

Result<Left> RewardSites::step(Store& store, UnixTime past) {
  if (!in_round_)
    if (const auto begun = begin_round(store, past); !begun) return begun.error();
  in_round_ = true;
  if (!to_show_.empty()) {
    const SiteId site = to_show_.back();
    to_show_.pop_back();
    show(store, site, past);
  } else if (!to_settle_.empty()) {
    const SiteId site = to_settle_.back();
    to_settle_.pop_back();
    settle(store, site, past);
  }
  in_round_ = !to_show_.empty() || !to_settle_.empty();
  return in_round_ ? Left::More : Left::Nothing;
}

Result<void> RewardSites::begin_round(Store& store, UnixTime past) {
  const FlexibilityTerms& terms = billing_.flexibility;
  const UnixTime next = floor_to(flexibility::kSlot, past) + flexibility::kSlot;
  if (shown_ != next) not_shown_.clear();
  if (shown_ != next && !terms.per_kwh.is_zero())
    for (const auto& [site, enrolled] : access_.now()->roster.sites) not_shown_.insert(site);
  shown_ = next;
  for (const SiteId& site : not_shown_)
    if (!showing_.waits(site, past)) to_show_.push_back(site);
  auto sites = store.rewards().unsettled(past - flexibility::kSlot - terms.settle_after, kSitesAtOnce);
  if (!sites) return sites.error();
  to_settle_ = *std::move(sites);
  std::erase_if(to_settle_, [&](const SiteId& site) { return settling_.waits(site, past); });
  return {};
}

RewardRules RewardSites::rules_for(const SiteId& site) const {
  return {billing_.flexibility,
          billing_.rules.peer.asset,
          {deployment_of(access_.now()->roster, site), billing_.credit_limit}};
}

void RewardSites::show(Store& store, const SiteId& site, UnixTime past) {
  const auto access = access_.now();
  const auto enrolled = access->roster.sites.find(site);
  not_shown_.erase(site);
  if (enrolled == access->roster.sites.end()) return;
  const auto devices = static_cast<std::int64_t>(enrolled->second.agents.size());
  const auto shown = show_price(store, site, rules_for(site), devices, past);
  if (!shown) {
    not_shown_.insert(site);
    showing_.failed(site, past);
    return tell_failure(site, shown.error());
  }
  showing_.worked(site);
  if (*shown && (*shown)->price.is_zero())
    events_.write("flexibility-budget-empty", {{"site", site.str()}, {"slot_ms", (*shown)->slot.ms()}});
}

void RewardSites::settle(Store& store, const SiteId& site, UnixTime past) {
  const auto settled = settle_next(store, site, rules_for(site), past);
  if (!settled) {
    settling_.failed(site, past);
    return tell_failure(site, settled.error());
  }
  settling_.worked(site);
  if (*settled) tell(**settled);
}

void RewardSites::tell(const Settled& settled) {
  const std::string site = settled.slot.site.str();
  const std::int64_t slot = settled.slot.slot.ms();
  if (!settled.refused.empty())
    events_.write("flexibility-refused", {{"site", site}, {"slot_ms", slot}, {"error", settled.refused}});
  for (const DeviceReward& reward : settled.rewards)
    if (flexibility::is_for_review(reward.verdict))
      events_.write("flexibility-for-review", {{"site", site},
                                               {"slot_ms", slot},
                                               {"device", reward.device.str()},
                                               {"verdict", std::string(name_of(reward.verdict))}});
  if (settled.rewards.empty()) return;
  events_.write("flexibility-settled", {{"site", site},
                                        {"slot_ms", slot},
                                        {"devices", static_cast<std::int64_t>(settled.rewards.size())},
                                        {"paid", settled.slot.paid.units()}});
}

void RewardSites::tell_failure(const SiteId& site, const Error& error) {
  events_.write("flexibility-fails", {{"site", site.str()}, {"error", error.message()}});
}

}  // namespace balans::api
