// For whoever watches the process: it is alive, it can do its work, and its numbers.
#include "api/http/routes/answers.hpp"
#include "api/http/routes/routes.hpp"

namespace balans::api {
namespace {

Answer get_ready(Store& store) {
  if (!store.ready()) return problem(problems::kStoreFailed, "not ready");
  return json_response(R"({"status":"ready"})");
}

Answer get_metrics(Services& services, const Call& call) {
  if (call.caller.grant.sites) return problem(problems::kNotEntitled, "this token is for some sites only");
  services.measure(services.metrics);
  return Response{
      200, "text/plain; version=0.0.4; charset=utf-8", {{"Cache-Control", "no-store"}}, services.metrics.text()};
}

}  // namespace

std::vector<Route> health_routes(Services& services) {
  return {
      {Method::Get,
       "/healthz",
       Privilege::Open,
       0,
       {},
       [](const Call&) -> Answer { return json_response(R"({"status":"ok"})"); }},
      {Method::Get,
       "/readyz",
       Privilege::Open,
       0,
       {},
       OnStore{Lane::Write, [](const Call&, Store& store) { return get_ready(store); }}},
      {Method::Get,
       "/metrics",
       Privilege::Read,
       0,
       {},
       [&services](const Call& call) { return get_metrics(services, call); }},
  };
}

}  // namespace balans::api
