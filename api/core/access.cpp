#include "api/core/access.hpp"

#include <algorithm>
#include <array>

namespace balans::api {
namespace {

constexpr std::string_view kPrefix = "balans_";
constexpr std::size_t kIdDigits = 8;
constexpr std::array<std::pair<Scope, std::string_view>, 3> kScopes{
    {{Scope::Read, "read"}, {Scope::Operate, "operate"}, {Scope::Administer, "administer"}}};

bool is_hex(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

}  // namespace

std::string_view name_of(Scope scope) { return kScopes.at(static_cast<std::size_t>(scope)).second; }

Result<Scope> parse_scope(std::string_view text) {
  for (const auto& [scope, name] : kScopes)
    if (text == name) return scope;
  return Error{"", "'" + std::string(text.substr(0, 40)) + "' is not a scope: expected read, operate or administer"};
}

std::string token_text(std::string_view id, const Bytes32& secret) {
  return std::string(kPrefix) + std::string(id) + "_" + to_hex(secret);
}

Result<std::pair<std::string, Digest>> parse_token(std::string_view text) {
  const Error error{"", "is not a token"};
  if (!text.starts_with(kPrefix)) return error;
  text.remove_prefix(kPrefix.size());
  if (text.size() < kIdDigits + 1 || text[kIdDigits] != '_' || !is_hex(text.substr(0, kIdDigits))) return error;
  const std::string_view secret = text.substr(kIdDigits + 1);
  if (!bytes32_from_hex(secret)) return error;
  return std::pair{std::string(text.substr(0, kIdDigits)), blake2b(secret)};
}

const Token* find_token(const AccessList& access, std::string_view text, UnixTime now) {
  const auto claimed = parse_token(text);
  if (!claimed) return nullptr;
  const auto found = access.tokens.find(claimed->first);
  // Digests are compared, not secrets: how long that takes tells nothing about the secret.
  if (found == access.tokens.end() || !(found->second.secret == claimed->second)) return nullptr;
  const Token& token = found->second;
  if (token.revoked || (token.expires && *token.expires <= now)) return nullptr;
  return &token;
}

}  // namespace balans::api
