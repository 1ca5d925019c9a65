// Routes through plain requests, without sockets.
#include <boost/json/parse.hpp>

#include "api/core/limits.hpp"
#include "tests/api/street.hpp"

namespace balans::api::test {
namespace {

class Routes : public testing::Test {
 protected:
  Street street;
  Api api{street};
  std::string first = street.sealed(street.batch(street.charger, 1, 3));
};

std::string answer(int accepted, int duplicate) {
  return "{\"accepted\":" + std::to_string(accepted) + ",\"corrected\":0,\"duplicate\":" + std::to_string(duplicate) +
         ",\"refused\":[],\"refused_rows\":[],\"refused_row_count\":0}";
}

boost::json::value parsed(const Response& response) { return boost::json::parse(response.body); }

std::string header(const Response& response, std::string_view name) {
  for (const auto& [known, value] : response.headers)
    if (known == name) return value;
  return "";
}

std::string flaw(const Response& response, const char* member) {
  const auto body = parsed(response);
  const auto& error = body.at("errors").at(0).as_object();
  return error.contains(member) ? error.at(member).as_string().c_str() : "";
}

std::vector<std::int64_t> numbers(const Response& response) {
  std::vector<std::int64_t> seqs;
  const auto body = parsed(response);
  for (const auto& reading : body.at("readings").as_array()) seqs.push_back(reading.at("seq").as_int64());
  return seqs;
}

TEST_F(Routes, CountWhatTheyStored) {
  EXPECT_EQ(api.ingested(street.post_readings("k1", {first})), answer(3, 0));
  const Response page = api.ask(get("/v1/readings?site=elm-street&agent=charger-1"));
  EXPECT_EQ(numbers(page), (std::vector<std::int64_t>{1, 2, 3}));
  EXPECT_TRUE(parsed(page).at("next").is_null());
}

TEST_F(Routes, GiveAReadingBackAsItCame) {
  api.ingested(street.post_readings("k1", {street.sealed(street.batch(street.charger, 1, 1))}));
  EXPECT_EQ(
      api.ask(get("/v1/readings")).body,
      R"({"readings":[{"site":"elm-street","agent":"charger-1","seq":1,"version":1,"boot":"18364758544493064720",)"
      R"("at_ms":60000,"utc":"2019-04-03T14:01:00.000Z","import_wh":100,"export_wh":0,)"
      R"("mean_ma":[8000,8000,8000],"limit_ma":[10000,10000,10000],"state":"following","chain":"whole"}],)"
      R"("superseded":[],"next":null})");
}

TEST_F(Routes, GiveTheSameAnswerToTheSameKeyAndBody) {
  const std::string answer = api.ingested(street.post_readings("k1", {first}));
  EXPECT_EQ(api.ingested(street.post_readings("k1", {first})), answer);
  EXPECT_EQ(numbers(api.ask(get("/v1/readings"))).size(), 3U);
}

TEST_F(Routes, RefuseTheSameKeyWithAnotherBody) {
  api.ingested(street.post_readings("k1", {first}));
  const Response response = api.ask(street.post_readings("k1", {street.sealed(street.batch(street.charger, 4, 4))}));
  EXPECT_EQ(response.status, 422);
  EXPECT_EQ(flaw(response, "header"), "Idempotency-Key");
  EXPECT_EQ(numbers(api.ask(get("/v1/readings"))).size(), 3U);
}

TEST_F(Routes, CountReadingsThatAreThereAsDuplicates) {
  api.ingested(street.post_readings("k1", {first}));
  EXPECT_EQ(api.ingested(street.post_readings("k2", {first})), answer(0, 3));
  const std::string overlapping = street.sealed(street.batch(street.charger, 2, 5));
  EXPECT_EQ(api.ingested(street.post_readings("k3", {overlapping})), answer(2, 2));
  EXPECT_EQ(numbers(api.ask(get("/v1/readings"))), (std::vector<std::int64_t>{1, 2, 3, 4, 5}));
}

TEST_F(Routes, TakeTheSameBatchTwiceInOneRequest) {
  EXPECT_EQ(api.ingested(street.post_readings("k1", {first, first})), answer(3, 3));
}

TEST_F(Routes, StoreACorrectionAsANewVersionAndShowBoth) {
  api.ingested(street.post_readings("k1", {first}));
  ReadingBatch corrected = street.batch(street.charger, 3, 4);
  corrected.readings[0].energy_import = 307_Wh;
  const auto counted = parsed(api.ask(street.post_readings("k2", {street.sealed(corrected)})));
  EXPECT_EQ(counted.at("accepted"), 1);
  EXPECT_EQ(counted.at("corrected"), 1);
  const auto page = parsed(api.ask(get("/v1/readings?agent=charger-1&versions=all")));
  EXPECT_EQ(page.at("readings").at(2).at("version"), 2);
  EXPECT_EQ(page.at("readings").at(2).at("import_wh"), 307);
  EXPECT_EQ(page.at("superseded").at(0).at("import_wh"), 300);
}

TEST_F(Routes, RefuseABatchWithABadSignature) {
  const std::string forged = street.sealed(street.batch(street.charger, 1, 3), *street.boiler_key);
  const auto answer = parsed(api.ask(street.post_readings("k1", {forged})));
  EXPECT_EQ(answer.at("accepted"), 0);
  EXPECT_EQ(answer.at("refused").as_array().size(), 1U);
  EXPECT_TRUE(numbers(api.ask(get("/v1/readings"))).empty());
}

TEST_F(Routes, StoreAndFlagABrokenChain) {
  ReadingBatch broken = street.batch(street.charger, 1, 2);
  broken.head = {};
  EXPECT_EQ(api.ingested(street.post_readings("k1", {street.sealed(broken)})), answer(2, 0));
  const auto page = parsed(api.ask(get("/v1/readings")));
  EXPECT_EQ(page.at("readings").at(0).at("chain"), "broken");
}

TEST_F(Routes, FlagABatchThatDoesNotJoinTheOneBefore) {
  api.ingested(street.post_readings("k1", {first}));
  ReadingBatch next = street.batch(street.charger, 4, 4);
  next.previous = {};
  next.head = chain(next.previous, next.readings[0]);
  api.ingested(street.post_readings("k2", {street.sealed(next)}));
  const auto page = parsed(api.ask(get("/v1/readings")));
  EXPECT_EQ(page.at("readings").at(2).at("chain"), "whole");
  EXPECT_EQ(page.at("readings").at(3).at("chain"), "broken");
}

TEST_F(Routes, TakeBatchesOutOfOrder) {
  api.ingested(street.post_readings("k1", {street.sealed(street.batch(street.charger, 4, 6))}));
  api.ingested(street.post_readings("k2", {first}));
  const Response page = api.ask(get("/v1/readings"));
  EXPECT_EQ(numbers(page), (std::vector<std::int64_t>{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(page.body.find("broken"), std::string::npos);
}

TEST_F(Routes, RefuseRequestsNotSignedByTheSite) {
  Request unsigned_request = street.post_readings("k1", {first});
  unsigned_request.head.headers.erase("balans-signature");
  EXPECT_EQ(api.ask(unsigned_request).status, 401);

  Request changed = street.post_readings("k1", {first});
  changed.body += " ";
  EXPECT_EQ(api.ask(changed).status, 401);
  EXPECT_EQ(flaw(api.ask(changed), "header"), "Balans-Signature");

  Request elsewhere = street.post_state(street.state(1));
  elsewhere.head.target = "/v1/sites/elm-street/readings";
  EXPECT_EQ(api.ask(elsewhere).status, 401);

  Request stranger = street.post_readings("k1", {first});
  stranger.head.headers["balans-key"] = to_hex(street.charger_key->public_key().bytes);
  EXPECT_EQ(flaw(api.ask(stranger), "header"), "Balans-Key");
}

TEST_F(Routes, TurnStrangersAwayBeforeReadingTheirBody) {
  Request stranger = street.post_readings("k1", {first});
  stranger.head.headers["balans-key"] = std::string(64, 'a');
  const auto admitted = api.front.admit(stranger.head);
  ASSERT_TRUE(std::holds_alternative<Response>(admitted));
  EXPECT_EQ(std::get<Response>(admitted).status, 401);
}

TEST_F(Routes, SayWhereABodyIsWrong) {
  Request request = street.post("/v1/sites/elm-street/readings", R"({"batches":["x",{}]})");
  request.head.headers["idempotency-key"] = "k1";
  const Response response = api.ask(request);
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(response.content_type, "application/problem+json");
  EXPECT_EQ(parsed(response).at("type"), "urn:balans:problem:invalid-body");
  EXPECT_EQ(flaw(response, "pointer"), "/batches/1");

  Request state = street.post_state(street.state(1));
  std::string body = state.body;
  body.replace(body.find("\"quality\":\"good\""), 16, "\"quality\":\"fine\"");
  EXPECT_EQ(flaw(api.ask(street.post("/v1/sites/elm-street/state", body)), "pointer"), "/nodes/0/quality");
}

TEST_F(Routes, WantAnIdempotencyKey) {
  for (const std::string& key :
       {std::string(), std::string("two words"), std::string(limits::kIdempotencyKeyBytes + 1, 'k')}) {
    const Response response = api.ask(street.post_readings(key, {first}));
    EXPECT_EQ(response.status, 400);
    EXPECT_EQ(flaw(response, "header"), "Idempotency-Key");
  }
}

TEST_F(Routes, RefuseOversizeBodies) {
  const Request request = street.post("/v1/sites/elm-street/state", std::string(limits::kStateBytes + 1, ' '));
  EXPECT_EQ(api.ask(request).status, 413);
}

TEST_F(Routes, TellUnknownPathsMethodsSitesAndParametersApart) {
  EXPECT_EQ(api.ask(get("/v1/nothing")).status, 404);
  EXPECT_EQ(api.ask(get("/v1/sites/oak-street/devices")).status, 404);
  EXPECT_EQ(parsed(api.ask(get("/v1/sites/oak-street/devices"))).at("type"), "urn:balans:problem:unknown-site");
  EXPECT_EQ(api.ask(get("/v1/sites/elm-street/devices/")).status, 404);
  EXPECT_EQ(api.ask(get("/v1/readings?color=red")).status, 400);
  EXPECT_EQ(api.ask(get("no path")).status, 400);
  const Response post = api.ask({{Method::Post, "/v1/sites", {}}, ""});
  EXPECT_EQ(post.status, 405);
  EXPECT_EQ(header(post, "Allow"), "GET, HEAD");
}

TEST_F(Routes, NameTheParameterThatIsWrong) {
  for (const char* query :
       {"site=No!", "agent=", "from=yesterday", "to=1", "after=x", "limit=0", "limit=1001", "limit=1x"}) {
    const Response response = api.ask(get("/v1/readings?" + std::string(query)));
    EXPECT_EQ(response.status, 400) << query;
    EXPECT_EQ(flaw(response, "parameter"), std::string(query).substr(0, std::string(query).find('='))) << query;
  }
}

TEST_F(Routes, PageThroughAllReadingsWithoutGapsOrRepeats) {
  api.ingested(street.post_readings(
      "k1", {street.sealed(street.batch(street.charger, 1, 7)), street.sealed(street.batch(street.boiler, 1, 4))}));
  std::vector<std::string> seen;
  std::string after;
  for (int pages = 0; pages < 20; ++pages) {
    const auto page = parsed(api.ask(get("/v1/readings?limit=3" + after)));
    for (const auto& row : page.at("readings").as_array())
      seen.push_back(std::string(row.at("agent").as_string()) + std::to_string(row.at("seq").as_int64()));
    if (page.at("next").is_null()) break;
    after = "&after=" + std::string(page.at("next").as_string());
  }
  EXPECT_EQ(seen,
            (std::vector<std::string>{"boiler-11", "boiler-12", "boiler-13", "boiler-14", "charger-11", "charger-12",
                                      "charger-13", "charger-14", "charger-15", "charger-16", "charger-17"}));
}

TEST_F(Routes, GiveReadingsOfATime) {
  api.ingested(street.post_readings("k1", {street.sealed(street.batch(street.charger, 1, 6))}));
  const Response page = api.ask(get("/v1/readings?from=2019-04-03T14:02:00Z&to=2019-04-03T16:04:00%2B02:00"));
  EXPECT_EQ(numbers(page), (std::vector<std::int64_t>{2, 3}));
}

TEST_F(Routes, LeaveReadingsWithoutATimeOutOfTimedQueries) {
  ReadingBatch unsynchronised = street.batch(street.charger, 1, 1);
  unsynchronised.readings[0].utc.reset();
  unsynchronised.head = chain(unsynchronised.previous, unsynchronised.readings[0]);
  api.ingested(street.post_readings("k1", {street.sealed(unsynchronised)}));
  EXPECT_EQ(numbers(api.ask(get("/v1/readings"))).size(), 1U);
  EXPECT_EQ(numbers(api.ask(get("/v1/readings?to=2030-01-01T00:00:00Z"))).size(), 0U);
  EXPECT_EQ(numbers(api.ask(get("/v1/readings?after=1.x.0"))).size(), 1U);
  EXPECT_EQ(numbers(api.ask(get("/v1/readings?after=1.x.1"))).size(), 0U);
}

TEST_F(Routes, ListSitesAndDevicesBeforeAndAfterTheFirstState) {
  EXPECT_EQ(api.ask(get("/v1/sites")).body,
            R"({"sites":[{"id":"elm-street","agents":2,"state_at":null,"silent_ms":null}]})");
  EXPECT_EQ(api.ask(get("/v1/sites/elm-street/devices")).body,
            R"({"site":"elm-street","state_at":null,"silent_ms":null,)"
            R"("devices":[{"agent":"boiler-1"},{"agent":"charger-1"}]})");
  EXPECT_EQ(api.ask(street.post_state(street.state(1'554'307'200'000))).status, 204);
  api.clock.now = BootTime(1500);
  EXPECT_EQ(api.ask(get("/v1/sites")).body,
            R"({"sites":[{"id":"elm-street","agents":2,"state_at":"2019-04-03T16:00:00.000Z","silent_ms":1500}]})");
  const auto devices = parsed(api.ask(get("/v1/sites/elm-street/devices"))).at("devices").as_array();
  EXPECT_EQ(devices.at(1).at("binding"), "transformer L2");
  EXPECT_EQ(devices.at(1).at("reason"), "capacity");
}

TEST_F(Routes, TellWhatADeviceMayFeedInOnlyWhereItMay) {
  api.ask(street.post_state(street.full_state()));
  const auto feeds = parsed(api.ask(get("/v1/sites/elm-street/devices"))).at("devices").at(1);
  EXPECT_EQ(feeds.at("limit_ma"), boost::json::parse("[16000,16000,16000]"));
  EXPECT_EQ(feeds.at("limit_feed_ma"), boost::json::parse("[10000,10000,10000]"));
  EXPECT_EQ(feeds.at("node"), "house-12");

  TrafoState next = street.full_state();
  next.at = UnixTime(next.at.ms() + 1000);
  next.devices[0].limit.feed = {};
  api.ask(street.post_state(next));
  const auto draws = parsed(api.ask(get("/v1/sites/elm-street/devices"))).at("devices").at(1).as_object();
  EXPECT_FALSE(draws.contains("limit_feed_ma"));
  EXPECT_TRUE(draws.contains("ask_feed_ma"));
}

TEST_F(Routes, PassOnTheWholeStateToScreens) {
  ASSERT_EQ(api.ask(street.post_state(street.full_state())).status, 204);
  ASSERT_EQ(api.sink.published.size(), 1U);
  EXPECT_TRUE(api.sink.published[0].second.ends_with("data: " + encode(street.full_state()) + "\n\n"));
}

TEST_F(Routes, PublishTheLatestStateOnly) {
  api.ask(street.post_state(street.state(2000)));
  api.ask(street.post_state(street.state(1000)));
  api.ask(street.post_state(street.state(2000)));
  ASSERT_EQ(api.sink.published.size(), 1U);
  EXPECT_EQ(api.sink.published[0].first, "elm-street");
  EXPECT_TRUE(api.sink.published[0].second.ends_with("data: " + encode(street.state(2000)) + "\n\n"));

  TrafoState restarted = street.state(1000);  // its clock was set back while it was down
  restarted.epoch.value = 2;
  api.ask(street.post_state(restarted));
  ASSERT_EQ(api.sink.published.size(), 3U);
  EXPECT_NE(api.sink.published[1].second.find(R"("kind":"restarted")"), std::string::npos);
}

TEST_F(Routes, GreetAListenerWithTheNewestState) {
  const Request listen = with_token(get("/v1/sites/elm-street/live"), api.all_powers);
  const auto silent = std::get<EventStream>(api.answer_to(listen));
  ASSERT_EQ(silent.first.size(), 1U);
  EXPECT_EQ(*silent.first[0], "event: age\ndata: {\"silent_ms\":null}\n\n");
  api.ask(street.post_state(street.state(1000)));
  api.clock.now = BootTime(700);
  const auto stream = std::get<EventStream>(api.answer_to(listen));
  EXPECT_EQ(stream.channel, "elm-street");
  ASSERT_EQ(stream.first.size(), 2U);
  EXPECT_EQ(*stream.first[0], "event: age\ndata: {\"silent_ms\":700}\n\n");
  EXPECT_TRUE(stream.first[1]->ends_with("data: " + encode(street.state(1000)) + "\n\n"));
}

TEST_F(Routes, GiveAListenerThatComesBackWhatItHasMissed) {
  Request listen = with_token(get("/v1/sites/elm-street/live"), api.all_powers);
  api.ask(street.post_state(street.state(1000)));
  const EventText seen = std::get<EventStream>(api.answer_to(listen)).first.back();
  listen.head.headers["last-event-id"] = seen->substr(4, seen->find('\n') - 4);
  EXPECT_EQ(std::get<EventStream>(api.answer_to(listen)).first.size(), 1U) << "it has had all there is";
  TrafoState next = street.state(2000);
  next.alarms = {"main meter: frozen"};
  api.ask(street.post_state(next));
  const auto stream = std::get<EventStream>(api.answer_to(listen));
  ASSERT_EQ(stream.first.size(), 3U);
  EXPECT_NE(stream.first[1]->find("main meter: frozen"), std::string::npos);
  EXPECT_NE(stream.first[2]->find("event: state"), std::string::npos);
  listen.head.headers["last-event-id"] = "of-another-run-7";
  EXPECT_NE(std::get<EventStream>(api.answer_to(listen)).first[1]->find("event: missed"), std::string::npos);
}

TEST_F(Routes, RefuseAStateOfAnotherSite) {
  TrafoState state = street.state(1);
  state.site = *SiteId::parse("oak-street");
  const Response response = api.ask(street.post_state(state));
  EXPECT_EQ(response.status, 422);
  EXPECT_EQ(flaw(response, "pointer"), "/site");
}

TEST_F(Routes, ServeThePageWithAPolicyAndAnEtag) {
  const Response page = api.ask(get("/"));
  EXPECT_EQ(page.status, 200);
  EXPECT_NE(page.body.find("<title>Balans</title>"), std::string::npos);
  Request again = get("/");
  for (const auto& [name, value] : page.headers)
    if (name == "ETag") again.head.headers["if-none-match"] = value;
  EXPECT_EQ(api.ask(again).status, 304);
}

TEST_F(Routes, AreHealthyAndReady) {
  EXPECT_EQ(api.ask(get("/healthz")).status, 200);
  EXPECT_EQ(api.ask(get("/readyz")).status, 200);
}

TEST_F(Routes, KeepTheSignedTextOfEachBatchOnce) {
  api.ingested(street.post_readings("k1", {first}));
  api.ingested(street.post_readings("k2", {first}));
  const auto kept = api.store->readings().signed_text({}, 0);
  ASSERT_TRUE(kept.ok() && *kept);
  EXPECT_EQ((*kept)->text, first);
  EXPECT_FALSE(*api.store->readings().signed_text({}, (*kept)->batch));
}

TEST_F(Routes, ForgetOldAnswersButNotReadings) {
  api.ingested(street.post_readings("k1", {first}));
  api.clock.now = BootTime(limits::kAnswerKept.count() + 1);
  const std::string next = street.sealed(street.batch(street.charger, 4, 4));
  api.ingested(street.post_readings("k2", {next}));
  EXPECT_EQ(api.ingested(street.post_readings("k1", {first})), answer(0, 3));
}

}  // namespace
}  // namespace balans::api::test
