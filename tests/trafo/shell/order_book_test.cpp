#include "trafo/shell/order_book.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

#include "common/io/http_client/event_stream.hpp"
#include "common/io/runtime/files.hpp"
#include "common/messages/json.hpp"
#include "common/messages/signed.hpp"
#include "common/messages/topics.hpp"
#include "tests/support/temp_folder.hpp"

namespace balans {
namespace {

Bytes32 seed(std::uint8_t byte) {
  Bytes32 bytes{};
  bytes.fill(byte);
  return bytes;
}

/// A site with one feeder, and an api that signs orders for it.
class OrderBookTest : public testing::Test {
 protected:
  OrderBookTest() {
    site.id = *SiteId::parse("elm-street");
    site.nodes.push_back(Node{});
    site.nodes.back().name = "feeder-1";
    site.nodes.back().parent = 0;
  }
  OrderBook book() const {
    auto opened = OrderBook::open(folder.path() / "orders.json", site, api->public_key(), deployment);
    EXPECT_TRUE(opened.ok()) << opened.error().message();
    return *std::move(opened);
  }
  std::string signed_by(const Signer& signer, const Order& order) const {
    return seal(signer, deployment, topics::order(site.id), "order", encode(order));
  }
  Order limit(std::uint64_t id, std::int64_t until_s = 100, const std::string& node = "feeder-1") const {
    LimitOrder what;
    what.node = node;
    what.max = PerPhase<Milliamps>::all(20_A);
    what.until = UnixTime(until_s * 1000);
    return {site.id, id, UnixTime(0), UnixTime(until_s * 1000), "works on the cable", what};
  }
  Order other(std::uint64_t id, Order::What what) const {
    return {site.id, id, UnixTime(0), UnixTime(100'000), "x", std::move(what)};
  }
  OrderAck ack(OrderBook& in, const Order& order, std::optional<UnixTime> now = UnixTime(1000)) const {
    const auto taken = in.take(signed_by(*api, order), now);
    EXPECT_TRUE(taken.ok()) << taken.error().message();
    return taken->ack;
  }

  /// In the file.
  std::size_t kept() const {
    return boost::json::parse(*read_small_file(folder.path() / "orders.json", 8'000'000))
        .at("in_force")
        .as_array()
        .size();
  }

  Site site;
  DeploymentId deployment{seed(9)};
  std::unique_ptr<Signer> api = make_ed25519_signer(seed(4));
  test::TempFolder folder;
};

TEST_F(OrderBookTest, ALimitBecomesARowOfItsNodeUntilItsEnd) {
  OrderBook orders = book();
  EXPECT_EQ(ack(orders, limit(1)).outcome, OrderOutcome::Applied);
  ASSERT_EQ(orders.limits().size(), 1U);
  const OutsideLimit row = orders.limits()[0];
  EXPECT_EQ(row.node, 1U);
  EXPECT_EQ(row.source, Reason::Operator);
  EXPECT_EQ(row.bound.draw, PerPhase<Milliamps>::all(20_A));
  EXPECT_EQ(row.until, UnixTime(100'000));
}

TEST_F(OrderBookTest, ALimitOfADeviceIsTakenForThatDeviceAlone) {
  site.agents.push_back(Enrolment{});
  site.agents.back().id = *AgentId::parse("charger-1");
  site.agents.back().node = 1;
  LimitOrder what;
  what.agent = site.agents.back().id;
  what.source = Reason::Credit;
  what.max = PerPhase<Milliamps>{};
  what.until = UnixTime(100'000);
  OrderBook orders = book();
  EXPECT_EQ(ack(orders, other(1, what)).outcome, OrderOutcome::Applied);
  ASSERT_EQ(orders.limits().size(), 1U);
  EXPECT_EQ(orders.limits()[0].agent, 0U);
  EXPECT_EQ(orders.limits()[0].node, 1U);
  EXPECT_EQ(orders.limits()[0].source, Reason::Credit);
  what.agent = *AgentId::parse("charger-2");
  const OrderAck stranger = ack(orders, other(2, what));
  EXPECT_EQ(stranger.outcome, OrderOutcome::Refused);
  EXPECT_EQ(stranger.why, "agent: there is no 'charger-2' here");
}

TEST_F(OrderBookTest, LimitsOfDevicesReplaceOneAnotherAndTakeNoPlaceOfANodes) {
  site.agents.push_back(Enrolment{});
  site.agents.back().id = *AgentId::parse("charger-1");
  OrderBook orders = book();
  LimitOrder what;
  what.agent = site.agents.back().id;
  what.source = Reason::Credit;
  what.max = PerPhase<Milliamps>{};
  for (std::uint64_t id = 1; id <= 2; ++id) {
    what.until = UnixTime(static_cast<std::int64_t>(100'000 * id));
    EXPECT_EQ(ack(orders, other(id, what)).outcome, OrderOutcome::Applied);
  }
  ASSERT_EQ(orders.limits().size(), 1U);
  EXPECT_EQ(orders.limits()[0].until, UnixTime(200'000));
  for (std::uint64_t id = 3; id < 3 + OrderBook::kMostLimits; ++id)
    EXPECT_EQ(ack(orders, limit(id)).outcome, OrderOutcome::Applied);
  EXPECT_EQ(ack(orders, limit(900)).outcome, OrderOutcome::Refused);
}

TEST_F(OrderBookTest, ALimitNamesANodeOrADevice) {
  const std::string rest = R"("max_ma":[0,0,0],"until_ms":1})";
  EXPECT_EQ(decode_order_content("limit", R"({"node":"a","agent":"b","source":"credit",)" + rest).error().message(),
            "/node: unexpected beside agent; expected one of them");
  EXPECT_EQ(decode_order_content("limit", R"({"agent":"b","source":"dso",)" + rest).error().message(),
            "/source: expected 'operator' or 'credit'");
  EXPECT_FALSE(decode_order_content("limit", R"({"agent":"b",)" + rest));
  EXPECT_TRUE(decode_order_content("limit", R"({"agent":"b","source":"credit",)" + rest));
}

TEST_F(OrderBookTest, WhatIsInForceOutlivesARestart) {
  {
    OrderBook orders = book();
    ack(orders, limit(1));
    ack(orders, limit(2, 50));
    ack(orders, other(3, TariffOrder{{"EUR", {{UnixTime(0), 250'000}}, UnixTime(90'000)}}));
  }
  OrderBook again = book();
  EXPECT_EQ(again.limits().size(), 2U);
  ASSERT_TRUE(again.tariff());
  EXPECT_EQ(again.tariff()->prices.steps[0].per_kwh, 250'000);
  EXPECT_EQ(ack(again, limit(1)).outcome, OrderOutcome::Applied) << "sent again because the ack was lost";
  EXPECT_EQ(again.limits().size(), 2U);
}

TEST_F(OrderBookTest, AnOlderOrderThatComesLateIsOutdated) {
  OrderBook orders = book();
  ack(orders, limit(5));
  EXPECT_EQ(ack(orders, limit(4)).outcome, OrderOutcome::Outdated);
  EXPECT_EQ(orders.limits().size(), 1U);
}

TEST_F(OrderBookTest, AnotherOrderUnderANumberThatWasHandledIsNotTakenForIt) {
  OrderBook orders = book();
  ack(orders, limit(1));
  EXPECT_EQ(ack(orders, limit(1, 90)).outcome, OrderOutcome::Outdated);
  EXPECT_EQ(orders.limits()[0].until, UnixTime(100'000));
}

TEST_F(OrderBookTest, WhatCannotBeKeptIsNotTakenAndIsTakenLater) {
  const auto elsewhere = folder.path() / "gone";
  std::filesystem::create_directory(elsewhere);
  auto opened = OrderBook::open(elsewhere / "orders.json", site, api->public_key(), deployment);
  ASSERT_TRUE(opened.ok());
  OrderBook orders = *std::move(opened);
  std::filesystem::remove(elsewhere);
  for (int tries = 0; tries < 2; ++tries) {
    EXPECT_FALSE(orders.take(signed_by(*api, limit(1)), UnixTime(1000)).ok());
    EXPECT_TRUE(orders.missed_one());
    EXPECT_TRUE(orders.limits().empty());
  }
  std::filesystem::create_directory(elsewhere);
  EXPECT_EQ(ack(orders, limit(1)).outcome, OrderOutcome::Applied);
  EXPECT_FALSE(orders.missed_one());
}

TEST_F(OrderBookTest, AWithdrawnLimitStaysWithdrawnOverRestartsAndReplays) {
  {
    OrderBook orders = book();
    ack(orders, limit(1));
    ack(orders, other(2, WithdrawOrder{1}));
    EXPECT_TRUE(orders.limits().empty());
    ack(orders, limit(1));
    EXPECT_TRUE(orders.limits().empty()) << "a replay changes nothing";
  }
  EXPECT_TRUE(book().limits().empty());
}

TEST_F(OrderBookTest, AnOrderThatComesTooLateIsNotTaken) {
  OrderBook orders = book();
  EXPECT_EQ(ack(orders, limit(1), UnixTime(100'000)).outcome, OrderOutcome::Expired);
  EXPECT_TRUE(orders.limits().empty());
  EXPECT_EQ(ack(orders, limit(2), std::nullopt).outcome, OrderOutcome::Applied) << "without a clock it holds";
}

TEST_F(OrderBookTest, ANodeThatIsNotThereIsRefusedWithAHint) {
  OrderBook orders = book();
  const OrderAck refused = ack(orders, limit(1, 100, "feeder-2"));
  EXPECT_EQ(refused.outcome, OrderOutcome::Refused);
  EXPECT_NE(refused.why.find("did you mean feeder-1"), std::string::npos) << refused.why;
}

TEST_F(OrderBookTest, NothingIsTakenThatThePinnedKeyHasNotSignedForThisSite) {
  OrderBook orders = book();
  const auto stranger = make_ed25519_signer(seed(5));
  EXPECT_FALSE(orders.take(signed_by(*stranger, limit(1)), UnixTime(0)).ok());
  Order elsewhere = limit(1);
  elsewhere.site = *SiteId::parse("oak-street");
  EXPECT_FALSE(orders.take(signed_by(*api, elsewhere), UnixTime(0)).ok());
  EXPECT_FALSE(orders.take("noise", UnixTime(0)).ok());
  EXPECT_TRUE(orders.limits().empty());
}

TEST_F(OrderBookTest, AFileThatWasTamperedWithIsAnError) {
  OrderBook orders = book();
  ack(orders, limit(1));
  const auto path = folder.path() / "orders.json";
  std::string text = *read_small_file(path);
  text.replace(text.find("20000"), 5, "90000");
  ASSERT_TRUE(replace_file(path, text, FileMode::Private).ok());
  EXPECT_FALSE(OrderBook::open(path, site, api->public_key(), deployment).ok());
}

TEST_F(OrderBookTest, WhatIsInForceStaysSoUnderANewKeyOfTheApi) {
  {
    OrderBook orders = book();
    ack(orders, limit(1));
  }
  api = make_ed25519_signer(seed(6));
  OrderBook orders = book();
  EXPECT_EQ(orders.limits().size(), 1U);
  EXPECT_EQ(ack(orders, limit(2)).outcome, OrderOutcome::Applied);
  EXPECT_EQ(book().limits().size(), 2U);
}

TEST_F(OrderBookTest, ALimitOfANodeThatIsGoneIsToldAndKeptUntilItIsBack) {
  {
    OrderBook orders = book();
    ack(orders, limit(1));
    ack(orders, limit(2, 100, "transformer"));
  }
  site.nodes[1].name = "feeder-9";
  {
    OrderBook orders = book();
    EXPECT_EQ(orders.limits().size(), 1U);
    ASSERT_EQ(orders.not_in_force().size(), 1U);
    EXPECT_NE(orders.not_in_force()[0].find("feeder-1"), std::string::npos) << orders.not_in_force()[0];
    ack(orders, limit(3, 100, "transformer"));
  }
  site.nodes[1].name = "feeder-1";
  EXPECT_EQ(book().limits().size(), 3U);
}

TEST_F(OrderBookTest, WhatHasEndedIsNotKeptThoughItsNodeIsGone) {
  {
    OrderBook orders = book();
    ack(orders, limit(1));
    ack(orders, limit(2, 300));
    ack(orders, other(3, TariffOrder{{"EUR", {{UnixTime(0), 250'000}}, UnixTime(90'000)}}));
  }
  EXPECT_EQ(kept(), 3U);
  site.nodes[1].name = "feeder-9";
  {
    OrderBook orders = book();
    EXPECT_TRUE(orders.tariff());
    ack(orders, limit(4, 400, "transformer"), UnixTime(100'000));
    EXPECT_FALSE(orders.tariff());
  }
  EXPECT_EQ(kept(), 2U);
  site.nodes[1].name = "feeder-1";
  EXPECT_EQ(book().limits().size(), 2U) << "the second and the last";
}

TEST_F(OrderBookTest, OfTooManyTheOldestAreDroppedAndTheOthersAreInForce) {
  constexpr std::size_t kOrphans = 2000, kMost = 400 + 2 * static_cast<std::size_t>(defaults::kMaxAgents);
  json::Writer w;
  w.begin_object().key("through").number(kOrphans + 2).key("handled").begin_array().end_array();
  w.key("in_force").begin_array().string(signed_by(*api, limit(1)));
  for (std::uint64_t id = 2; id < kOrphans + 2; ++id) w.string(signed_by(*api, limit(id, 100, "gone")));
  w.string(signed_by(*api, limit(kOrphans + 2)));
  ASSERT_TRUE(replace_file(folder.path() / "orders.json", w.end_array().end_object().take(), FileMode::Private).ok());
  OrderBook orders = book();
  EXPECT_EQ(orders.limits().size(), 2U) << "the first one and the last";
  EXPECT_EQ(orders.not_in_force().back(),
            "the " + std::to_string(kOrphans + 2 - kMost) + " oldest of these are dropped");
  ack(orders, limit(kOrphans + 3));
  EXPECT_EQ(kept(), kMost);
  EXPECT_EQ(book().limits().size(), 3U);
}

TEST_F(OrderBookTest, ALimitThatIsWithdrawnWhileItsNodeIsGoneDoesNotComeBackWithIt) {
  {
    OrderBook orders = book();
    ack(orders, limit(1));
  }
  site.nodes[1].name = "feeder-9";
  {
    OrderBook orders = book();
    ack(orders, other(2, WithdrawOrder{1}));
  }
  site.nodes[1].name = "feeder-1";
  EXPECT_TRUE(book().limits().empty());
}

TEST_F(OrderBookTest, ANumberFromFarAheadMakesNoOtherOutdated) {
  OrderBook orders = book();
  EXPECT_EQ(ack(orders, limit(200'000'000)).outcome, OrderOutcome::Refused);
  EXPECT_EQ(ack(orders, limit(1)).outcome, OrderOutcome::Applied);
}

TEST_F(OrderBookTest, WhatIsNotTheApisIsNotAskedForAgain) {
  std::filesystem::create_directory(folder.path() / "full");
  auto opened = OrderBook::open(folder.path() / "full/orders.json", site, api->public_key(), deployment);
  ASSERT_TRUE(opened.ok());
  std::filesystem::remove(folder.path() / "full");
  EXPECT_FALSE(opened->take(signed_by(*api, limit(1)), UnixTime(1000)));
  EXPECT_TRUE(opened->missed_one());
  EXPECT_FALSE(opened->take("noise", UnixTime(1000)));
  EXPECT_FALSE(opened->missed_one());
}

TEST(EventStreamReader, PutsPiecesTogether) {
  std::vector<ServerEvent> events;
  EventStreamReader reader([&](const ServerEvent& event) { events.push_back(event); });
  const std::string stream =
      ": hello\nretry: 2000\n\nid: 7\nevent: order\ndata: one\ndata: two\r\n\nevent: empty\n\ndata: three\n\n";
  for (const char c : stream) reader.take({&c, 1});
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0].name, "order");
  EXPECT_EQ(events[0].data, "one\ntwo");
  EXPECT_EQ(events[0].id, "7");
  EXPECT_EQ(events[1].name, "message");
  EXPECT_EQ(events[1].data, "three");
}

TEST(EventStreamReader, DropsWhatIsTooLargeAndGoesOn) {
  std::vector<ServerEvent> events;
  EventStreamReader reader([&](const ServerEvent& event) { events.push_back(event); });
  reader.take("data: ");
  for (int i = 0; i < 3; ++i) reader.take(std::string(500'000, 'x'));
  reader.take("\n\ndata: small\n\n");
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].data, "small");
}

}  // namespace
}  // namespace balans
