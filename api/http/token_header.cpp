#include "api/http/token_header.hpp"

#include <algorithm>
#include <cctype>

namespace balans::api {
namespace {

bool is_bearer(std::string_view text) {
  constexpr std::string_view kBearer = "bearer ";
  return text.size() > kBearer.size() && std::equal(kBearer.begin(), kBearer.end(), text.begin(), [](char a, char b) {
           return a == std::tolower(static_cast<unsigned char>(b));
         });
}

std::optional<std::string_view> cookie(std::string_view cookies, std::string_view name) {
  while (!cookies.empty()) {
    const std::size_t end = std::min(cookies.find(';'), cookies.size());
    std::string_view one = cookies.substr(0, end);
    while (one.starts_with(' ')) one.remove_prefix(1);
    if (one.size() > name.size() && one.starts_with(name) && one[name.size()] == '=')
      return one.substr(name.size() + 1);
    cookies.remove_prefix(std::min(end + 1, cookies.size()));
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string_view> token_in(const RequestHead& head) {
  const std::string_view header = head.header("authorization");
  if (!header.empty()) return is_bearer(header) ? std::optional(header.substr(7)) : std::nullopt;
  const bool reads = head.method == Method::Get || head.method == Method::Head;
  return reads ? cookie(head.header("cookie"), kTokenCookie) : std::nullopt;
}

}  // namespace balans::api
