#include "api/http/router.hpp"

#include <algorithm>
#include <utility>

#include "api/http/compression.hpp"
#include "api/http/keyed.hpp"
#include "api/http/problem.hpp"
#include "api/http/signature.hpp"
#include "api/http/token_header.hpp"
#include "common/crypto/secret.hpp"

namespace balans::api {
namespace {

constexpr std::size_t kLightBody = 64 * 1024;  // hashed and verified well within a millisecond
constexpr std::size_t kTurnsOfOne = 64;
constexpr std::size_t kTurnsOfStrangers = 8;

std::vector<std::string_view> segments_of(std::string_view path) {
  std::vector<std::string_view> segments;
  path.remove_prefix(1);
  while (true) {
    const std::size_t end = std::min(path.find('/'), path.size());
    segments.push_back(path.substr(0, end));
    if (end == path.size()) return segments;
    path.remove_prefix(end + 1);
  }
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

Scope scope_of(Privilege privilege) {
  if (privilege == Privilege::Administer) return Scope::Administer;
  return privilege == Privilege::Operate ? Scope::Operate : Scope::Read;
}

/// A site that is not there and one that the caller may not see look the same.
std::optional<Response> refuse_site(const std::string& name, Call& call) {
  const Result<SiteId> site = SiteId::parse(name);
  if (!site || !call.access->roster.sites.contains(*site) || !call.caller.grant.sees(*site))
    return problem(problems::kUnknownSite, "no site is called '" + name.substr(0, 80) + "'");
  call.site = *site;
  return std::nullopt;
}

/// A route that is answered later has taken what it needs by now.
void wipe_secret(const Route& route, Call& call) {
  if (route.content == Content::Secret) wipe(call.request.body);
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
    case Method::Put:
      return "PUT";
    case Method::Delete:
      return "DELETE";
    case Method::Options:
      return "OPTIONS";
    case Method::Other:
      return "other";
  }
  return "other";
}

Router::Router(const AccessBook& access, StoreWork& work, const Clock& clock, std::vector<Route> routes)
    : access_(access), work_(work), clock_(clock), routes_(std::move(routes)), nodes_(1) {
  for (std::size_t i = 0; i < routes_.size(); ++i) plant(i);
}

void Router::plant(std::size_t route) {
  std::size_t at = 0;
  for (std::string_view segment : segments_of(routes_[route].path)) {
    const bool named = segment.starts_with('{');
    const auto known = nodes_[at].fixed.find(segment);
    std::size_t next = nodes_.size();
    if (named && nodes_[at].named) {
      BALANS_CHECK(nodes_[at].named->first == segment);  // one name for one place
      next = nodes_[at].named->second;
    } else if (!named && known != nodes_[at].fixed.end()) {
      next = known->second;
    }
    if (next == nodes_.size()) {
      nodes_.emplace_back();
      if (named)
        nodes_[at].named = {segment, next};
      else
        nodes_[at].fixed[segment] = next;
    }
    at = next;
  }
  nodes_[at].routes.push_back(route);
}

const Router::Node* Router::walk(const std::vector<std::string>& segments, Names& names) const {
  const Node* node = &nodes_.front();
  for (const std::string& segment : segments) {
    const auto fixed = node->fixed.find(segment);
    if (fixed != node->fixed.end()) {
      node = &nodes_[fixed->second];
    } else if (node->named) {
      const std::string_view name = node->named->first;
      names.emplace(name.substr(1, name.size() - 2), segment);
      node = &nodes_[node->named->second];
    } else {
      return nullptr;
    }
  }
  return node->routes.empty() ? nullptr : node;
}

std::string_view Router::path_of(std::string_view target) const {
  const Result<Target> parsed = parse_target(target);
  Names names;
  const Node* node = parsed ? walk(parsed->segments, names) : nullptr;
  return node == nullptr ? std::string_view() : routes_[node->routes.front()].path;
}

std::variant<Router::Match, Response> Router::find(const RequestHead& head) const {
  Result<Target> target = parse_target(head.target);
  if (!target) return problem(problems::kBadRequest, target.error().message());
  Call call;
  const Node* node = walk(target->segments, call.path);
  if (node == nullptr) return problem(problems::kNotFound, "no route has this path");
  const Method wanted = head.method == Method::Head ? Method::Get : head.method;
  std::vector<Method> offered;
  for (std::size_t i : node->routes) {
    const Route& route = routes_[i];
    offered.push_back(route.method);
    if (route.method != wanted) continue;
    if (auto refused = refuse_parameters(route, *target)) return *std::move(refused);
    call.target = *std::move(target);
    call.access = access_.now();
    if (auto refused = refuse_caller(route, head, call)) return *std::move(refused);
    return Match{&route, std::move(call)};
  }
  return method_not_allowed(offered);
}

std::optional<Response> Router::refuse_caller(const Route& route, const RequestHead& head, Call& call) const {
  const bool by_token = route.privilege != Privilege::Open && route.privilege != Privilege::SiteSignature;
  if (by_token)
    if (auto refused = refuse_token(route, head, call)) return refused;
  const auto site = call.path.find("site");
  if (site == call.path.end()) return std::nullopt;
  if (auto refused = refuse_site(site->second, call)) return refused;
  if (route.privilege != Privilege::SiteSignature) return std::nullopt;
  // Strangers are turned away before their body takes up memory. The signature itself needs the body.
  call.caller.who = "site " + call.site.str();
  call.caller.grant.sites = {call.site};
  return refuse_key(head, call.access->roster.sites.at(call.site).key, call.site);
}

std::optional<Response> Router::refuse_token(const Route& route, const RequestHead& head, Call& call) const {
  const auto text = token_in(head);
  if (!text) return problem(problems::kNoToken, "send `Authorization: Bearer <token>`");
  const Token* token = find_token(*call.access, *text, clock_.utc());
  if (token == nullptr) return problem(problems::kNoToken, "this token is unknown, expired or revoked");
  const Scope wanted = scope_of(route.privilege);
  if (!token->grant.may(wanted))
    return problem(problems::kNotEntitled, "this wants the scope " + std::string(name_of(wanted)) +
                                               ", and the token has " + std::string(name_of(token->grant.scope)));
  call.caller = {"token " + token->id + " (" + token->name + ")", token->grant};
  return std::nullopt;
}

std::variant<BodyLimit, Response> Router::admit(const RequestHead& head) {
  auto found = find(head);
  if (auto* refused = std::get_if<Response>(&found)) return std::move(*refused);
  return BodyLimit{std::get<Match>(found).route->max_body};
}

void Router::handle(Request request, Reply reply) {
  auto found = find(request.head);
  if (auto* refused = std::get_if<Response>(&found)) return reply(std::move(*refused));
  auto& [route, call] = std::get<Match>(found);
  if (request.body.size() > route->max_body)
    return reply(problem(problems::kTooLarge, "at most " + std::to_string(route->max_body) + " bytes are taken"));
  call.request = std::move(request);
  const auto* on_store = std::get_if<OnStore>(&route->run);
  const std::size_t body = call.request.body.size();
  const bool is_heavy = body > kLightBody || (body > 0 && !call.request.head.header("content-encoding").empty());
  if (on_store == nullptr && (std::holds_alternative<OnLoop>(route->run) || !is_heavy))
    return answer_on_loop(*route, call, reply);
  const auto kept = std::make_shared<Call>(std::move(call));
  if (on_store != nullptr)
    return post(on_store->lane, *kept, reply,
                [this, route = route, kept, reply](Store& store) { reply(run_on(store, *route, *kept)); });
  post(Lane::Read, *kept, reply, [this, route = route, kept, reply](Store&) {
    if (auto refused = refuse_body(*route, *kept)) return reply(*std::move(refused));
    std::get<Later>(route->run)(*kept, reply);
    wipe_secret(*route, *kept);
  });
}

void Router::answer_on_loop(const Route& route, Call& call, const Reply& reply) const {
  if (auto refused = refuse_body(route, call)) return reply(*std::move(refused));
  if (const auto* later = std::get_if<Later>(&route.run)) {
    (*later)(call, reply);
    return wipe_secret(route, call);
  }
  Answer answer = std::get<OnLoop>(route.run)(call);
  if (auto* stream = std::get_if<EventStream>(&answer)) stream->allowed = still_allowed(route, call);
  reply(std::move(answer));
}

void Router::post(Lane lane, const Call& call, const Reply& reply, StoreWork::Job job) {
  const bool is_stranger = call.caller.who.empty();
  const auto turn = turns_.take(is_stranger ? "at " + call.request.head.peer : call.caller.who,
                                is_stranger ? kTurnsOfStrangers : kTurnsOfOne);
  if (turn == nullptr) return reply(problem(problems::kBusy, "too many requests of this caller are under way"));
  const auto posted = work_.post(lane, [turn, job = std::move(job)](Store& store) { job(store); });
  if (!posted) reply(problem(problems::kBusy, "try again in a moment"));
}

/// A stream outlives the moment it was asked for in: what allowed it may be revoked, expire, or be replaced.
std::function<bool()> Router::still_allowed(const Route& route, const Call& call) const {
  RequestHead head{call.request.head.method, call.request.head.target, {}};
  for (const char* name : {"authorization", "cookie", "balans-key"})
    if (const auto value = call.request.head.header(name); !value.empty()) head.headers.emplace(name, value);
  return [this, &route, head = std::move(head), path = call.path] {
    Call again;
    again.path = path;
    again.access = access_.now();
    return !refuse_caller(route, head, again);
  };
}

/// Unpacking and verifying take time: where the body is large they are done by a thread that may take it.
std::optional<Response> Router::refuse_body(const Route& route, Call& call) const {
  if (auto refused = unpack(call.request, route.max_body)) return refused;
  return route.privilege == Privilege::SiteSignature ? refuse_signature(call) : std::nullopt;
}

Answer Router::run_on(Store& store, const Route& route, Call& call) const {
  if (auto refused = refuse_body(route, call)) return *std::move(refused);
  const OnStore& run = std::get<OnStore>(route.run);
  return route.repeated == Repeated::Keyed ? run_keyed(route, call, store, clock_.utc()) : run.run(call, store);
}

}  // namespace balans::api
