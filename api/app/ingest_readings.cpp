#include "api/app/ingest_readings.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "api/core/limits.hpp"
#include "common/check.hpp"

namespace balans::api {

/// What one transaction adds. Each device's chain is followed in memory, so a batch that goes on where the one before
/// ended costs no question to the database.
class IngestReadings::Group {
 public:
  Group(Store& store, UnixTime now) : readings_(store.readings()), now_(now) {}

  Result<void> lock(std::span<Judged> group) {
    std::vector<DeviceName> names;
    for (const Judged& judged : group)
      if (judged.fresh)
        for (const Batch& batch : judged.intake.batches) names.push_back({judged.request->site, batch.content.agent});
    if (names.empty()) return {};
    batches_.reserve(names.size());
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    const auto devices = readings_.lock(names);
    if (!devices) return devices.error();
    devices_.reserve(names.size());
    for (std::size_t i = 0; i < names.size(); ++i) devices_.push_back({std::move(names[i]), (*devices)[i]});
    return {};
  }

  Result<void> add(Judged& judged) {
    for (Batch& batch : judged.intake.batches)
      if (const auto added = add(judged, std::move(batch)); !added) return added;
    return {};
  }

  Result<void> flush() {
    std::vector<Device> moved;
    for (State& state : devices_)
      if (std::exchange(state.moved, false)) moved.push_back(state.device);
    if (batches_.empty()) return {};
    const auto added = readings_.add(batches_, moved);
    batches_.clear();
    return added;
  }

 private:
  struct State {
    DeviceName name;
    Device device;
    bool moved = false;
  };

  Result<void> add(Judged& judged, Batch batch) {
    State& state = state_of({judged.request->site, batch.content.agent});
    const auto overlap = overlap_of(state.device, batch);
    if (!overlap) return overlap.error();
    if (overlap->same_batch) {
      judged.answer.duplicate += batch.content.readings.size();
      return {};
    }
    Comparison rows = compare(batch.content, overlap->stored);
    judged.answer.duplicate += rows.duplicates;
    if (rows.fresh.empty() && rows.corrections.empty()) return {};
    judged.answer.accepted += rows.fresh.size();
    judged.answer.corrected += rows.corrections.size();
    batch.chain = join(batch, overlap->neighbours);
    if (batch.chain == Chain::Broken)
      judged.broken.emplace_back(batch.content.agent, batch.content.readings.front().seq);
    move_on(state, batch);
    batches_.push_back({state.device.id, std::move(batch), std::move(rows), now_});
    return {};
  }

  State& state_of(const DeviceName& name) {
    const auto found =
        std::lower_bound(devices_.begin(), devices_.end(), name,
                         [](const State& state, const DeviceName& sought) { return state.name < sought; });
    BALANS_CHECK(found != devices_.end() && found->name == name);
    return *found;
  }

  Result<Overlap> overlap_of(const Device& device, const Batch& batch) {
    const std::uint64_t first = batch.content.readings.front().seq;
    if (first > device.last_seq) {
      Overlap none;
      if (first == device.last_seq + 1 && device.last_seq > 0) none.neighbours.head_before = device.head;
      return none;
    }
    // What waits here is looked for there.
    if (const auto flushed = flush(); !flushed) return flushed.error();
    return readings_.overlap_of(device, batch);
  }

  static void move_on(State& state, const Batch& batch) {
    const std::uint64_t last = batch.content.readings.back().seq;
    if (last <= state.device.last_seq) return;
    state.device.last_seq = last;
    state.device.head = batch.content.head;
    state.moved = true;
  }

