// Who may do what: every route as everybody, tokens, pairing, the page's cookie, and what the audit log says of it.
#include <algorithm>
#include <boost/json/parse.hpp>
#include <map>

#include "api/core/limits.hpp"
#include "common/messages/json.hpp"
#include "common/messages/signed.hpp"
#include "common/messages/topics.hpp"
#include "tests/api/street.hpp"

namespace balans::api::test {
namespace {

const SiteId kElsewhere = *SiteId::parse("oak-street");

/// A street, and a second site whose data nobody of the first may see.
class Access : public testing::Test {
 protected:
  Access() {
    const PairedSite other{kElsewhere, street.boiler_key->public_key(), {}};
    EXPECT_TRUE(api.store
                    ->transaction([&] {
                      const auto put = api.store->enrolments().put(other);
                      return put ? api.store->changes().bump() : put;
                    })
                    .ok());
    api.refresh.soon();
  }

  Request pairing(const std::string& code, const SiteId& site) const {
    return pairing(code, site, street.roster.deployment);
  }
  Request pairing(const std::string& code, const SiteId& site, const DeploymentId& deployment) const {
    json::Writer w;
    w.begin_object().key("code").string(code).key("site").string(site.str());
    w.key("key").string(to_hex(street.charger_key->public_key().bytes));
    w.key("deployment").string(to_hex(deployment.bytes)).key("agents").begin_array();
    w.begin_object().key("id").string("charger-9").key("key");
    w.string(to_hex(street.boiler_key->public_key().bytes)).end_object();
    Request request{{Method::Post, "/v1/pairing", {}}, w.end_array().end_object().take()};
    const auto text = signed_text("http", deployment, "POST /v1/pairing", request.body);
    request.head.headers["balans-key"] = to_hex(street.charger_key->public_key().bytes);
    request.head.headers["balans-signature"] = to_hex(street.charger_key->sign(text).bytes);
    return request;
  }
  std::string code(const std::string& wish = "{}") {
    Request request{{Method::Post, "/v1/pairing/codes", {}}, wish};
    request.head.headers["idempotency-key"] = "code-" + std::to_string(++codes);
    const Response made = api.ask(request);
    EXPECT_EQ(made.status, 201) << made.body;
    return std::string(boost::json::parse(made.body).at("code").as_string());
  }

