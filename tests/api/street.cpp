#include "tests/api/street.hpp"

#include "common/messages/json.hpp"
#include "common/messages/signed.hpp"
#include "common/messages/topics.hpp"

namespace balans::api::test {
TrafoState Street::state(std::int64_t at_ms) const {
  TrafoState s;
  s.site = site;
  s.at = UnixTime(at_ms);
  s.epoch.value = 1;
  s.rated_va = 75'000;
  NodeState node;
  node.node = "transformer";
  node.quality = MeterQuality::Good;
  node.rating = PerPhase<Milliamps>::all(108_A);
  s.nodes = {node};
  DeviceState device;
  device.agent = charger;
  device.state = AgentState::Following;
  device.reason = Reason::Capacity;
  device.binding = "transformer L2";
  s.devices = {device};
  return s;
}

TrafoState Street::full_state() const {
  const auto amps = [](Milliamps current) { return PerPhase<Milliamps>::all(current); };
  TrafoState s = state(1'554'300'000'000);
  s.nodes[0].feed = NodeState::Feed{amps(50_A), amps(40_A), amps(10_A)};
  NodeState house = s.nodes[0];
  house.node = "house-12";
  house.parent = "transformer";
  house.metered = false;
  house.source = Reason::Dso;
  s.nodes.push_back(house);
  DeviceState& device = s.devices[0];
  device.node = "house-12";
  device.ask = device.limit = device.envelope = Allowance{amps(16_A), amps(10_A)};
  device.measured = amps(-5_A);
  device.energy = 1000_Wh;
  device.vehicle = VehicleState::C;
  s.meters = {{"main", "transformer", MeterQuality::Frozen, "no voltage, frequency, energy or clock has changed", 900}};
  s.temperatures = Temperatures{71'000, 98'300, 20'000, 420'000};
  s.outside = {
      {"house-12", *AgentId::parse("charger-1"), Reason::Dso, {amps(20_A), amps(5_A)}, UnixTime(1'554'303'600'000)}};
  s.alarms = {"main meter: frozen"};
  return s;
}

Request Street::post(const std::string& target, const std::string& body) const {
  Request request{{Method::Post, target, {}}, body};
  const Signature signature = site_key->sign(signed_text("http", roster.deployment, "POST " + target, body));
  request.head.headers["balans-key"] = to_hex(site_key->public_key().bytes);
  request.head.headers["balans-signature"] = to_hex(signature.bytes);
  return request;
}

Request Street::post_readings(const std::string& key, const std::vector<std::string>& envelopes) const {
  Request request = post("/v1/sites/elm-street/readings", ingest_body(envelopes));
  request.head.headers["idempotency-key"] = key;
  return request;
}

Request Street::post_state(const TrafoState& state) const { return post("/v1/sites/elm-street/state", encode(state)); }

Request get(const std::string& target) { return {{Method::Get, target, {}}, ""}; }

Request with_token(Request request, const std::string& token) {
  request.head.headers["authorization"] = "Bearer " + token;
  return request;
}

Api::Api(const Street& street)
    : events(*EventLog::open(folder / "events.jsonl", clock)),
      store(*open_sqlite_store(folder / "balans.sqlite")),
      work(*store),
      live(sink, clock),
      ingest_readings(Retention(), clock, *events),
      ingest(ingest_readings, work),
      give_order(*street.api_key),
      orders(sink),
      metrics(api_families()),
      access({street.roster, {}}),
      refresh(street.roster, access, orders, work, clock, *events),
      history(work, clock, *events),
      services{
          clock,          live, ingest, give_order, orders, metrics, pairing_tries, billing, [this] { refresh.soon(); },
          [](Metrics&) {}},
      router(access, work, clock, all_routes(services)),
      front(router, metrics, *events, clock, {{"https://screens.example"}, LogRequests::All}),
      all_powers(token(Scope::Administer)) {
  live.on_news([this](const TrafoState& state, const std::vector<SiteEvent>& news) { history.take(state, news); });
}

std::string Api::token(Scope scope, std::optional<std::set<SiteId>> sites, const std::string& name) {
  std::string text;
  const auto made = store->transaction([&]() -> Result<void> {
    const auto fresh = add_token(*store, name, {scope, std::move(sites)}, std::nullopt, clock.utc());
    if (!fresh) return fresh.error();
    text = fresh->text;
    return {};
  });
  EXPECT_TRUE(made.ok()) << made.error().message();
  refresh.soon();
  work.run_all();
  return text;
}

Response Api::ask(Request request) {
  const auto& headers = request.head.headers;
  const bool is_anybody = !headers.contains("authorization") && !headers.contains("balans-key");
  return ask_as_is(is_anybody ? with_token(std::move(request), all_powers) : request);
}

Response Api::ask_as_is(const Request& request) {
  Answer answer = answer_to(request);
  if (!std::holds_alternative<Response>(answer)) return {0, "a stream", {}, ""};
  return std::get<Response>(answer);
}

Answer Api::answer_to(const Request& request) {
  work.run_all();
  auto admitted = front.admit(request.head);
  Answer answer;
  if (auto* refused = std::get_if<Response>(&admitted))
    answer = *refused;
  else
    front.handle(request, [&answer](Answer given) { answer = std::move(given); });
  work.run_all();
  contract.check(request, answer, router);
  return answer;
}

std::string Api::ingested(const Request& request) {
  const Response response = ask(request);
  EXPECT_EQ(response.status, 200) << response.body;
  return response.body;
}

}  // namespace balans::api::test
