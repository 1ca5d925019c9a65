// Live state: posted by the site, streamed to screens.
#include "api/core/limits.hpp"
#include "api/http/problem.hpp"
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
  services.live.record(*state, encode(*state));
  return no_content();
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
       "/v1/sites/{site}/live",
       Privilege::Open,
       0,
       {},
       [&services](const Call& call) {
         return Answer(EventStream{call.site.str(), services.live.greeting(call.site)});
       }},
  };
}

}  // namespace balans::api
