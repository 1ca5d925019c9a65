#include "api/http/router.hpp"

#include <algorithm>

#include "api/http/problem.hpp"
#include "common/messages/signed.hpp"

namespace balans::api {
namespace {

constexpr std::string_view kSite = "{site}";

/// The site's name where `path` fits the segments, empty text where it fits and has none, nothing where it does not
/// fit.
std::optional<std::string> fit(std::string_view path, const std::vector<std::string>& segments) {
  std::string site;
  path.remove_prefix(1);
  for (std::size_t i = 0; i < segments.size(); ++i) {
    const std::size_t end = std::min(path.find('/'), path.size());
    const std::string_view expected = path.substr(0, end);
    const bool last = end == path.size();
    if (expected == kSite)
      site = segments[i];
    else if (expected != segments[i])
      return std::nullopt;
    if (last) return i + 1 == segments.size() ? std::optional(site) : std::nullopt;
    path.remove_prefix(end + 1);
  }
  return std::nullopt;
}

Response method_not_allowed(const std::vector<Method>& allowed) {
  std::string names;
  for (Method method : allowed) {
    if (!names.empty()) names += ", ";
    names += name_of(method);
    if (method == Method::Get) names += ", HEAD";
  }
  Response response = problem(problems::kMethodNotAllowed, "offered here: " + names);
  response.headers.emplace_back("Allow", names);
  return response;
}

std::optional<Response> refuse_parameters(const Route& route, const Target& target) {
  for (const auto& [name, value] : target.query)
    if (std::find(route.parameters.begin(), route.parameters.end(), name) == route.parameters.end())
      return parameter_problem(name, "unknown parameter");
  return std::nullopt;
}

}  // namespace

std::string_view name_of(Method method) {
  switch (method) {
    case Method::Get:
      return "GET";
    case Method::Head:
      return "HEAD";
    case Method::Post:
      return "POST";
    case Method::Other:
      return "other";
  }
  return "other";
}

std::variant<Router::Match, Response> Router::find(const RequestHead& head) const {
  Result<Target> target = parse_target(head.target);
  if (!target) return problem(problems::kBadRequest, target.error().message());
  const Method wanted = head.method == Method::Head ? Method::Get : head.method;
  std::vector<Method> offered;
  for (const Route& route : routes_) {
    const auto site_name = fit(route.path, target->segments);
    if (!site_name) continue;
    offered.push_back(route.method);
    if (route.method != wanted) continue;
    if (auto refused = refuse_parameters(route, *target)) return *std::move(refused);
    if (route.path.find(kSite) == std::string_view::npos) return Match{&route, *std::move(target), {}};
    const Result<SiteId> site = SiteId::parse(*site_name);
    if (!site || !roster_.sites.contains(*site))
      return problem(problems::kUnknownSite, "no site is called '" + site_name->substr(0, 80) + "'");
    return Match{&route, *std::move(target), *site};
  }
  if (!offered.empty()) return method_not_allowed(offered);
  return problem(problems::kNotFound, "no route has this path");
}

std::optional<Response> Router::refuse_unsigned(const Match& match, const Request& request) const {
  if (match.route->privilege == Privilege::Open) return std::nullopt;
  const auto refuse = [](std::string_view header, std::string_view detail) {
    return header_problem(problems::kBadSignature, header, detail);
  };
  const PublicKey& pinned = roster_.sites.at(match.site).key;
  const Result<Bytes32> key = bytes32_from_hex(request.head.header("balans-key"));
  if (!key) return refuse("Balans-Key", key.error().what);
  if (*key != pinned.bytes) return refuse("Balans-Key", "not the key enrolled for site " + match.site.str());
  const Result<Bytes64> signature = bytes64_from_hex(request.head.header("balans-signature"));
  if (!signature) return refuse("Balans-Signature", signature.error().what);
  const std::string route = std::string(name_of(request.head.method)) + " " + request.head.target;
  if (!verify(pinned, signed_text("http", roster_.deployment, route, request.body), Signature{*signature}))
    return refuse("Balans-Signature", "does not fit key, deployment, '" + route.substr(0, 120) + "' and body");
  return std::nullopt;
}

std::variant<BodyLimit, Response> Router::admit(const RequestHead& head) {
  auto found = find(head);
  if (auto* refused = std::get_if<Response>(&found)) return std::move(*refused);
  const Match& match = std::get<Match>(found);
  // Strangers are turned away before their body takes up memory. The signature itself needs the body.
  if (match.route->privilege == Privilege::SiteSignature &&
      head.header("balans-key") != to_hex(roster_.sites.at(match.site).key.bytes))
    return header_problem(problems::kBadSignature, "Balans-Key", "not the key enrolled for site " + match.site.str());
  return BodyLimit{match.route->max_body};
}

Answer Router::handle(const Request& request) {
  auto found = find(request.head);
  if (auto* refused = std::get_if<Response>(&found)) return std::move(*refused);
  Match& match = std::get<Match>(found);
  if (request.body.size() > match.route->max_body)
    return problem(problems::kTooLarge, "at most " + std::to_string(match.route->max_body) + " bytes are taken");
  if (auto refused = refuse_unsigned(match, request)) return *std::move(refused);
  return match.route->run(Call{request, std::move(match.target), std::move(match.site)});
}

}  // namespace balans::api
