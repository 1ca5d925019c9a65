#include "api/core/pairing.hpp"

#include "api/core/limits.hpp"
#include "common/messages/fields.hpp"
#include "common/messages/json.hpp"

namespace balans::api {
namespace {

constexpr std::string_view kDigits = "0123456789abcdefghjkmnpqrstvwxyz";  // Crockford's base 32
constexpr std::size_t kIdDigits = 4;
constexpr std::size_t kAllDigits = 12;

char as_digit(char c) {
  if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  if (c == 'o') return '0';
  return c == 'i' || c == 'l' ? '1' : c;
}

Bytes32 read_bytes32(json::ObjectReader& r, std::string_view key) {
  const auto bytes = bytes32_from_hex(r.string(key, 64));
  if (!bytes) r.fail(key, bytes.error().what);
  return bytes ? *bytes : Bytes32{};
}

std::map<AgentId, PublicKey> read_agents(json::ObjectReader& r, std::optional<Error>& error) {
  std::map<AgentId, PublicKey> agents;
  fields::read_array(r, "agents", static_cast<std::size_t>(defaults::kMaxAgents),
                     [&](const boost::json::value& element, const std::string& path) {
                       json::ObjectReader agent(element, path, error);
                       const auto id = fields::read_id<AgentId>(agent, "id");
                       const PublicKey key{read_bytes32(agent, "key")};
                       if (!agents.emplace(id, key).second) agent.fail("id", "is listed twice");
                       agent.finish();
                     });
  return agents;
}

}  // namespace

CodeParts make_code(const Bytes32& random) {
  std::string digits;
  for (std::size_t i = 0; i < kAllDigits; ++i) digits += kDigits[random[i] % kDigits.size()];
  return {digits.substr(0, kIdDigits), digits.substr(kIdDigits)};
}

std::string code_text(const CodeParts& code) {
  return code.id + "-" + code.secret.substr(0, 4) + "-" + code.secret.substr(4);
}

Result<CodeParts> parse_code(std::string_view text) {
  std::string digits;
  for (char c : text.substr(0, 40)) {
    if (c == '-' || c == ' ') continue;
    const char digit = as_digit(c);
    if (kDigits.find(digit) == std::string_view::npos) return Error{"", "is not a pairing code"};
    digits += digit;
  }
  if (digits.size() != kAllDigits) return Error{"", "is not a pairing code: expected 12 letters and digits"};
  return CodeParts{digits.substr(0, kIdDigits), digits.substr(kIdDigits)};
}

Result<PairingRequest> parse_pairing(std::string_view json) {
  const auto value = json::parse_strict(json, limits::kWriteBytes);
  if (!value) return value.error();
  std::optional<Error> error;
  json::ObjectReader r(*value, "", error, json::PathStyle::Pointer);
  PairingRequest request;
  const auto code = parse_code(r.string("code", 40));
  if (!code) r.fail("code", code.error().what);
  if (code) request.code = *code;
  request.site = fields::read_id<SiteId>(r, "site");
  request.key.bytes = read_bytes32(r, "key");
  request.deployment.bytes = read_bytes32(r, "deployment");
  request.agents = read_agents(r, error);
  r.finish();
  if (error) return *error;
  return request;
}

}  // namespace balans::api
