// Orders on their whole way: given over REST, streamed by the running api, taken by the controller's end, acknowledged.
#include <boost/json/parse.hpp>
#include <fstream>

#include "common/io/runtime/keys.hpp"
#include "common/io/runtime/mailbox.hpp"
#include "tests/api/program.hpp"
#include "tests/api/street.hpp"
#include "trafo/shell/downlink.hpp"

namespace balans::api::test {
namespace {

class DownlinkTest : public testing::Test {
 protected:
  DownlinkTest() {
    site.id = street.site;
    site.nodes.push_back(Node{});
    site.nodes.back().name = "feeder-1";
    site.nodes.back().parent = 0;
    std::ofstream(folder / "api.yaml") << "deployment: \"" << to_hex(street.roster.deployment.bytes)
                                       << "\"\nlisten: { host: 127.0.0.1, port: 0 }\ndatabase: balans.sqlite\nsites:\n"
                                       << "  - { id: elm-street, key: \"" << to_hex(street.site_key->public_key().bytes)
                                       << "\", agents: [] }\n";
    token = first_line_of("token add test --scope operate", folder / "api.yaml");
  }

  Program start() { return Program(folder / "api.yaml", folder / "events.jsonl"); }
  /// The key that the api has made for itself.
  PublicKey api_key() const {
    const auto signer = load_signer(folder / "api.key");
    return signer ? (*signer)->public_key() : PublicKey{};
  }
  std::unique_ptr<Downlink> downlink(std::uint16_t port) {
    auto book = OrderBook::open(folder / "orders.json", site, api_key(), street.roster.deployment);
    EXPECT_TRUE(book.ok()) << book.error().message();
    const ApiAddress address{"http://127.0.0.1:" + std::to_string(port), street.site, street.roster.deployment,
                             street.site_key.get()};
    return std::make_unique<Downlink>(*std::move(book), address, system,
                                      [this](TrafoEvent event) { mailbox.push(std::move(event), WhenFull::Keep); });
  }
  void give(std::uint16_t port, const std::string& key, const std::string& body) {
    Request request = with_token({{Method::Post, "/v1/sites/elm-street/orders", {}}, body}, token);
    request.head.headers["idempotency-key"] = key;
    const auto response = HttpClient().send(over_http(request, port));
    ASSERT_TRUE(response.ok());
    EXPECT_EQ(response->status, 201) << response->body;
    given = std::string(boost::json::parse(response->body).at("id").as_string());
  }
  void give_limit(std::uint16_t port, const std::string& key) {
    const std::string until = std::to_string((system.utc() + 3600_s).ms());
    give(port, key,
         R"({"kind":"limit","reason":"works","content":{"node":"feeder-1","max_va":10000,"until_ms":)" + until + "}}");
  }
  /// The next change of orders that the controller is told of.
  OrdersChanged next_change() {
    while (true)
      for (TrafoEvent& event : mailbox.wait_until(system, system.boot() + 60_s))
        if (auto* changed = std::get_if<OrdersChanged>(&event)) return *changed;
  }
  std::string outcome(std::uint16_t port, std::size_t index) {
    for (int tries = 0; tries < 10'000; ++tries) {
      const auto response = HttpClient().send(over_http(with_token(get("/v1/sites/elm-street/orders"), token), port));
      const auto orders = boost::json::parse(response->body).at("orders").as_array();
      if (orders.size() > index && orders[index].at("outcome").is_string())
        return std::string(orders[index].at("outcome").as_string());
    }
    return "";
  }

  Street street;
  Folder folder;
  Site site;
  SystemClock system;
  std::string token;
  std::string given;  ///< the newest order's number
  Mailbox<TrafoEvent> mailbox{1000};
};

TEST_F(DownlinkTest, AnOrderReachesTheControllerAndIsAcknowledged) {
  Program program = start();
  const std::uint16_t port = program.port();
  give_limit(port, "before");
  const auto link = downlink(port);
  OrdersChanged change = next_change();
  ASSERT_EQ(change.limits.size(), 1U) << "what waited comes with the stream";
  EXPECT_EQ(change.limits[0].node, 1U);
  EXPECT_EQ(outcome(port, 0), "applied");
  give_limit(port, "while");
  change = next_change();
  EXPECT_EQ(change.limits.size(), 2U) << change.what;
  give(port, "back", R"({"kind":"withdraw","reason":"done","content":{"order":")" + given + R"("}})");
  change = next_change();
  EXPECT_EQ(change.limits.size(), 1U) << change.what;
  give(port, "wrong",
       R"({"kind":"limit","reason":"works","content":{"node":"feeder-9","max_va":1,"until_ms":9999999999999}})");
  EXPECT_EQ(next_change().limits.size(), 1U);
  EXPECT_EQ(outcome(port, 0), "refused");
}

TEST_F(DownlinkTest, OrdersOutliveRestartsOfBothEnds) {
  {
    Program program = start();
    const std::uint16_t port = program.port();
    give_limit(port, "one");
    const auto link = downlink(port);
    next_change();
    EXPECT_EQ(outcome(port, 0), "applied");
    EXPECT_EQ(program.end(SIGKILL), -SIGKILL);
  }
  Program program = start();
  const std::uint16_t port = program.port();
  const auto book = OrderBook::open(folder / "orders.json", site, api_key(), street.roster.deployment);
  EXPECT_EQ(book->limits().size(), 1U);
  give_limit(port, "two");
  const auto link = downlink(port);
  EXPECT_EQ(next_change().limits.size(), 2U) << "the first is not sent again, and is still in force";
}

}  // namespace
}  // namespace balans::api::test
