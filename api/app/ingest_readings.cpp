#include "api/app/ingest_readings.hpp"

#include <algorithm>
#include <utility>

#include "api/core/limits.hpp"

namespace balans::api {

IngestReadings::Outcome IngestReadings::run(const SiteId& site, const std::string& key, std::string_view body) {
  auto envelopes = parse_ingest(body);
  if (!envelopes) return BadBody{envelopes.error()};
  Intake intake = judge(roster_, site, *std::move(envelopes));
  const Digest request = blake2b(body);
  std::optional<IngestAnswer> answer;
  Outcome outcome = KeyReused{};
  const Result<void> committed = store_.transaction([&]() -> Result<void> {
    const auto kept = store_.answers().find(site, key);
    if (!kept) return kept.error();
    if (*kept) {
      if ((*kept)->request == request) outcome = Committed{(*kept)->answer};
      return {};
    }
    auto stored = store_batches(site, std::move(intake));
    if (!stored) return stored.error();
    answer = *std::move(stored);
    outcome = Committed{encode(*answer)};
    if (const auto forgotten = store_.answers().forget(clock_.utc() - limits::kAnswerKept); !forgotten)
      return forgotten;
    return store_.answers().keep(site, key, {request, encode(*answer)}, clock_.utc());
  });
  if (!committed) return StoreFailed{committed.error()};
  if (answer) report(site, *answer);
  return outcome;
}

Result<IngestAnswer> IngestReadings::store_batches(const SiteId& site, Intake intake) {
  IngestAnswer answer;
  answer.refused = std::move(intake.refused);
  for (Batch& batch : intake.batches)
    if (const auto stored = store_batch(site, batch, answer); !stored) return stored.error();
  std::sort(answer.refused.begin(), answer.refused.end(),
            [](const Refusal& a, const Refusal& b) { return a.batch < b.batch; });
  return answer;
}

Result<void> IngestReadings::store_batch(const SiteId& site, Batch& batch, IngestAnswer& answer) {
  ReadingStore& readings = store_.readings();
  const auto stored = readings.stored_of(site, batch.content);
  if (!stored) return stored.error();
  const Result<Fresh> fresh = without_duplicates(batch.content, *stored);
  if (!fresh) {
    answer.refused.push_back({batch.index, batch.content.agent.str(), fresh.error().message()});
    return {};
  }
  answer.duplicate += fresh->duplicates;
  if (fresh->readings.empty()) return {};
  const auto neighbours = readings.neighbours_of(site, batch.content);
  if (!neighbours) return neighbours.error();
  batch.chain = join(batch, *neighbours);
  if (batch.chain == Chain::Broken)
    events_.write("chain-broken", {{"site", site.str()},
                                   {"agent", batch.content.agent.str()},
                                   {"first_seq", batch.content.readings.front().seq}});
  answer.accepted += fresh->readings.size();
  return readings.add(site, batch, fresh->readings, clock_.utc());
}

void IngestReadings::report(const SiteId& site, const IngestAnswer& answer) {
  events_.write("readings-committed", {{"site", site.str()},
                                       {"accepted", static_cast<std::int64_t>(answer.accepted)},
                                       {"duplicate", static_cast<std::int64_t>(answer.duplicate)},
                                       {"refused", static_cast<std::int64_t>(answer.refused.size())}});
  for (const Refusal& refusal : answer.refused)
    events_.write("batch-refused", {{"site", site.str()}, {"agent", refusal.agent}, {"error", refusal.error}});
}

}  // namespace balans::api
