// Live state: posted by the site, streamed to screens.
#include "api/core/limits.hpp"
#include "api/http/routes/answers.hpp"
#include "api/http/routes/routes.hpp"

namespace balans::api {
namespace {

Answer post_state(Services& services, const Call& call) {
  Result<TrafoState> state = decode<TrafoState>(call.request.body);
  if (!state) return body_problem(problems::kInvalidBody, state.error());
  if (state->site != call.site)
    return body_problem(problems::kOtherSite,
                        {"state.site", "'" + state->site.str() + "', but the path says '" + call.site.str() + "'"});
  services.live.record(*std::move(state));
  services.metrics.add("balans_states_total", {});
  return no_content();
}

Answer get_state(Services& services, const Call& call) {
  const LiveState* live = services.live.of(call.site);
  if (live == nullptr) return problem(problems::kNotFound, "the site has not spoken since the api was started");
  Response response = json_response(encode(live->state));
  response.headers.emplace_back("Balans-Silent-Ms", std::to_string(services.live.silent_ms(*live)));
  return response;
}

}  // namespace

std::vector<Route> live_routes(Services& services) {
  return {
      {Method::Post,
       "/v1/sites/{site}/state",
       Privilege::SiteSignature,
       limits::kStateBytes,
       {},
       [&services](const Call& call) { return post_state(services, call); }},
      {Method::Get,
       "/v1/sites/{site}/state",
       Privilege::Read,
       0,
       {},
       [&services](const Call& call) { return get_state(services, call); }},
      {Method::Get,
       "/v1/sites/{site}/live",
       Privilege::Read,
       0,
       {},
       [&services](const Call& call) -> Answer {
         return EventStream{call.site.str(),
                            services.live.greeting(call.site, call.request.head.header("last-event-id"))};
       }},
  };
}

}  // namespace balans::api
