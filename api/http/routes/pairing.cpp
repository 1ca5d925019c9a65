// A site is enrolled: somebody with the right makes a code, the site redeems it.
#include "api/app/enrolment.hpp"
#include "api/http/routes/answers.hpp"
#include "api/http/routes/routes.hpp"
#include "api/http/signature.hpp"
#include "common/messages/json.hpp"

namespace balans::api {
namespace {

Result<std::optional<SiteId>> parse_code_wish(std::string_view body) {
  const auto value = json::parse_strict(body, limits::kWriteBytes);
  if (!value) return value.error();
  std::optional<Error> error;
  json::ObjectReader r(*value, "", error, json::PathStyle::Pointer);
  std::optional<SiteId> site;
  if (r.has("site")) {
    const auto id = SiteId::parse(r.string("site", 40));
    if (!id) r.fail("site", id.error().what);
    if (id) site = *id;
  }
  r.finish();
  if (error) return *error;
  return site;
}

Answer post_code(Services& services, const Call& call, Store& store) {
  const auto site = parse_code_wish(call.request.body);
  if (!site) return pointer_problem(problems::kInvalidBody, site.error());
  const auto& own = call.caller.grant.sites;
  if (own && (!*site || !own->contains(**site)))
    return problem(problems::kNotEntitled, "this token may make codes for its own sites only");
  const auto code = add_code(store, *site, services.clock.utc());
  if (!code) return store_problem();
  json::Writer w;
  w.begin_object().key("code").string(code->text).key("expires").string(to_rfc3339(code->expires));
  return json_response(w.end_object().take(), 201);
}

Response enrolled(Services& services, const Call& call, const PairedSite& site) {
  json::Writer w;
  w.begin_object().key("site").string(site.id.str());
  w.key("agents").integer(static_cast<std::int64_t>(site.agents.size()));
  w.key("deployment").string(to_hex(site.deployment.value_or(call.access->roster.deployment).bytes));
  w.key("api_key").string(to_hex(services.give_order.public_key().bytes));
  return json_response(w.end_object().take());
}

Answer refused(Services& services, const Call& call, const PairingRefused& refusal) {
  if (refusal.why == PairingRefused::Why::NameTaken) return problem(problems::kConflict, refusal.detail);
  services.pairing_tries.count_wrong(call.request.head.peer, services.clock.boot());
  return problem(problems::kBadCode, refusal.detail);
}

/// Sent again after a lost answer it gives the same answer, so no key is asked for.
Answer post_pairing(Services& services, const Call& call, Store& store) {
  if (services.pairing_tries.exhausted(call.request.head.peer, services.clock.boot()))
    return problem(problems::kTooManyTries, "too many wrong codes in the last minute");
  const auto request = parse_pairing(call.request.body);
  if (!request) return pointer_problem(problems::kInvalidBody, request.error());
  if (auto bad = refuse_key(call.request.head, request->key, request->site)) return *std::move(bad);
  if (auto bad = refuse_signature(call.request, request->key, request->deployment)) return *std::move(bad);
  std::optional<Redeemed> redeemed;
  const auto done = store.transaction([&]() -> Result<void> {
    auto outcome = redeem(*call.access, store, *request, services.clock.utc());
    if (!outcome) return outcome.error();
    redeemed = *std::move(outcome);
    return {};
  });
  if (!done) return store_problem();
  if (const auto* refusal = std::get_if<PairingRefused>(&*redeemed)) return refused(services, call, *refusal);
  services.changed();
  return enrolled(services, call, std::get<PairedSite>(*redeemed));
}

}  // namespace

std::vector<Route> pairing_routes(Services& services) {
  return {
      {Method::Post,
       "/v1/pairing/codes",
       Privilege::Administer,
       limits::kWriteBytes,
       {},
       OnStore{Lane::Write, [&services](const Call& call, Store& store) { return post_code(services, call, store); }},
       Repeated::Keyed},
      {Method::Post,
       "/v1/pairing",
       Privilege::Open,
       limits::kWriteBytes,
       {},
       OnStore{Lane::Write,
               [&services](const Call& call, Store& store) { return post_pairing(services, call, store); }}},
  };
}

}  // namespace balans::api
