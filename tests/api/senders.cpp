#include "tests/api/senders.hpp"

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

Senders::Senders()
    : site_key(make_ed25519_signer(seed(1))),
      charger_key(make_ed25519_signer(seed(2))),
      boiler_key(make_ed25519_signer(seed(3))),
      api_key(make_ed25519_signer(seed(4))) {
  roster.deployment.bytes = seed(9);
  EnrolledSite& enrolled = roster.sites[site];
  enrolled.key = site_key->public_key();
  enrolled.agents[charger] = charger_key->public_key();
  enrolled.agents[boiler] = boiler_key->public_key();
}

Reading Senders::reading(std::uint64_t seq) {
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

ReadingBatch Senders::batch(const AgentId& agent, std::uint64_t first, std::uint64_t last) const {
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

std::string Senders::sealed(const ReadingBatch& batch) const {
  return sealed(batch, batch.agent == charger ? *charger_key : *boiler_key);
}

std::string Senders::sealed(const ReadingBatch& batch, const Signer& key) const {
  return seal(key, roster.deployment, topics::readings(site, batch.agent), "readings", encode(batch));
}

std::string ingest_body(const std::vector<std::string>& envelopes) {
  json::Writer w;
  w.begin_object().key("batches").begin_array();
  for (const std::string& envelope : envelopes) w.string(envelope);
  return w.end_array().end_object().take();
}

}  // namespace balans::api::test
