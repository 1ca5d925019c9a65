// Readings: taken from sites, given out in pages.
#include "api/http/keyed.hpp"
#include "api/http/routes/answers.hpp"
#include "api/http/routes/routes.hpp"
#include "common/messages/json.hpp"

namespace balans::api {
namespace {

Answer answer_to(IngestReadings::Outcome outcome) {
  if (auto* bad = std::get_if<IngestReadings::BadBody>(&outcome))
    return body_problem(problems::kInvalidBody, bad->error);
  if (std::holds_alternative<IngestReadings::KeyReused>(outcome))
    return header_problem(problems::kKeyReused, "Idempotency-Key", "came with another body before");
  if (std::holds_alternative<IngestReadings::StoreFailed>(outcome))
    return problem(problems::kStoreFailed, "nothing of this request is stored; send it again");
  Response response = json_response(std::get<IngestReadings::Committed>(std::move(outcome)).answer);
  response.headers = {{"Cache-Control", "no-store"}};
  return response;
}

void count(Metrics& metrics, const IngestReadings::Outcome& outcome) {
  const auto* committed = std::get_if<IngestReadings::Committed>(&outcome);
  if (committed == nullptr) return;
  const IngestReadings::Counts& counts = committed->counts;
  for (const auto& [name, number] : {std::pair("accepted", counts.accepted), std::pair("corrected", counts.corrected),
                                     std::pair("duplicate", counts.duplicate), std::pair("refused", counts.refused)})
    if (number > 0) metrics.add("balans_readings_total", {{"outcome", name}}, static_cast<double>(number));
  if (counts.refused_batches > 0)
    metrics.add("balans_batches_refused_total", {}, static_cast<double>(counts.refused_batches));
}

void post_readings(Services& services, const Call& call, const Reply& reply) {
  if (auto refused = refuse_missing_key(call.request.head)) return reply(*std::move(refused));
  IngestReadings::Request request{{call.access, &call.access->roster},
                                  call.site,
                                  std::string(call.request.head.header("idempotency-key")),
                                  call.request.body};
  const auto taken = services.ingest.submit(std::move(request), [&services, reply](IngestReadings::Outcome outcome) {
    count(services.metrics, outcome);
    reply(answer_to(std::move(outcome)));
  });
  if (taken) return;
  services.metrics.add("balans_store_refused_total", {});
  reply(problem(problems::kBusy, "too many readings wait for the database; send them again in a moment"));
}

void write(json::Writer& w, std::string_view key, const PerPhase<Milliamps>& current) {
  w.key(key).begin_array();
  for (Phase p : kPhases) w.integer(current[p].count());
  w.end_array();
}

void write(json::Writer& w, const StoredReading& row) {
  const Reading& r = row.reading;
  w.begin_object().key("site").string(row.site.str()).key("agent").string(row.agent.str());
  w.key("seq").integer(static_cast<std::int64_t>(r.seq)).key("version").integer(row.version);
  w.key("boot").number(r.boot.value).key("at_ms").integer(r.at.ms()).key("utc");
  r.utc ? w.string(to_rfc3339(*r.utc)) : w.null();
  w.key("import_wh").integer(r.energy_import.count()).key("export_wh").integer(r.energy_export.count());
  write(w, "mean_ma", r.mean);
  write(w, "limit_ma", r.limit);
  w.key("state").string(name_of(r.state)).key("chain").string(name_of(row.chain)).end_object();
}

Result<Versions> parse_versions(std::string_view text) {
  if (text == "newest") return Versions::Newest;
  if (text == "all") return Versions::All;
  return Error{"", "expected newest or all"};
}

/// A token for some sites sees the readings of one of them at a time.
void confine(const Call& call, ReadingQuery& query, Parameters& parameters) {
  const auto& sites = call.caller.grant.sites;
  if (!sites) return;
  if (!query.site && sites->size() == 1) query.site = *sites->begin();
  if (!query.site) return parameters.refuse("site", "is missing; this token is for some sites only");
  if (!sites->contains(*query.site)) parameters.refuse("site", "no site is called '" + query.site->str() + "'");
}

Answer get_readings(const Call& call, Store& store) {
  ReadingQuery query;
  std::int64_t limit = limits::kPageDefault;
  Parameters parameters(call);
  parameters.optional("site", SiteId::parse, query.site);
  parameters.optional("agent", AgentId::parse, query.agent);
  parameters.optional("from", parse_rfc3339, query.from);
  parameters.optional("to", parse_rfc3339, query.to);
  parameters.optional("after", parse_cursor, query.after);
  parameters.optional("limit", parse_page_limit, limit);
  parameters.optional("versions", parse_versions, query.versions);
  confine(call, query, parameters);
  if (parameters.wrong()) return *std::move(parameters.wrong());
  query.limit = static_cast<std::size_t>(limit);
  const auto page = store.readings().page(query);
  if (!page) return store_problem();
  json::Writer w;
  w.begin_object().key("readings").begin_array();
  for (const StoredReading& row : page->readings) write(w, row);
  w.end_array().key("superseded").begin_array();
  for (const StoredReading& row : page->superseded) write(w, row);
  w.end_array().key("next");
  page->next ? w.string(encode(*page->next)) : w.null();
  return json_response(w.end_object().take());
}

}  // namespace

std::vector<Route> reading_routes(Services& services) {
  return {
      {Method::Post,
       "/v1/sites/{site}/readings",
       Privilege::SiteSignature,
       limits::kIngestBytes,
       {},
       Later([&services](const Call& call, const Reply& reply) { post_readings(services, call, reply); }),
       Repeated::KeyedByRoute},
      {Method::Get,
       "/v1/readings",
       Privilege::Read,
       0,
       {"site", "agent", "from", "to", "after", "limit", "versions"},
       OnStore{Lane::Read, get_readings}},
  };
}

}  // namespace balans::api
