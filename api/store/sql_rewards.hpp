#pragma once
// Rewards for flexibility, in either engine.

#include "api/store/reward_store.hpp"
#include "api/store/sql.hpp"

namespace balans::api {

class SqlRewards final : public RewardStore {
 public:
  explicit SqlRewards(sql::Connection& connection) : connection_(connection) {}
  Result<std::optional<RewardSlot>> slot(const SiteId& site, UnixTime slot) override;
  Result<void> add(const RewardSlot& slot) override;
  Result<void> settle(const RewardSlot& slot, std::span<const DeviceReward> rewards) override;
  Result<std::vector<SiteId>> unsettled(UnixTime begun, std::size_t limit) override;
  Result<std::optional<RewardSlot>> oldest_unsettled(const SiteId& site) override;
  Result<bool> is_used(const SiteId& site, const flexibility::ProofKey& proof) override;
  Result<void> use(const SiteId& site, UnixTime slot, const flexibility::ProofKey& proof) override;
  Result<std::int64_t> carried(const SiteId& site, const AgentId& device, trade::Asset asset, UnixTime before) override;
  Result<std::vector<UnixTime>> bound_slots(const SiteId& site, const AgentId& device, const Span& span,
                                            std::size_t limit) override;
  Result<std::vector<RewardSlot>> slots(const SiteId& site, const Span& span, std::size_t limit) override;
  Result<std::vector<StoredReward>> rewards(const SiteId& site, const Span& span, std::size_t limit) override;

 private:
  sql::Connection& connection_;
};

}  // namespace balans::api
