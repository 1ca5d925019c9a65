// Readings: taken from sites, given out in pages.
#include <charconv>

#include "api/core/limits.hpp"
#include "api/core/rfc3339.hpp"
#include "api/http/problem.hpp"
#include "api/http/routes/answers.hpp"
#include "api/http/routes/routes.hpp"
#include "common/messages/json.hpp"

namespace balans::api {
namespace {

bool is_usable_key(std::string_view key) {
  if (key.empty() || key.size() > limits::kIdempotencyKeyBytes) return false;
  for (char c : key)
    if (c < 0x21 || c > 0x7e) return false;
  return true;
}

Answer post_readings(Services& services, const Call& call) {
  const std::string key(call.request.head.header("idempotency-key"));
  if (!is_usable_key(key))
    return header_problem(
        problems::kMissingHeader, "Idempotency-Key",
        "expected 1 to " + std::to_string(limits::kIdempotencyKeyBytes) + " visible ASCII characters");
  auto outcome = services.ingest.run(call.site, key, call.request.body);
  if (auto* bad = std::get_if<IngestReadings::BadBody>(&outcome))
    return body_problem(problems::kInvalidBody, bad->error);
  if (std::holds_alternative<IngestReadings::KeyReused>(outcome))
    return header_problem(problems::kKeyReused, "Idempotency-Key", "came with another body before");
  if (std::holds_alternative<IngestReadings::StoreFailed>(outcome))
    return problem(problems::kStoreFailed, "nothing of this request is stored; send it again");
  return json_response(std::get<IngestReadings::Committed>(std::move(outcome)).answer);
}

Result<std::size_t> parse_limit(std::string_view text) {
  std::size_t limit = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), limit);
  if (failure != std::errc{} || end != text.data() + text.size() || limit < 1 || limit > limits::kPageMax)
    return Error{"", "expected 1 to " + std::to_string(limits::kPageMax)};
  return limit;
}

/// Reads one optional parameter; remembers the first that is wrong.
template <class Parse, class Value>
void read_parameter(const Call& call, std::string_view name, Parse parse, Value& value,
                    std::optional<Response>& wrong) {
  const auto found = call.target.query.find(name);
  if (found == call.target.query.end() || wrong) return;
  auto parsed = parse(std::string_view(found->second));
  if (parsed)
    value = *std::move(parsed);
  else
    wrong = parameter_problem(name, parsed.error().what);
}

void write(json::Writer& w, std::string_view key, const PerPhase<Milliamps>& current) {
  w.key(key).begin_array();
  for (Phase p : kPhases) w.integer(current[p].count());
  w.end_array();
}

void write(json::Writer& w, const StoredReading& row) {
  const Reading& r = row.reading;
  w.begin_object().key("site").string(row.site.str()).key("agent").string(row.agent.str());
  w.key("seq")
      .integer(static_cast<std::int64_t>(r.seq))
      .key("boot")
      .number(r.boot.value)
      .key("at_ms")
      .integer(r.at.ms());
  w.key("utc");
  r.utc ? w.string(to_rfc3339(*r.utc)) : w.null();
  w.key("import_wh").integer(r.energy_import.count()).key("export_wh").integer(r.energy_export.count());
  write(w, "mean_ma", r.mean);
  write(w, "limit_ma", r.limit);
  w.key("state").string(name_of(r.state)).key("chain").string(name_of(row.chain)).end_object();
}

Answer get_readings(Services& services, const Call& call) {
  ReadingQuery query;
  query.limit = limits::kPageDefault;
  std::optional<Response> wrong;
  read_parameter(call, "site", SiteId::parse, query.site, wrong);
  read_parameter(call, "agent", AgentId::parse, query.agent, wrong);
  read_parameter(call, "from", parse_rfc3339, query.from, wrong);
  read_parameter(call, "to", parse_rfc3339, query.to, wrong);
  read_parameter(call, "after", parse_cursor, query.after, wrong);
  read_parameter(call, "limit", parse_limit, query.limit, wrong);
  if (wrong) return *std::move(wrong);
  const auto page = services.store.readings().page(query);
  if (!page) return problem(problems::kStoreFailed, "try again later");
  json::Writer w;
  w.begin_object().key("readings").begin_array();
  for (const StoredReading& row : page->readings) write(w, row);
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
       [&services](const Call& call) { return post_readings(services, call); }},
      {Method::Get,
       "/v1/readings",
       Privilege::Open,
       0,
       {"site", "agent", "from", "to", "after", "limit"},
       [&services](const Call& call) { return get_readings(services, call); }},
  };
}

}  // namespace balans::api
