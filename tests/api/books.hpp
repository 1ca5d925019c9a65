#pragma once
// The whole journal as it is stored, and who asked for what of it: every entry has to be explained once.

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "api/config.hpp"
#include "api/store/store.hpp"
#include "tests/api/payers.hpp"

namespace balans::api::test {

class Books {
 public:
  explicit Books(Store& store);

  /// What a client was told was made is there with the fields sent, what was refused is not, and what it was told
  /// nothing about is there whole or not at all.
  void explain(const Payer& payer);
  /// Runs follow each other without a gap, each has energy of its own, and what they pay is what the rule makes of that
  /// energy and of what the run before has carried.
  void explain_runs(Store& store, const Config& config, const SiteId& site);
  /// Each quarter-hour's reserve is there, and closed once where it is settled.
  void explain_rewards(Store& store, const SiteId& site);
  /// Reserves whose time was out. Then nothing may be left.
  void expect_all_explained();

  [[nodiscard]] const std::map<std::string, int>& counts() const { return counts_; }

 private:
  /// True where it is there, as it was asked for.
  bool take(const SiteId& site, const energy::WireTransfer& wanted);
  void take_closing(const RewardSlot& slot);
  [[nodiscard]] std::string owner(std::int64_t account) const { return accounts_.at(account).owner; }

  std::map<std::int64_t, journal::Account> accounts_;
  std::map<journal::Id, journal::Entry> known_;
  std::map<journal::Id, journal::Entry> unexplained_;
  std::map<journal::Id, journal::Id> closed_by_;  ///< reserve → what closed it
  std::map<std::string, int> counts_;             ///< what was explained, by kind
};

/// Every watt-hour of the book was counted, once: `counted` is what a meter counted in a slot.
void expect_counted_once(Store& store, const SiteId& site,
                         const std::function<energy::Metered(const AgentId&, UnixTime)>& counted);

}  // namespace balans::api::test
