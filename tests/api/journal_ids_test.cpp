// Ids of the journal, and what is left on an account.
#include <gtest/gtest.h>

#include <limits>

#include "api/core/journal/effect.hpp"

namespace balans::api::test {
namespace {

using namespace journal;

constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();

TEST(JournalId, IsReadAsItIsWritten) {
  const Id made = make_id(UnixTime(1'760'000'000'123), {0xff, 1, 2, 3, 4, 5, 6, 7, 8, 9});
  EXPECT_EQ(to_text(made), "0199c82cc07bff010203040506070809");
  EXPECT_EQ(*parse_id(to_text(made)), made);
  EXPECT_LT(made, make_id(UnixTime(1'760'000'000'124), {}));
  for (const char* wrong : {"", "0199c82cc07bff01020304050607080", "0199C82CC07BFF010203040506070809",
                            "00000000000000000000000000000000", "0199c82cc07bff0102030405060708zz"})
    EXPECT_FALSE(parse_id(wrong).ok()) << wrong;
}

TEST(JournalId, TheSameWordsGiveTheSameId) {
  EXPECT_EQ(id_from(UnixTime(7), "reward 1"), id_from(UnixTime(7), "reward 1"));
  EXPECT_NE(id_from(UnixTime(7), "reward 1"), id_from(UnixTime(7), "reward 2"));
  EXPECT_FALSE(id_from(UnixTime(7), "reward 1").is_of_the_journal());
  EXPECT_EQ(client_id_from(UnixTime(7), "reward 1"), client_id_from(UnixTime(7), "reward 1"));
}

TEST(JournalBounds, WhatIsLeftIsNeverMoreThanFits) {
  NewAccount account;
  Balances balances;
  EXPECT_EQ(left_to_give(account, balances), std::nullopt);
  EXPECT_EQ(left_to_take(account, balances), std::nullopt);
  account.debits_over = account.credits_over = Amount::of(kMost);
  balances.credits_posted = *Amount::of(7);
  EXPECT_EQ(left_to_give(account, balances), kMost);
  EXPECT_EQ(left_to_take(account, balances), kMost - 7);
  balances = {*Amount::of(3), *Amount::of(kMost - 3), *Amount::of(kMost), {}};
  EXPECT_EQ(left_to_give(account, balances), 0);
  EXPECT_EQ(left_to_take(account, balances), kMost - 3);
}

TEST(JournalId, OfAClientIsNeverOneThatIsDerived) {
  EXPECT_TRUE(id_from(UnixTime(1'760'000'000'123), "reward 1").is_derived());
  EXPECT_FALSE(client_id_from(UnixTime(1'760'000'000'123), "reward 1").is_derived());
  EXPECT_FALSE(make_id(UnixTime(-1), {255, 255}).is_derived()) << "whatever the clock says";
  EXPECT_FALSE(make_id(UnixTime(-1), {255, 255}).is_of_the_journal());
  EXPECT_LT(id_from(UnixTime(7), "b"), id_from(UnixTime(8), "a")) << "they rise";
}

}  // namespace
}  // namespace balans::api::test
