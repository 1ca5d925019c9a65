// What wallets pay, over REST and against a node in memory.
#include "api/ledger/iota/signing.hpp"
#include "api/ledger/iota/wallet_key.hpp"
#include "tests/api/wallet_world.hpp"

namespace balans::api::test {
namespace {

class WalletPayment : public WalletWorld {
 protected:
  /// A wallet whose owner keeps the key, with so many coins of one IOTA.
  std::string own_wallet(const Signer& key, int coins = 1) {
    const iota::Address address = iota::address_of(key.public_key());
    const std::string proof = iota::possession_text(street.roster.deployment, kAnna, address);
    const Response made = sent(Method::Post, "/v1/wallets",
                               {{"id", wallet_id(1)},
                                {"account", kAnna},
                                {"kept", "owner"},
                                {"address", iota::to_text(address)},
                                {"public_key", to_hex(key.public_key().bytes)},
                                {"proof", iota::sign_message(key, proof)}});
    EXPECT_EQ(made.status, 201) << made.body;
    for (; coins > 0; --coins) node.give(iota::to_text(address), kIota);
    return iota::to_text(address);
  }
  Response signature(const std::string& digest, const std::string& text) {
    return sent(Method::Put, path(1, "/transactions/" + digest + "/signature"), {{"signature", text}});
  }
  /// However often each was handed over.
  [[nodiscard]] std::set<std::string> bytes_submitted() const { return {node.submitted.begin(), node.submitted.end()}; }
};

TEST_F(WalletPayment, ArrivesAndIsFinal) {
  const std::string address = text(made(1, kAnna), "address");
  const Response sent = paid(1, 1, session(1));
  ASSERT_EQ(sent.status, 201) << sent.body;
  const auto transaction = boost::json::parse(sent.body);
  EXPECT_EQ(text(transaction, "state"), "paid");
  EXPECT_EQ(text(transaction, "fee"), std::to_string(WalletNode::kFee));
  EXPECT_EQ(text(transaction, "link"), "https://explorer.example/" + text(transaction, "digest") + "?network=test");
  EXPECT_EQ(node.holds(kSomebody), kIota / 2);
  EXPECT_EQ(node.holds(address), 3 * kIota / 2 - WalletNode::kFee);
  EXPECT_EQ(text(got(path(1)), "balance"), std::to_string(3 * kIota / 2 - WalletNode::kFee));
}

TEST_F(WalletPayment, IsPendingUntilACheckpointHasIt) {
  made(1, kAnna);
  const std::string to = text(made(2, kBea), "address");
  node.checkpoints_at_once = false;
  EXPECT_EQ(text(boost::json::parse(paid(1, 1, session(1), kIota / 2, to).body), "state"), "pending");
  const auto sender = got(path(1)), recipient = got(path(2));
  EXPECT_GT(std::stoll(text(sender, "pending_out")), kIota / 2);
  EXPECT_EQ(text(recipient, "pending_in"), std::to_string(kIota / 2));
  node.checkpoint();
  EXPECT_EQ(text(got(path(2)), "pending_in"), "0") << "whoever is asked first";
  EXPECT_EQ(state(1), "paid");
}

TEST_F(WalletPayment, IsMadeOnceHoweverOftenItIsAskedFor) {
  made(1, kAnna);
  const std::string open = session(1);
  node.loses_answers = true;
  EXPECT_EQ(paid(1, 1, open).status, 201);
  EXPECT_EQ(paid(1, 1, open).status, 201);
  EXPECT_EQ(node.holds(kSomebody), kIota / 2);
  EXPECT_EQ(bytes_submitted().size(), 1U);
  const Response other = paid(1, 1, open, kIota / 4);
  EXPECT_EQ(other.status, 409) << "the same id, another amount";
  EXPECT_EQ(node.holds(kSomebody), kIota / 2);
}

TEST_F(WalletPayment, IsHandedOverAgainAsTheVerySameBytes) {
  made(1, kAnna);
  node.drops_transactions = true;
  EXPECT_EQ(text(boost::json::parse(paid(1, 1, session(1)).body), "state"), "pending");
  const std::size_t before = node.submitted.size();
  EXPECT_EQ(state(1), "pending");
  EXPECT_EQ(node.submitted.size(), before) << "not within half a minute";
  node.drops_transactions = false;
  api.clock.now = api.clock.now + wallet::kResubmitAfter;
  EXPECT_EQ(state(1), "paid");
  EXPECT_GT(node.submitted.size(), before);
  EXPECT_EQ(bytes_submitted().size(), 1U);
}

/// Stored before it is handed over: another process finds it and goes on.
TEST_F(WalletPayment, OutlivesTheProcess) {
  made(1, kAnna);
  node.drops_transactions = true;
  paid(1, 1, session(1));
  node.drops_transactions = false;
  WalletPayments later(*settlement::ChainName::parse("iota"), chain, api.clock);
  ASSERT_TRUE(later.refresh(*api.store, std::nullopt).ok());
  EXPECT_EQ(node.holds(kSomebody), kIota / 2);
  EXPECT_EQ(bytes_submitted().size(), 1U);
  EXPECT_EQ(state(1), "paid");
}

TEST_F(WalletPayment, NeverSharesACoinWithOneThatMayStillBeExecuted) {
  made(1, kAnna);
  const std::string open = session(1);
  node.drops_transactions = true;
  EXPECT_EQ(paid(1, 1, open).status, 201);
  const Response second = paid(1, 2, open);
  EXPECT_EQ(second.status, 409);
  EXPECT_EQ(slug(second), "urn:balans:problem:coins-busy");
  EXPECT_EQ(bytes_submitted().size(), 1U);
  node.give(text(got(path(1)), "address"), kIota);
  EXPECT_EQ(paid(1, 2, open).status, 201) << "of another coin";
  EXPECT_EQ(bytes_submitted().size(), 2U);
}

TEST_F(WalletPayment, TheDatabaseItselfRefusesTwoOnOneObject) {
  made(1, kAnna);
  node.drops_transactions = true;
  paid(1, 1, session(1));
  wallet::Transaction twin = *(*api.store->wallets().transaction(*journal::parse_id(payment_id(1))));
  twin.id = *journal::parse_id(payment_id(2));
  twin.digest = "another";
  EXPECT_FALSE(api.store->transaction([&] { return api.store->wallets().add(twin); }).ok());
}

TEST_F(WalletPayment, ThatHasExpiredFreesItsCoins) {
  made(1, kAnna);
  const std::string open = session(1);
  node.drops_transactions = true;
  paid(1, 1, open);
  node.begin_epoch(node.epoch() + 1);
  EXPECT_EQ(state(1), "expired");
  node.drops_transactions = false;
  EXPECT_EQ(paid(1, 2, open).status, 201);
  EXPECT_EQ(node.holds(kSomebody), kIota / 2);
}

/// Whatever the epoch: what a node knows is not expired.
TEST_F(WalletPayment, ThatWasExecutedNeverExpires) {
  made(1, kAnna);
  node.loses_answers = true;
  node.checkpoints_at_once = false;
  paid(1, 1, session(1));
  node.begin_epoch(node.epoch() + 5);
  EXPECT_EQ(state(1), "pending");
  node.checkpoint();
  EXPECT_EQ(state(1), "paid");
}

/// A node that has forgotten it, or that lags behind its coins, proves nothing.
TEST_F(WalletPayment, IsNotOverBecauseANodeHasForgottenIt) {
  made(1, kAnna);
  node.loses_answers = true;
  node.checkpoints_at_once = false;
  paid(1, 1, session(1));
  node.checkpoint();
  node.forgets = true;
  node.begin_epoch(node.epoch() + 5);
  EXPECT_EQ(state(1), "pending") << "its coin was changed by it";
  node.hides_coins = true;
  EXPECT_EQ(state(1), "pending") << "its coin is gone";
  node.forgets = false;
  EXPECT_EQ(state(1), "paid");
}

TEST_F(WalletPayment, IsOverWhereAnotherHasUsedItsCoin) {
  const std::string words = text(made(1, kAnna), "words");
  node.drops_transactions = true;
  paid(1, 1, session(1));
  const auto kept = *(*api.store->wallets().transaction(*journal::parse_id(payment_id(1))));
  iota::Transaction other = *iota::decode_transaction(kept.bytes);
  other.gas.budget += 1;
  other.last_epoch = node.epoch() + 9;
  const std::string bytes = iota::encode(other);
  const auto signer = iota::signer_of_entropy(iota::entropy_of_words(words)->str());
  node.drops_transactions = false;
  WalletChain elsewhere{some_wallet_terms(street).network, node, [](Millis) {}};
  node.begin_epoch(node.epoch() + 5);
  ASSERT_TRUE(elsewhere.submit(bytes, iota::sign_bytes(**signer, bytes)).ok());
  node.forgets = true;
  EXPECT_EQ(state(1), "pending") << "who has used it is not known";
  node.forgets = false;
  node.hides_coins = true;
  EXPECT_EQ(state(1), "expired") << "who has used it is found though it is gone by now";
}

TEST_F(WalletPayment, NearTheEndOfAnEpochMayBeExecutedInTheNext) {
  made(1, kAnna);
  api.clock.now = BootTime(24 * 60 * 60 * 1000 - 60'000);
  node.drops_transactions = true;
  paid(1, 1, session(1));
  node.begin_epoch(node.epoch() + 1);
  EXPECT_EQ(state(1), "pending");
  node.begin_epoch(node.epoch() + 1);
  EXPECT_EQ(state(1), "expired");
}

TEST_F(WalletPayment, ThatIsExecutedInVainSaysSoAndHasCostItsFee) {
  made(1, kAnna);
  const std::string open = session(1);
  node.fails_transactions = true;
  const auto failed = boost::json::parse(paid(1, 1, open).body);
  EXPECT_EQ(text(failed, "state"), "failed");
  EXPECT_EQ(text(failed, "why"), "it was to fail");
  node.fails_transactions = false;
  EXPECT_EQ(paid(1, 2, open).status, 201) << "its coin has a new version";
  EXPECT_EQ(node.holds(kSomebody), kIota / 2);
}

TEST_F(WalletPayment, IsNoMoreThanThereIs) {
  made(1, kAnna);
  const std::string open = session(1);
  EXPECT_EQ(slug(paid(1, 1, open, 2 * kIota)), "urn:balans:problem:too-little") << "nothing is left for its fee";
  EXPECT_EQ(slug(paid(1, 1, open, 3 * kIota)), "urn:balans:problem:too-little");
  EXPECT_EQ(paid(1, 1, open, 2 * kIota - 6'000'000).status, 201) << "nearly all";
}

TEST_F(WalletPayment, CostsNoMoreThanWasAllowed) {
  made(1, kAnna);
  const Response dear =
      sent(Method::Post, path(1, "/transactions"),
           {{"id", payment_id(1)}, {"to", kSomebody}, {"amount", "1000"}, {"most_fee", "3000000"}}, session(1));
  EXPECT_EQ(slug(dear), "urn:balans:problem:too-dear") << dear.body;
  EXPECT_TRUE(node.submitted.empty());
}

TEST_F(WalletPayment, OfAnOwnersKeyWaitsForItsSignature) {
  const auto key = iota::test::key(1), other = iota::test::key(2);
  own_wallet(*key);
  const auto draft = boost::json::parse(paid(1, 1, "").body);
  EXPECT_EQ(text(draft, "state"), "unsigned");
  const std::string digest = text(draft, "digest");
  const std::string bytes = *from_base64(text(draft, "bytes"), 100'000);
  EXPECT_EQ(signature(digest, iota::sign_bytes(*other, bytes)).status, 400);
  EXPECT_EQ(signature(digest, "AAAA").status, 400);
  EXPECT_TRUE(node.submitted.empty());
  const Response signed_one = signature(digest, iota::sign_bytes(*key, bytes));
  EXPECT_EQ(signed_one.status, 200) << signed_one.body;
  EXPECT_EQ(text(boost::json::parse(signed_one.body), "state"), "paid");
  EXPECT_EQ(signature(digest, iota::sign_bytes(*key, bytes)).status, 200) << "the same again";
  EXPECT_EQ(node.submitted.size(), 1U);
  EXPECT_EQ(signature(std::string(32, '1'), "AAAA").status, 404);
}

TEST_F(WalletPayment, ThatNobodySignsHoldsItsCoinUntilItExpires) {
  own_wallet(*iota::test::key(1));
  paid(1, 1, "");
  EXPECT_EQ(slug(paid(1, 2, "")), "urn:balans:problem:coins-busy");
  node.begin_epoch(node.epoch() + 1);
  EXPECT_EQ(state(1), "expired");
  EXPECT_EQ(paid(1, 2, "").status, 201);
}

TEST_F(WalletPayment, IsNeitherMadeNorBelievedOnAnotherChain) {
  made(1, kAnna);
  const std::string open = session(1);
  node.chain = "ffffffff";
  EXPECT_EQ(slug(paid(1, 1, open)), "urn:balans:problem:chain-silent");
  node.chain = WalletNode::kChain;
  node.drops_transactions = true;
  paid(1, 1, open);
  node.chain = "ffffffff";
  node.begin_epoch(node.epoch() + 9);
  EXPECT_EQ(state(1), "pending") << "a node elsewhere does not know it at any epoch";
}

TEST_F(WalletPayment, IsShownWithoutANodeToo) {
  made(1, kAnna);
  paid(1, 1, session(1));
  node.is_silent = true;
  EXPECT_TRUE(got(path(1)).at("balance").is_null());
  EXPECT_EQ(state(1), "paid");
  EXPECT_EQ(api.ask(get(path(1, "/history"))).status, 503);
}

TEST_F(WalletPayment, StandsInTheHistoryOfBothOnce) {
  made(1, kAnna);
  made(2, kBea);
  const std::string to = text(got(path(2)), "address"), open = session(1);
  for (int i = 1; i <= 5; ++i) EXPECT_EQ(paid(1, i, open, i * 1'000'000, to).status, 201) << i;
  for (const int number : {1, 2}) {
    std::vector<std::string> changes;
    std::string after;
    for (int pages = 0; pages < 10; ++pages) {
      const auto page = got(path(number, "/history" + after));
      for (const auto& entry : page.at("entries").as_array()) {
        changes.push_back(text(entry, "change"));
        EXPECT_EQ(entry.at("fee").is_null(), number == 2);
        EXPECT_EQ(entry.at("others").as_array().size(), 1U);
      }
      if (page.at("next").is_null()) break;
      after = "?after=" + text(page, "next");
    }
    std::vector<std::string> expected;
    for (int i = 1; i <= 5; ++i)
      expected.push_back(std::to_string(number == 2 ? i * 1'000'000 : -i * 1'000'000 - WalletNode::kFee));
    EXPECT_EQ(changes, expected) << number;
  }
}

TEST_F(WalletPayment, PagesGoOnWhereTheOneBeforeEnded) {
  made(1, kAnna);
  const std::string open = session(1);
  for (int i = 1; i <= 3; ++i) paid(1, i, open, 1'000'000);
  const auto first = got(path(1, "/transactions?limit=2"));
  EXPECT_EQ(first.at("transactions").as_array().size(), 2U);
  const auto second = got(path(1, "/transactions?limit=2&before=" + text(first, "next")));
  ASSERT_EQ(second.at("transactions").as_array().size(), 1U);
  EXPECT_EQ(text(second.at("transactions").at(0), "id"), payment_id(1));
  EXPECT_TRUE(second.at("next").is_null());
}

}  // namespace
}  // namespace balans::api::test
