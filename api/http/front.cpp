#include "api/http/front.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "api/http/compression.hpp"
#include "api/http/problem.hpp"
#include "common/io/runtime/keys.hpp"
#include "common/masked.hpp"

namespace balans::api {
namespace {

constexpr std::size_t kMostIdBytes = 64;
constexpr std::int64_t kProblemsLogged = 600;  // a minute

/// The client's own id, so that its log and ours can be laid beside each other, or a fresh one.
std::string id_of(const RequestHead& head) {
  const std::string_view wanted = head.header("x-request-id");
  const bool usable = !wanted.empty() && wanted.size() <= kMostIdBytes &&
                      std::all_of(wanted.begin(), wanted.end(),
                                  [](unsigned char c) { return std::isalnum(c) != 0 || c == '-' || c == '_'; });
  return usable ? std::string(wanted) : fmt::format("{:016x}", random_u64());
}

bool has(const Response& response, std::string_view name) {
  return std::any_of(response.headers.begin(), response.headers.end(),
                     [&](const auto& header) { return header.first == name; });
}

/// An answer that the client has already is only said to be the same.
void add_tag(const RequestHead& head, Response& response) {
  const bool reads = head.method == Method::Get || head.method == Method::Head;
  if (!reads || response.status != 200) return;
  if (!has(response, "ETag")) response.headers.emplace_back("ETag", tag_of(response.body));
  const auto tag = std::find_if(response.headers.begin(), response.headers.end(),
                                [](const auto& header) { return header.first == "ETag"; });
  if (!names_tag(head.header("if-none-match"), tag->second)) return;
  response.status = 304;
  response.body.clear();
}

}  // namespace

std::string tag_of(std::string_view body) { return "\"" + to_hex(blake2b(body).bytes).substr(0, 20) + "\""; }

bool names_tag(std::string_view header, std::string_view tag) {
  if (header == "*") return true;
  while (!header.empty()) {
    const std::size_t end = std::min(header.find(','), header.size());
    std::string_view one = header.substr(0, end);
    while (one.starts_with(' ')) one.remove_prefix(1);
    while (one.ends_with(' ')) one.remove_suffix(1);
    if (one.starts_with("W/")) one.remove_prefix(2);
    if (one == tag) return true;
    header.remove_prefix(std::min(end + 1, header.size()));
  }
  return false;
}

bool Front::allows(std::string_view origin) const {
  return !origin.empty() && (options_.origins.contains("*") || options_.origins.contains(std::string(origin)));
}

void Front::allow_origin(const RequestHead& head, std::vector<std::pair<std::string, std::string>>& headers) const {
  if (options_.origins.empty()) return;
  headers.emplace_back("Vary", "Origin");
  if (!allows(head.header("origin"))) return;
  headers.emplace_back("Access-Control-Allow-Origin", head.header("origin"));
  headers.emplace_back("Access-Control-Expose-Headers", "ETag, Location, Retry-After, X-Request-Id");
}

/// A browser asks before a page elsewhere may send a token. Cookies are never taken from there.
std::optional<Response> Front::preflight(const RequestHead& head) const {
  if (head.method != Method::Options || head.header("access-control-request-method").empty()) return std::nullopt;
  Response response{204, "", {{"Cache-Control", "no-store"}}, ""};
  if (!allows(head.header("origin"))) return response;
  response.headers.emplace_back("Access-Control-Allow-Methods", "GET, HEAD, POST, PUT, DELETE");
  response.headers.emplace_back("Access-Control-Allow-Headers",
                                "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, Last-Event-ID, "
                                "X-Request-Id");
  response.headers.emplace_back("Access-Control-Max-Age", "600");
  return response;
}

std::variant<BodyLimit, Response> Front::admit(const RequestHead& head) {
  if (auto asked_before = preflight(head)) {
    allow_origin(head, asked_before->headers);
    return *std::move(asked_before);
  }
  auto admitted = router_.admit(head);
  if (auto* refused = std::get_if<Response>(&admitted))
    return finish(head, id_of(head), clock_.boot(), std::move(*refused));
  return admitted;
}

void Front::handle(Request request, Reply reply) {
  request.id = id_of(request.head);
  const auto head = std::make_shared<const RequestHead>(request.head);
  const BootTime began = clock_.boot();
  router_.handle(std::move(request), [this, head, id = request.id, began, reply = std::move(reply)](Answer answer) {
    if (auto* stream = std::get_if<EventStream>(&answer)) {
      stream->headers.emplace_back("X-Request-Id", id);
      allow_origin(*head, stream->headers);
      return reply(std::move(answer));
    }
    reply(finish(*head, id, began, std::get<Response>(std::move(answer))));
  });
}

Response Front::finish(const RequestHead& head, const std::string& id, BootTime began, Response response) const {
  tell(head, id, began, response);
  add_tag(head, response);
  pack(head, response);
  allow_origin(head, response.headers);
  response.headers.emplace_back("X-Request-Id", id);
  return response;
}

/// Anybody can cause problems: so that nobody washes all else out of the log, there is a number of lines for a minute.
/// The counters have all.
bool Front::may_log(BootTime now) const {
  const std::lock_guard lock(mutex_);
  if (now - minute_ >= 60_s) {
    if (problems_ > kProblemsLogged) events_.write("problems-unlogged", {{"count", problems_ - kProblemsLogged}});
    minute_ = now;
    problems_ = 0;
  }
  return ++problems_ <= kProblemsLogged;
}

void Front::tell(const RequestHead& head, const std::string& id, BootTime began, const Response& response) const {
  const std::string_view path = router_.path_of(head.target);
  const std::string_view route = path.empty() ? "none" : path;
  const Millis took = clock_.boot() - began;
  metrics_.add("balans_http_requests_total",
               {{"route", route}, {"method", name_of(head.method)}, {"status", std::to_string(response.status)}});
  metrics_.observe("balans_http_request_duration_seconds", {{"route", route}},
                   static_cast<double>(took.count()) / 1000);
  if (response.status < 400 && options_.log == LogRequests::Problems) return;
  if (response.status >= 400 && !may_log(began)) return;
  events_.write("request", {{"id", id},
                            {"method", name_of(head.method)},
                            {"path", masked_widely(head.target).substr(0, 200)},
                            {"status", std::int64_t{response.status}},
                            {"ms", took.count()},
                            {"why", response.status < 400 ? "" : response.body.substr(0, 300)}});
}

}  // namespace balans::api
