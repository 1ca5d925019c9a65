#pragma once
// What the two sides tell each other once the channel is theirs alone: JSON texts.

#include <optional>
#include <string>
#include <string_view>

#include "common/crypto/crypto.hpp"
#include "common/ids.hpp"
#include "common/result.hpp"

namespace balans::pairing {

/// The agent's public halves; its private keys never leave it.
struct Request {
  AgentId agent;
  PublicKey device_key;
  Signature proof;      ///< of the device key, over what `proof_text` gives
  std::string request;  ///< for a certificate, PEM
};

/// All that an agent has to know of its site.
struct Grant {
  SiteId site;
  DeploymentId deployment;
  PublicKey trafo_key;  ///< the only key whose limits it obeys
  std::string broker_host;
  int broker_port = 0;
  std::string ca;           ///< PEM
  std::string certificate;  ///< PEM
};

/// What the device key signs: this channel and this agent.
std::string proof_text(const Bytes32& binding, const AgentId& agent);

std::string encode(const Request& request);
std::string encode(const Grant& grant);
/// "stored", "enrolled"
std::string encode_word(std::string_view word);
std::string encode_refusal(std::string_view why);

Result<Request> decode_request(std::string_view text);
/// A refusal is an Error in the other side's words.
Result<Grant> decode_grant(std::string_view text);
Result<void> decode_word(std::string_view text, std::string_view expected);

}  // namespace balans::pairing
