// What has happened at a site: events, charging sessions, and the numbers of each day.
#include "api/http/routes/answers.hpp"
#include "api/http/routes/routes.hpp"
#include "common/messages/json.hpp"

namespace balans::api {
namespace {

constexpr Millis kLongestSpan = 3700 * 86'400_s;

Result<std::string> parse_word(std::string_view text) {
  if (text.empty() || text.size() > 40) return Error{"", "expected 1 to 40 characters"};
  return std::string(text);
}

Answer get_events(const Call& call, Store& store) {
  EventQuery query;
  query.site = call.site;
  std::int64_t limit = limits::kPageDefault;
  Parameters parameters(call);
  parameters.optional("from", parse_rfc3339, query.from);
  parameters.optional("to", parse_rfc3339, query.to);
  parameters.optional("kind", parse_word, query.kind);
  parameters.optional("subject", parse_word, query.subject);
  parameters.optional("before", parse_before, query.before);
  parameters.optional("limit", parse_page_limit, limit);
  if (parameters.wrong()) return *std::move(parameters.wrong());
  query.limit = static_cast<std::size_t>(limit) + 1;
  const auto events = store.history().events(query);
  if (!events) return store_problem();
  const std::size_t shown = std::min(events->size(), static_cast<std::size_t>(limit));
  json::Writer w;
  w.begin_object().key("events").begin_array();
  for (std::size_t i = 0; i < shown; ++i) {
    const StoredEvent& event = (*events)[i];
    w.begin_object().key("id").number(static_cast<std::uint64_t>(event.id)).key("at").string(to_rfc3339(event.at));
    w.key("kind").string(event.kind).key("subject").string(event.subject).key("detail").string(event.detail);
    w.end_object();
  }
  w.end_array().key("next");
  events->size() > shown ? w.string(std::to_string((*events)[shown - 1].id)) : w.null();
  return json_response(w.end_object().take());
}

void write(json::Writer& w, const Session& session) {
  w.begin_object().key("agent").string(session.agent.str()).key("plugged").string(to_rfc3339(session.plugged));
  w.key("departed");
  session.departed ? w.string(to_rfc3339(*session.departed)) : w.null();
  w.key("seen").string(to_rfc3339(session.seen)).key("energy_wh").integer(session.energy.count());
  w.key("limited_s").integer(session.limited_s).key("reason").string(session.reason).end_object();
}

Answer get_sessions(const Call& call, Store& store) {
  SessionQuery query;
  query.site = call.site;
  std::int64_t limit = limits::kPageDefault;
  Parameters parameters(call);
  parameters.optional("agent", AgentId::parse, query.agent);
  parameters.optional("from", parse_rfc3339, query.from);
  parameters.optional("to", parse_rfc3339, query.to);
  parameters.optional("before", parse_rfc3339, query.before);
  parameters.optional("limit", parse_page_limit, limit);
  if (parameters.wrong()) return *std::move(parameters.wrong());
  query.limit = static_cast<std::size_t>(limit) + 1;
  const auto sessions = store.history().sessions(query);
  if (!sessions) return store_problem();
  const std::size_t shown = std::min(sessions->size(), static_cast<std::size_t>(limit));
  json::Writer w;
  w.begin_object().key("sessions").begin_array();
  for (std::size_t i = 0; i < shown; ++i) write(w, (*sessions)[i]);
  w.end_array().key("next");
  sessions->size() > shown ? w.string(to_rfc3339((*sessions)[shown - 1].plugged)) : w.null();
  return json_response(w.end_object().take());
}

Answer get_days(const Call& call, Store& store) {
  Parameters parameters(call);
  const Span span = read_span(parameters, kLongestSpan);
  if (parameters.wrong()) return *std::move(parameters.wrong());
  const auto days = store.history().days(call.site, span.from, span.to);
  if (!days) return store_problem();
  json::Writer w;
  w.begin_object().key("site").string(call.site.str()).key("days").begin_array();
  for (const SiteDay& day : *days) {
    w.begin_object().key("day").string(to_rfc3339(day.day).substr(0, 10)).key("heard_s").integer(day.heard_s);
    w.key("delivered_wh").integer(day.delivered_wh).key("curtailed_wh").integer(day.curtailed_wh);
    w.key("overload_s").integer(day.overload_s).key("limited_s").integer(day.limited_s);
    w.key("life_used_ppm").integer(day.life_used_ppm).key("hot_spot_mdeg").integer(day.hot_spot_mdeg).end_object();
  }
  return json_response(w.end_array().end_object().take());
}

}  // namespace

std::vector<Route> history_routes(Services&) {
  return {
      {Method::Get,
       "/v1/sites/{site}/events",
       Privilege::Read,
       0,
       {"from", "to", "kind", "subject", "before", "limit"},
       OnStore{Lane::Read, get_events}},
      {Method::Get,
       "/v1/sites/{site}/sessions",
       Privilege::Read,
       0,
       {"agent", "from", "to", "before", "limit"},
       OnStore{Lane::Read, get_sessions}},
      {Method::Get, "/v1/sites/{site}/days", Privilege::Read, 0, {"from", "to"}, OnStore{Lane::Read, get_days}},
  };
}

}  // namespace balans::api
