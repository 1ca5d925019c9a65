#pragma once
// Aggregate of rewards: quarter-hours for which a price was shown, what their devices have earned, and the proofs that
// are used up. Nothing of a settled quarter-hour changes.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "api/core/flexibility/claim.hpp"
#include "api/core/flexibility/reward.hpp"
#include "api/core/journal/id.hpp"
#include "api/core/roll_up.hpp"
#include "api/store/evidence_store.hpp"

namespace balans::api {

/// A quarter-hour whose price was shown before it began.
struct RewardSlot {
  SiteId site;
  UnixTime slot;
  trade::Asset asset = trade::Asset::Eur;
  flexibility::Price price;  ///< per kWh; 0: the budget did not reach
  WattHours most;            ///< that is bought, of all devices together
  trade::Amount reserved;
  std::optional<journal::Id> reserve;  ///< absent where nothing was set aside
  UnixTime expires;                    ///< of the reserve
  std::optional<UnixTime> settled;
  trade::Amount paid;
  bool operator==(const RewardSlot&) const = default;
};

/// What one device has earned in a quarter-hour, or why it has not.
struct DeviceReward {
  AgentId device;
  std::string owner;  ///< of the account that is paid
  flexibility::Verdict verdict = flexibility::Verdict::NothingWithheld;
  std::string node;  ///< that kept it back; may be empty
  WattHours claimed;
  WattHours verified;
  trade::Amount amount;
  std::int64_t carried = 0;             ///< in 10⁻³ base units, to its next quarter-hour
  std::optional<journal::Id> transfer;  ///< absent where nothing was paid
  EvidenceName batch;
  bool operator==(const DeviceReward&) const = default;
};

struct StoredReward {
  UnixTime slot;
  DeviceReward reward;
};

class RewardStore {
 public:
  virtual ~RewardStore() = default;
  virtual Result<std::optional<RewardSlot>> slot(const SiteId& site, UnixTime slot) = 0;
  virtual Result<void> add(const RewardSlot& slot) = 0;
  /// Notes what a quarter-hour ended with.
  virtual Result<void> settle(const RewardSlot& slot, std::span<const DeviceReward> rewards) = 0;
  /// Sites with a quarter-hour that began at that time or before and is not settled; at most `limit`.
  virtual Result<std::vector<SiteId>> unsettled(UnixTime begun, std::size_t limit) = 0;
  /// The oldest of the site.
  virtual Result<std::optional<RewardSlot>> oldest_unsettled(const SiteId& site) = 0;

  /// Whether that limit has been shown for a quarter-hour before.
  virtual Result<bool> is_used(const SiteId& site, const flexibility::ProofKey& proof) = 0;
  virtual Result<void> use(const SiteId& site, UnixTime slot, const flexibility::ProofKey& proof) = 0;
  /// In 10⁻³ base units of the asset, from the device's newest quarter-hour before that which was paid in it.
  virtual Result<std::int64_t> carried(const SiteId& site, const AgentId& device, trade::Asset asset,
                                       UnixTime before) = 0;
  /// Quarter-hours that there is evidence of a device of; at most `limit`.
  virtual Result<std::vector<UnixTime>> bound_slots(const SiteId& site, const AgentId& device, const Span& span,
                                                    std::size_t limit) = 0;

  /// Of quarter-hours that begin in the span, oldest first; at most `limit`.
  virtual Result<std::vector<RewardSlot>> slots(const SiteId& site, const Span& span, std::size_t limit) = 0;
  /// The same, by quarter-hour, then device.
  virtual Result<std::vector<StoredReward>> rewards(const SiteId& site, const Span& span, std::size_t limit) = 0;
};

}  // namespace balans::api
