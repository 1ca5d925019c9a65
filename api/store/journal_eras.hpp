#pragma once
// Eras: balances that were written about the same time lie together, so that a commit that touches a thousand accounts
// does not touch a page for each. An era is named by the number of its first commit.

#include <cstddef>
#include <cstdint>
#include <unordered_map>

namespace balans::api {

/// An era ends with the commit that brings it to so many balances. Fewer, and `account_era` grows and is touched more
/// often; more, and a commit's balances lie on more pages. What is stored is right with any number.
inline constexpr std::int64_t kEraRows = 16'384;

/// Where a commit's balances are.
struct EraPlace {
  std::int64_t era = 0;   ///< its first commit; 0: there is none
  std::int64_t rows = 0;  ///< balances that it holds after the commit
  bool operator==(const EraPlace&) const = default;
};

/// Where the balances of the next commit go.
inline EraPlace next_place(const EraPlace& before, std::int64_t commit, std::size_t balances) {
  const auto more = static_cast<std::int64_t>(balances);
  if (before.era == 0 || before.rows >= kEraRows) return {commit, more};
  return {before.era, before.rows + more};
}

/// What a writer has to know of eras: read with the accounts, used when their new balances are written.
struct LoadedEras {
  EraPlace newest;
  std::unordered_map<std::int64_t, std::int64_t> of_account;  ///< the newest one that it has balances in

  [[nodiscard]] bool has(std::int64_t account, std::int64_t era) const {
    const auto found = of_account.find(account);
    return found != of_account.end() && found->second == era;
  }
};

}  // namespace balans::api
