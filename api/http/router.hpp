#pragma once
// A table of routes, and the checks that are the same for all of them: path, method, privilege, size.

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/core/roster.hpp"
#include "api/http/message.hpp"
#include "api/http/query.hpp"

namespace balans::api {

enum class Privilege : std::uint8_t {
  Open,           ///< anybody who reaches the server
  SiteSignature,  ///< the site in the path has signed method, path and body
};

/// A request on its way to its route.
struct Call {
  const Request& request;
  Target target;
  SiteId site;  ///< of the path's {site}; known to the roster
};

struct Route {
  Method method;
  std::string_view path;  ///< `/v1/sites/{site}/state`
  Privilege privilege;
  std::size_t max_body;
  std::vector<std::string_view> parameters;  ///< of the query; any other is refused
  std::function<Answer(const Call&)> run;
};

class Router final : public Handler {
 public:
  Router(const Roster& roster, std::vector<Route> routes) : roster_(roster), routes_(std::move(routes)) {}

  std::variant<BodyLimit, Response> admit(const RequestHead& head) override;
  Answer handle(const Request& request) override;
  [[nodiscard]] const std::vector<Route>& routes() const { return routes_; }

 private:
  struct Match {
    const Route* route;
    Target target;
    SiteId site;
  };
  std::variant<Match, Response> find(const RequestHead& head) const;
  std::optional<Response> refuse_unsigned(const Match& match, const Request& request) const;

  const Roster& roster_;
  std::vector<Route> routes_;
};

}  // namespace balans::api
