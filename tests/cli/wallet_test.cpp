// The real `balans wallet` at a real api.
#include <gmock/gmock.h>

#include "api/ledger/iota/builder.hpp"
#include "common/crypto/base64.hpp"
#include "tests/cli/wallet_world.hpp"

namespace balans::cli::test {
namespace {

using testing::HasSubstr;
using testing::Not;

class WalletCommand : public testing::Test, public WalletMachine {
 protected:
  WalletCommand() { open_account(); }

  [[nodiscard]] Words own_key() const { return {"--key", config("anna.wallet").string()}; }
  ProgramAnswer made_here() const {
    return wallet(Words{"new", "--account", kAccount, "--keep-here", config("anna.wallet").string()} + password());
  }
  static Words payment() { return {"--to", kSomebody, "--amount", "0.5", "--yes"}; }
};

TEST_F(WalletCommand, KeepsTheKeyAtTheApiAndPaysWithThePassword) {
  const auto made = wallet(Words{"new", "--account", kAccount} + password());
  ASSERT_EQ(made.code, 0) << made.err;
  EXPECT_THAT(made.out, HasSubstr("They are not shown again"));
  const std::string id = line(made.out, "wallet"), address = line(made.out, "address");
  chain_.give(address, 2'000'000'000);
  const auto sent = wallet(Words{"send", "--wallet", id} + payment() + password());
  ASSERT_EQ(sent.code, 0) << sent.err;
  EXPECT_THAT(sent.out, HasSubstr("paid "));
  EXPECT_EQ(chain_.holds(kSomebody), 500'000'000U);
  const auto shown = wallet({"show", "--wallet", id});
  EXPECT_EQ(line(shown.out, "balance"), "1.498019600 IOTA") << shown.out << shown.err;
  const auto history = wallet({"history", "--wallet", id});
  EXPECT_THAT(history.out, HasSubstr("-0.501980400 IOTA")) << history.err;
  secret("password", "another password");
  const auto refused = wallet(Words{"send", "--wallet", id} + payment() + password());
  EXPECT_EQ(refused.code, 1);
  EXPECT_THAT(refused.err, HasSubstr("the password is wrong"));
}

TEST_F(WalletCommand, KeepsTheKeyHereAndSignsHere) {
  const auto made = made_here();
  ASSERT_EQ(made.code, 0) << made.err;
  chain_.give(line(made.out, "address"), 2'000'000'000);
  EXPECT_THAT(text("anna.wallet"), Not(HasSubstr("words")));
  const auto sent = wallet(Words{"send"} + own_key() + payment() + password());
  ASSERT_EQ(sent.code, 0) << sent.err;
  EXPECT_EQ(chain_.holds(kSomebody), 500'000'000U);
  EXPECT_EQ(made_here().code, 0) << "registered again";
}

TEST_F(WalletCommand, RestoresTheSameAddressOfItsWords) {
  const auto made = wallet(Words{"new", "--account", kAccount} + password());
  ASSERT_EQ(made.code, 0) << made.err;
  const std::size_t from = made.out.find("\n  ") + 3;
  secret("words", made.out.substr(from, made.out.find('\n', from) - from));
  secret("password", "another password");
  const Words words{"--words-file", config("words").string()};
  const std::string id = line(made.out, "wallet");
  const auto restored = wallet(Words{"restore", "--wallet", id} + words + password());
  EXPECT_EQ(restored.code, 0) << restored.err;
  chain_.give(line(made.out, "address"), 2'000'000'000);
  const auto sent = wallet(Words{"send", "--wallet", id} + payment() + password());
  EXPECT_EQ(sent.code, 0) << sent.err;
  secret("words", "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about");
  EXPECT_EQ(wallet(Words{"restore", "--wallet", id} + words + password()).code, 1) << "those of another";
}

TEST_F(WalletCommand, WithTheSameIdPaysOnce) {
  const auto made = wallet(Words{"new", "--account", kAccount} + password());
  chain_.give(line(made.out, "address"), 2'000'000'000);
  const Words same = Words{"send", "--wallet", line(made.out, "wallet"), "--id", "018f0000000000000000000000000009"} +
                     payment() + password();
  EXPECT_EQ(wallet(same).code, 0);
  EXPECT_EQ(wallet(same).code, 0);
  EXPECT_EQ(chain_.holds(kSomebody), 500'000'000U);
}

TEST_F(WalletCommand, SaysWhatIsWrongOnTheCommandLineBeforeItAsksAnybody) {
  const auto wrong = [&](const Words& words, const std::string& what) {
    const auto answer = wallet(Words{"send", "--wallet", "018f0000000000000000000000000001"} + words);
    EXPECT_EQ(answer.code, 1);
    EXPECT_THAT(answer.err, HasSubstr(what));
  };
  wrong({"--to", "0x7", "--amount", "1"}, "--to");
  wrong({"--to", kSomebody, "--amount", "-1"}, "--amount");
  wrong({"--to", kSomebody, "--amount", "0"}, "--amount");
  wrong({"--to", kSomebody, "--amount", "1", "--most-fee", "x"}, "--most-fee");
}

TEST_F(WalletCommand, ShowsTheWordsOfALostAnswerToTheSameId) {
  Answering silent([&](const api::Request& request) {
    HttpRequest passed;
    passed.method = HttpMethod::Post;
    passed.url = url_ + request.head.target;
    passed.body = request.body;
    passed.headers = {{"Authorization", std::string(request.head.header("authorization"))},
                      {"Content-Type", "application/json"}};
    EXPECT_TRUE(HttpClient().send(passed).ok());
    return api::Response{504, "text/plain", {}, ""};
  });
  const auto lost = wallet(Words{"new", "--account", kAccount} + password(), silent.url());
  EXPECT_EQ(lost.code, 1);
  const std::string id = line(lost.out, "wallet");
  EXPECT_EQ(id.size(), 32U) << lost.out;
  EXPECT_THAT(lost.err, HasSubstr("--id " + id));
  const auto again = wallet(Words{"new", "--account", kAccount, "--id", id} + password());
  EXPECT_EQ(again.code, 0) << again.err;
  EXPECT_EQ(line(again.out, "wallet"), id);
  EXPECT_THAT(again.out, HasSubstr("They are not shown again"));
}

TEST_F(WalletCommand, SaysThatItHasPaidWhereTheSessionCannotBeClosed) {
  const auto made = wallet(Words{"new", "--account", kAccount} + password());
  chain_.give(line(made.out, "address"), 2'000'000'000);
  Answering forgetful([&](const api::Request& request) {
    if (request.head.method == api::Method::Delete) return api::Response{500, "text/plain", {}, ""};
    HttpRequest passed;
    passed.method = HttpMethod::Post;
    passed.url = url_ + request.head.target;
    passed.body = request.body;
    passed.headers = {{"Authorization", std::string(request.head.header("authorization"))},
                      {"Content-Type", "application/json"},
                      {"Balans-Wallet-Session", std::string(request.head.header("balans-wallet-session"))}};
    const auto answer = HttpClient().send(passed);
    return api::Response{answer ? answer->status : 503, "application/json", {}, answer ? answer->body : ""};
  });
  const auto sent =
      wallet(Words{"send", "--wallet", line(made.out, "wallet")} + payment() + password(), forgetful.url());
  EXPECT_EQ(sent.code, 0) << sent.err;
  EXPECT_THAT(sent.out, HasSubstr("paid "));
  EXPECT_THAT(sent.err, HasSubstr("session"));
}

/// An api that has other bytes signed than those that were asked for.
class LyingApi : public WalletCommand {
 protected:
  LyingApi() {
    const auto made = made_here();
    EXPECT_EQ(made.code, 0) << made.err;
    own_ = *iota::parse_address(line(made.out, "address"));
    chain_.give(line(made.out, "address"), 2'000'000'000);
  }
  /// Forwards everything to the real one, and lies about the bytes.
  ProgramAnswer sent_through(const std::function<void(iota::Transaction&)>& change) {
    signed_.clear();
    Answering liar([&](const api::Request& request) { return forwarded(request, change); });
    return wallet(Words{"send"} + own_key() + payment() + password(), liar.url());
  }
  api::Response forwarded(const api::Request& request, const std::function<void(iota::Transaction&)>& change) {
    HttpRequest passed;
    const bool is_put = request.head.method == api::Method::Put, is_post = request.head.method == api::Method::Post;
    if (is_put) signed_ = request.body;
    passed.method = is_put ? HttpMethod::Put : is_post ? HttpMethod::Post : HttpMethod::Get;
    passed.url = url_ + request.head.target;
    passed.body = request.body;
    passed.headers = {{"Authorization", std::string(request.head.header("authorization"))}};
    const auto answer = HttpClient().send(passed);
    if (!answer) return {503, "text/plain", {}, ""};
    if (!is_post || answer->status != 201) return {answer->status, "application/json", {}, answer->body};
    auto draft = boost::json::parse(answer->body);
    auto transaction = *iota::decode_transaction(*from_base64(std::string(draft.at("bytes").as_string()), 100'000));
    change(transaction);
    draft.at("bytes") = to_base64(iota::encode(transaction));
    return {answer->status, "application/json", {}, boost::json::serialize(draft)};
  }
  iota::Payment asked() const { return {*iota::parse_address(kSomebody), 500'000'000}; }

  iota::Address own_;
  std::string signed_;  ///< what was handed in as a signature
};

TEST_F(LyingApi, GetsNoSignatureForAnythingElseThanWhatWasOrdered) {
  const auto other = *iota::parse_address("0x" + std::string(64, '8'));
  const auto pays = [](std::vector<iota::Payment> payments) {
    return [payments](iota::Transaction& transaction) { transaction.body = *iota::pay(payments); };
  };
  const std::vector<std::pair<std::function<void(iota::Transaction&)>, std::string>> lies{
      {pays({{other, 500'000'000}}), "something else than to pay"},
      {pays({{asked().to, 500'000'001}}), "something else than to pay"},
      {pays({asked(), {other, 1}}), "something else than to pay"},
      {[](iota::Transaction& transaction) { transaction.gas.budget = 50'000'001; }, "its fee may be"},
      {[&](iota::Transaction& transaction) { transaction.sender = transaction.gas.owner = other; }, "its sender is"},
      {[](iota::Transaction& transaction) { transaction.last_epoch.reset(); }, "it never expires"},
      {[this](iota::Transaction& transaction) { transaction.last_epoch = chain_.epoch() + 2; },
       "it could be executed until the end of epoch"}};
  for (const auto& [lie, what] : lies) {
    const auto refused = sent_through(lie);
    EXPECT_EQ(refused.code, 1) << what;
    EXPECT_THAT(refused.err, HasSubstr(what));
    EXPECT_EQ(signed_, "") << what;
    chain_.begin_epoch(chain_.epoch() + 2);  // the one before holds the coin until it has expired
    EXPECT_EQ(wallet(Words{"show"} + own_key()).code, 0);
  }
  const auto honest = sent_through([](iota::Transaction&) {});
  EXPECT_EQ(honest.code, 0) << honest.err;
  EXPECT_THAT(honest.err, HasSubstr("this is epoch " + std::to_string(chain_.epoch()) + "; "));
  EXPECT_THAT(honest.err, HasSubstr("until the end of epoch " + std::to_string(chain_.epoch() + 1)));
  EXPECT_NE(signed_, "");
  EXPECT_EQ(chain_.holds(kSomebody), 500'000'000U);
}

/// It keeps the first signature, says that it was lost, and wants the same payment signed again in other bytes.
TEST_F(LyingApi, GetsOneSignatureForOnePayment) {
  const Words same = Words{"send", "--id", "018f0000000000000000000000000009"} + own_key() + payment() + password();
  std::uint64_t more = 0;
  Answering liar([&](const api::Request& request) {
    auto answer = forwarded(request, [&](iota::Transaction& transaction) { transaction.gas.budget += more; });
    if (request.head.method == api::Method::Put) answer = {500, "text/plain", {}, ""};
    return answer;
  });
  more = 1;
  const auto lost = wallet(same, liar.url());
  EXPECT_EQ(lost.code, 1);
  EXPECT_NE(signed_, "");
  EXPECT_THAT(lost.err, HasSubstr("--id 018f0000000000000000000000000009"));
  const std::string first = std::exchange(signed_, "");
  more = 2;
  const auto refused = wallet(same, liar.url());
  EXPECT_EQ(refused.code, 1);
  EXPECT_EQ(signed_, "");
  EXPECT_THAT(refused.err, HasSubstr("another transaction was signed for it"));
  more = 1;
  EXPECT_EQ(wallet(same, liar.url()).code, 1);
  EXPECT_EQ(signed_, first) << "the same one again";
}

TEST_F(LyingApi, OfAnotherChainOrDeploymentGetsNone) {
  for (const char* name : {"deployment", "id"}) {
    Answering liar([&](const api::Request& request) {
      HttpRequest passed;
      passed.url = url_ + request.head.target;
      passed.headers = {{"Authorization", std::string(request.head.header("authorization"))}};
      auto home = boost::json::parse(HttpClient().send(passed)->body);
      if (name == std::string("id"))
        home.at("chain").at("id") = "00000000";
      else
        home.at(name) = std::string(64, '8');
      return api::Response{200, "application/json", {}, boost::json::serialize(home)};
    });
    const auto refused = wallet(Words{"send"} + own_key() + payment() + password(), liar.url());
    EXPECT_EQ(refused.code, 1);
    EXPECT_THAT(refused.err, HasSubstr("nothing is signed"));
  }
}

}  // namespace
}  // namespace balans::cli::test
