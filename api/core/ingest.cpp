#include "api/core/ingest.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "api/core/limits.hpp"
#include "api/core/rfc3339.hpp"
#include "common/messages/batch.hpp"
#include "common/messages/canonical.hpp"
#include "common/messages/json.hpp"
#include "common/messages/signed.hpp"
#include "common/messages/topics.hpp"

namespace balans::api {
namespace {

constexpr const char* kBatchType = "readings";

Refusal refusal(std::size_t index, std::string agent, const Error& error) {
  return {index, std::move(agent), error.message()};
}

/// Moves the readings whose time cannot be kept to the refused ones.
void refuse_times(BatchByReading& found, const TimeBounds& bounds) {
  const auto outside = [&bounds](const Reading& r) { return r.utc && (*r.utc < bounds.from || *r.utc >= bounds.to); };
  if (std::none_of(found.batch.readings.begin(), found.batch.readings.end(), outside)) return;
  std::vector<Reading> kept;
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < found.batch.readings.size(); ++i) {
    const Reading& reading = found.batch.readings[i];
    const bool early = reading.utc && *reading.utc < bounds.from;
    const bool late = reading.utc && *reading.utc >= bounds.to;
    if (!early && !late) {
      kept.push_back(reading);
      places.push_back(found.places[i]);
      continue;
    }
    const std::string what = early ? "before " + to_rfc3339(bounds.from) + ", from which readings are kept"
                                   : "after " + to_rfc3339(bounds.to) + ", which is ahead of this clock";
    const std::string where = "readings.readings[" + std::to_string(found.places[i]) + "].utc_ms";
    found.refused.push_back({found.places[i], Error{where, to_rfc3339(*reading.utc) + " is " + what}});
  }
  found.batch.readings = std::move(kept);
  found.places = std::move(places);
}

/// The chain runs over every reading that was sent, so one that cannot be read breaks it; one that is only too old does
/// not.
Chain chain_of(const BatchByReading& found) { return found.whole ? Chain::Whole : Chain::Broken; }

/// The agent's name is read from the unverified body only to choose the pinned key; nothing else of it is believed
/// before that key has opened the envelope.
std::optional<Refusal> judge_one(const Roster& roster, const SiteId& site, std::size_t index, std::string envelope,
                                 const TimeBounds& bounds, Intake& intake) {
  std::optional<SignedMessage> as_sealed = parse_as_sealed(envelope);
  const bool exact = as_sealed.has_value();
  const Result<SignedMessage> claimed = exact ? *std::move(as_sealed) : parse_signed(envelope);
  if (!claimed) return refusal(index, "", claimed.error());
  Result<BatchByReading> found = decode_by_reading(claimed->body);
  if (!found) return refusal(index, "", found.error());
  const AgentId agent = found->batch.agent;
  const auto& agents = roster.sites.at(site).agents;
  const auto enrolled = agents.find(agent);
  if (enrolled == agents.end())
    return refusal(index, agent.str(), Error{"readings.agent", "not an agent of site " + site.str()});
  const Result<void> genuine =
      check_signed(*claimed, kBatchType, enrolled->second, deployment_of(roster, site), topics::readings(site, agent));
  if (!genuine) return refusal(index, agent.str(), genuine.error());
  const Chain chain = chain_of(*found);
  refuse_times(*found, bounds);
  if (found->batch.readings.empty()) return refusal(index, agent.str(), found->refused.front().error);
  for (const RefusedReading& reading : found->refused)
    intake.refused_rows.push_back({index, agent.str(), reading.index, reading.error.message()});
  std::optional<Seal> seal;
  const Digest id = blake2b(envelope);
  if (exact && found->as_encoded && found->refused.empty()) seal = Seal{claimed->key, claimed->signature};
  if (seal && blake2b(signed_text_of(found->batch, *seal)) != id) seal.reset();
  intake.batches.push_back({index, id, std::move(envelope), std::move(found->batch), chain, seal});
  return std::nullopt;
}

/// Nothing where the body is not what a controller writes.
std::optional<std::vector<std::string>> scan_ingest(std::string_view body) {
  if (body.size() > limits::kIngestBytes) return std::nullopt;
  canonical::Scanner s(body);
  std::vector<std::string> envelopes;
  s.expect(R"({"batches":[)");
  do {
    s.expect("\"");
    envelopes.push_back(s.string(body.size()));
  } while (s.take(",") && envelopes.size() < limits::kBatchesPerRequest);
  s.expect("]}");
  if (!s.read_all()) return std::nullopt;
  return envelopes;
}

}  // namespace

