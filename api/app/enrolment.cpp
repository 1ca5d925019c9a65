#include "api/app/enrolment.hpp"
#include "api/app/time_tail.hpp"

#include <algorithm>

#include "api/core/limits.hpp"
#include "api/core/time_id.hpp"
#include "common/io/runtime/keys.hpp"

namespace balans::api {
namespace {

PairingRefused bad_code() {
  return {PairingRefused::Why::BadCode, "it is wrong, used up, expired, or for another site"};
}

Result<std::string> unused_token_id(Store& store) {
  const auto tokens = store.tokens().all();
  if (!tokens) return tokens.error();
  if (tokens->size() >= limits::kTokens)
    return Error{"", "there are " + std::to_string(limits::kTokens) + " tokens already"};
  while (true) {
    const std::string id = to_hex(random_bytes32()).substr(0, 8);
    bool taken = false;
    for (const Token& token : *tokens) taken = taken || token.id == id;
    if (!taken) return id;
  }
}

}  // namespace

Result<AccessList> read_access(const Roster& configured, Store& store) {
  AccessList access;
  access.roster = configured;
  auto tokens = store.tokens().all();
  if (!tokens) return tokens.error();
  for (Token& token : *tokens) access.tokens.emplace(token.id, token);
  auto sites = store.enrolments().all();
  if (!sites) return sites.error();
  for (PairedSite& site : *sites)
    access.roster.sites.emplace(site.id, EnrolledSite{site.key, std::move(site.agents), site.deployment});
  return access;
}

Result<NewToken> add_token(Store& store, const std::string& name, const Grant& grant, std::optional<UnixTime> expires,
                           UnixTime now) {
  const auto id = unused_token_id(store);
  if (!id) return id.error();
  const Bytes32 secret = random_bytes32();
  const Token token{*id, name, grant, blake2b(to_hex(secret)), now, expires, std::nullopt};
  if (const auto added = store.tokens().add(token); !added) return added.error();
  if (const auto counted = store.changes().bump(); !counted) return counted.error();
  return NewToken{token, token_text(token.id, secret)};
}

Result<bool> revoke_token(Store& store, const std::string& id, UnixTime now) {
  const auto revoked = store.tokens().revoke(id, now);
  if (!revoked || !*revoked) return revoked;
  if (const auto counted = store.changes().bump(); !counted) return counted.error();
  return true;
}

Result<NewCode> add_code(Store& store, const std::optional<SiteId>& site, UnixTime now) {
  if (const auto forgotten = store.enrolments().forget_codes(now); !forgotten) return forgotten.error();
  const CodeParts parts = make_code(random_bytes32());
  const PairingCode code{parts.id, blake2b(parts.secret), site, now + kPairingLasts, kPairingTries};
  if (const auto added = store.enrolments().add_code(code); !added) return added.error();
  return NewCode{code_text(parts), code.expires};
}

Result<Redeemed> redeem(const AccessList& access, Store& store, const PairingRequest& request, UnixTime now) {
  const auto code = store.enrolments().code(request.code.id);
  if (!code) return code.error();
  if (!*code) return Redeemed(bad_code());
  const PairingCode& known = **code;
  const PairedSite site{request.site, request.key, request.agents, request.deployment};
  const auto enrolled = access.roster.sites.find(request.site);
  const bool again = known.secret == blake2b(request.code.secret) && enrolled != access.roster.sites.end() &&
                     enrolled->second.key == request.key && enrolled->second.agents == request.agents &&
                     deployment_of(access.roster, request.site) == request.deployment;
  if (again && known.tries_left == 0) return Redeemed(site);  // its answer was lost
  if (known.expires <= now || known.tries_left <= 0) return Redeemed(bad_code());
  const bool good = known.secret == blake2b(request.code.secret) && (!known.site || *known.site == request.site);
  if (!good) {
    const auto counted = store.enrolments().set_tries(known.id, known.tries_left - 1);
    if (!counted) return counted.error();
    return Redeemed(bad_code());
  }
  const auto paired = store.enrolments().all();  // the roster may be older than this transaction
  if (!paired) return paired.error();
  const bool taken = access.roster.sites.contains(request.site) ||
                     std::ranges::find(*paired, request.site, &PairedSite::id) != paired->end();
  if (!known.site && taken)
    return Redeemed(PairingRefused{
        PairingRefused::Why::NameTaken,
        "a site is called " + request.site.str() + " already; a code made for that site may take its place"});
  if (const auto stored = store.enrolments().put(site); !stored) return stored.error();
  if (const auto used = store.enrolments().set_tries(known.id, 0); !used) return used.error();
  if (const auto counted = store.changes().bump(); !counted) return counted.error();
  const AuditEntry entry{time_id(now, time_tail()),      now, "site " + site.id.str(), "paired", site.id.str(),
                         "key " + to_hex(site.key.bytes)};
  if (const auto noted = store.audit().add(entry); !noted) return noted.error();
  return Redeemed(site);
}

}  // namespace balans::api
