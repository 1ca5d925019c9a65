// Two lists of a node as one history.
#include "api/ledger/wallet_history.hpp"

#include <gtest/gtest.h>

#include "api/ledger/iota/base58.hpp"
#include "tests/api/iota/wallet.hpp"

namespace balans::api {
namespace {

const iota::Address kOwn = iota::test::somebody(1), kOther = iota::test::somebody(2);

iota::Executed executed(std::uint8_t number, std::uint64_t checkpoint, std::int64_t change) {
  iota::Executed one;
  one.digest.bytes.fill(number);
  one.effects.emplace();
  one.effects->outcome = iota::Outcome::Success;
  one.effects->gas.computation = 10;
  one.changes = {{kOwn, change}, {kOther, -change}};
  one.checkpoint = checkpoint;
  one.timestamp_ms = 1000 * checkpoint;
  return one;
}

iota::ExecutedPage page(std::vector<iota::Executed> all, bool has_more = false) {
  return {std::move(all), std::nullopt, has_more};
}

std::string digest(std::uint8_t number) {
  Digest digest;
  digest.bytes.fill(number);
  return iota::to_base58(digest);
}

TEST(WalletHistory, ShowsATransactionOfBothListsOnceAndWithItsFee) {
  const auto all = merged(kOwn, {}, page({executed(1, 5, 70), executed(2, 6, -30)}), page({executed(2, 6, -30)}));
  ASSERT_TRUE(all.ok());
  ASSERT_EQ(all->entries.size(), 2U);
  EXPECT_EQ(all->entries[0].change, 70);
  EXPECT_FALSE(all->entries[0].fee);
  EXPECT_EQ(all->entries[1].fee, settlement::Amount::of(10));
  EXPECT_EQ(all->entries[1].others, std::vector<std::string>{iota::to_text(kOther)});
  EXPECT_EQ(all->next, "");
}

/// Of checkpoint 6 the next page of the one list may bring more, which belongs before what the other has at 7.
TEST(WalletHistory, EndsBeforeACheckpointThatIsNotCompleteYet) {
  const auto first = merged(kOwn, {}, page({executed(1, 5, 70), executed(2, 6, 80)}, true), page({executed(3, 7, -5)}));
  ASSERT_TRUE(first.ok());
  ASSERT_EQ(first->entries.size(), 1U);
  EXPECT_EQ(first->next, digest(1) + ".");
  const auto position = parse_wallet_position(first->next);
  ASSERT_TRUE(position.ok());
  EXPECT_EQ(position->to, digest(1));
  EXPECT_EQ(position->from, std::nullopt);
}

TEST(WalletHistory, GoesOnWhereAWholePageIsOneCheckpoint) {
  const auto all = merged(kOwn, {}, page({executed(1, 5, 70), executed(2, 5, 80)}, true), page({}));
  ASSERT_TRUE(all.ok());
  EXPECT_EQ(all->entries.size(), 2U);
  EXPECT_EQ(all->next, digest(2) + ".");
}

TEST(WalletHistory, LeavesOutWhatIsNotFinal) {
  auto open = executed(2, 6, 80);
  open.checkpoint.reset();
  const auto all = merged(kOwn, {}, page({executed(1, 5, 70), open}), page({}));
  ASSERT_TRUE(all.ok());
  EXPECT_EQ(all->entries.size(), 1U);
}

TEST(WalletHistory, RefusesANodeThatDoesNotSayWhatWasDone) {
  auto silent = executed(1, 5, 70);
  silent.changes.reset();
  EXPECT_FALSE(merged(kOwn, {}, page({silent}), page({})));
}

TEST(WalletHistory, TakesNoPositionThatItHasNotGiven) {
  for (const char* wrong : {"x", ".x", "x.", "1.1", "..", "0OIl."}) EXPECT_FALSE(parse_wallet_position(wrong)) << wrong;
  for (const std::string& right : {std::string(), digest(1) + ".", "." + digest(2), digest(1) + "." + digest(2)})
    EXPECT_TRUE(parse_wallet_position(right)) << right;
}

}  // namespace
}  // namespace balans::api