std::string_view name_of(Chain chain) { return chain == Chain::Whole ? "whole" : "broken"; }

std::string signed_text_of(const ReadingBatch& content, const Seal& seal) {
  return text_of({kBatchType, encode(content), seal.key, seal.signature});
}

Result<std::vector<std::string>> parse_ingest(std::string_view body) {
  if (auto scanned = scan_ingest(body)) return *std::move(scanned);
  const auto value = json::parse_strict(body, limits::kIngestBytes);
  if (!value) return value.error();
  std::optional<Error> error;
  json::ObjectReader reader(*value, "", error);
  std::vector<std::string> envelopes;
  for (const boost::json::value& element : reader.array("batches", limits::kBatchesPerRequest)) {
    if (const boost::json::string* text = element.if_string())
      envelopes.emplace_back(text->data(), text->size());
    else if (!error)
      error = Error{".batches[" + std::to_string(envelopes.size()) + "]", "expected a signed message as a string"};
    if (error) break;
  }
  reader.finish();
  if (error) return *error;
  return envelopes;
}

Intake judge(const Roster& roster, const SiteId& site, std::vector<std::string> envelopes, const TimeBounds& bounds) {
  BALANS_CHECK(roster.sites.contains(site));
  Intake intake;
  for (std::size_t i = 0; i < envelopes.size(); ++i)
    if (auto refused = judge_one(roster, site, i, std::move(envelopes[i]), bounds, intake))
      intake.refused.push_back(*std::move(refused));
  return intake;
}

Chain join(const Batch& batch, const Neighbours& neighbours) {
  const ReadingBatch& content = batch.content;
  const bool starts_at_one = content.readings.front().seq == 1;
  if (starts_at_one && content.previous != Digest{}) return Chain::Broken;
  if (neighbours.head_before && *neighbours.head_before != content.previous) return Chain::Broken;
  if (neighbours.previous_after && *neighbours.previous_after != content.head) return Chain::Broken;
  return batch.chain;
}

Comparison compare(const ReadingBatch& batch, const std::vector<KnownReading>& stored) {
  Comparison found;
  if (stored.empty()) {
    found.fresh = batch.readings;
    return found;
  }
  auto known = stored.begin();
  for (const Reading& reading : batch.readings) {
    while (known != stored.end() && known->reading.seq < reading.seq) ++known;
    const auto first = known;
    bool same = false;
    for (; known != stored.end() && known->reading.seq == reading.seq; ++known) same |= known->reading == reading;
    if (same)
      ++found.duplicates;
    else if (first == known)
      found.fresh.push_back(reading);
    else
      found.corrections.push_back({*std::prev(known), reading});
  }
  return found;
}

std::string encode(const IngestAnswer& answer) {
  json::Writer w;
  w.begin_object().key("accepted").integer(static_cast<std::int64_t>(answer.accepted));
  w.key("corrected").integer(static_cast<std::int64_t>(answer.corrected));
  w.key("duplicate").integer(static_cast<std::int64_t>(answer.duplicate)).key("refused").begin_array();
  for (const Refusal& refusal : answer.refused) {
    w.begin_object().key("batch").integer(static_cast<std::int64_t>(refusal.batch));
    w.key("agent").string(refusal.agent).key("error").string(refusal.error).end_object();
  }
  w.end_array().key("refused_rows").begin_array();
  for (std::size_t i = 0; i < std::min(answer.refused_rows.size(), limits::kRefusedRowsShown); ++i) {
    const RowRefusal& refusal = answer.refused_rows[i];
    w.begin_object().key("batch").integer(static_cast<std::int64_t>(refusal.batch)).key("agent").string(refusal.agent);
    w.key("row").integer(static_cast<std::int64_t>(refusal.row)).key("error").string(refusal.error).end_object();
  }
  w.end_array().key("refused_row_count").integer(static_cast<std::int64_t>(answer.refused_rows.size()));
  return w.end_object().take();
}

}  // namespace balans::api
