#include "tests/api/street.hpp"

#include "common/messages/json.hpp"
#include "common/messages/signed.hpp"
#include "common/messages/topics.hpp"

namespace balans::api::test {
namespace {

Bytes32 seed(std::uint8_t byte) {
  Bytes32 bytes{};
  bytes.fill(byte);
  return bytes;
}

}  // namespace

Street::Street()
    : site_key(make_ed25519_signer(seed(1))),
      charger_key(make_ed25519_signer(seed(2))),
      boiler_key(make_ed25519_signer(seed(3))) {
  roster.deployment.bytes = seed(9);
  EnrolledSite& enrolled = roster.sites[site];
  enrolled.key = site_key->public_key();
  enrolled.agents[charger] = charger_key->public_key();
  enrolled.agents[boiler] = boiler_key->public_key();
}

Reading Street::reading(std::uint64_t seq) {
  const auto minute = static_cast<std::int64_t>(seq);
  Reading r;
  r.seq = seq;
  r.boot.value = 0xfedc'ba98'7654'3210;  // above 2^63, as half of all random numbers are
  r.at = AgentTime(minute * 60'000);
  r.utc = UnixTime(1'554'300'000'000 + minute * 60'000);
  r.energy_import = WattHours(100 * minute);
  r.mean = PerPhase<Milliamps>::all(8_A);
  r.limit = PerPhase<Milliamps>::all(10_A);
  r.state = AgentState::Following;
  return r;
}

ReadingBatch Street::batch(const AgentId& agent, std::uint64_t first, std::uint64_t last) const {
  ReadingBatch batch;
  batch.agent = agent;
  for (std::uint64_t seq = 1; seq < first; ++seq) batch.previous = chain(batch.previous, reading(seq));
  batch.head = batch.previous;
  for (std::uint64_t seq = first; seq <= last; ++seq) {
    batch.readings.push_back(reading(seq));
    batch.head = chain(batch.head, batch.readings.back());
  }
  return batch;
}

std::string Street::sealed(const ReadingBatch& batch) const {
  return sealed(batch, batch.agent == charger ? *charger_key : *boiler_key);
}

std::string Street::sealed(const ReadingBatch& batch, const Signer& key) const {
  return seal(key, roster.deployment, topics::readings(site, batch.agent), "readings", encode(batch));
}

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
  s.outside = {{"house-12", Reason::Dso, {amps(20_A), amps(5_A)}, UnixTime(1'554'303'600'000)}};
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

std::string ingest_body(const std::vector<std::string>& envelopes) {
  json::Writer w;
  w.begin_object().key("batches").begin_array();
  for (const std::string& envelope : envelopes) w.string(envelope);
  return w.end_array().end_object().take();
}

Request get(const std::string& target) { return {{Method::Get, target, {}}, ""}; }

Api::Api(const Street& street)
    : events(*EventLog::open(folder / "events.jsonl", clock)),
      store(*open_sqlite_store(folder / "balans.sqlite")),
      live(sink, clock),
      ingest(street.roster, *store, clock, *events),
      services{street.roster, *store, live, ingest},
      router(street.roster, all_routes(services)) {}

Response Api::ask(const Request& request) {
  auto admitted = router.admit(request.head);
  if (auto* refused = std::get_if<Response>(&admitted)) return *refused;
  Answer answer = router.handle(request);
  if (!std::holds_alternative<Response>(answer)) return {0, "a stream", {}, ""};
  return std::get<Response>(answer);
}

std::string Api::ingested(const Request& request) {
  const Response response = ask(request);
  EXPECT_EQ(response.status, 200) << response.body;
  return response.body;
}

}  // namespace balans::api::test
