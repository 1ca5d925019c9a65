#pragma once
// Who may do what: tokens with a scope and sites, and the roster of sites and agents with their pinned keys.

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "api/core/roster.hpp"
#include "common/crypto/crypto.hpp"
#include "common/result.hpp"
#include "common/units.hpp"

namespace balans::api {

/// Each may all that the ones before it may.
enum class Scope : std::uint8_t { Read, Operate, Administer };
std::string_view name_of(Scope scope);
Result<Scope> parse_scope(std::string_view text);

/// What somebody may do, and with which sites.
struct Grant {
  Scope scope = Scope::Read;
  std::optional<std::set<SiteId>> sites;  ///< absent: all, also those that are enrolled later

  [[nodiscard]] bool may(Scope wanted) const { return wanted <= scope; }
  [[nodiscard]] bool sees(const SiteId& site) const { return !sites || sites->contains(site); }
  bool operator==(const Grant&) const = default;
};

/// A token as it is kept: its secret only as a digest.
struct Token {
  std::string id;    ///< eight hexadecimal digits, part of the token's text
  std::string name;  ///< for people
  Grant grant;
  Digest secret;
  UnixTime made;
  std::optional<UnixTime> expires;
  std::optional<UnixTime> revoked;
  bool operator==(const Token&) const = default;
};

/// What whoever holds the token shows: `balans_<id>_<secret>`, 64 hexadecimal digits of secret.
std::string token_text(std::string_view id, const Bytes32& secret);
/// The id, and the digest of the secret.
Result<std::pair<std::string, Digest>> parse_token(std::string_view text);

/// All that requests are judged by. Never changed: a new one takes its place.
struct AccessList {
  Roster roster;
  std::map<std::string, Token, std::less<>> tokens;  ///< by id
};

/// The token of that text, if it is good at `now`.
const Token* find_token(const AccessList& access, std::string_view text, UnixTime now);

}  // namespace balans::api
