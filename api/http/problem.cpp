#include "api/http/problem.hpp"

#include "common/masked.hpp"
#include "common/messages/json.hpp"

namespace balans::api {
namespace {

/// Paths of the JSON reader are `name.member[index].member`; a pointer has neither the name nor brackets.
std::string pointer_of(std::string_view where) {
  const std::size_t start = where.find_first_of(".[");
  if (start == std::string_view::npos) return "";
  std::string pointer;
  for (char c : where.substr(start)) {
    if (c == '.' || c == '[') pointer += '/';
    if (c == '~') pointer += "~0";
    if (c == '/') pointer += "~1";
    if (c != '.' && c != '[' && c != ']' && c != '~' && c != '/') pointer += c;
  }
  return pointer;
}

}  // namespace

Response problem(const ProblemKind& kind, std::string_view detail, const std::vector<Flaw>& flaws) {
  json::Writer w;
  w.begin_object().key("type").string("urn:balans:problem:" + std::string(kind.slug));
  w.key("title").string(kind.title).key("status").integer(kind.status).key("detail").string(masked_widely(detail));
  if (!flaws.empty()) {
    w.key("errors").begin_array();
    for (const Flaw& flaw : flaws)
      w.begin_object()
          .key(flaw.member)
          .string(masked_widely(flaw.place))
          .key("detail")
          .string(masked_widely(flaw.detail))
          .end_object();
    w.end_array();
  }
  Response response{kind.status, "application/problem+json", {{"Cache-Control", "no-store"}}, w.end_object().take()};
  if (kind.status == 503) response.headers.emplace_back("Retry-After", "2");
  if (kind.status == 429) response.headers.emplace_back("Retry-After", "60");
  if (kind.status == 401) response.headers.emplace_back("WWW-Authenticate", "Bearer realm=\"balans\"");
  return response;
}

Response body_problem(const ProblemKind& kind, const Error& error) {
  return problem(kind, error.message(), {{"pointer", pointer_of(error.where), error.what}});
}

Response pointer_problem(const ProblemKind& kind, const Error& error) {
  return problem(kind, error.message(), {{"pointer", error.where, error.what}});
}

Response parameter_problem(std::string_view parameter, std::string_view detail) {
  const std::string name(parameter);
  return problem(problems::kInvalidParameter, name + ": " + std::string(detail),
                 {{"parameter", name, std::string(detail)}});
}

Response header_problem(const ProblemKind& kind, std::string_view header, std::string_view detail) {
  const std::string name(header);
  return problem(kind, name + ": " + std::string(detail), {{"header", name, std::string(detail)}});
}

}  // namespace balans::api
