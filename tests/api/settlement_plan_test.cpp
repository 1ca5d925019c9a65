// Who is paid out together, how much, and what is carried on.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "tests/api/settlements.hpp"

namespace balans::api::test {
namespace {

using namespace settlement;

const FeeQuote kFee{units(1000), units(500)};

Due due(std::uint64_t account, std::int64_t available, PayoutMode mode = PayoutMode::Periodic) {
  return {{kChain, "0xp" + std::to_string(account), id(account), mode, "", {}}, units(available)};
}
std::vector<std::vector<std::int64_t>> amounts(const std::vector<std::vector<Draft>>& groups) {
  std::vector<std::vector<std::int64_t>> all;
  for (const auto& group : groups) {
    all.emplace_back();
    for (const Draft& draft : group) all.back().push_back(draft.amount.units());
  }
  return all;
}
using Groups = std::vector<std::vector<std::int64_t>>;

TEST(Plan, PaysFromTheThresholdOn) {
  EXPECT_EQ(amounts(plan({due(1, 99'999), due(2, 100'000), due(3, 200'000)}, kFee, some_rules())),
            (Groups{{200'000, 100'000}}));
}

TEST(Plan, WhoeverLeavesIsPaidBelowTheThresholdToo) {
  EXPECT_EQ(amounts(plan({due(1, 99'000, PayoutMode::Leaving), due(2, 500'000), due(3, 300'000)}, kFee, some_rules())),
            (Groups{{500'000, 300'000, 99'000}}));
  EXPECT_EQ(amounts(plan({due(1, 40'000, PayoutMode::Leaving), due(2, 500'000)}, kFee, some_rules())),
            (Groups{{500'000}}))
      << "not where the fee is more than a hundredth";
}

TEST(Plan, NobodyIsPaidWhoIsHeldOrHasNotAskedForIt) {
  Due held = due(1, 500'000);
  held.payee.held = "look at it";
  EXPECT_TRUE(plan({held, due(2, 500'000, PayoutMode::OnRequest), due(3, 0)}, kFee, some_rules()).empty());
}

TEST(Plan, WhatASecondPersonHasToApproveIsAlone) {
  EXPECT_EQ(amounts(plan({due(1, 2'000'001), due(2, 900'000), due(3, 800'000), due(4, 700'000)}, kFee, some_rules())),
            (Groups{{2'000'001}, {900'000, 800'000}, {700'000}}));
}

TEST(Plan, NobodyIsPaidMoreThanTheDaysLimitAtOnce) {
  EXPECT_EQ(amounts(plan({due(1, 25'000'000)}, kFee, some_rules())), (Groups{{10'000'000}}));
}

TEST(Plan, ASettlementHasOnlySoManyPayouts) {
  Rules rules = some_rules();
  rules.most_payouts = 2;
  EXPECT_EQ(amounts(plan({due(1, 400'000), due(2, 300'000), due(3, 200'000)}, kFee, rules)),
            (Groups{{400'000, 300'000}, {200'000}}));
}

TEST(Plan, AFeeThatCannotBeAddedUpIsTooMuch) {
  EXPECT_TRUE(
      plan({due(1, 500'000)}, {units(1), units(std::numeric_limits<std::int64_t>::max())}, some_rules()).empty());
}

TEST(Plan, TheSharedFeeIsRoundedUp) {
  EXPECT_FALSE(is_too_dear(units(2000), 2, units(100'000), some_rules()));
  EXPECT_TRUE(is_too_dear(units(2001), 2, units(100'000), some_rules()));
  EXPECT_TRUE(is_too_dear(units(1), 0, units(100'000), some_rules()));
}

TEST(Plan, NoPayoutEverCostsMoreThanAHundredthAndNothingIsPaidThatIsNotThere) {
  std::mt19937_64 random(20'251'009);
  for (int round = 0; round < 2000; ++round) {
    std::vector<Due> all;
    for (std::uint64_t n = 1; n <= 1 + random() % 120; ++n) {
      all.push_back(due(n, static_cast<std::int64_t>(random() % 3'000'000),
                        random() % 4 == 0 ? PayoutMode::Leaving : PayoutMode::Periodic));
    }
    const FeeQuote fee{units(static_cast<std::int64_t>(random() % 20'000)),
                       units(static_cast<std::int64_t>(random() % 5'000))};
    std::vector<journal::Id> paid;
    for (const auto& group : plan(all, fee, some_rules())) {
      const auto count = static_cast<std::int64_t>(group.size());
      const std::int64_t share = (fee.base.units() + count * fee.each.units() + count - 1) / count;
      std::int64_t total = 0;
      for (const Draft& draft : group) {
        ASSERT_LE(share * 100, draft.amount.units());
        paid.push_back(draft.account);
        total += draft.amount.units();
      }
      ASSERT_LE(total, group.size() == 1 ? 10'000'000 : 2'000'000);
      ASSERT_LE(group.size(), 50U);
    }
    std::sort(paid.begin(), paid.end());
    ASSERT_EQ(std::adjacent_find(paid.begin(), paid.end()), paid.end()) << "an account twice";
  }
}

TEST(SettlementPostings, HaveTheSameIdsWheneverTheyAreMade) {
  Settlement settlement = settlement_of({payout(1, 500'000), payout(2, 300'000)});
  const Attempt attempt = attempt_of(1, "d1");
  const auto once = paying(some_books(), settlement, attempt, {units(900), 5});
  EXPECT_EQ(once.transfers, paying(some_books(), settlement, attempt, {units(900), 5}).transfers);
  ASSERT_EQ(once.transfers.size(), 3U);
  EXPECT_EQ(once.transfers[2].code, journal::Code::Fee);
  EXPECT_EQ(once.transfers[2].debit, fees_of(some_books()));
  Books other = some_books();
  other.deployment.bytes.fill(8);
  EXPECT_NE(custody_of(some_books()), custody_of(other)) << "another deployment's";
  EXPECT_EQ(paying(some_books(), settlement, attempt, {units(0), 5}).transfers.size(), 2U) << "no fee, no transfer";
}

TEST(SettlementRules, ThatDoNotFitTogetherAreRefused) {
  EXPECT_TRUE(check(some_rules()).ok());
  Rules dear = some_rules();
  dear.most_fee_permille = 11;
  EXPECT_FALSE(check(dear).ok());
  Rules small = some_rules();
  small.daily_limit = units(99'999);
  EXPECT_FALSE(check(small).ok());
  Rules quick = some_rules();
  quick.period = 1_s;
  EXPECT_FALSE(check(quick).ok());
}

}  // namespace
}  // namespace balans::api::test
