#pragma once
// Settlements, attempts and rules for tests.

#include <string>
#include <vector>

#include "api/core/settlement/next.hpp"
#include "api/core/settlement/plan.hpp"
#include "api/core/settlement/postings.hpp"
#include "tests/api/journal_accounts.hpp"

namespace balans::api::test {

inline const settlement::ChainName kChain = *settlement::ChainName::parse("iota");
inline constexpr UnixTime kMonday{1'760'000'000'000};

inline settlement::Rules some_rules() {
  settlement::Rules rules;
  rules.threshold = units(100'000);
  rules.cap = units(50'000'000);
  rules.daily_limit = units(10'000'000);
  rules.approve_above = units(2'000'000);
  return rules;
}

inline settlement::Books some_books() {
  settlement::Books books;
  books.deployment.bytes.fill(7);
  books.chain = kChain;
  return books;
}

inline settlement::Payout payout(std::uint64_t account, std::int64_t amount) {
  return {id(account), "0xp" + std::to_string(account), units(amount), id(account + 5000)};
}

inline settlement::Settlement settlement_of(std::vector<settlement::Payout> payouts, std::uint64_t number = 900) {
  settlement::Settlement made;
  made.id = id(number);
  made.chain = kChain;
  made.made = kMonday;
  made.payouts = std::move(payouts);
  return made;
}

inline settlement::SignedTransaction signed_one(const std::string& digest, std::vector<settlement::Input> inputs,
                                                std::int64_t fee = 1000,
                                                std::optional<std::int64_t> expiry = std::int64_t{8}) {
  return {digest, "bytes of " + digest, "signature", std::move(inputs), units(fee), expiry};
}

inline settlement::Attempt attempt_of(std::int64_t number, const std::string& digest,
                                      settlement::AttemptState state = settlement::Live{}) {
  return {number, signed_one(digest, {{"coin", number}}), kMonday, std::move(state)};
}

}  // namespace balans::api::test
