// What sites tell becomes events, sessions and the numbers of days; and orders find their way.
#include <boost/json/parse.hpp>

#include "api/core/day_numbers.hpp"
#include "api/core/session_watch.hpp"
#include "common/messages/signed.hpp"
#include "common/messages/topics.hpp"
#include "tests/api/street.hpp"

namespace balans::api::test {
namespace {

constexpr std::int64_t kNoon = 1'554'292'800'000;

class History : public testing::Test {
 protected:
  TrafoState state(std::int64_t second) {
    TrafoState s = street.full_state();
    s.at = UnixTime(kNoon + second * 1000);
    s.alarms.clear();
    return s;
  }
  boost::json::value asked(const std::string& target) {
    const Response response = api.ask(get(target));
    EXPECT_EQ(response.status, 200) << response.body;
    return boost::json::parse(response.body);
  }
  /// What is gathered is written.
  void write() {
    api.history.beat();
    api.clock.now = api.clock.now + 61_s;
    api.history.beat();
  }

  const Street street;
  Api api{street};
};

TEST_F(History, ToldEventsCanBeAskedFor) {
  TrafoState s = state(0);
  api.ask(street.post_state(s));
  s = state(1);
  s.alarms = {"main meter: frozen"};
  s.devices[0].stuck = true;
  api.ask(street.post_state(s));
  write();
  const auto events = asked("/v1/sites/elm-street/events").at("events").as_array();
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(asked("/v1/sites/elm-street/events?kind=alarm-raised").at("events").at(0).at("detail"),
            "main meter: frozen");
  const auto page = asked("/v1/sites/elm-street/events?limit=1");
  const auto next = asked("/v1/sites/elm-street/events?limit=1&before=" + std::string(page.at("next").as_string()));
  EXPECT_NE(page.at("events").at(0), next.at("events").at(0));
}

TEST_F(History, ASessionHasItsEnergyAndTheTimeItWasHeldBack) {
  TrafoState s = state(0);
  s.devices[0].vehicle = VehicleState::C;
  s.devices[0].energy = 1000_Wh;
  s.devices[0].ask.draw = PerPhase<Milliamps>::all(32_A);
  api.ask(street.post_state(s));
  for (int second = 1; second <= 10; ++second) {
    s.at = UnixTime(kNoon + second * 1000);
    s.devices[0].energy = 1000_Wh + WattHours(second * 10);
    api.ask(street.post_state(s));
  }
  write();
  EXPECT_TRUE(asked("/v1/sites/elm-street/sessions").at("sessions").at(0).at("departed").is_null());
  s.at = UnixTime(kNoon + 11'000);
  s.devices[0].vehicle = VehicleState::A;
  api.ask(street.post_state(s));
  write();
  const auto sessions = asked("/v1/sites/elm-street/sessions").at("sessions").as_array();
  ASSERT_EQ(sessions.size(), 1U);
  EXPECT_EQ(sessions[0].at("energy_wh"), 100);
  EXPECT_EQ(sessions[0].at("limited_s"), 10);
  EXPECT_EQ(sessions[0].at("departed"), "2019-04-03T12:00:11.000Z");
}

TEST_F(History, TheNumbersOfADayAddUp) {
  TrafoState s = state(0);
  s.nodes[0].load = PerPhase<Milliamps>::all(120_A);  // above 108 A
  api.ask(street.post_state(s));
  for (int second = 1; second <= 5; ++second) {
    s.at = UnixTime(kNoon + second * 1000);
    s.devices[0].energy = *s.devices[0].energy + 3_Wh;
    api.ask(street.post_state(s));
    if (second == 3) write();
  }
  write();
  const auto day =
      asked("/v1/sites/elm-street/days?from=2019-04-03T00:00:00Z&to=2019-04-04T00:00:00Z").at("days").at(0);
  EXPECT_EQ(day.at("heard_s"), 5);
  EXPECT_EQ(day.at("overload_s"), 5);
  EXPECT_EQ(day.at("delivered_wh"), 15);
  EXPECT_EQ(day.at("hot_spot_mdeg"), 98'300);
}

TEST_F(History, AnOrderWaitsSignedUntilItsSiteHasAcknowledgedIt) {
  Request wish = with_token({{Method::Post, "/v1/sites/elm-street/orders", {}},
                             R"({"kind":"limit","reason":"works on the cable","content":)"
                             R"({"node":"transformer","max_ma":[50000,50000,50000],"until_ms":1554400000000}})"},
                            api.all_powers);
  wish.head.headers["idempotency-key"] = "o1";
  ASSERT_EQ(api.ask(wish).status, 201);
  ASSERT_EQ(api.sink.published.size(), 1U);
  EXPECT_EQ(api.sink.published[0].first, "orders/elm-street");
  const std::string at = std::to_string(api.clock.utc().ms());
  Request listen = street.post("/v1/sites/elm-street/orders/stream?at_ms=" + at, "");
  listen.head.method = Method::Get;
  const auto text = signed_text("http", street.roster.deployment, "GET " + listen.head.target, "");
  listen.head.headers["balans-signature"] = to_hex(street.site_key->sign(text).bytes);
  const auto stream = std::get<EventStream>(api.answer_to(listen));
  ASSERT_EQ(stream.first.size(), 1U);
  const std::string event = *stream.first[0];
  const std::string envelope = event.substr(event.find("data: ") + 6, event.size() - event.find("data: ") - 8);
  const auto body =
      open(envelope, "order", street.api_key->public_key(), street.roster.deployment, topics::order(street.site));
  ASSERT_TRUE(body.ok()) << body.error().message();
  EXPECT_EQ(decode_order(*body)->reason, "works on the cable");
  const std::string ack = "/v1/sites/elm-street/orders/" + std::to_string(decode_order(*body)->id) + "/ack";
  EXPECT_EQ(api.ask(street.post(ack, R"({"outcome":"applied","why":""})")).status, 204);
  EXPECT_TRUE(std::get<EventStream>(api.answer_to(listen)).first.empty());
  EXPECT_EQ(asked("/v1/sites/elm-street/orders").at("orders").at(0).at("outcome"), "applied");
}

TEST_F(History, AStreamOfOrdersThatWasCopiedIsSoonWorthless) {
  const std::string at = std::to_string(api.clock.utc().ms() - 601'000);
  Request listen{{Method::Get, "/v1/sites/elm-street/orders/stream?at_ms=" + at, {}}, ""};
  const auto text = signed_text("http", street.roster.deployment, "GET " + listen.head.target, "");
  listen.head.headers["balans-key"] = to_hex(street.site_key->public_key().bytes);
  listen.head.headers["balans-signature"] = to_hex(street.site_key->sign(text).bytes);
  EXPECT_EQ(api.ask_as_is(listen).status, 400);
}

TEST_F(History, AnOrderThatMakesNoSenseIsRefusedWithItsPlace) {
  Request wish = with_token({{Method::Post, "/v1/sites/elm-street/orders", {}}, ""}, api.all_powers);
  wish.head.headers["idempotency-key"] = "o1";
  const auto place = [&](const char* body) {
    wish.body = body;
    const Response refused = api.ask(wish);
    EXPECT_EQ(refused.status, 400) << body;
    return std::string(boost::json::parse(refused.body).at("errors").at(0).at("pointer").as_string());
  };
  EXPECT_EQ(place(R"({"kind":"limit","reason":"","content":{}})"), "/reason");
  EXPECT_EQ(place(R"({"kind":"song","reason":"x","content":{}})"), "/kind");
  EXPECT_EQ(place(R"({"kind":"limit","reason":"x","content":{"node":"a","max_va":1}})"), "/content/until_ms");
  EXPECT_EQ(place(R"({"kind":"withdraw","reason":"x","content":{"order":"3"}})"), "/content/order");
  // It may have been given after the backup from which this database was restored, and be in force there.
  const std::string lost = std::to_string(api.clock.utc().ms() - 3'600'000);
  wish.body = R"({"kind":"withdraw","reason":"x","content":{"order":")" + lost + R"("}})";
  EXPECT_EQ(api.ask(wish).status, 201);
}

}  // namespace
}  // namespace balans::api::test
