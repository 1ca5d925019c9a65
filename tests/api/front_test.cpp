// What every request and answer gets: ids, tags, gzip, origins, counts; and writes that are sent again.
#include <boost/json/parse.hpp>
#include <fstream>

#include "api/http/compression.hpp"
#include "tests/api/street.hpp"

namespace balans::api::test {
namespace {

class FrontTest : public testing::Test {
 protected:
  static std::string header(const Response& response, std::string_view name) {
    for (const auto& [known, value] : response.headers)
      if (known == name) return value;
    return "";
  }
  Request order(const std::string& key, const std::string& body) {
    Request request = with_token({{Method::Post, "/v1/sites/elm-street/orders", {}}, body}, api.all_powers);
    request.head.headers["idempotency-key"] = key;
    return request;
  }
  static std::int64_t number_of(const Response& order) {
    EXPECT_EQ(order.status, 201) << order.body;
    return std::stoll(std::string(boost::json::parse(order.body).at("id").as_string()));
  }

  const Street street;
  Api api{street};
};

TEST_F(FrontTest, AnswersCarryTheRequestsIdOrAFreshOne) {
  Request request = get("/healthz");
  EXPECT_EQ(header(api.ask(request), "X-Request-Id").size(), 16U);
  request.head.headers["x-request-id"] = "seen-by-the-proxy_7";
  EXPECT_EQ(header(api.ask(request), "X-Request-Id"), "seen-by-the-proxy_7");
  request.head.headers["x-request-id"] = "two\r\nlines";
  EXPECT_EQ(header(api.ask(request), "X-Request-Id").size(), 16U);
}

TEST_F(FrontTest, WhatIsTheSameIsOnlySaidToBe) {
  const Response first = api.ask(get("/v1/sites"));
  Request again = get("/v1/sites");
  again.head.headers["if-none-match"] = "\"x\", W/" + header(first, "ETag");
  EXPECT_EQ(api.ask(again).status, 304);
  EXPECT_EQ(api.ask(again).body, "");
  api.ask(street.post_state(street.state(1000)));
  EXPECT_EQ(api.ask(again).status, 200);
}

TEST_F(FrontTest, LargeAnswersArePackedForWhoTakesThat) {
  Request request = get("/page.js");
  const std::string plain = api.ask(request).body;
  request.head.headers["accept-encoding"] = "br, gzip;q=0.5";
  const Response packed = api.ask(request);
  EXPECT_EQ(header(packed, "Content-Encoding"), "gzip");
  EXPECT_LT(packed.body.size(), plain.size() / 2);
  EXPECT_EQ(*gunzip(packed.body, 1'000'000), plain);
  request.head.headers["accept-encoding"] = "gzip;q=0, br";
  EXPECT_EQ(api.ask(request).body, plain);
}

TEST_F(FrontTest, BodiesMayBePackedAndAreBoundedUnpacked) {
  Request state = street.post_state(street.state(1000));
  state.body = gzip(state.body);
  state.head.headers["content-encoding"] = "gzip";
  EXPECT_EQ(api.ask(state).status, 204);
  state.body = gzip(std::string(50'000'000, ' '));
  EXPECT_LT(state.body.size(), 500'000U);
  EXPECT_EQ(api.ask(state).status, 413);
  state.body = "not gzip";
  EXPECT_EQ(api.ask(state).status, 400);
  state.head.headers["content-encoding"] = "br";
  EXPECT_EQ(api.ask(state).status, 415);
  Request page = get("/page.js");
  page.head.headers["content-encoding"] = "br";
  EXPECT_EQ(api.ask(page).status, 200) << "there is no body to unpack";
}

TEST_F(FrontTest, PagesElsewhereMayReadOnlyWhereTheyAreListed) {
  Request request = get("/v1/sites");
  request.head.headers["origin"] = "https://screens.example";
  EXPECT_EQ(header(api.ask(request), "Access-Control-Allow-Origin"), "https://screens.example");
  request.head.headers["origin"] = "https://elsewhere.example";
  EXPECT_EQ(header(api.ask(request), "Access-Control-Allow-Origin"), "");
  Request before{{Method::Options, "/v1/sites", {}}, ""};
  before.head.headers = {{"origin", "https://screens.example"}, {"access-control-request-method", "GET"}};
  const Response allowed = api.ask_as_is(before);
  EXPECT_EQ(allowed.status, 204);
  EXPECT_NE(header(allowed, "Access-Control-Allow-Headers").find("Authorization"), std::string::npos);
  EXPECT_EQ(header(allowed, "Access-Control-Allow-Credentials"), "");
}

TEST_F(FrontTest, WhatIsSentAgainIsDoneOnceAndAnsweredTheSame) {
  const std::string body =
      R"({"kind":"limit","reason":"works","content":{"node":"transformer","max_va":1000,"until_ms":9999999999999}})";
  const Response first = api.ask(order("k1", body));
  ASSERT_EQ(first.status, 201) << first.body;
  EXPECT_EQ(api.ask(order("k1", body)).body, first.body);
  EXPECT_EQ(api.ask(order("k1", body + " ")).status, 422);
  const auto page = boost::json::parse(api.ask(get("/v1/sites/elm-street/orders")).body);
  EXPECT_EQ(page.at("orders").as_array().size(), 1U);
  EXPECT_GT(number_of(api.ask(order("k2", body))), number_of(first));
}

TEST_F(FrontTest, ARestoredDatabaseGivesNoOrderANumberThatTheSiteHasHad) {
  const std::string body =
      R"({"kind":"limit","reason":"works","content":{"node":"transformer","max_va":1000,"until_ms":9999999999999}})";
  const std::int64_t lost = number_of(api.ask(order("k1", body)));
  Api restored{street};
  restored.clock.now = BootTime(1000);
  Request next = with_token(order("k2", body), restored.all_powers);
  EXPECT_GT(number_of(restored.ask(next)), lost);
}

TEST_F(FrontTest, WhatWasRefusedIsNotKept) {
  EXPECT_EQ(api.ask(order("k1", "{}")).status, 400);
  EXPECT_EQ(api.ask(order("k1", R"({"kind":"withdraw","reason":"x","content":{"order":"7"}})")).status, 400);
}

TEST_F(FrontTest, AFullQueueIsSaidWithATimeToComeAgain) {
  api.work.is_full = true;
  const Response busy = api.ask(get("/v1/readings"));
  EXPECT_EQ(busy.status, 503);
  EXPECT_NE(header(busy, "Retry-After"), "");
  const Response readings = api.ask(street.post_readings("k", {street.sealed(street.batch(street.charger, 1, 1))}));
  EXPECT_EQ(readings.status, 503);
  EXPECT_NE(header(readings, "Retry-After"), "");
}

TEST_F(FrontTest, ReadingsAreCountedByWhatBecameOfThem) {
  const std::string batch = street.sealed(street.batch(street.charger, 1, 3));
  api.ask(street.post_readings("k1", {batch}));
  api.ask(street.post_readings("k1", {batch}));
  api.ask(street.post_readings("k2", {batch, street.sealed(street.batch(street.charger, 4, 4), *street.boiler_key)}));
  const std::string text = api.ask(get("/metrics")).body;
  EXPECT_NE(text.find("balans_readings_total{outcome=\"accepted\"} 3\n"), std::string::npos) << text;
  EXPECT_NE(text.find("balans_readings_total{outcome=\"duplicate\"} 3\n"), std::string::npos) << text;
  EXPECT_NE(text.find("balans_batches_refused_total 1\n"), std::string::npos) << text;
}

TEST_F(FrontTest, WhoCausesProblemsCannotWashTheLogOut) {
  const auto lines_with = [&](const std::string& text) {
    std::ifstream log(api.folder / "events.jsonl");
    int count = 0;
    for (std::string line; std::getline(log, line);)
      if (line.find(text) != std::string::npos) ++count;
    return count;
  };
  for (int i = 0; i < 1000; ++i) api.ask(get("/nowhere"));
  EXPECT_EQ(lines_with("\"status\":404"), 600);
  api.clock.now = BootTime(60'000);
  api.ask(get("/nowhere"));
  EXPECT_EQ(lines_with("\"status\":404"), 601);
  EXPECT_EQ(lines_with("\"problems-unlogged\""), 1);
}

TEST_F(FrontTest, RequestsAreCountedByRouteAndNotBySite) {
  api.ask(get("/v1/sites/elm-street/devices"));
  const std::string text = api.ask(get("/metrics")).body;
  EXPECT_NE(text.find(R"(balans_http_requests_total{route="/v1/sites/{site}/devices",method="GET",status="200"} 1)"),
            std::string::npos)
      << text;
  EXPECT_EQ(text.find("elm-street"), std::string::npos);
  EXPECT_NE(text.find("# TYPE balans_http_request_duration_seconds histogram"), std::string::npos);
}

}  // namespace
}  // namespace balans::api::test
