#pragma once
// The whole journal once more from its first commit on, for the audit: the same rules, and the chain.

#include <map>
#include <vector>

#include "api/core/journal/apply.hpp"

namespace balans::api::journal {

/// Holds each account's balances and the open reserves, and nothing else of what went by.
class Replay {
 public:
  /// The next commit: `head`, `accounts` and `entries` as they are stored. Gives the balances that it must have left.
  /// An error says which row is wrong and how.
  Result<std::vector<ChangedBalance>> take(const Commit& commit);

  [[nodiscard]] const Head& head() const { return head_; }
  [[nodiscard]] const std::vector<AccountState>& accounts() const { return accounts_; }  ///< number i is at i − 1
  [[nodiscard]] const std::map<Id, OpenReserve>& open_reserves() const { return reserves_; }

 private:
  Result<void> check_commit(const Commit& commit) const;
  Result<void> take_account(const Account& account, const Head& head);
  Result<void> take_entry(const Entry& entry, const Head& head, std::int64_t ordinal);
  [[nodiscard]] Result<Amount> reserved_for(const Entry& entry, const Head& head) const;
  Result<void> move(const Entry& entry, Amount reserved);
  void note_reserve(const Entry& entry, const Head& head);
  [[nodiscard]] AccountState* find(std::int64_t number);

  Head head_;
  std::vector<AccountState> accounts_;
  std::map<Id, OpenReserve> reserves_;
};

}  // namespace balans::api::journal
