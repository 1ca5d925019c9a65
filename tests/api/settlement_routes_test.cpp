// Settlements, payees and deposits over REST. Every request and answer is held against the contract by `Api::ask`.
#include <boost/json/parse.hpp>

#include "api/app/journal.hpp"
#include "api/app/settlement_requests.hpp"
#include "tests/api/settlements.hpp"
#include "tests/api/street.hpp"

namespace balans::api::test {
namespace {

using namespace settlement;

std::string address(char digit) { return "0x" + std::string(64, digit); }
std::string text(std::uint64_t number) { return to_text(id(number)); }

/// Account 1 has 5,000,000 nanos, account 2 nothing, account 3 is of euros. Account 99 pays.
class SettlementRoutes : public testing::Test {
 protected:
  SettlementRoutes() {
    desk.terms = {some_books(), {"09090909", "genesis"}, some_rules()};
    desk.wallets = {address('a'), address('c')};
    desk.explorer = "https://explorer.example/{digest}?network=test";
    api.services.settlement = &desk;
    journal::Batch batch = opening(desk.terms.books);
    for (const std::uint64_t number : {1U, 2U}) batch.accounts.push_back(bounded(number, 0, trade::Asset::Iota));
    batch.accounts.push_back(bounded(3, 0, trade::Asset::Eur));
    batch.accounts.push_back(unbounded(99, trade::Asset::Iota));
    for (journal::NewAccount& account : batch.accounts)
      if (account.owner.empty()) account.owner = "owner " + to_text(account.id);
    batch.transfers.push_back(pay(1000, 99, 1, 5'000'000));
    EXPECT_TRUE(post_transfers(*api.store, {&batch, 1}, api.clock.utc())->front().all_there());
  }
  Response asked(Method method, const std::string& target, const std::string& body = "", std::string token = "",
                 std::string key = "") {
    Request request{{method, target, {}}, body};
    request.head.headers["idempotency-key"] = key.empty() ? "key-" + std::to_string(++keys_) : key;
    if (!body.empty()) request.head.headers["content-type"] = "application/json";
    return api.ask(with_token(request, token.empty() ? api.all_powers : token));
  }
  boost::json::value got(const std::string& target) {
    const Response response = api.ask(with_token(get(target), api.all_powers));
    EXPECT_EQ(response.status, 200) << response.body;
    return boost::json::parse(response.body);
  }
  static std::string wish(std::uint64_t number, std::uint64_t account, const std::string& amount,
                          const std::string& to = address('b')) {
    return R"({"id":")" + text(number) + R"(","account":")" + text(account) + R"(","amount":")" + amount +
           (to.empty() ? "\"}" : R"(","address":")" + to + "\"}");
  }
  Response put_payee(std::uint64_t account, const std::string& to, const std::string& rest = "") {
    return asked(Method::Put, "/v1/payees/" + text(account),
                 R"({"address":")" + to + R"(","mode":"periodic")" + rest + "}");
  }
  std::string available(std::uint64_t account) {
    return std::string(got("/v1/accounts/" + text(account)).at("available").as_string());
  }
  void deposit(const std::string& digest) {
    const Deposit made{{kChain, digest, 0}, address('d'), units(70'000), 5, api.clock.utc(), {}, {}};
    const auto done = api.store->transaction([&]() -> Result<void> {
      const auto entered = enter_all(api.store->journal(),
                                     crediting(desk.terms.books, made, suspense_of(desk.terms.books)), api.clock.utc());
      return entered ? api.store->settlements().add(made) : Result<void>(entered.error());
    });
    EXPECT_TRUE(done) << done.error().message();
  }

  Street street;
  Api api{street};
  SettlementDesk desk;

 private:
  int keys_ = 0;
};

TEST_F(SettlementRoutes, APayoutIsSetAsideAtOnceAndShown) {
  const Response made = asked(Method::Post, "/v1/settlements", wish(500, 1, "1500000"));
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(available(1), "3500000");
  const auto shown = got("/v1/settlements/" + text(500));
  EXPECT_EQ(shown.at("state").as_string(), "open");
  EXPECT_EQ(shown.at("total").as_string(), "1500000");
  EXPECT_EQ(shown.at("payouts").at(0).at("address").as_string(), address('b'));
  EXPECT_FALSE(shown.at("waits_for_approval").as_bool());
  EXPECT_EQ(boost::json::parse(made.body), shown);
}

TEST_F(SettlementRoutes, TheSameRequestAgainIsOnePayout) {
  EXPECT_EQ(asked(Method::Post, "/v1/settlements", wish(500, 1, "1500000"), "", "k").status, 201);
  EXPECT_EQ(asked(Method::Post, "/v1/settlements", wish(500, 1, "1500000"), "", "k").status, 201);
  EXPECT_EQ(asked(Method::Post, "/v1/settlements", wish(500, 1, "1500000")).status, 201) << "its id is the same";
  EXPECT_EQ(available(1), "3500000");
  EXPECT_EQ(asked(Method::Post, "/v1/settlements", wish(500, 1, "1500001")).status, 409);
  EXPECT_EQ(asked(Method::Post, "/v1/settlements", wish(501, 1, "1500000"), "", "k").status, 422);
}

TEST_F(SettlementRoutes, WhatCannotBePaidIsRefusedAndSetsNothingAside) {
  EXPECT_EQ(asked(Method::Post, "/v1/settlements", wish(500, 1, "5000001")).status, 409) << "it has not so much";
  EXPECT_EQ(asked(Method::Post, "/v1/settlements", wish(500, 99, "10000001")).status, 409) << "the daily limit";
  EXPECT_EQ(asked(Method::Post, "/v1/settlements", wish(500, 3, "1")).status, 409) << "of another asset";
  EXPECT_EQ(asked(Method::Post, "/v1/settlements", wish(500, 1, "1", address('a'))).status, 409) << "its own wallet";
  EXPECT_EQ(asked(Method::Post, "/v1/settlements", wish(500, 1, "1", "")).status, 409) << "no address is known";
  EXPECT_EQ(asked(Method::Post, "/v1/settlements", wish(500, 1, "0")).status, 400);
  EXPECT_EQ(asked(Method::Post, "/v1/settlements", wish(500, 1, "1", address('0'))).status, 400);
  EXPECT_EQ(available(1), "5000000");
  EXPECT_TRUE(got("/v1/settlements").at("settlements").as_array().empty());
}

TEST_F(SettlementRoutes, ADatabaseThatFailsIsNotTold) {
  EXPECT_TRUE(is_refusal({"journal, no-funds", "x"}));
  EXPECT_TRUE(is_refusal({"settlement 01", "x"}));
  EXPECT_FALSE(is_refusal({"store a settlement", "disk full"}));
  EXPECT_FALSE(is_refusal({"table settlement", "x"}));
}

TEST_F(SettlementRoutes, AnotherPersonApproves) {
  ASSERT_EQ(asked(Method::Post, "/v1/settlements", wish(500, 1, "2000001")).status, 201);
  EXPECT_TRUE(got("/v1/settlements/" + text(500)).at("waits_for_approval").as_bool());
  const std::string approve = "/v1/settlements/" + text(500) + "/approve";
  EXPECT_EQ(asked(Method::Post, approve).status, 409) << "whoever asked";
  EXPECT_EQ(asked(Method::Post, approve, "", api.token(Scope::Operate)).status, 403);
  EXPECT_EQ(asked(Method::Post, approve, "", api.token(Scope::Administer)).status, 409) << "with another token";
  const Response approved = asked(Method::Post, approve, "", api.token(Scope::Administer, std::nullopt, "bea"));
  ASSERT_EQ(approved.status, 200) << approved.body;
  const auto shown = boost::json::parse(approved.body);
  EXPECT_FALSE(shown.at("waits_for_approval").as_bool());
  EXPECT_NE(shown.at("approved_by"), shown.at("requested_by"));
  EXPECT_EQ(asked(Method::Post, approve, "", api.token(Scope::Administer, std::nullopt, "eva")).status, 409) << "once";
}

TEST_F(SettlementRoutes, WhatIsTakenBackIsFreeAgain) {
  ASSERT_EQ(asked(Method::Post, "/v1/settlements", wish(500, 1, "1500000")).status, 201);
  const std::string withdraw = "/v1/settlements/" + text(500) + "/withdraw";
  const Response taken = asked(Method::Post, withdraw);
  ASSERT_EQ(taken.status, 200) << taken.body;
  EXPECT_EQ(boost::json::parse(taken.body).at("state").as_string(), "given-up");
  EXPECT_EQ(available(1), "5000000");
  EXPECT_EQ(asked(Method::Post, withdraw).status, 409);
  EXPECT_EQ(asked(Method::Post, "/v1/settlements/" + text(501) + "/withdraw").status, 404);
}

TEST_F(SettlementRoutes, AnAttemptIsShownWithItsPageAndIsNotTakenBack) {
  ASSERT_EQ(asked(Method::Post, "/v1/settlements", wish(500, 1, "1500000")).status, 201);
  const auto kept = api.store->transaction([&]() -> Result<void> {
    const auto found = api.store->settlements().find(id(500));
    return api.store->settlements().add_attempt(**found, attempt_of(1, "digest1"));
  });
  ASSERT_TRUE(kept) << kept.error().message();
  const auto attempt = got("/v1/settlements/" + text(500)).at("attempts").at(0);
  EXPECT_EQ(attempt.at("state").as_string(), "live");
  EXPECT_EQ(attempt.at("explorer").as_string(), "https://explorer.example/digest1?network=test");
  EXPECT_EQ(attempt.at("expiry_epoch").as_int64(), 8);
  EXPECT_EQ(asked(Method::Post, "/v1/settlements/" + text(500) + "/withdraw").status, 409);
}

TEST_F(SettlementRoutes, AreListedInPagesAndByState) {
  for (std::uint64_t n = 0; n < 5; ++n) {
    ASSERT_EQ(asked(Method::Post, "/v1/settlements", wish(500 + n, 1, "100000")).status, 201);
    api.clock.now = api.clock.now + 1_s;
  }
  EXPECT_EQ(asked(Method::Post, "/v1/settlements/" + text(502) + "/withdraw").status, 200);
  std::vector<std::string> seen;
  std::string next;
  do {
    const auto page = got("/v1/settlements?state=open&limit=3" + (next.empty() ? "" : "&before=" + next));
    for (const auto& each : page.at("settlements").as_array()) seen.emplace_back(each.at("id").as_string());
    next = page.at("next").is_null() ? "" : std::string(page.at("next").as_string());
  } while (!next.empty());
  EXPECT_EQ(seen, (std::vector<std::string>{text(504), text(503), text(501), text(500)}));
  EXPECT_EQ(got("/v1/settlements?state=given-up").at("settlements").as_array().size(), 1U);
  EXPECT_EQ(api.ask(with_token(get("/v1/settlements?state=lost"), api.all_powers)).status, 400);
}

TEST_F(SettlementRoutes, APayeeHasOneAddressAndAnAddressOnePayee) {
  EXPECT_EQ(put_payee(1, address('1')).status, 200);
  EXPECT_EQ(put_payee(1, address('2')).status, 200);
  EXPECT_EQ(put_payee(2, address('2')).status, 409);
  EXPECT_EQ(put_payee(2, address('1')).status, 200) << "it is free again";
  const auto payees = got("/v1/payees").at("payees").as_array();
  ASSERT_EQ(payees.size(), 2U);
  EXPECT_EQ(payees[0].at("account").as_string(), text(2));
  EXPECT_EQ(asked(Method::Post, "/v1/settlements", wish(500, 1, "100000", "")).status, 201) << "to its own address";
  EXPECT_EQ(got("/v1/settlements/" + text(500)).at("payouts").at(0).at("address").as_string(), address('2'));
  EXPECT_EQ(asked(Method::Delete, "/v1/payees/" + text(1)).status, 204);
  EXPECT_EQ(asked(Method::Delete, "/v1/payees/" + text(1)).status, 404);
  EXPECT_EQ(got("/v1/payees?limit=1").at("payees").as_array().size(), 1U);
}

TEST_F(SettlementRoutes, APayeeIsHeldAndFreed) {
  EXPECT_EQ(put_payee(1, address('1'), R"(,"held":"look first")").status, 200);
  EXPECT_EQ(put_payee(1, address('1')).status, 200);
  EXPECT_EQ(got("/v1/payees").at("payees").at(0).at("held").as_string(), "look first") << "as it was";
  EXPECT_EQ(put_payee(1, address('1'), R"(,"held":"")").status, 200);
  EXPECT_EQ(got("/v1/payees").at("payees").at(0).at("held").as_string(), "");
}

TEST_F(SettlementRoutes, WhoCannotBeAPayee) {
  EXPECT_EQ(put_payee(3, address('1')).status, 409) << "of euros";
  EXPECT_EQ(put_payee(7, address('1')).status, 404) << "no such account";
  EXPECT_EQ(put_payee(1, address('a')).status, 409) << "the hot wallet";
  EXPECT_EQ(put_payee(1, address('c')).status, 409) << "the cold wallet";
  EXPECT_EQ(asked(Method::Put, "/v1/payees/" + to_text(custody_of(desk.terms.books)),
                  R"({"address":")" + address('1') + R"(","mode":"periodic"})")
                .status,
            409);
  EXPECT_EQ(asked(Method::Put, "/v1/payees/" + text(1), R"({"address":"0x12","mode":"periodic"})").status, 400);
  EXPECT_EQ(
      asked(Method::Put, "/v1/payees/" + text(1), R"({"address":")" + address('1') + R"(","mode":"daily"})").status,
      400);
}

TEST_F(SettlementRoutes, DepositsInSuspenseAreAssignedOrReturned) {
  deposit("first"), deposit("second");
  EXPECT_EQ(got("/v1/deposits").at("deposits").as_array().size(), 2U);
  EXPECT_EQ(asked(Method::Post, "/v1/deposits/assign", R"({"digest":"first","output":0,"account":")" + text(2) + "\"}")
                .status,
            204);
  EXPECT_EQ(available(2), "70000");
  EXPECT_EQ(asked(Method::Post, "/v1/deposits/return", R"({"digest":"first","output":0})").status, 409);
  const Response back = asked(Method::Post, "/v1/deposits/return", R"({"digest":"second","output":0})");
  ASSERT_EQ(back.status, 201) << back.body;
  EXPECT_EQ(boost::json::parse(back.body).at("payouts").at(0).at("address").as_string(), address('d'));
  EXPECT_TRUE(got("/v1/deposits").at("deposits").as_array().empty());
  EXPECT_EQ(asked(Method::Post, "/v1/deposits/return", R"({"digest":"third","output":0})").status, 409);
}

TEST_F(SettlementRoutes, TheWalletIsShownWithItsAccounts) {
  deposit("first");
  const auto wallet = got("/v1/hot-wallet");
  EXPECT_EQ(wallet.at("address").as_string(), address('a'));
  EXPECT_EQ(wallet.at("custody").at("balance").as_string(), "-70000");
  EXPECT_EQ(wallet.at("suspense").at("balance").as_string(), "70000");
}

TEST_F(SettlementRoutes, AreForTokensOfAllSitesAndWhereThereIsAWallet) {
  const std::string here = api.token(Scope::Administer, std::set<SiteId>{street.site});
  for (const char* target : {"/v1/settlements", "/v1/payees", "/v1/deposits", "/v1/hot-wallet"}) {
    EXPECT_EQ(api.ask(with_token(get(target), here)).status, 403) << target;
    EXPECT_EQ(api.ask(with_token(get(target), api.token(Scope::Read))).status, 200) << target;
  }
  EXPECT_EQ(asked(Method::Post, "/v1/settlements", wish(500, 1, "1"), here).status, 403);
  api.services.settlement = nullptr;
  EXPECT_EQ(api.ask(with_token(get("/v1/settlements"), api.all_powers)).status, 404);
  EXPECT_EQ(asked(Method::Post, "/v1/settlements", wish(500, 1, "1")).status, 404);
}

}  // namespace
}  // namespace balans::api::test
