// What comes next for a payment of a wallet, and how long a password waits.
#include "api/core/wallet/next.hpp"

#include <gtest/gtest.h>

namespace balans::api::wallet {
namespace {

constexpr UnixTime kNow{1'760'000'000'000};

Transaction some(State state) {
  Transaction transaction;
  transaction.last_epoch = 8;
  transaction.state = std::move(state);
  return transaction;
}

Action after(const Transaction& transaction, settlement::Status status,
             std::optional<UnixTime> submitted = std::nullopt) {
  return next(transaction, {std::move(status), submitted}, kNow);
}

TEST(WalletNext, AsksBeforeAnythingElse) {
  EXPECT_EQ(next(some(Pending{}), {}, kNow), Action(Ask{}));
  EXPECT_EQ(next(some(Unsigned{}), {}, kNow), Action(Ask{}));
}

TEST(WalletNext, DoesNothingWithWhatIsOver) {
  for (const State& state : {State(Paid{}), State(Failed{}), State(Expired{9})}) {
    EXPECT_EQ(next(some(state), {}, kNow), Action(Wait{}));
    EXPECT_EQ(after(some(state), settlement::Unknown{99}), Action(Wait{}));
  }
}

TEST(WalletNext, SubmitsWhatIsUnknownAndMayStillBeExecuted) {
  EXPECT_EQ(after(some(Pending{}), settlement::Unknown{8}), Action(Submit{}));
  EXPECT_EQ(after(some(Pending{}), settlement::Unknown{8}, kNow - kResubmitAfter), Action(Submit{}));
  EXPECT_EQ(after(some(Pending{}), settlement::Unknown{8}, kNow - kResubmitAfter + 1_ms), Action(Wait{}));
  EXPECT_EQ(after(some(Pending{}), settlement::Unknown{8}, kNow + 1_s), Action(Submit{})) << "the clock was set back";
}

TEST(WalletNext, NeverSubmitsWhatNobodyHasSigned) {
  EXPECT_EQ(after(some(Unsigned{}), settlement::Unknown{8}), Action(Wait{}));
}

/// Only an epoch after its last proves that it is dead, and only where it is unknown.
TEST(WalletNext, EndsOnlyByAProof) {
  for (const State& state : {State(Pending{}), State(Unsigned{})}) {
    EXPECT_EQ(after(some(state), settlement::Unknown{9}), Action(End{Expired{9}}));
    EXPECT_EQ(after(some(state), settlement::Pending{}), Action(Wait{}));
    EXPECT_EQ(after(some(state), settlement::InputUsed{}), Action(Wait{}));
    EXPECT_EQ(after(some(state), settlement::Executed{*Amount::of(5), 7}), Action(End{Paid{*Amount::of(5), 7}}));
    EXPECT_EQ(after(some(state), settlement::ExecutedInVain{*Amount::of(5), 7, "why"}),
              Action(End{Failed{*Amount::of(5), 7, "why"}}));
  }
}

TEST(WalletTries, WaitTwiceAsLongEachTimeAndNeverLongerThanAQuarterOfAnHour) {
  EXPECT_EQ(pause_after(0), 0_ms);
  EXPECT_EQ(pause_after(2), 0_ms);
  EXPECT_EQ(pause_after(3), 1_s);
  EXPECT_EQ(pause_after(4), 2_s);
  EXPECT_EQ(pause_after(12), 512_s);
  for (const std::int64_t wrong : {13L, 14L, 100L, std::numeric_limits<std::int64_t>::max()})
    EXPECT_EQ(pause_after(wrong), 900_s) << wrong;
}

TEST(WalletTries, HoldNobodyUpForLongerWhenTheClockWasSetBack) {
  EXPECT_EQ(pause_left({5, kNow}, kNow + 1_s), 3_s);
  EXPECT_EQ(pause_left({5, kNow}, kNow + 4_s), 0_ms);
  EXPECT_EQ(pause_left({5, kNow}, kNow - 3600_s), 0_ms);
}

TEST(WalletTries, OfStrangersAreSoManyInADay) {
  StrangersTries day;
  for (std::int64_t i = 1; i <= kMostByStrangers; ++i) {
    EXPECT_EQ(day_left(day, kNow), 0_ms);
    day = one_more(day, kNow);
    EXPECT_EQ(day, (StrangersTries{i, kNow}));
  }
  EXPECT_EQ(day_left(day, kNow + 1_s), 24 * 60 * 1_min - 1_s);
  EXPECT_EQ(day_left(day, kNow - 1_s), 0_ms) << "the clock was set back";
  EXPECT_EQ(day_left(day, kNow + 24 * 60 * 1_min), 0_ms);
  EXPECT_EQ(one_more(day, kNow + 24 * 60 * 1_min), (StrangersTries{1, kNow + 24 * 60 * 1_min}));
}

/// However long it goes on: it cannot keep other strangers waiting.
TEST(WalletTries, OfOneTokenDoNotUseUpADay) {
  std::int64_t count = 0;
  Tries tries{0, kNow};
  for (UnixTime at = kNow; at < kNow + 24 * 60 * 1_min; ++count) {
    tries = {tries.wrong + 1, at};
    at = at + pause_left(tries, at);
  }
  EXPECT_LT(count, kMostByStrangers);
  EXPECT_GT(2 * count, kMostByStrangers) << "and two do";
}

}  // namespace
}  // namespace balans::api::wallet
