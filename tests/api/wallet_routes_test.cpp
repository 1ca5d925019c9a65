// Wallets over REST: made, opened, restored, shown. Every request and answer is held against the contract.
#include <fstream>
#include <sstream>

#include "api/core/settlement/postings.hpp"
#include "api/ledger/iota/signing.hpp"
#include "tests/api/wallet_world.hpp"

namespace balans::api::test {
namespace {

class WalletRoutes : public WalletWorld {
 protected:
  /// What the owner's agent sends of a key of its own.
  boost::json::value own_key(int number, const std::string& account, const Signer& key, const Signer& signer) {
    const iota::Address address = iota::address_of(key.public_key());
    const std::string proof = iota::possession_text(street.roster.deployment, account, address);
    return {{"id", wallet_id(number)},
            {"account", account},
            {"kept", "owner"},
            {"address", iota::to_text(address)},
            {"public_key", to_hex(key.public_key().bytes)},
            {"proof", iota::sign_message(signer, proof)}};
  }
};

TEST_F(WalletRoutes, MakeOneAndShowItsWordsUntilItIsOpened) {
  const auto first = made(1, kAnna);
  const std::string words = text(first, "words");
  EXPECT_EQ(std::count(words.begin(), words.end(), ' '), 23);
  EXPECT_EQ(got(path(1)).as_object().contains("words"), false);
  const Response again = ask_for(1, kAnna);
  EXPECT_EQ(again.status, 201) << "an answer that was lost";
  EXPECT_EQ(text(boost::json::parse(again.body), "words"), words);
  session(1);
  const Response late = ask_for(1, kAnna);
  EXPECT_EQ(late.status, 409) << late.body;
  EXPECT_EQ(late.body.find(words.substr(0, 12)), std::string::npos);
}

TEST_F(WalletRoutes, GiveTheWordsToNobodyWithoutThePassword) {
  made(1, kAnna);
  EXPECT_EQ(ask_for(1, kAnna, "another password").status, 403);
}

TEST_F(WalletRoutes, KeepNoAnswerWithWordsAndNoPassword) {
  const std::string words = text(made(1, kAnna), "words");
  session(1);
  std::ifstream file(api.folder / "balans.sqlite", std::ios::binary);
  std::ifstream log(api.folder / "balans.sqlite-wal", std::ios::binary);
  std::ostringstream content;
  content << file.rdbuf() << log.rdbuf();
  EXPECT_GT(content.str().size(), 10'000U);
  EXPECT_NE(content.str().find(wallet_id(1)), std::string::npos);
  EXPECT_EQ(content.str().find(words), std::string::npos);
  EXPECT_EQ(content.str().find(kPassword), std::string::npos);
}

TEST_F(WalletRoutes, GiveTheSameAddressForTheSameWords) {
  const auto first = made(1, kAnna);
  const Response elsewhere = sent(Method::Post, "/v1/wallets",
                                  {{"id", wallet_id(2)},
                                   {"account", kBea},
                                   {"kept", "api"},
                                   {"password", kPassword},
                                   {"words", text(first, "words")}});
  EXPECT_EQ(elsewhere.status, 409) << "one address has one wallet: " << elsewhere.body;
  const auto restored =
      sent(Method::Post, path(1, "/restore"), {{"words", text(first, "words")}, {"password", "a new password"}});
  EXPECT_EQ(restored.status, 200) << restored.body;
  EXPECT_EQ(text(boost::json::parse(restored.body), "address"), text(first, "address"));
  EXPECT_EQ(opened(1).status, 403) << "the old password";
  EXPECT_EQ(opened(1, "a new password").status, 201);
}

TEST_F(WalletRoutes, RestoreFromNoOtherWords) {
  made(1, kAnna);
  const std::string others = text(made(2, kBea), "words");
  const auto status = [&](const std::string& words) {
    return sent(Method::Post, path(1, "/restore"), {{"words", words}, {"password", "a new password"}}).status;
  };
  EXPECT_EQ(status(others), 400);
  EXPECT_EQ(status("abandon abandon"), 400);
  EXPECT_EQ(opened(1).status, 201);
}

/// The words are those of every other wallet program: BIP-39's first vector at the first address.
TEST_F(WalletRoutes, TakeWordsOfAnotherProgram) {
  const std::string words =
      "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about";
  const Response taken = sent(Method::Post, "/v1/wallets",
                              {{"id", wallet_id(1)},
                               {"account", kAnna},
                               {"kept", "api"},
                               {"password", kPassword},
                               {"words", " Abandon" + words.substr(7) + "\n"}});
  ASSERT_EQ(taken.status, 201) << taken.body;
  EXPECT_FALSE(boost::json::parse(taken.body).as_object().contains("words"));
  const auto signer = iota::signer_of_entropy(std::string(16, '\0'));
  EXPECT_EQ(text(boost::json::parse(taken.body), "address"), iota::to_text(iota::address_of((*signer)->public_key())));
}

TEST_F(WalletRoutes, CountWrongPasswordsAndSlowThemDown) {
  made(1, kAnna);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(opened(1, "wrong password").status, 403) << i;
  const Response slowed = opened(1);
  EXPECT_EQ(slowed.status, 429) << "even the right one";
  api.clock.now = api.clock.now + 1_s;
  EXPECT_EQ(opened(1, "wrong password").status, 403);
  api.clock.now = api.clock.now + 1_s;
  EXPECT_EQ(opened(1).status, 429) << "twice as long";
  api.clock.now = api.clock.now + 1_s;
  EXPECT_EQ(opened(1).status, 201);
  EXPECT_EQ(opened(1, "wrong password").status, 403) << "forgotten once it was right";
}

TEST_F(WalletRoutes, KeepNobodyWaitingForTheTriesOfANeighbour) {
  made(1, kAnna);
  const std::string neighbour = api.token(Scope::Operate, std::set<SiteId>{*SiteId::parse("elm-street")});
  const std::string another = api.token(Scope::Operate);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(opened(1, "wrong password", neighbour).status, 403) << i;
  EXPECT_EQ(opened(1, kPassword, neighbour).status, 429);
  EXPECT_EQ(opened(1).status, 201) << "who has made it";
  EXPECT_EQ(opened(1, kPassword, another).status, 201) << "nor whoever has never opened it";
}

TEST_F(WalletRoutes, LetManyTokensGuessNoMoreThanAFew) {
  const std::string words = text(made(1, kAnna), "words");
  const std::string before = api.token(Scope::Operate), late = api.token(Scope::Operate);
  EXPECT_EQ(opened(1, kPassword, before).status, 201);
  const std::int64_t left = wallet::kMostByStrangers - 1;  // one was used by whoever has opened it since
  for (std::int64_t i = 0; i < left; i += 3) {
    const std::string guesser = api.token(Scope::Operate);
    for (std::int64_t j = i; j < std::min(i + 3, left); ++j)
      EXPECT_EQ(opened(1, "wrong password", guesser).status, 403) << j;
  }
  EXPECT_EQ(opened(1, "wrong password", late).status, 429);
  EXPECT_EQ(opened(1, kPassword, late).status, 429) << "even the right one";
  EXPECT_EQ(opened(1, kPassword, before).status, 201) << "who has opened it is none of them";
  EXPECT_EQ(opened(1).status, 201) << "nor who has made it";
  EXPECT_EQ(sent(Method::Post, path(1, "/restore"), {{"words", words}, {"password", "a new password"}}).status, 200);
  EXPECT_EQ(opened(1, "a new password").status, 201);
  EXPECT_EQ(opened(1, "a new password", before).status, 429) << "it has never opened it with this password";
  api.clock.now = api.clock.now + 24 * 60 * 1_min;
  EXPECT_EQ(opened(1, "a new password", late).status, 201) << "another day";
}

TEST_F(WalletRoutes, SayTheSameOfAWrongPasswordAndOfADamagedSeal) {
  made(1, kAnna);
  const Response wrong = opened(1, "wrong password");
  SealedSecret seal = *(*api.store->wallets().find(*journal::parse_id(wallet_id(1))))->seal;
  seal.sealed[3] = static_cast<char>(seal.sealed[3] ^ 4);
  ASSERT_TRUE(
      api.store->transaction([&] { return api.store->wallets().put_seal(*journal::parse_id(wallet_id(1)), seal); })
          .ok());
  EXPECT_EQ(opened(1).body, wrong.body);
}

TEST_F(WalletRoutes, EndASessionByTimeByHandAndByAnotherPassword) {
  const std::string words = text(made(1, kAnna), "words");
  const std::string first = session(1);
  api.clock.now = api.clock.now + WalletSessions::kLength;
  EXPECT_EQ(paid(1, 1, first).status, 403);
  EXPECT_EQ(sessions.count(), 0U);
  const std::string second = session(1);
  EXPECT_EQ(sent(Method::Delete, path(1, "/session"), nullptr).status, 204);
  EXPECT_EQ(paid(1, 1, second).status, 403);
  const std::string third = session(1);
  EXPECT_EQ(sent(Method::Post, path(1, "/restore"), {{"words", words}, {"password", "a new password"}}).status, 200);
  EXPECT_EQ(paid(1, 1, third).status, 403);
  EXPECT_TRUE(node.submitted.empty());
}

TEST_F(WalletRoutes, LetNobodyElseUseASession) {
  made(1, kAnna);
  const std::string open = session(1);
  const std::string other = api.token(Scope::Administer);
  const boost::json::value payment{{"id", payment_id(1)}, {"to", kSomebody}, {"amount", "1000"}};
  EXPECT_EQ(sent(Method::Post, path(1, "/transactions"), payment, open, other).status, 403);
  EXPECT_EQ(paid(1, 1, std::string(64, '0')).status, 403);
  EXPECT_EQ(paid(1, 1, "").status, 403);
  EXPECT_EQ(paid(1, 1, open).status, 201);
}

TEST_F(WalletRoutes, ShowWalletsOfOwnSitesOnly) {
  made(1, kAnna);
  made(2, kOther);
  const std::string here = api.token(Scope::Administer, std::set<SiteId>{*SiteId::parse("elm-street")});
  const auto ask = [&](const std::string& target) { return api.ask(with_token(get(target), here)); };
  EXPECT_EQ(boost::json::parse(ask("/v1/wallets").body).at("wallets").as_array().size(), 1U);
  EXPECT_EQ(ask(path(1)).status, 200);
  for (const char* rest : {"", "/history", "/transactions"}) EXPECT_EQ(ask(path(2, rest)).status, 404) << rest;
  EXPECT_EQ(opened(2, kPassword, here).status, 404);
  EXPECT_EQ(sent(Method::Delete, path(2, "/session"), nullptr, "", here).status, 404);
  EXPECT_EQ(sent(Method::Post, path(2, "/restore"), {{"words", "a"}, {"password", kPassword}}, "", here).status, 404);
  const boost::json::value wish{{"id", wallet_id(3)}, {"account", kOther}, {"kept", "api"}, {"password", kPassword}};
  EXPECT_EQ(sent(Method::Post, "/v1/wallets", wish, "", here).status, 400);
  EXPECT_EQ(boost::json::parse(ask("/v1/wallets?site=elm-street&account=" + std::string(kBea)).body)
                .at("wallets")
                .as_array()
                .size(),
            0U);
}

TEST_F(WalletRoutes, TakeTheKeyOfWhoeverShowsThatTheyHaveIt) {
  const auto key = iota::test::key(1), other = iota::test::key(2);
  EXPECT_EQ(sent(Method::Post, "/v1/wallets", own_key(1, kAnna, *key, *other)).status, 400);
  auto of_another_account = own_key(1, kBea, *key, *key);
  of_another_account.at("account") = kAnna;
  EXPECT_EQ(sent(Method::Post, "/v1/wallets", of_another_account).status, 400);
  const Response taken = sent(Method::Post, "/v1/wallets", own_key(1, kAnna, *key, *key));
  EXPECT_EQ(taken.status, 201) << taken.body;
  EXPECT_EQ(sent(Method::Post, "/v1/wallets", own_key(1, kAnna, *key, *key)).status, 201) << "the same again";
  EXPECT_EQ(sent(Method::Post, "/v1/wallets", own_key(2, kBea, *key, *key)).status, 409) << "one address, one wallet";
  EXPECT_EQ(opened(1).status, 409) << "the api does not have its key";
}

TEST_F(WalletRoutes, GiveAnAccountOneWalletAndOnlyOneOfIota) {
  made(1, kAnna);
  EXPECT_EQ(ask_for(2, kAnna).status, 409);
  EXPECT_EQ(ask_for(1, kBea).status, 409);
  EXPECT_EQ(ask_for(2, kEuro).status, 409);
  EXPECT_EQ(ask_for(2, "018f00000000000000000000000000ff").status, 400);
  EXPECT_EQ(ask_for(2, kBea, "short").status, 400);
}

TEST_F(WalletRoutes, MakeItThePayeeOfItsAccountUnlessItHasOne) {
  const auto payee = [&](const std::string& address) {
    return *api.store->settlements().payee(*settlement::ChainName::parse("iota"), address);
  };
  const std::string address = text(made(1, kAnna), "address");
  ASSERT_TRUE(payee(address));
  EXPECT_EQ(to_text(payee(address)->account), kAnna);
  EXPECT_EQ(payee(address)->mode, settlement::PayoutMode::OnRequest);
  const settlement::Payee there{*settlement::ChainName::parse("iota"), kSomebody, *journal::parse_id(kBea),
                                settlement::PayoutMode::Periodic,      "",        UnixTime(0)};
  ASSERT_TRUE(api.store->transaction([&] { return api.store->settlements().put_payee(there); }).ok());
  EXPECT_FALSE(payee(text(made(2, kBea), "address")));
  EXPECT_EQ(*payee(kSomebody), there);
}

TEST_F(WalletRoutes, AreNobodysPayeeAddressByATokenOfSomeSites) {
  const std::string here = api.token(Scope::Administer, std::set<SiteId>{*SiteId::parse("elm-street")});
  const boost::json::value wish{
      {"id", wallet_id(1)}, {"account", kAnna}, {"kept", "api"}, {"password", kPassword}, {"payout", "periodic"}};
  const Response taken = sent(Method::Post, "/v1/wallets", wish, "", here);
  ASSERT_EQ(taken.status, 201) << taken.body;
  const auto wallet = boost::json::parse(taken.body);
  EXPECT_FALSE(wallet.at("payee").as_bool());
  const auto of_iota = *settlement::ChainName::parse("iota");
  EXPECT_FALSE(*api.store->settlements().payee(of_iota, text(wallet, "address")));
  EXPECT_FALSE(*api.store->settlements().payee_of(of_iota, *journal::parse_id(kAnna)));
  EXPECT_TRUE(made(2, kBea).at("payee").as_bool()) << "a token of all sites";
}

TEST_F(WalletRoutes, AreNotMadeOfTheOperatorsOwnAccounts) {
  const settlement::Books books{street.roster.deployment, *settlement::ChainName::parse("iota")};
  const auto done = api.store->transaction([&]() -> Result<void> {
    const journal::Batch batch = settlement::opening(books);
    const auto entered = enter(api.store->journal(), {&batch, 1}, api.clock.utc());
    return entered ? Result<void>() : Result<void>(entered.error());
  });
  ASSERT_TRUE(done.ok()) << done.error().message();
  for (const auto& own : {custody_of(books), fees_of(books), suspense_of(books), cold_of(books)}) {
    const Response refused = ask_for(1, to_text(own));
    EXPECT_EQ(refused.status, 409) << refused.body;
    EXPECT_NE(refused.body.find("operator's own"), std::string::npos);
  }
}

TEST_F(WalletRoutes, RepeatNothingOfABodyThatIsWrong) {
  for (const std::string& body :
       {std::string(R"({"correct horse battery":1})"), std::string(R"(["correct horse battery"])"),
        std::string(R"("correct horse battery")"), std::string(R"({"password":{"correct horse battery":1}})"),
        std::string(R"({"correct horse battery":1,"correct horse battery":1})"),
        std::string(R"({"id":"correct horse battery","account":"correct horse battery","kept":"api"})")})
    for (const char* target : {"/v1/wallets", "/v1/wallets/018f0000000000000000000000000001/session",
                               "/v1/wallets/018f0000000000000000000000000001/restore"}) {
      const Response refused = api.ask({{Method::Post, target, {}}, body});
      EXPECT_EQ(refused.status, 400) << refused.body;
      EXPECT_EQ(refused.body.find("horse"), std::string::npos) << refused.body;
    }
}

TEST_F(WalletRoutes, AreThereOnlyWhereAChainIsConfigured) {
  api.services.wallets = nullptr;
  for (const char* rest : {"", "/018f0000000000000000000000000001"}) {
    const Response refused = api.ask(get("/v1/wallets" + std::string(rest)));
    EXPECT_EQ(refused.status, 503);
    EXPECT_NE(refused.body.find("No chain is configured"), std::string::npos) << refused.body;
  }
}

TEST_F(WalletRoutes, AreNotedInTheAuditLog) {
  made(1, kAnna);
  paid(1, 1, session(1));
  const auto page = api.store->audit().page(std::nullopt, 10);
  std::vector<std::string> noted;
  for (const AuditEntry& entry : *page) noted.push_back(entry.what + " " + entry.detail);
  const std::string of = " wallet " + wallet_id(1);
  EXPECT_EQ(noted, (std::vector<std::string>{"POST /v1/wallets/{wallet}/transactions" + of,
                                             "POST /v1/wallets/{wallet}/session" + of, "POST /v1/wallets" + of}));
}

}  // namespace
}  // namespace balans::api::test
