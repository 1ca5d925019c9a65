#pragma once
// Problem details (RFC 9457): every answer that is not a success says what is wrong and exactly where.

#include <string>
#include <string_view>
#include <vector>

#include "api/http/message.hpp"
#include "common/result.hpp"

namespace balans::api {

struct ProblemKind {
  int status;
  std::string_view slug;  ///< end of the problem's type: urn:balans:problem:<slug>
  std::string_view title;
};

namespace problems {
inline constexpr ProblemKind kBadRequest{400, "bad-request", "The request is malformed"};
inline constexpr ProblemKind kInvalidBody{400, "invalid-body", "The body is not what this route takes"};
inline constexpr ProblemKind kInvalidParameter{400, "invalid-parameter", "A query parameter is not valid"};
inline constexpr ProblemKind kMissingHeader{400, "missing-header", "A header is missing or not valid"};
inline constexpr ProblemKind kBadSignature{401, "bad-signature", "The request is not signed by the site"};
inline constexpr ProblemKind kNoToken{401, "no-token", "A token is needed here"};
inline constexpr ProblemKind kNotEntitled{403, "not-entitled", "The token may not do this"};
inline constexpr ProblemKind kBadCode{403, "bad-code", "The pairing code is not good"};
inline constexpr ProblemKind kWrongPassword{403, "wrong-password", "This does not open the wallet"};
inline constexpr ProblemKind kNoSession{403, "no-session", "The wallet is not open"};
inline constexpr ProblemKind kNotFound{404, "not-found", "There is nothing here"};
inline constexpr ProblemKind kUnknownSite{404, "unknown-site", "There is no such site"};
inline constexpr ProblemKind kMethodNotAllowed{405, "method-not-allowed", "This method is not offered here"};
inline constexpr ProblemKind kTimeout{408, "timeout", "The request took too long"};
inline constexpr ProblemKind kConflict{409, "conflict", "This does not fit what is there"};
inline constexpr ProblemKind kCoinsBusy{409, "coins-busy", "Its coins are in use"};
inline constexpr ProblemKind kTooLittle{409, "too-little", "The wallet does not hold enough"};
inline constexpr ProblemKind kTooDear{409, "too-dear", "It would cost more than was allowed"};
inline constexpr ProblemKind kChanged{412, "changed", "It has changed since"};
inline constexpr ProblemKind kTooLarge{413, "body-too-large", "The body is larger than this route takes"};
inline constexpr ProblemKind kEncoding{415, "unknown-encoding", "The body's encoding is not known here"};
inline constexpr ProblemKind kKeyReused{422, "idempotency-key-reused", "This key came with another request before"};
inline constexpr ProblemKind kOtherSite{422, "other-site", "The body speaks of another site"};
inline constexpr ProblemKind kTooManyTries{429, "too-many-tries", "Too many tries"};
inline constexpr ProblemKind kHeadersTooLarge{431, "headers-too-large", "The headers are too large"};
inline constexpr ProblemKind kNoChain{503, "no-chain", "No chain is configured"};
inline constexpr ProblemKind kChainSilent{503, "chain-silent", "The chain gives no answer now"};
inline constexpr ProblemKind kBusy{503, "busy", "Too much is waiting already"};
inline constexpr ProblemKind kStoreFailed{503, "store-failed", "The database cannot do this now"};
inline constexpr ProblemKind kTooManyStreams{503, "too-many-streams", "Too many clients listen already"};
}  // namespace problems

/// One place that is wrong. `member` names the kind of place: "pointer", "parameter" or "header".
struct Flaw {
  std::string member;
  std::string place;
  std::string detail;
};

Response problem(const ProblemKind& kind, std::string_view detail, const std::vector<Flaw>& flaws = {});

/// An error in a JSON body; its path becomes a JSON pointer: `state.nodes[1].node` → `/nodes/1/node`.
Response body_problem(const ProblemKind& kind, const Error& error);
/// The same where the error's place is a JSON pointer already.
Response pointer_problem(const ProblemKind& kind, const Error& error);
Response parameter_problem(std::string_view parameter, std::string_view detail);
Response header_problem(const ProblemKind& kind, std::string_view header, std::string_view detail);

}  // namespace balans::api
