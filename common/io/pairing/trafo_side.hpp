#pragma once
// The controller's side of pairing: a listener that is open for ten minutes, for one agent and three tries.

#include <chrono>
#include <functional>
#include <string>

#include "common/io/pairing/agent_side.hpp"
#include "common/io/pairing/channel.hpp"
#include "common/io/pairing/messages.hpp"

namespace balans::pairing {

inline constexpr std::chrono::minutes kOpenFor{10};
inline constexpr int kTries = 3;

/// What is done for an agent that has shown the code. An error of either is told to it, and the listener goes on.
struct Registrar {
  /// Issues its certificate. `address` is this machine's, as the agent has reached it.
  std::function<Result<Grant>(const Request& request, const std::string& address)> grant;
  /// Enrols it, once it has written everything down.
  std::function<Result<void>(const Request& request)> enrol;
};

struct ListenOptions {
  std::chrono::milliseconds open_for = kOpenFor;
  std::chrono::milliseconds patience = kConversation;  ///< with each connection
};

/// Waits until one agent is enrolled and gives its name. An error when the time is up, or when the code was tried
/// three times: each time that an agent was answered counts, whatever came of it. `on_event` hears of each connection
/// that led to nothing.
Result<AgentId> enrol_one_agent(Listening& listening, const Code& code, const SiteId& site, const Registrar& registrar,
                                const std::function<void(const std::string&)>& on_event, ListenOptions options = {});

}  // namespace balans::pairing
