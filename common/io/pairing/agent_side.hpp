#pragma once
// The agent's side of pairing.

#include <chrono>
#include <functional>
#include <string>

#include "common/io/pairing/channel.hpp"
#include "common/io/pairing/messages.hpp"
#include "common/io/pki/private_key.hpp"

namespace balans::pairing {

/// The longest that a conversation may last, from the first connection to the last word.
inline constexpr std::chrono::seconds kConversation{30};

struct AgentKeys {
  const Signer& device;
  const pki::PrivateKey& tls;
};

struct Place {
  std::string host;
  std::uint16_t port = 0;
};

/// Asks the controller's side at `place` to enrol `agent`. What it grants is checked (the certificate is for this name
/// and this key, and of the authority that came with it) and then given to `store`, which writes it down; nothing is
/// given before both sides have shown that they know the code.
Result<Grant> ask_to_be_enrolled(const Place& place, const Code& code, const AgentId& agent, const AgentKeys& keys,
                                 const std::function<Result<void>(const Grant&)>& store,
                                 std::chrono::milliseconds patience = kConversation);

}  // namespace balans::pairing