  const Street street;
  Api api{street};
  int codes = 0;
};

/// The route's path with names in it that are there.
std::string target_of(const Route& route, const std::string& site) {
  std::string target(route.path);
  const std::map<std::string, std::string> names{{"{site}", site},
                                                 {"{agent}", "charger-1"},
                                                 {"{order}", "1"},
                                                 {"{token}", "00000000"},
                                                 {"{account}", "018f0000000000000000000000000001"},
                                                 {"{transfer}", "018f0000000000000000000000000001"},
                                                 {"{station}", "charger-1"},
                                                 {"{settlement}", "018f0000000000000000000000000001"},
                                                 {"{tariff}", "usual"},
                                                 {"{wallet}", "018f0000000000000000000000000001"},
                                                 {"{digest}", "11111111111111111111111111111111"}};
  for (const auto& [name, value] : names)
    if (const auto at = target.find(name); at != std::string::npos) target.replace(at, name.size(), value);
  return target;
}

int status_of(const Answer& answer) {
  return std::holds_alternative<EventStream>(answer) ? 200 : std::get<Response>(answer).status;
}

Scope wanted_by(const Route& route) {
  if (route.privilege == Privilege::Administer) return Scope::Administer;
  return route.privilege == Privilege::Operate ? Scope::Operate : Scope::Read;
}

TEST_F(Access, EveryRouteIsOpenToWhoeverItIsForAndToNobodyElse) {
  const std::set<SiteId> here{street.site};
  std::map<Scope, std::string> tokens;
  for (const Scope scope : {Scope::Read, Scope::Operate, Scope::Administer}) tokens[scope] = api.token(scope, here);
  int walked = 0;
  for (const Route& route : api.router.routes()) {
    const bool by_token = route.privilege != Privilege::Open && route.privilege != Privilege::SiteSignature;
    const bool has_site = route.path.find("{site}") != std::string_view::npos;
    const Request own{{route.method, target_of(route, "elm-street"), {}}, ""};
    const Request other{{route.method, target_of(route, "oak-street"), {}}, ""};
    const std::string name = std::string(balans::api::name_of(route.method)) + " " + std::string(route.path);
    if (route.privilege == Privilege::SiteSignature) {
      EXPECT_EQ(status_of(api.answer_to(own)), 401) << name;
      EXPECT_EQ(status_of(api.answer_to(with_token(own, tokens[Scope::Administer]))), 401) << name;
      ++walked;
    }
    if (!by_token) continue;
    EXPECT_EQ(status_of(api.answer_to(own)), 401) << name << " without a token";
    EXPECT_EQ(status_of(api.answer_to(with_token(own, "balans_00000000_" + std::string(64, 'a')))), 401) << name;
    for (const auto& [scope, token] : tokens) {
      const int status = status_of(api.answer_to(with_token(own, token)));
      const std::string as = name + " as " + std::string(balans::api::name_of(scope));
      if (scope < wanted_by(route)) {
        EXPECT_EQ(status, 403) << as;
      } else {
        EXPECT_NE(status, 401) << as;
      }
      if (has_site && scope >= wanted_by(route)) {
        EXPECT_EQ(status_of(api.answer_to(with_token(other, token))), 404) << as << " of another site";
      }
      ++walked;
    }
  }
  EXPECT_GT(walked, 50);
}

TEST_F(Access, ListsShowOnlyTheSitesOfTheToken) {
  const std::string token = api.token(Scope::Administer, std::set<SiteId>{kElsewhere});
  const Response sites = api.ask(with_token(get("/v1/sites"), token));
  EXPECT_EQ(sites.body.find("elm-street"), std::string::npos) << sites.body;
  EXPECT_NE(sites.body.find("oak-street"), std::string::npos);
  EXPECT_EQ(api.ask(with_token(get("/v1/readings?site=elm-street"), token)).status, 400);
  EXPECT_EQ(api.ask(with_token(get("/v1/audit"), token)).status, 403);
  EXPECT_EQ(api.ask(with_token(get("/v1/tokens"), token)).status, 403);
  EXPECT_EQ(api.ask(with_token(get("/metrics"), token)).status, 403) << "its numbers are of all sites";
}

TEST_F(Access, ASiteCannotSpeakForAnother) {
  Request request = street.post("/v1/sites/oak-street/state", "{}");
  EXPECT_EQ(api.ask(request).status, 401);
}

TEST_F(Access, ATokenIsKeptAsADigestAndEndsWhenItIsRevoked) {
  const std::string token = api.token(Scope::Read);
  const auto all = api.store->tokens().all();
  for (const Token& kept : *all) EXPECT_EQ(token.find(to_hex(kept.secret.bytes)), std::string::npos);
  EXPECT_EQ(api.ask(with_token(get("/v1/sites"), token)).status, 200);
  Request revoke{{Method::Delete, "/v1/tokens/" + token.substr(7, 8), {}}, ""};
  revoke.head.headers["idempotency-key"] = "r1";
  EXPECT_EQ(api.ask(revoke).status, 204);
  EXPECT_EQ(api.ask(revoke).status, 204) << "the same key gets the same answer";
  EXPECT_EQ(api.ask(with_token(get("/v1/sites"), token)).status, 401);
}

TEST_F(Access, AStreamMayGoOnNoLongerThanItsToken) {
  const std::string token = api.token(Scope::Read);
  const auto stream = std::get<EventStream>(api.answer_to(with_token(get("/v1/sites/elm-street/live"), token)));
  EXPECT_TRUE(stream.allowed());
  Request revoke{{Method::Delete, "/v1/tokens/" + token.substr(7, 8), {}}, ""};
  revoke.head.headers["idempotency-key"] = "r1";
  EXPECT_EQ(api.ask(revoke).status, 204);
  EXPECT_FALSE(stream.allowed());
}

TEST_F(Access, ASitesStreamMayGoOnNoLongerThanItsKey) {
  Request listen = street.post("/v1/sites/oak-street/orders/stream?at_ms=" + std::to_string(api.clock.utc().ms()), "");
  listen.head.method = Method::Get;
  const auto text = signed_text("http", street.roster.deployment, "GET " + listen.head.target, "");
  listen.head.headers["balans-key"] = to_hex(street.boiler_key->public_key().bytes);
  listen.head.headers["balans-signature"] = to_hex(street.boiler_key->sign(text).bytes);
  const auto stream = std::get<EventStream>(api.answer_to(listen));
  EXPECT_TRUE(stream.allowed());
  EXPECT_EQ(api.ask_as_is(pairing(code(R"({"site":"oak-street"})"), kElsewhere)).status, 200);
  EXPECT_FALSE(stream.allowed()) << "another key is pinned now";
}

TEST_F(Access, NobodyFillsTheQueuesAlone) {
  const std::string greedy = api.token(Scope::Read);
  const std::string other = api.token(Scope::Read);
  std::vector<int> answers;
  const auto count = [&](const Answer& answer) { answers.push_back(status_of(answer)); };
  for (int i = 0; i < 100; ++i) api.front.handle(with_token(get("/v1/readings"), greedy), count);
  EXPECT_EQ(std::count(answers.begin(), answers.end(), 503), 100 - 64);
  for (int i = 0; i < 100; ++i) api.front.handle(get("/readyz"), count);
  EXPECT_EQ(std::count(answers.begin(), answers.end(), 503), 100 - 64 + 100 - 8);
  Request from_elsewhere = get("/readyz");
  from_elsewhere.head.peer = "198.51.100.7";
  api.front.handle(from_elsewhere, count);
  api.front.handle(with_token(get("/v1/readings"), other), count);
  api.work.run_all();
  EXPECT_EQ(std::count(answers.begin(), answers.end(), 200), 64 + 8 + 1 + 1);
  EXPECT_EQ(api.ask_as_is(with_token(get("/v1/readings"), greedy)).status, 200) << "its turns are over";
}

TEST_F(Access, OneSitesOrdersLeaveRoomForOthers) {
  Request give{
      {Method::Post, "/v1/sites/elm-street/orders", {}},
      R"({"kind":"limit","reason":"works","content":{"node":"feeder-1","max_va":1,"until_ms":9999999999999}})"};
  for (int i = 0; i <= limits::kWaitingOrdersOfASite; ++i) {
    give.head.headers["idempotency-key"] = "o" + std::to_string(i);
    EXPECT_EQ(api.ask(give).status, i < limits::kWaitingOrdersOfASite ? 201 : 409);
  }
  give.head.target = "/v1/sites/oak-street/orders";
  EXPECT_EQ(api.ask(give).status, 201);
}

TEST_F(Access, ATokenEndsInTime) {
  std::string text;
  EXPECT_TRUE(api.store
                  ->transaction([&]() -> Result<void> {
                    const auto fresh = add_token(*api.store, "short", {}, api.clock.utc() + 1_s, api.clock.utc());
                    text = fresh->text;
                    return {};
                  })
                  .ok());
  api.refresh.soon();
  EXPECT_EQ(api.ask(with_token(get("/v1/sites"), text)).status, 200);
  api.clock.now = BootTime(1000);
  EXPECT_EQ(api.ask(with_token(get("/v1/sites"), text)).status, 401);
}

TEST_F(Access, ThePagesCookieReadsAndNeverWrites) {
  const Response session =
      api.ask_as_is({{Method::Post, "/v1/session", {}}, R"({"token":")" + api.all_powers + R"("})"});
  EXPECT_EQ(session.status, 204);
  std::string cookie;
  for (const auto& [name, value] : session.headers)
    if (name == "Set-Cookie") cookie = value;
  EXPECT_NE(cookie.find("HttpOnly; SameSite=Strict"), std::string::npos) << cookie;
  Request read = get("/v1/sites");
  read.head.headers["cookie"] = "other=1; " + cookie.substr(0, cookie.find(';'));
  EXPECT_EQ(api.ask_as_is(read).status, 200);
  Request write{{Method::Post, "/v1/sites/elm-street/orders", read.head.headers}, "{}"};
  EXPECT_EQ(api.ask_as_is(write).status, 401);
  EXPECT_EQ(api.ask_as_is({{Method::Post, "/v1/session", {}}, R"({"token":"balans"})"}).status, 401);
}

TEST_F(Access, ASiteEnrolsItselfWithACodeOnce) {
  const SiteId fresh = *SiteId::parse("fir-street");
  const std::string one = code();
  const Response paired = api.ask_as_is(pairing(one, fresh));
  ASSERT_EQ(paired.status, 200) << paired.body;
  EXPECT_EQ(boost::json::parse(paired.body).at("api_key").as_string(), to_hex(street.api_key->public_key().bytes));
  EXPECT_EQ(api.access.now()->roster.sites.at(fresh).key, street.charger_key->public_key());
  EXPECT_EQ(api.ask_as_is(pairing(one, fresh)).body, paired.body) << "sent again because the answer was lost";
  EXPECT_EQ(api.ask_as_is(pairing(one, *SiteId::parse("ash-street"))).status, 403) << "the code is used up";
}

TEST_F(Access, ASiteKeepsItsOwnDeployment) {
  DeploymentId own;
  own.bytes.fill(0x77);
  const SiteId fresh = *SiteId::parse("fir-street");
  const Response paired = api.ask_as_is(pairing(code(), fresh, own));
  ASSERT_EQ(paired.status, 200) << paired.body;
  EXPECT_EQ(boost::json::parse(paired.body).at("deployment").as_string(), to_hex(own.bytes));
  EXPECT_EQ(deployment_of(api.access.now()->roster, fresh), own);
  EXPECT_EQ(deployment_of(api.access.now()->roster, street.site), street.roster.deployment);
}

TEST(SitesOfOtherDeployments, HandOverReadingsAndTakeOrdersByTheirOwn) {
  Street stranger, nobody;
  stranger.roster.deployment.bytes.fill(0x77);
  nobody.roster.sites.clear();
  Api api{nobody};
  const EnrolledSite& keys = stranger.roster.sites.at(stranger.site);
  const PairedSite site{stranger.site, keys.key, keys.agents, stranger.roster.deployment};
  ASSERT_TRUE(api.store->transaction([&] {
    const auto put = api.store->enrolments().put(site);
    return put ? api.store->changes().bump() : put;
  }));
  api.refresh.soon();
  const auto readings = [](const Street& street) {
    return street.post_readings("day-1", {street.sealed(street.batch(street.charger, 1, 3))});
  };
  EXPECT_EQ(api.ask(readings(nobody)).status, 401) << "the same keys, bound to the api's deployment";
  EXPECT_EQ(api.ask(readings(stranger)).status, 200);
  Request limit{{Method::Post, "/v1/sites/elm-street/orders", {}},
                R"({"kind":"limit","reason":"works","content":{"node":"transformer","max_va":1,"until_ms":)" +
                    std::to_string((api.clock.utc() + 3600_s).ms()) + "}}"};
  limit.head.headers["idempotency-key"] = "limit-1";
  ASSERT_EQ(api.ask(limit).status, 201);
  ASSERT_EQ(api.sink.published.size(), 1U);
  const std::string& event = api.sink.published[0].second;
  const std::string envelope = event.substr(event.find("data: ") + 6, event.size() - event.find("data: ") - 8);
  EXPECT_TRUE(open(envelope, "order", stranger.api_key->public_key(), stranger.roster.deployment,
                   topics::order(stranger.site)));
}

TEST_F(Access, ACodeEndsAfterMinutesAndAfterFewWrongTries) {
  const SiteId fresh = *SiteId::parse("fir-street");
  const std::string late = code();
  api.clock.now = BootTime(kPairingLasts.count());
  EXPECT_EQ(api.ask_as_is(pairing(late, fresh)).status, 403);
  const std::string tried = code();
  std::string wrong = tried;
  wrong.back() = wrong.back() == '0' ? '1' : '0';
  for (int i = 0; i < kPairingTries; ++i) EXPECT_EQ(api.ask_as_is(pairing(wrong, fresh)).status, 403);
  EXPECT_EQ(api.ask_as_is(pairing(tried, fresh)).status, 403) << "its tries are used up";
  for (std::size_t i = 0; i < kWrongCodesPerMinute; ++i) api.ask_as_is(pairing(wrong, fresh));
  EXPECT_EQ(api.ask_as_is(pairing(wrong, fresh)).status, 429);
}

TEST_F(Access, WhoGuessesCodesKeepsNobodyElseOut) {
  const SiteId fresh = *SiteId::parse("fir-street");
  const auto from = [&](const std::string& peer, const std::string& text) {
    Request request = pairing(text, fresh);
    request.head.peer = peer;
    return api.ask_as_is(request).status;
  };
  const std::string good = code();
  for (std::size_t i = 0; i < kWrongCodesPerMinute; ++i) EXPECT_EQ(from("192.0.2.1", "0000-0000-0000"), 403);
  EXPECT_EQ(from("192.0.2.1", "0000-0000-0000"), 429);
  EXPECT_EQ(from("192.0.2.1", good), 429);
  EXPECT_EQ(from("198.51.100.7", good), 200);
  api.clock.now = BootTime(60'000);
  EXPECT_EQ(from("192.0.2.1", "0000-0000-0000"), 403) << "a minute is over";
}

TEST_F(Access, ACodeTakesNobodysPlaceUnlessItIsMadeForThatSite) {
  EXPECT_EQ(api.ask_as_is(pairing(code(), kElsewhere)).status, 409);
  EXPECT_EQ(api.ask_as_is(pairing(code(R"({"site":"oak-street"})"), kElsewhere)).status, 200);
  Request changed = pairing(code(), *SiteId::parse("fir-street"));
  changed.body += " ";
  EXPECT_EQ(api.ask_as_is(changed).status, 401);
}

TEST_F(Access, DevicesAreListedAnewOnlyByWhoHasSeenTheList) {
  const Response list = api.ask(get("/v1/sites/oak-street/agents"));
  std::string tag;
  for (const auto& [name, value] : list.headers)
    if (name == "ETag") tag = value;
  const std::string key = to_hex(street.charger_key->public_key().bytes);
  Request put{{Method::Put, "/v1/sites/oak-street/agents", {}}, R"({"agents":[{"id":"a","key":")" + key + R"("}]})"};
  EXPECT_EQ(api.ask(put).status, 400);
  put.head.headers["if-match"] = "\"other\"";
  EXPECT_EQ(api.ask(put).status, 412);
  put.head.headers["if-match"] = tag;
  EXPECT_EQ(api.ask(put).status, 204);
  EXPECT_EQ(api.access.now()->roster.sites.at(kElsewhere).agents.size(), 1U);
  put.head.target = "/v1/sites/elm-street/agents";
  EXPECT_EQ(api.ask(put).status, 409) << "those are in the config file";
}

TEST_F(Access, TheAuditLogTellsEveryPrivilegedActAndNoSecret) {
  const std::string one = code();
  api.ask_as_is(pairing(one, *SiteId::parse("fir-street")));
  const Response log = api.ask(get("/v1/audit?limit=10"));
  EXPECT_NE(log.body.find("POST /v1/pairing/codes"), std::string::npos) << log.body;
  EXPECT_NE(log.body.find("site fir-street"), std::string::npos);
  EXPECT_EQ(log.body.find(one), std::string::npos);
}

}  // namespace
}  // namespace balans::api::test
