#include "tests/bench/ingest/rows.hpp"

#include <fmt/format.h>

#include "common/messages/json.hpp"
#include "common/messages/signed.hpp"
#include "common/messages/topics.hpp"

namespace balans::bench {
namespace {

constexpr std::int64_t kStart = 1'759'900'000'000 / 86'400'000 * 86'400'000;

Reading reading(std::int64_t device, std::uint64_t seq) {
  const auto minute = static_cast<std::int64_t>(seq);
  Reading r;
  r.seq = seq;
  r.boot.value = 0x9e37'79b9'7f4a'7c15ULL * static_cast<std::uint64_t>(device + 1);
  r.at = AgentTime(minute * 60'000 + device % 1000);
  r.utc = UnixTime(kStart + minute * 60'000 + device * 37 % 60'000);
  r.energy_import = WattHours(1'000'000 + minute * 130 + device);
  r.energy_export = WattHours(device % 7);
  for (Phase p : kPhases) {
    r.mean[p] = Milliamps(6000 + (minute * 31 + device) % 10'000);
    r.limit[p] = 16_A;
  }
  r.state = AgentState::Following;
  return r;
}

std::unique_ptr<Signer> signer(std::int64_t number) {
  Bytes32 seed{};
  for (std::size_t i = 0; i < 8; ++i) seed[i] = static_cast<std::uint8_t>(number >> (8 * i));
  return make_ed25519_signer(seed);
}

}  // namespace

Requests::Requests(const Load& load) {
  struct Sender {
    AgentId agent;
    std::unique_ptr<Signer> key;
    Digest head;
  };
  auto roster = std::make_shared<api::Roster>();
  std::vector<SiteId> sites;
  std::vector<std::vector<Sender>> senders(static_cast<std::size_t>(load.sites));
  for (int s = 0; s < load.sites; ++s) {
    sites.push_back(*SiteId::parse(fmt::format("site-{}", s)));
    for (int d = 0; d < load.devices; ++d) {
      Sender sender{*AgentId::parse(fmt::format("charger-{}", d)), signer(s * 1000 + d), {}};
      roster->sites[sites.back()].agents[sender.agent] = sender.key->public_key();
      senders[static_cast<std::size_t>(s)].push_back(std::move(sender));
    }
  }
  const std::shared_ptr<const api::Roster> known = roster;
  std::int64_t batch_number = 0;
  for (int round = 0; round < load.rounds; ++round) {
    for (std::size_t s = 0; s < sites.size(); ++s) {
      json::Writer w;
      w.begin_object().key("batches").begin_array();
      if (groups_.empty() || groups_.back().size() == static_cast<std::size_t>(load.requests_at_once)) {
        groups_.emplace_back();
        kept_.emplace_back();
      }
      for (std::size_t d = 0; d < senders[s].size(); ++d) {
        Sender& sender = senders[s][d];
        const auto device = static_cast<std::int64_t>(s * senders[s].size() + d);
        ReadingBatch batch;
        batch.agent = sender.agent;
        batch.previous = batch.head = sender.head;
        ++batch_number;
        for (int i = 1; i <= load.readings; ++i) {
          batch.readings.push_back(reading(device, static_cast<std::uint64_t>(round * load.readings + i)));
          batch.head = chain(batch.head, batch.readings.back());
          kept_.back().rows.push_back({device + 1, batch_number, batch.readings.back()});
        }
        sender.head = batch.head;
        std::string envelope =
            seal(*sender.key, known->deployment, topics::readings(sites[s], sender.agent), "readings", encode(batch));
        w.string(envelope);
        kept_.back().texts.push_back({batch_number, std::move(envelope)});
        ++signatures_;
      }
      groups_.back().push_back({known, sites[s], fmt::format("{}", round), w.end_array().end_object().take()});
    }
  }
}

}  // namespace balans::bench
