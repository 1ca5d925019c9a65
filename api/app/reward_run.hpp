#pragma once
// Use case: paying devices for flexibility. Before a quarter-hour begins a price is shown and money set aside; when
// everything about it is there it is settled, once: evidence, readings and the rule say who has earned what, and the
// payments are made in the transaction that keeps the result. docs/rewards.md has the whole way.

#include <optional>

#include "api/app/billing.hpp"
#include "api/app/local_energy.hpp"

namespace balans::api {

struct RewardRules {
  FlexibilityTerms terms;
  trade::Asset asset = trade::Asset::Eur;
  WalletRules wallet;
};

/// Owners of a site's accounts for flexibility: `flexibility SITE` is the budget, which somebody fills, and
/// `flexibility-pool SITE` what payments of a quarter-hour go through; it is empty between them.
std::string flexibility_budget_of(const SiteId& site);
std::string flexibility_pool_of(const SiteId& site);
/// Whose account is paid for a device that is no station.
std::string owner_of_device(const AgentId& device);

/// What is to be paid for a quarter-hour by the terms, whatever the budget.
flexibility::Price price_of(const FlexibilityTerms& terms, UnixTime slot);

/// Shows the price of the quarter-hour that begins next and sets money aside for it; price 0 where the budget does not
/// reach. Does nothing where nothing is to be paid or it has been done. `devices`: that the site has, at most.
Result<std::optional<RewardSlot>> show_price(Store& store, const SiteId& site, const RewardRules& rules,
                                             std::int64_t devices, UnixTime now);

struct Settled {
  RewardSlot slot;
  std::vector<DeviceReward> rewards;
  std::string refused;  ///< why nothing could be judged; empty: it was
};
/// Settles the oldest quarter-hour of the site whose time has come; nothing where there is none. `past` is past for
/// certain.
Result<std::optional<Settled>> settle_next(Store& store, const SiteId& site, const RewardRules& rules, UnixTime past);

}  // namespace balans::api
