// The program with a wallet: its key, its nodes, and that neither holds up anything else.
#include <boost/json/parse.hpp>
#include <chrono>
#include <fstream>
#include <thread>

#include "api/app/journal.hpp"
#include "api/app/settlement_requests.hpp"
#include "common/io/http_client/http_client.hpp"
#include "tests/api/program.hpp"
#include "tests/api/settlements.hpp"
#include "tests/api/street.hpp"
#include "tests/api/wire.hpp"
#include "tests/common/io/http_client/one_shot_server.hpp"

namespace balans::api::test {
namespace {

class WalletProgram : public testing::Test {
 protected:
  std::filesystem::path write_config(const std::string& endpoint) const {
    std::ofstream(folder / "api.yaml")
        << "deployment: \"" << std::string(64, 'a') << "\"\nlisten: { host: 127.0.0.1, port: 0 }\n"
        << "database: balans.sqlite\nsites: []\nsettlement:\n  iota:\n    endpoints: [ \"" << endpoint << "\" ]\n"
        << "    chain: \"09090909\"\n    genesis: \"cGfHiC6Kgg3FpFZvgwGcswsCRtp4aBP2fzuXRQPizuN\"\n"
        << "    key: iota.key\n    threshold: 1000000000\n    cap: 5000000000\n    daily_limit: 2000000000\n"
        << "    approve_above: 1000000000\n    round_s: 1\n";
    return folder / "api.yaml";
  }
  /// Waits for an event, and gives the last line of it.
  [[nodiscard]] std::string event(const std::string& name) const {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    std::string found;
    while (found.empty() && std::chrono::steady_clock::now() < until) {
      std::ifstream file(folder / "events.jsonl");
      for (std::string line; std::getline(file, line);)
        if (line.find("\"event\":\"" + name + "\"") != std::string::npos) found = line;
      std::this_thread::yield();
    }
    EXPECT_FALSE(found.empty()) << name;
    return found;
  }

  /// All that `balans-api ledger WORDS` says, errors too.
  [[nodiscard]] std::string said(const std::string& words) const {
    const std::string command =
        std::string(BALANS_API) + " ledger " + words + " --config " + (folder / "api.yaml").string() + " 2>&1";
    FILE* output = popen(command.c_str(), "r");
    std::string text;
    for (int c = fgetc(output); c != EOF; c = fgetc(output)) text += static_cast<char>(c);
    pclose(output);
    return text;
  }

  const Folder folder;
};

TEST_F(WalletProgram, ASilentNodeHoldsUpNeitherRequestsNorTheEnd) {
  const balans::test::OneShotServer node({""});  // it takes questions, and never answers
  write_config(node.url());
  const std::string token = first_line_of("token add test --scope read", folder / "api.yaml");
  Program program(folder / "api.yaml", folder / "events.jsonl");
  const std::uint16_t port = program.port();
  while (node.requests().empty()) std::this_thread::yield();
  const auto wallet = HttpClient().send(over_http(with_token(get("/v1/hot-wallet"), token), port));
  ASSERT_TRUE(wallet.ok());
  EXPECT_EQ(wallet->status, 200) << wallet->body;
  const auto asked_to_end = std::chrono::steady_clock::now();
  EXPECT_EQ(program.end(SIGTERM), 0);
  // Left alone the question would take its ten seconds.
  EXPECT_LT(std::chrono::steady_clock::now() - asked_to_end, std::chrono::seconds(4));
}

TEST_F(WalletProgram, MakesItsKeyOnceAndSaysWhatIsWrongWithTheNode) {
  const balans::test::OneShotServer node({balans::test::answer("503 Busy", "", "later")});
  write_config(node.url());
  std::string first;
  for (int i = 0; i < 2; ++i) {
    Program program(folder / "api.yaml", folder / "events.jsonl");
    program.port();
    const auto said = boost::json::parse(event("hot-wallet"));
    const std::string address(said.at("address").as_string());
    EXPECT_EQ(address.size(), 66U);
    EXPECT_NE(event("settlement-fails").find("answered 503"), std::string::npos);
    if (i == 0) first = address;
    EXPECT_EQ(address, first) << "the same after a restart";
    EXPECT_EQ(program.end(SIGTERM), 0);
  }
  using std::filesystem::perms;
  EXPECT_EQ(std::filesystem::status(folder / "iota.key").permissions(), perms::owner_read | perms::owner_write);
}

TEST_F(WalletProgram, AKeyThatHasGoneIsNotReplacedAndTheRestIsServed) {
  write_config("https://api.example");
  const std::string token = first_line_of("token add test --scope read", folder / "api.yaml");
  {
    const auto store = *open_store(folder / "balans.sqlite");
    LedgerCursor cursor{*settlement::ChainName::parse("iota"), {{}, {"09090909", "x"}}, "", std::nullopt, "0xours"};
    cursor.pin.deployment.bytes.fill(0xaa);
    ASSERT_TRUE(store->transaction([&] { return store->settlements().put_cursor(cursor); }));
  }
  Program program(folder / "api.yaml", folder / "events.jsonl");
  const std::uint16_t port = program.port();
  const auto said = boost::json::parse(event("hot-wallet-missing"));
  EXPECT_EQ(std::filesystem::path(std::string(said.at("file").as_string())).filename(), "iota.key");
  EXPECT_EQ(said.at("address").as_string(), "0xours");
  const auto sites = HttpClient().send(over_http(with_token(get("/v1/sites"), token), port));
  ASSERT_TRUE(sites.ok());
  EXPECT_EQ(sites->status, 200) << sites->body;
  EXPECT_EQ(program.end(SIGTERM), 0);
  EXPECT_FALSE(std::filesystem::exists(folder / "iota.key"));
}

TEST_F(WalletProgram, SettlementsAreListedApprovedAndTakenBackAtTheMachine) {
  write_config("https://api.example");
  SettlementTerms terms{some_books(), {"09090909", "x"}, some_rules()};
  terms.books.deployment.bytes.fill(0xaa);
  terms.rules.daily_limit = units(2'000'000'000);
  {
    const auto store = *open_store(folder / "balans.sqlite");
    journal::Batch batch = settlement::opening(terms.books);
    batch.accounts.push_back(unbounded(1, trade::Asset::Iota));
    ASSERT_TRUE(post_transfers(*store, {&batch, 1}, kMonday)->front().all_there());
    const PayoutRequest request{id(500), id(1), "0x" + std::string(64, 'b'), units(1'500'000'000), "ada"};
    ASSERT_TRUE(request_payout(*store, terms, request, kMonday));
  }
  const std::string name = to_text(id(500));
  EXPECT_NE(said("settlements --state open").find("1.500000000 IOTA  payouts 1  attempts 0  waits for approval"),
            std::string::npos)
      << said("settlements");
  EXPECT_NE(said("approve " + name + " --by ada").find("another person"), std::string::npos);
  EXPECT_NE(said("approve " + name + " --by bob").find("attempts 0"), std::string::npos);
  EXPECT_EQ(said("settlement " + name).find("waits"), std::string::npos);
  const auto shown = boost::json::parse(said("settlement " + name + " --json"));
  EXPECT_EQ(shown.at("approved_by").as_string(), "bob");
  EXPECT_NE(said("withdraw " + name + " --by ada").find("given-up"), std::string::npos);
  EXPECT_EQ(said("settlements --state open"), "");
  EXPECT_NE(said("settlement " + to_text(id(501))).find("is no settlement"), std::string::npos);
}

}  // namespace
}  // namespace balans::api::test
