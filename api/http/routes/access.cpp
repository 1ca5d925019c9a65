// Who may do what: tokens, the devices of a site that was paired, and the audit log.
#include "api/app/enrolment.hpp"
#include "api/app/time_tail.hpp"
#include "api/core/time_id.hpp"
#include "api/http/front.hpp"
#include "api/http/routes/answers.hpp"
#include "api/http/routes/routes.hpp"
#include "common/io/runtime/keys.hpp"
#include "common/messages/fields.hpp"
#include "common/messages/json.hpp"

namespace balans::api {
namespace {

void write_time(json::Writer& w, std::string_view key, const std::optional<UnixTime>& time) {
  w.key(key);
  time ? w.string(to_rfc3339(*time)) : w.null();
}

Answer get_tokens(const Call&, Store& store) {
  const auto tokens = store.tokens().all();
  if (!tokens) return store_problem();
  json::Writer w;
  w.begin_object().key("tokens").begin_array();
  for (const Token& token : *tokens) {
    w.begin_object().key("id").string(token.id).key("name").string(token.name);
    w.key("scope").string(name_of(token.grant.scope)).key("sites");
    if (!token.grant.sites) {
      w.null();
    } else {
      w.begin_array();
      for (const SiteId& site : *token.grant.sites) w.string(site.str());
      w.end_array();
    }
    w.key("made").string(to_rfc3339(token.made));
    write_time(w, "expires", token.expires);
    write_time(w, "revoked", token.revoked);
    w.end_object();
  }
  return json_response(w.end_array().end_object().take());
}

Answer delete_token(Services& services, const Call& call, Store& store) {
  const auto revoked = revoke_token(store, call.path.at("token"), services.clock.utc());
  if (!revoked) return store_problem();
  if (!*revoked) return problem(problems::kNotFound, "no token that still holds has this id");
  return no_content();
}

std::string agents_text(const std::map<AgentId, PublicKey>& agents) {
  json::Writer w;
  w.begin_object().key("agents").begin_array();
  for (const auto& [id, key] : agents)
    w.begin_object().key("id").string(id.str()).key("key").string(to_hex(key.bytes)).end_object();
  return w.end_array().end_object().take();
}

Answer get_agents(const Call& call) {
  return json_response(agents_text(call.access->roster.sites.at(call.site).agents));
}

Result<std::map<AgentId, PublicKey>> parse_agents(std::string_view body) {
  const auto value = json::parse_strict(body, limits::kWriteBytes);
  if (!value) return value.error();
  std::optional<Error> error;
  json::ObjectReader r(*value, "", error, json::PathStyle::Pointer);
  std::map<AgentId, PublicKey> agents;
  fields::read_array(r, "agents", static_cast<std::size_t>(defaults::kMaxAgents),
                     [&](const boost::json::value& element, const std::string& path) {
                       json::ObjectReader agent(element, path, error, json::PathStyle::Pointer);
                       const auto id = fields::read_id<AgentId>(agent, "id");
                       const auto key = bytes32_from_hex(agent.string("key", 64));
                       if (!key) agent.fail("key", key.error().what);
                       if (key && !agents.emplace(id, PublicKey{*key}).second) agent.fail("id", "is listed twice");
                       agent.finish();
                     });
  r.finish();
  if (error) return *error;
  return agents;
}

/// Says what is to be, so it may be sent twice. Who has looked at an older list is told so.
Answer put_agents(Services& services, const Call& call, Store& store) {
  const auto agents = parse_agents(call.request.body);
  if (!agents) return pointer_problem(problems::kInvalidBody, agents.error());
  const std::string_view if_match = call.request.head.header("if-match");
  if (if_match.empty())
    return header_problem(problems::kMissingHeader, "If-Match", "send the ETag of the list that this one replaces");
  Answer answer = no_content();
  const auto done = store.transaction([&]() -> Result<void> {
    const auto sites = store.enrolments().all();
    if (!sites) return sites.error();
    const auto known =
        std::find_if(sites->begin(), sites->end(), [&](const auto& site) { return site.id == call.site; });
    if (known == sites->end()) {
      answer = problem(problems::kConflict, "this site's devices are listed in the config file of the api");
      return {};
    }
    if (!names_tag(if_match, tag_of(agents_text(known->agents)))) {
      answer = problem(problems::kChanged, "somebody has changed the list; read it again");
      return {};
    }
    if (const auto put = store.enrolments().put({call.site, known->key, *agents, known->deployment}); !put) return put;
    const UnixTime now = services.clock.utc();
    const AuditEntry entry{time_id(now, time_tail()), now,
                           call.caller.who,           "PUT /v1/sites/{site}/agents",
                           call.site.str(),           std::to_string(agents->size()) + " agents"};
    if (const auto noted = store.audit().add(entry); !noted) return noted;
    return store.changes().bump();
  });
  if (!done) return store_problem();
  services.changed();
  return answer;
}

Answer get_audit(const Call& call, Store& store) {
  std::optional<std::int64_t> before;
  std::int64_t limit = limits::kPageDefault;
  Parameters parameters(call);
  parameters.optional("before", parse_before, before);
  parameters.optional("limit", parse_page_limit, limit);
  if (parameters.wrong()) return *std::move(parameters.wrong());
  const auto entries = store.audit().page(before, static_cast<std::size_t>(limit) + 1);
  if (!entries) return store_problem();
  const std::size_t shown = std::min(entries->size(), static_cast<std::size_t>(limit));
  json::Writer w;
  w.begin_object().key("entries").begin_array();
  for (std::size_t i = 0; i < shown; ++i) {
    const AuditEntry& entry = (*entries)[i];
    w.begin_object().key("id").number(static_cast<std::uint64_t>(entry.id)).key("at").string(to_rfc3339(entry.at));
    w.key("who").string(entry.who).key("what").string(entry.what).key("site").string(entry.site);
    w.key("detail").string(entry.detail).end_object();
  }
  w.end_array().key("next");
  entries->size() > shown ? w.string(std::to_string((*entries)[shown - 1].id)) : w.null();
  return json_response(w.end_object().take());
}

/// Lists that concern all sites are not for whoever may see only some.
OnStore for_all_sites(Lane lane, std::function<Answer(const Call&, Store&)> run, std::function<void()> committed = {}) {
  return {lane,
          [run = std::move(run)](const Call& call, Store& store) -> Answer {
            if (call.caller.grant.sites) return problem(problems::kNotEntitled, "this token is for some sites only");
            return run(call, store);
          },
          std::move(committed)};
}

}  // namespace

std::vector<Route> access_routes(Services& services) {
  return {
      {Method::Get, "/v1/tokens", Privilege::Administer, 0, {}, for_all_sites(Lane::Read, get_tokens)},
      {Method::Delete,
       "/v1/tokens/{token}",
       Privilege::Administer,
       0,
       {},
       for_all_sites(
           Lane::Write, [&services](const Call& call, Store& store) { return delete_token(services, call, store); },
           [&services] { services.changed(); }),
       Repeated::Keyed},
      {Method::Get, "/v1/sites/{site}/agents", Privilege::Administer, 0, {}, get_agents},
      {Method::Put,
       "/v1/sites/{site}/agents",
       Privilege::Administer,
       limits::kWriteBytes,
       {},
       OnStore{Lane::Write, [&services](const Call& call, Store& store) { return put_agents(services, call, store); }}},
      {Method::Get, "/v1/audit", Privilege::Administer, 0, {"before", "limit"}, for_all_sites(Lane::Read, get_audit)},
  };
}

}  // namespace balans::api
