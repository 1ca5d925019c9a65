#include "common/io/pairing/trafo_side.hpp"

#include <algorithm>

namespace balans::pairing {
namespace {

using std::chrono::steady_clock;

Result<Request> receive_request(Channel& channel, Deadline deadline) {
  const auto text = channel.receive(deadline);
  if (!text) return text.error();
  auto request = decode_request(*text);
  if (!request) return request.error();
  if (request->agent.str() != channel.peer()) return Error{"request.agent", "is not the name that was confirmed"};
  if (!verify(request->device_key, proof_text(channel.binding(), request->agent), request->proof))
    return Error{"request.proof", "is not of the device key"};
  return request;
}

Result<AgentId> refuse(Channel& channel, const Error& error, Deadline deadline) {
  (void)channel.send(encode_refusal(error.message()), deadline);
  return error;
}

Result<AgentId> serve(Channel& channel, const Registrar& registrar, Deadline deadline) {
  const auto request = receive_request(channel, deadline);
  if (!request) return refuse(channel, request.error(), deadline);
  const auto grant = registrar.grant(*request, channel.local_address());
  if (!grant) return refuse(channel, grant.error(), deadline);
  if (const auto sent = channel.send(encode(*grant), deadline); !sent) return sent.error();
  const auto answer = channel.receive(deadline);
  if (!answer) return answer.error();
  if (const auto stored = decode_word(*answer, "stored"); !stored) return stored.error();
  if (const auto enrolled = registrar.enrol(*request); !enrolled) return refuse(channel, enrolled.error(), deadline);
  // Should this word be lost, the agent says so and may pair once more: nothing changes then.
  (void)channel.send(encode_word("enrolled"), deadline);
  return request->agent;
}

}  // namespace

Result<AgentId> enrol_one_agent(Listening& listening, const Code& code, const SiteId& site, const Registrar& registrar,
                                const std::function<void(const std::string&)>& on_event, ListenOptions options) {
  const Deadline closes = steady_clock::now() + options.open_for;
  int tries = 0;
  while (tries < kTries) {
    auto wire = listening.accept(closes);
    if (!wire) return wire.error();
    if (!wire->has_value()) return Error{"", "the time is up and nobody was paired"};
    const Deadline deadline = std::min(closes, steady_clock::now() + options.patience);
    bool spent = false;
    auto channel = open_as_trafo(*std::move(*wire), code, site, deadline, spent);
    if (spent) ++tries;
    auto agent = channel ? serve(*channel, registrar, deadline) : Result<AgentId>(channel.error());
    if (agent) return agent;
    on_event(agent.error().message() + (spent ? ". Tries left: " + std::to_string(kTries - tries) : ""));
  }
  return Error{"", "three tries are spent: begin again, with another code"};
}

}  // namespace balans::pairing
