#pragma once
// Signed messages: {"type","body","key","sig"}, Ed25519 over `balans/1/<type>\n` ‖ deployment id ‖ topic or route ‖
// body. The body is a text: it is stored and forwarded as it came, never serialised again.

#include <string>
#include <string_view>

#include "common/crypto/crypto.hpp"
#include "common/result.hpp"

namespace balans {

struct SignedMessage {
  std::string type;  ///< "offer", "status", "limit", "readings", "stored"
  std::string body;
  PublicKey key;
  Signature signature;
};

/// The bytes that are signed.
std::string signed_text(std::string_view type, const DeploymentId& deployment, std::string_view topic,
                        std::string_view body);

/// The whole message as JSON text, signed for `topic`.
std::string seal(const Signer& signer, const DeploymentId& deployment, std::string_view topic, std::string_view type,
                 std::string_view body);

/// Reads the envelope only; nothing in it is to be believed before `open`.
Result<SignedMessage> parse_signed(std::string_view json);

/// Whether a message that has been read is of `type` and `pinned` signed it for `topic` of this deployment.
Result<void> check_signed(const SignedMessage& message, std::string_view type, const PublicKey& pinned,
                          const DeploymentId& deployment, std::string_view topic);

/// The body, if the message is of `type` and `pinned` signed it for `topic` of this deployment. The key in the message
/// is compared with `pinned`, never trusted.
Result<std::string> open(std::string_view json, std::string_view type, const PublicKey& pinned,
                         const DeploymentId& deployment, std::string_view topic);

}  // namespace balans
