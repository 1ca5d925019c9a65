// The page's sign-in: a token becomes a cookie that scripts cannot read, for reading only.
#include "api/http/routes/answers.hpp"
#include "api/http/routes/routes.hpp"
#include "api/http/token_header.hpp"
#include "common/messages/json.hpp"

namespace balans::api {
namespace {

constexpr std::string_view kMonth = "2592000";  // seconds

std::string cookie(const Call& call, std::string_view token, std::string_view age) {
  std::string text = std::string(kTokenCookie) + "=" + std::string(token) +
                     "; Path=/; HttpOnly; SameSite=Strict; Max-Age=" + std::string(age);
  if (call.request.head.header("x-forwarded-proto") == "https" || call.request.is_encrypted) text += "; Secure";
  return text;
}

Answer post_session(Services& services, const Call& call) {
  const auto value = json::parse_strict(call.request.body, limits::kWriteBytes);
  if (!value) return pointer_problem(problems::kInvalidBody, value.error());
  std::optional<Error> error;
  json::ObjectReader r(*value, "", error, json::PathStyle::Pointer);
  const std::string text = r.string("token", 200);
  r.finish();
  if (error) return pointer_problem(problems::kInvalidBody, *error);
  const Token* token = find_token(*call.access, text, services.clock.utc());
  if (token == nullptr) return problem(problems::kNoToken, "this token is unknown, expired or revoked");
  Response response = no_content();
  response.headers.emplace_back("Set-Cookie", cookie(call, text, kMonth));
  return response;
}

Answer delete_session(const Call& call) {
  Response response = no_content();
  response.headers.emplace_back("Set-Cookie", cookie(call, "", "0"));
  return response;
}

}  // namespace

std::vector<Route> session_routes(Services& services) {
  return {
      {Method::Post,
       "/v1/session",
       Privilege::Open,
       1024,
       {},
       [&services](const Call& call) { return post_session(services, call); }},
      {Method::Delete, "/v1/session", Privilege::Open, 0, {}, delete_session},
  };
}

}  // namespace balans::api
