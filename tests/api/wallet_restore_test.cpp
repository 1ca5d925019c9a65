// What wallets do where the database is an older copy of itself, over REST and against a node in memory. There is no
// settlement loop here: nobody else waits.
#include <gmock/gmock.h>

#include <limits>

#include "tests/api/wallet_world.hpp"

namespace balans::api::test {
namespace {

class WalletAfterRestore : public WalletWorld {
 protected:
  /// The database is a copy from now on.
  void restore() {
    ASSERT_TRUE(api.store->transaction([&] { return api.store->settlements().note_restored(); }).ok());
  }
  /// As the api's timer does.
  void look() { ASSERT_TRUE(payments.refresh(*api.store, std::nullopt).ok()); }
  void pass(Millis time) {
    api.clock.now = api.clock.now + time;
    node.now_ms = api.clock.utc().ms();
  }
  static std::string id_at(UnixTime at) { return to_text(journal::make_id(at, {})); }
  Response ordered(const std::string& id, const std::string& session) {
    return sent(Method::Post, path(1, "/transactions"),
                {{"id", id}, {"to", kSomebody}, {"amount", std::to_string(kIota / 2)}}, session);
  }
  /// Ordered now, and not before.
  Response paid_now(const std::string& session) { return ordered(id_at(api.clock.utc()), session); }
};

TEST_F(WalletAfterRestore, PaysNothing) {
  made(1, kAnna);
  restore();
  EXPECT_EQ(paid(1, 1, session(1)).status, 409);
  EXPECT_TRUE(node.submitted.empty());
}

TEST_F(WalletAfterRestore, WaitsUntilNothingForgottenCanBeExecuted) {
  made(1, kAnna);
  pass(1_s);
  node.now_ms -= 1;
  restore();
  look();
  EXPECT_EQ(api.store->wallets().restored()->wait_epoch, Restored::kUnasked) << "the node may lag behind";
  pass(1_s);
  look();
  const std::uint64_t first = node.epoch();
  EXPECT_EQ(api.store->wallets().restored()->wait_epoch, static_cast<std::int64_t>(first) + 2);
  pass(60 * 1_min);
  for (int i = 0; i < 2; ++i, node.begin_epoch(node.epoch() + 1))
    EXPECT_EQ(slug(paid_now(session(1))), "urn:balans:problem:coins-busy") << i;
  EXPECT_TRUE(node.submitted.empty());
  EXPECT_EQ(paid_now(session(1)).status, 201);
  EXPECT_EQ(node.holds(kSomebody), kIota / 2);
}

TEST_F(WalletAfterRestore, WaitsWhereSomebodySaysMeanwhileThatSomethingWasLost) {
  made(1, kAnna);
  restore();
  for (int i = 0; i < 2; ++i, pass(1_s)) look();
  node.begin_epoch(node.epoch() + 2);
  node.on_question = [this] { restore(); };
  look();
  node.on_question = nullptr;
  EXPECT_EQ(api.store->wallets().restored()->wait_epoch, Restored::kUnasked);
  EXPECT_EQ(slug(paid_now(session(1))), "urn:balans:problem:coins-busy");
}

/// Where there was one, and its key was taken out of the configuration while it waits.
TEST_F(WalletAfterRestore, WaitsAndGoesOnWhateverBecomesOfTheSettlementLoop) {
  made(1, kAnna);
  const LedgerCursor cursor{*settlement::ChainName::parse("iota"), {}, "", std::nullopt};
  ASSERT_TRUE(api.store->transaction([&] { return api.store->settlements().put_cursor(cursor); }).ok());
  restore();
  for (int i = 0; i < 2; ++i, pass(1_s)) look();
  pass(60 * 1_min);
  EXPECT_EQ(paid_now(session(1)).status, 409);
  node.begin_epoch(node.epoch() + 2);
  EXPECT_EQ(paid_now(session(1)).status, 201);
  EXPECT_EQ((*api.store->settlements().cursor(cursor.chain))->wait_epoch, LedgerCursor::kUnasked) << "nobody asks";
}

TEST_F(WalletAfterRestore, BelievesNoEpochThatCannotBe) {
  restore();
  node.begin_epoch(std::numeric_limits<std::int64_t>::max());
  look();
  EXPECT_EQ(api.store->wallets().restored()->wait_epoch, Restored::kUnasked);
}

/// As long as a settlement may be executed, where that is longer.
TEST_F(WalletAfterRestore, WaitsForAsLongAsSettlementsLast) {
  WalletPayments later(*settlement::ChainName::parse("iota"), chain, api.clock, 5);
  restore();
  for (int i = 0; i < 2; ++i, pass(1_s)) ASSERT_TRUE(later.refresh(*api.store, std::nullopt).ok());
  EXPECT_EQ(api.store->wallets().restored()->wait_epoch, static_cast<std::int64_t>(node.epoch()) + 6);
}

TEST_F(WalletAfterRestore, PaysNothingThatWasOrderedBefore) {
  made(1, kAnna);
  pass(60 * 1_min);
  restore();
  for (int i = 0; i < 2; ++i, pass(1_s)) look();
  node.begin_epoch(node.epoch() + 2);
  const Response again = paid(1, 1, session(1));
  EXPECT_EQ(again.status, 409);
  EXPECT_THAT(again.body, testing::HasSubstr("older copy, and may have been paid"));
  EXPECT_EQ(paid_now(session(1)).status, 409) << "whoever's clock is ahead: for an hour";
  pass(60 * 1_min);
  EXPECT_EQ(paid(1, 1, session(1)).status, 409);
  EXPECT_TRUE(node.submitted.empty());
  EXPECT_EQ(paid_now(session(1)).status, 201);
}

/// A machine without a battery for its clock starts with the time of before.
TEST_F(WalletAfterRestore, CanTellOrdersOfBeforeWhereItsClockIsBehind) {
  pass(3 * 60 * 1_min);
  restore();
  const UnixTime right = api.clock.utc();
  const auto look_at = [&](Millis behind) {
    api.clock.now = api.clock.now - behind;
    look();
    api.clock.now = api.clock.now + behind;
    return *api.store->wallets().restored();
  };
  EXPECT_EQ(look_at(60 * 1_min + 1_ms).wait_epoch, Restored::kUnasked) << "it is not known what time it is";
  EXPECT_EQ(look_at(60 * 1_min).ids_from, right + 60 * 1_min);
  restore();
  EXPECT_EQ(look_at(60 * 1_min).ids_from, right + 60 * 1_min);
}

TEST_F(WalletAfterRestore, ForgetsNoEarlierRestore) {
  pass(1_s);
  const UnixTime later = api.clock.utc() + 2 * 60 * 1_min;
  restore();
  ASSERT_TRUE(api.store->wallets().go_on(Restored::kUnasked, {std::nullopt, later}));
  restore();
  look();
  EXPECT_EQ(*api.store->wallets().restored(), (Restored{static_cast<std::int64_t>(node.epoch()) + 2, later}));
}

TEST_F(WalletAfterRestore, GoesOnOnceAClockThatWasAheadIsSetBack) {
  restore();
  api.clock.now = api.clock.now + 24 * 60 * 1_min;
  look();
  EXPECT_EQ(api.store->wallets().restored()->wait_epoch, Restored::kUnasked);
  api.clock.now = api.clock.now - 24 * 60 * 1_min;
  look();
  EXPECT_EQ(api.store->wallets().restored()->wait_epoch, static_cast<std::int64_t>(node.epoch()) + 2);
}

/// Another process has asked; then something is lost once more, and the node lags behind.
TEST_F(WalletAfterRestore, CountsFromTheNewestRestoreOnly) {
  restore();
  node.is_silent = true;
  look();
  node.is_silent = false;
  ASSERT_TRUE(api.store->wallets().go_on(Restored::kUnasked, {}));
  look();
  api.clock.now = api.clock.now + 60 * 1_min;
  restore();
  look();
  EXPECT_EQ(api.store->wallets().restored()->wait_epoch, Restored::kUnasked);
}

TEST_F(WalletAfterRestore, CanTellOrdersOfBeforeBecauseNoneHasAnIdOfTheFuture) {
  made(1, kAnna);
  const std::string open = session(1);
  const auto ask_with = [&](Millis ahead) { return ordered(id_at(api.clock.utc() + ahead), open); };
  EXPECT_EQ(ask_with(60 * 1_min + 1_ms).status, 400);
  EXPECT_TRUE(node.submitted.empty());
  EXPECT_EQ(ask_with(60 * 1_min).status, 201);
}

}  // namespace
}  // namespace balans::api::test
