#pragma once
// How a site is enrolled: somebody with the right makes a code, reads it to whoever stands at the site, and the site
// redeems it once, in a request signed with the key that is to be pinned.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "api/core/access.hpp"

namespace balans::api {

inline constexpr Millis kPairingLasts = 10 * 60_s;
inline constexpr std::int64_t kPairingTries = 5;
/// Wrong codes of one neighbour, in a minute.
inline constexpr std::size_t kWrongCodesPerMinute = 30;

/// `k7qm-3f8d-9x2a`: four characters that name the code, and eight that are its secret (40 bits).
struct CodeParts {
  std::string id;
  std::string secret;
};
/// Made from random bytes.
CodeParts make_code(const Bytes32& random);
std::string code_text(const CodeParts& code);
/// Takes what people type: upper case, without dashes, o for 0, i and l for 1.
Result<CodeParts> parse_code(std::string_view text);

/// What a site says of itself when it redeems a code.
struct PairingRequest {
  CodeParts code;
  SiteId site;
  PublicKey key;
  DeploymentId deployment;
  std::map<AgentId, PublicKey> agents;
};
Result<PairingRequest> parse_pairing(std::string_view json);

}  // namespace balans::api
