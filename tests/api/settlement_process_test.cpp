// The program with a wallet: its key, its nodes, and that neither holds up anything else.
#include <boost/json/parse.hpp>
#include <chrono>
#include <fstream>
#include <thread>

#include "common/io/http_client/http_client.hpp"
#include "tests/api/program.hpp"
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

}  // namespace
}  // namespace balans::api::test