  ReadingStore& readings_;
  const UnixTime now_;
  std::vector<State> devices_;  ///< by name
  std::vector<NewBatch> batches_;
};

IngestReadings::Judged IngestReadings::judged(const Request& request) const {
  Judged judged;
  judged.request = &request;
  auto envelopes = parse_ingest(request.body);
  if (!envelopes) {
    judged.outcome = BadBody{envelopes.error()};
    return judged;
  }
  judged.body = blake2b(request.body);
  judged.intake = api::judge(*request.roster, request.site, *std::move(envelopes), bounds_at(retention_, clock_.utc()));
  judged.answer.refused = judged.intake.refused;
  judged.answer.refused_rows = judged.intake.refused_rows;
  judged.fresh = true;
  return judged;
}

namespace {

/// Marks what was answered before, and what came twice at once.
Result<void> look_for_answers(AnswerStore& answers, std::span<IngestReadings::Judged> group) {
  std::vector<AnswerKey> keys;
  std::vector<IngestReadings::Judged*> asking;
  for (IngestReadings::Judged& judged : group) {
    if (!judged.fresh) continue;
    keys.push_back({judged.request->site.str(), judged.request->key});
    asking.push_back(&judged);
  }
  const auto kept = answers.find_all(keys);
  if (!kept) return kept.error();
  std::set<AnswerKey> seen;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    IngestReadings::Judged& judged = *asking[i];
    const std::optional<KeptAnswer>& before = (*kept)[i];
    judged.fresh = !before && seen.insert(keys[i]).second;
    if (judged.fresh) continue;
    if (!before)  // the second of two is asked to come again
      judged.outcome = IngestReadings::StoreFailed{Error{"idempotency key", "a request with this key is under way"}};
    else if (before->request == judged.body)
      judged.outcome = IngestReadings::Committed{before->answer};
  }
  return {};
}

IngestReadings::Counts counts_of(const IngestAnswer& answer) {
  return {answer.accepted, answer.corrected, answer.duplicate, answer.refused_rows.size(), answer.refused.size()};
}

/// Forgets a few more than were kept, so that the table stays bounded.
Result<void> keep_answers(AnswerStore& answers, std::span<IngestReadings::Judged> group, UnixTime now) {
  constexpr std::size_t kForgottenBeside = 10;
  std::vector<AnswerKey> keys;
  std::vector<KeptAnswer> kept;
  for (IngestReadings::Judged& judged : group) {
    if (!judged.fresh) continue;
    keys.push_back({judged.request->site.str(), judged.request->key});
    kept.push_back({judged.body, encode(judged.answer)});
    judged.outcome = IngestReadings::Committed{kept.back().answer, counts_of(judged.answer)};
  }
  if (auto done = answers.keep_all(keys, kept, now); !done) return done;
  return answers.forget(now - limits::kAnswerKept, kept.size() + kForgottenBeside);
}

}  // namespace

Result<void> IngestReadings::keep(Store& store, std::span<Judged> group) const {
  const UnixTime now = clock_.utc();
  return store.transaction([&]() -> Result<void> {
    if (auto looked = look_for_answers(store.answers(), group); !looked) return looked;
    Group adding(store, now);
    if (auto locked = adding.lock(group); !locked) return locked;
    for (Judged& judged : group)
      if (judged.fresh)
        if (auto added = adding.add(judged); !added) return added;
    if (auto flushed = adding.flush(); !flushed) return flushed;
    return keep_answers(store.answers(), group, now);
  });
}

std::vector<IngestReadings::Judged> IngestReadings::judge(std::span<const Request> requests) const {
  std::vector<Judged> group;
  group.reserve(requests.size());
  for (const Request& request : requests) group.push_back(judged(request));
  return group;
}

std::vector<IngestReadings::Outcome> IngestReadings::run(Store& store, std::span<const Request> requests) const {
  std::vector<Judged> group = judge(requests);
  const auto committed = keep(store, group);
  if (!committed && group.size() > 1) {
    std::vector<Outcome> outcomes;
    for (const Request& request : requests) {
      auto alone = run(store, std::span(&request, 1));
      outcomes.push_back(std::move(alone.front()));
    }
    return outcomes;
  }
  std::vector<Outcome> outcomes;
  for (Judged& judged : group) {
    if (!committed && !std::holds_alternative<BadBody>(judged.outcome)) judged.outcome = StoreFailed{committed.error()};
    if (committed && judged.fresh) report(judged);
    outcomes.push_back(std::move(judged.outcome));
  }
  return outcomes;
}

IngestReadings::Outcome IngestReadings::run(const Roster& roster, Store& store, const SiteId& site,
                                            const std::string& key, std::string_view body) const {
  const std::shared_ptr<const Roster> lent(std::shared_ptr<const Roster>(), &roster);
  const Request request{lent, site, key, std::string(body)};
  return std::move(run(store, std::span(&request, 1)).front());
}

void IngestReadings::report(const Judged& judged) const {
  const std::string site = judged.request->site.str();
  const IngestAnswer& answer = judged.answer;
  events_.write("readings-committed", {{"site", site},
                                       {"accepted", static_cast<std::int64_t>(answer.accepted)},
                                       {"corrected", static_cast<std::int64_t>(answer.corrected)},
                                       {"duplicate", static_cast<std::int64_t>(answer.duplicate)},
                                       {"refused", static_cast<std::int64_t>(answer.refused.size())},
                                       {"refused_rows", static_cast<std::int64_t>(answer.refused_rows.size())}});
  for (const auto& [agent, seq] : judged.broken)
    events_.write("chain-broken", {{"site", site}, {"agent", agent.str()}, {"first_seq", seq}});
  for (const Refusal& refusal : answer.refused)
    events_.write("batch-refused", {{"site", site}, {"agent", refusal.agent}, {"error", refusal.error}});
}

}  // namespace balans::api
