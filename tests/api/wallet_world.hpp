#pragma once
// An api with wallets, and the chain that they are on.

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "api/app/journal.hpp"
#include "api/http/routes/wallet_parts.hpp"
#include "common/crypto/base64.hpp"
#include "tests/api/iota/wallet.hpp"
#include "tests/api/street.hpp"
#include "tests/api/wallet_node.hpp"

namespace balans::api::test {

inline constexpr const char* kAnna = "018f00000000000000000000000000a1";   ///< an account of elm-street
inline constexpr const char* kBea = "018f00000000000000000000000000b1";    ///< another one
inline constexpr const char* kOther = "018f00000000000000000000000000c1";  ///< one of oak-street
inline constexpr const char* kEuro = "018f00000000000000000000000000e1";
inline const std::string kSomebody = "0x" + std::string(64, '7');
inline constexpr std::int64_t kIota = 1'000'000'000;

inline WalletTerms some_wallet_terms(const Street& street) {
  return {street.roster.deployment,
          {{"node"}, WalletNode::kChain, WalletNode::genesis(), "https://explorer.example/{digest}?network=test"},
          {1, 8192}};
}

class WalletWorld : public testing::Test {
 protected:
  WalletWorld() {
    api.services.wallets = &service;
    const auto done = api.store->transaction([&]() -> Result<void> {
      journal::Batch batch;
      for (const auto& [id, owner, site, asset] :
           std::vector<std::tuple<const char*, const char*, const char*, trade::Asset>>{
               {kAnna, "anna", "elm-street", trade::Asset::Iota},
               {kBea, "bea", "elm-street", trade::Asset::Iota},
               {kOther, "other", "oak-street", trade::Asset::Iota},
               {kEuro, "euro", "elm-street", trade::Asset::Eur}})
        batch.accounts.push_back(
            {*journal::parse_id(id), asset, journal::AccountKind::Household, *SiteId::parse(site), owner, {}, {}});
      const auto entered = enter(api.store->journal(), {&batch, 1}, api.clock.utc());
      return entered ? Result<void>() : Result<void>(entered.error());
    });
    EXPECT_TRUE(done.ok()) << done.error().message();
  }

  Response sent(Method method, const std::string& target, const boost::json::value& body,
                const std::string& session = "", const std::string& token = "") {
    Request request{{method, target, {}}, body.is_null() ? "" : boost::json::serialize(body)};
    request.head.headers["content-type"] = "application/json";
    if (!session.empty()) request.head.headers["balans-wallet-session"] = session;
    return api.ask(with_token(request, token.empty() ? api.all_powers : token));
  }
  boost::json::value got(const std::string& target) {
    const Response response = api.ask(with_token(get(target), api.all_powers));
    EXPECT_EQ(response.status, 200) << target << response.body;
    return boost::json::parse(response.body);
  }
  static std::string text(const boost::json::value& value, const char* key) {
    return std::string(value.at(key).as_string());
  }
  /// The kind of a problem.
  static std::string slug(const Response& response) { return text(boost::json::parse(response.body), "type"); }
  static std::string wallet_id(int number) { return "018f0000000000000000000000000" + std::to_string(100 + number); }
  static std::string payment_id(int number) { return "0169e37fd70000000000000000001" + std::to_string(100 + number); }

  Response ask_for(int number, const std::string& account, const std::string& password = kPassword) {
    return sent(Method::Post, "/v1/wallets",
                {{"id", wallet_id(number)}, {"account", account}, {"kept", "api"}, {"password", password}});
  }
  /// One that the api keeps, with two IOTA in it.
  boost::json::value made(int number, const std::string& account) {
    const Response response = ask_for(number, account);
    EXPECT_EQ(response.status, 201) << response.body;
    const auto wallet = boost::json::parse(response.body);
    node.give(text(wallet, "address"), 2 * kIota);
    return wallet;
  }
  std::string path(int number, const std::string& rest = "") { return "/v1/wallets/" + wallet_id(number) + rest; }
  Response opened(int number, const std::string& password = kPassword, const std::string& token = "") {
    return sent(Method::Post, path(number, "/session"), {{"password", password}}, "", token);
  }
  std::string session(int number) {
    const Response response = opened(number);
    EXPECT_EQ(response.status, 201) << response.body;
    return text(boost::json::parse(response.body), "session");
  }
  Response paid(int number, int payment, const std::string& session, std::int64_t amount = kIota / 2,
                const std::string& to = kSomebody) {
    return sent(Method::Post, path(number, "/transactions"),
                {{"id", payment_id(payment)}, {"to", to}, {"amount", std::to_string(amount)}}, session);
  }
  /// Of the only transaction, or the newest.
  std::string state(int number) { return text(got(path(number, "/transactions")).at("transactions").at(0), "state"); }

  static constexpr const char* kPassword = "correct horse battery";
  Street street;
  Api api{street};
  WalletNode node;
  WalletSessions sessions;
  Wallets wallets{some_wallet_terms(street), sessions, api.clock};
  WalletChain chain{some_wallet_terms(street).network, node, [](Millis) {}};
  WalletPayments payments{*settlement::ChainName::parse("iota"), chain, api.clock};
  WalletService service{wallets, payments, sessions, api.work};
};

}  // namespace balans::api::test
