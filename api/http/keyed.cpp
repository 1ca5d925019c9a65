#include "api/http/keyed.hpp"
#include "api/app/time_tail.hpp"

#include <charconv>

#include "api/core/limits.hpp"
#include "api/core/time_id.hpp"
#include "api/http/problem.hpp"
#include "common/io/runtime/keys.hpp"
#include "common/masked.hpp"

namespace balans::api {
namespace {

std::string request_text(const Request& request) {
  return std::string(name_of(request.head.method)) + " " + request.head.target + "\n" + request.body;
}

/// Who chose the key: two who choose the same one do not meet.
std::string owner_of(const Call& call) {
  const std::string& who = call.caller.who.empty() ? call.request.head.target : call.caller.who;
  return who.substr(0, who.find(" ("));
}

std::string to_text(const Response& response) {
  return std::to_string(response.status) + " " + response.content_type + "\n" + response.body;
}

Response from_text(const std::string& text) {
  Response response{200, "", {{"Cache-Control", "no-store"}}, ""};
  const std::size_t space = text.find(' ');
  const std::size_t end = text.find('\n');
  if (space == std::string::npos || end == std::string::npos || space > end) return response;
  std::from_chars(text.data(), text.data() + space, response.status);
  response.content_type = text.substr(space + 1, end - space - 1);
  response.body = text.substr(end + 1);
  return response;
}

Result<void> keep(const Route& route, const Call& call, Store& store, const Response& response, UnixTime now) {
  const Digest asked = blake2b(request_text(call.request));
  if (const auto forgotten = store.answers().forget(now - limits::kAnswerKept, 10); !forgotten) return forgotten;
  if (route.privilege == Privilege::Operate || route.privilege == Privilege::Administer) {
    const std::string what = std::string(name_of(route.method)) + " " + std::string(route.path);
    const AuditEntry entry{time_id(now, time_tail()), now,
                           call.caller.who,           what,
                           call.site.str(),           masked_widely(call.request.head.target).substr(0, 200)};
    if (const auto noted = store.audit().add(entry); !noted) return noted;
  }
  return store.answers().keep(owner_of(call), std::string(call.request.head.header("idempotency-key")),
                              {asked, to_text(response)}, now);
}

}  // namespace

bool is_usable_key(std::string_view key) {
  if (key.empty() || key.size() > limits::kIdempotencyKeyBytes) return false;
  for (char c : key)
    if (c < 0x21 || c > 0x7e) return false;
  return true;
}

std::optional<Response> refuse_missing_key(const RequestHead& head) {
  if (is_usable_key(head.header("idempotency-key"))) return std::nullopt;
  return header_problem(problems::kMissingHeader, "Idempotency-Key",
                        "expected 1 to " + std::to_string(limits::kIdempotencyKeyBytes) + " visible ASCII characters");
}

Answer run_keyed(const Route& route, const Call& call, Store& store, UnixTime now) {
  if (auto refused = refuse_missing_key(call.request.head)) return *std::move(refused);
  const std::string key(call.request.head.header("idempotency-key"));
  Response response;
  const Error rolled_back{"", "refused"};
  const Result<void> done = store.transaction([&]() -> Result<void> {
    const auto kept = store.answers().find(owner_of(call), key);
    if (!kept) return kept.error();
    if (*kept) {
      const bool same = (*kept)->request == blake2b(request_text(call.request));
      response = same ? from_text((*kept)->answer)
                      : header_problem(problems::kKeyReused, "Idempotency-Key", "came with another request before");
      return {};
    }
    Answer answer = std::get<OnStore>(route.run).run(call, store);
    BALANS_CHECK(std::holds_alternative<Response>(answer));
    response = std::get<Response>(std::move(answer));
    if (response.status >= 300) return rolled_back;
    return keep(route, call, store, response, now);
  });
  if (!done && response.status < 300) return problem(problems::kStoreFailed, "nothing was done; send it again");
  if (const auto& committed = std::get<OnStore>(route.run).committed; done && committed) committed();
  return response;
}

}  // namespace balans::api
