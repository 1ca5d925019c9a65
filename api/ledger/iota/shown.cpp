#include "api/ledger/iota/shown.hpp"

#include <algorithm>

namespace balans::iota {
namespace {

constexpr std::size_t kMostShown = 500;

}  // namespace

std::string shown_endpoint(std::string_view endpoint) {
  const std::size_t scheme = endpoint.find("://");
  const std::size_t begin = scheme == std::string_view::npos ? 0 : scheme + 3;
  std::string_view host = endpoint.substr(begin);
  // A password with a slash in it that is not percent-encoded goes as well.
  const std::size_t user = host.substr(0, host.find('?')).rfind('@');
  if (user != std::string_view::npos) host.remove_prefix(user + 1);
  host = host.substr(0, host.find_first_of("/?#\\"));
  return std::string(endpoint.substr(0, begin)) + shown_text(host);
}

std::string shown_text(std::string_view text) {
  std::string shown(text.substr(0, kMostShown));
  std::replace_if(
      shown.begin(), shown.end(), [](char c) { return c < ' ' || c > '~'; }, '.');
  return shown;
}

}  // namespace balans::iota
