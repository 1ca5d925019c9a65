#include "common/io/pairing/agent_side.hpp"

#include "common/io/pki/certificate.hpp"

namespace balans::pairing {
namespace {

Result<void> check(const Grant& grant, const AgentId& agent, const pki::PrivateKey& key, const std::string& site) {
  const auto certificate = pki::parse_certificate(grant.certificate);
  if (!certificate) return certificate.error().within("answer.certificate");
  const auto ca = pki::parse_certificate(grant.ca);
  if (!ca) return ca.error().within("answer.ca");
  if (grant.site.str() != site) return Error{"answer.site", "is not the site that confirmed the code"};
  if (certificate->name != agent.str() || certificate->usage != pki::Usage::Client || !key.matches(certificate->pem))
    return Error{"answer.certificate", "is not for this agent and its key"};
  if (!pki::signed_by(*certificate, *ca)) return Error{"answer.certificate", "is not of the authority in answer.ca"};
  return {};
}

Result<Grant> receive_grant(Channel& channel, const AgentId& agent, const AgentKeys& keys, Deadline deadline) {
  const Request request{agent, keys.device.public_key(), keys.device.sign(proof_text(channel.binding(), agent)),
                        keys.tls.request(agent.str())};
  if (const auto sent = channel.send(encode(request), deadline); !sent) return sent.error();
  const auto answer = channel.receive(deadline);
  if (!answer) return answer.error();
  auto grant = decode_grant(*answer);
  if (!grant) return grant.error();
  if (const auto fine = check(*grant, agent, keys.tls, channel.peer()); !fine) return fine.error();
  return grant;
}

}  // namespace

Result<Grant> ask_to_be_enrolled(const Place& place, const Code& code, const AgentId& agent, const AgentKeys& keys,
                                 const std::function<Result<void>(const Grant&)>& store,
                                 std::chrono::milliseconds patience) {
  const std::string where = place.host + ":" + std::to_string(place.port);
  const Deadline deadline = std::chrono::steady_clock::now() + patience;
  auto wire = Wire::connect(place.host, place.port, deadline);
  if (!wire) return wire.error();
  auto channel = open_as_agent(*std::move(wire), code, agent, deadline);
  if (!channel) return channel.error().within(where);
  auto grant = receive_grant(*channel, agent, keys, deadline);
  if (!grant) return grant.error().within(where);
  if (const auto stored = store(*grant); !stored) {
    (void)channel->send(encode_refusal("the agent could not write it down"), deadline);
    return stored.error();
  }
  const auto sent = channel->send(encode_word("stored"), deadline);
  const auto answer = sent ? channel->receive(deadline) : Result<std::string>(sent.error());
  const auto enrolled = answer ? decode_word(*answer, "enrolled") : Result<void>(answer.error());
  if (!enrolled)
    return Error{where, enrolled.error().message() +
                            ". All is written down here, but perhaps not there: pair once more, which changes no key"};
  return grant;
}

}  // namespace balans::pairing
