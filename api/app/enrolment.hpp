#pragma once
// Use cases of access: making and revoking tokens, pairing codes, enrolling sites, and the list that requests are
// judged by. Each runs inside the caller's transaction, except `read_access`, which only reads.

#include <string>
#include <variant>

#include "api/core/pairing.hpp"
#include "api/store/store.hpp"

namespace balans::api {

/// Everything is in it: the sites of the config file, those that were paired, and the tokens. A site of the config file
/// counts as it stands there.
Result<AccessList> read_access(const Roster& configured, Store& store);

struct NewToken {
  Token token;
  std::string text;  ///< shown once, kept nowhere
};
Result<NewToken> add_token(Store& store, const std::string& name, const Grant& grant, std::optional<UnixTime> expires,
                           UnixTime now);
Result<bool> revoke_token(Store& store, const std::string& id, UnixTime now);

struct NewCode {
  std::string text;
  UnixTime expires;
};
/// A code for one site, or for any that has a name nobody has yet.
Result<NewCode> add_code(Store& store, const std::optional<SiteId>& site, UnixTime now);

/// Why a code was not redeemed.
struct PairingRefused {
  enum class Why : std::uint8_t { BadCode, NameTaken };
  Why why;
  std::string detail;
};
/// The request's signature is good. A wrong code costs a try, so that is stored though nothing else is.
using Redeemed = std::variant<PairedSite, PairingRefused>;
Result<Redeemed> redeem(const AccessList& access, Store& store, const PairingRequest& request, UnixTime now);

}  // namespace balans::api
