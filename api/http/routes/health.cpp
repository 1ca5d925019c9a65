// For whoever watches the process: it is alive, it can do its work.
#include "api/http/problem.hpp"
#include "api/http/routes/answers.hpp"
#include "api/http/routes/routes.hpp"

namespace balans::api {
namespace {

Answer get_ready(Services& services) {
  if (const auto ready = services.store.ready(); !ready) return problem(problems::kStoreFailed, "not ready");
  return json_response(R"({"status":"ready"})");
}

}  // namespace

std::vector<Route> health_routes(Services& services) {
  return {
      {Method::Get,
       "/healthz",
       Privilege::Open,
       0,
       {},
       [](const Call&) { return json_response(R"({"status":"ok"})"); }},
      {Method::Get, "/readyz", Privilege::Open, 0, {}, [&services](const Call&) { return get_ready(services); }},
  };
}

}  // namespace balans::api
