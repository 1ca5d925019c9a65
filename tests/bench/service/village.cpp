#include "tests/bench/service/village.hpp"

#include <fmt/format.h>

#include "common/messages/json.hpp"
#include "common/messages/signed.hpp"
#include "common/messages/topics.hpp"

namespace balans::bench {
namespace {

constexpr Millis kStep(600);  // a hundred readings a minute

Bytes32 filled(std::uint8_t byte) {
  Bytes32 bytes;
  bytes.fill(byte);
  return bytes;
}

}  // namespace

const Keys& Keys::all() {
  static const Keys keys{DeploymentId{filled(9)}, make_ed25519_signer(filled(1)), make_ed25519_signer(filled(2))};
  return keys;
}

std::string site_name(int number) { return fmt::format("site-{}", number); }

HttpRequest signed_request(const std::string& base_url, const std::string& target, std::string body) {
  const Keys& keys = Keys::all();
  const Signature signature = keys.site->sign(signed_text("http", keys.deployment, "POST " + target, body));
  HttpRequest request{HttpMethod::Post, base_url + target, {}, std::move(body)};
  request.headers = {{"content-type", "application/json"},
                     {"balans-key", to_hex(keys.site->public_key().bytes)},
                     {"balans-signature", to_hex(signature.bytes)}};
  return request;
}

Sender::Sender(int site, const char* agent, UnixTime from) : site_(site), agent_(*AgentId::parse(agent)), time_(from) {}

Reading Sender::reading() {
  Reading r;
  r.seq = ++seq_;
  r.boot.value = 0x9e37'79b9'7f4a'7c15ULL * static_cast<std::uint64_t>(site_ + 1);
  r.at = AgentTime(static_cast<std::int64_t>(seq_) * kStep.count());
  r.utc = time_;
  r.energy_import = WattHours(1'000'000 + static_cast<std::int64_t>(seq_) * 2);
  for (Phase p : kPhases) {
    r.mean[p] = Milliamps(6000 + (static_cast<std::int64_t>(seq_) * 31 + site_) % 10'000);
    r.limit[p] = 16_A;
  }
  r.state = AgentState::Following;
  time_ = time_ + kStep;
  return r;
}

std::string Sender::batch(int readings) {
  ReadingBatch batch;
  batch.agent = agent_;
  batch.previous = head_;
  for (int i = 0; i < readings; ++i) {
    batch.readings.push_back(reading());
    head_ = chain(head_, batch.readings.back());
  }
  batch.head = head_;
  const Keys& keys = Keys::all();
  return seal(*keys.agent, keys.deployment, topics::readings(*SiteId::parse(site_name(site_)), agent_), "readings",
              encode(batch));
}

HttpRequest Sender::next(const std::string& base_url, int batches, int readings_of_a_batch) {
  json::Writer w;
  w.begin_object().key("batches").begin_array();
  for (int i = 0; i < batches; ++i) w.string(batch(readings_of_a_batch));
  auto request = signed_request(base_url, fmt::format("/v1/sites/{}/readings", site_name(site_)),
                                w.end_array().end_object().take());
  request.headers.push_back({"idempotency-key", fmt::format("{}-{}", agent_.str(), seq_)});
  return request;
}

}  // namespace balans::bench
