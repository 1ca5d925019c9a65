// Evidence of devices that were held back: taken from sites, given out in pages.
#include "api/app/keep_evidence.hpp"
#include "api/http/routes/answers.hpp"
#include "api/http/routes/routes.hpp"
#include "common/messages/json.hpp"

namespace balans::api {
namespace {

constexpr std::size_t kMostNodes = 1000;

std::string encode(const EvidenceKept& kept) {
  json::Writer w;
  w.begin_object().key("again").boolean(kept.again).key("stored").integer(static_cast<std::int64_t>(kept.stored));
  w.key("flawed").begin_array();
  for (const EvidenceKept::Flawed& flawed : kept.flawed) {
    w.begin_object().key("agent").string(flawed.agent.str()).key("slot").string(to_rfc3339(flawed.slot));
    w.key("why").string(flawed.why).end_object();
  }
  w.end_array().key("doubled").begin_array();
  for (const std::string& doubled : kept.doubled) w.string(doubled);
  w.end_array().key("late").begin_array();
  for (const std::string& late : kept.late) w.string(late);
  return w.end_array().end_object().take();
}

void count(Metrics& metrics, const EvidenceKept& kept) {
  const std::size_t sound = kept.stored - kept.flawed.size();
  for (const auto& [outcome, number] : {std::pair("stored", sound), std::pair("flawed", kept.flawed.size()),
                                        std::pair("doubled", kept.doubled.size()), std::pair("late", kept.late.size())})
    if (number > 0) metrics.add("balans_evidence_total", {{"outcome", outcome}}, static_cast<double>(number));
}

Answer post_evidence(Services& services, const Call& call, Store& store) {
  const UnixTime now = services.clock.utc();
  const auto intake = judge_evidence(call.access->roster, call.site, call.request.body, now);
  if (!intake) return body_problem(problems::kInvalidBody, intake.error());
  const auto kept = keep_evidence(store, *intake, now);
  if (!kept) return store_problem();
  if (kept->other)
    return problem(problems::kConflict, "batch " + std::to_string(intake->content.number) +
                                            " of this controller is stored already, with another content");
  count(services.metrics, *kept);
  Response response = json_response(encode(*kept));
  response.headers = {{"Cache-Control", "no-store"}};
  return response;
}

std::string cursor_of(const StoredEvidence& stored) {
  return std::to_string(stored.record.slot.ms()) + "." + stored.record.agent.str();
}

Result<EvidencePlace> parse_place(std::string_view text) {
  const Error error{"", "'" + std::string(text.substr(0, 80)) + "' is not a cursor that a page gave as next"};
  const std::size_t dot = text.find('.');
  if (dot == std::string_view::npos) return error;
  const auto slot = whole_number(0, 253'402'300'800'000)(text.substr(0, dot));
  const auto agent = AgentId::parse(text.substr(dot + 1));
  if (!slot || !agent) return error;
  return EvidencePlace{UnixTime(*slot), agent->str()};
}

void write(json::Writer& w, const EvidenceName& batch) {
  w.key("batch").begin_object().key("epoch").integer(static_cast<std::int64_t>(batch.term.epoch.value));
  w.key("boot").number(batch.term.boot.value).key("number").integer(static_cast<std::int64_t>(batch.number));
  w.end_object();
}

void write(json::Writer& w, const StoredEvidence& stored) {
  w.begin_object();
  write(w, stored.batch);
  w.key("flaw").string(stored.flaw).key("record").raw(encode(stored.record)).end_object();
}

void write(json::Writer& w, const StoredNodeEvidence& stored) {
  w.begin_object();
  write(w, stored.batch);
  w.key("record").raw(encode(stored.record)).end_object();
}

/// The nodes of the quarter-hours that the page has devices of.
Result<std::vector<StoredNodeEvidence>> nodes_beside(Store& store, const SiteId& site,
                                                     std::span<const StoredEvidence> devices) {
  if (devices.empty()) return std::vector<StoredNodeEvidence>();
  return store.evidence().nodes(site, devices.front().record.slot, devices.back().record.slot + 1_ms, kMostNodes);
}

Answer get_evidence(const Call& call, Store& store) {
  EvidenceQuery query;
  query.site = call.site;
  std::int64_t limit = limits::kPageDefault;
  Parameters parameters(call);
  parameters.optional("agent", AgentId::parse, query.agent);
  parameters.optional("from", parse_rfc3339, query.from);
  parameters.optional("to", parse_rfc3339, query.to);
  parameters.optional("after", parse_place, query.after);
  parameters.optional("limit", parse_page_limit, limit);
  if (parameters.wrong()) return *std::move(parameters.wrong());
  query.limit = static_cast<std::size_t>(limit) + 1;
  const auto devices = store.evidence().devices(query);
  if (!devices) return store_problem();
  const auto shown = std::span(*devices).first(std::min(devices->size(), static_cast<std::size_t>(limit)));
  const auto nodes = nodes_beside(store, call.site, shown);
  if (!nodes) return store_problem();
  json::Writer w;
  w.begin_object().key("devices").begin_array();
  for (const StoredEvidence& stored : shown) write(w, stored);
  w.end_array().key("nodes").begin_array();
  for (const StoredNodeEvidence& stored : *nodes) write(w, stored);
  w.end_array().key("next");
  devices->size() > shown.size() ? w.string(cursor_of(shown.back())) : w.null();
  return json_response(w.end_object().take());
}

}  // namespace

std::vector<Route> evidence_routes(Services& services) {
  return {
      {Method::Post,
       "/v1/sites/{site}/evidence",
       Privilege::SiteSignature,
       limits::kEvidenceBytes,
       {},
       OnStore{Lane::Write,
               [&services](const Call& call, Store& store) { return post_evidence(services, call, store); }}},
      {Method::Get,
       "/v1/sites/{site}/evidence",
       Privilege::Read,
       0,
       {"agent", "from", "to", "after", "limit"},
       OnStore{Lane::Read, get_evidence}},
  };
}

}  // namespace balans::api
