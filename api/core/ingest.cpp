#include "api/core/ingest.hpp"

#include <algorithm>
#include <utility>
#include <variant>

#include "api/core/limits.hpp"
#include "common/messages/json.hpp"
#include "common/messages/signed.hpp"
#include "common/messages/topics.hpp"

namespace balans::api {
namespace {

Refusal refusal(std::size_t index, std::string agent, const Error& error) {
  return {index, std::move(agent), error.message()};
}

/// The agent's name is read from the unverified body only to choose the pinned key; nothing else of it is believed
/// before that key has opened the envelope.
std::variant<Batch, Refusal> judge_one(const Roster& roster, const SiteId& site, std::size_t index,
                                       std::string envelope) {
  const Result<SignedMessage> claimed = parse_signed(envelope);
  if (!claimed) return refusal(index, "", claimed.error());
  Result<ReadingBatch> content = decode<ReadingBatch>(claimed->body);
  if (!content) return refusal(index, "", content.error());
  const AgentId agent = content->agent;
  const auto& agents = roster.sites.at(site).agents;
  const auto enrolled = agents.find(agent);
  if (enrolled == agents.end())
    return refusal(index, agent.str(), Error{"readings.agent", "not an agent of site " + site.str()});
  const Result<std::string> body =
      open(envelope, "readings", enrolled->second, roster.deployment, topics::readings(site, agent));
  if (!body) return refusal(index, agent.str(), body.error());
  const Chain chain = check_chain(*content) ? Chain::Whole : Chain::Broken;
  return Batch{index, std::move(envelope), *std::move(content), chain};
}

}  // namespace

std::string_view name_of(Chain chain) { return chain == Chain::Whole ? "whole" : "broken"; }

Result<std::vector<std::string>> parse_ingest(std::string_view body) {
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

Intake judge(const Roster& roster, const SiteId& site, std::vector<std::string> envelopes) {
  BALANS_CHECK(roster.sites.contains(site));
  Intake intake;
  for (std::size_t i = 0; i < envelopes.size(); ++i) {
    auto judged = judge_one(roster, site, i, std::move(envelopes[i]));
    if (auto* batch = std::get_if<Batch>(&judged))
      intake.batches.push_back(std::move(*batch));
    else
      intake.refused.push_back(std::get<Refusal>(std::move(judged)));
  }
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

Result<Fresh> without_duplicates(const ReadingBatch& batch, const std::vector<Reading>& stored) {
  Fresh fresh;
  auto known = stored.begin();
  for (std::size_t i = 0; i < batch.readings.size(); ++i) {
    const Reading& reading = batch.readings[i];
    while (known != stored.end() && known->seq < reading.seq) ++known;
    if (known == stored.end() || known->seq != reading.seq) {
      fresh.readings.push_back(reading);
    } else if (*known == reading) {
      ++fresh.duplicates;
    } else {
      return Error{"readings.readings[" + std::to_string(i) + "].seq",
                   std::to_string(reading.seq) + " is already stored with other content"};
    }
  }
  return fresh;
}

std::string encode(const IngestAnswer& answer) {
  json::Writer w;
  w.begin_object().key("accepted").integer(static_cast<std::int64_t>(answer.accepted));
  w.key("duplicate").integer(static_cast<std::int64_t>(answer.duplicate)).key("refused").begin_array();
  for (const Refusal& refusal : answer.refused) {
    w.begin_object().key("batch").integer(static_cast<std::int64_t>(refusal.batch));
    w.key("agent").string(refusal.agent).key("error").string(refusal.error).end_object();
  }
  return w.end_array().end_object().take();
}

}  // namespace balans::api
