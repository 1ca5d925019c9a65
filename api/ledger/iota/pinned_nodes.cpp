#include "api/ledger/iota/pinned_nodes.hpp"

#include "api/ledger/iota/answers.hpp"
#include "api/ledger/iota/base58.hpp"
#include "api/ledger/iota/shown.hpp"

namespace balans::iota {

Result<std::string> PinnedNodes::post(const std::string& endpoint, const std::string& body) {
  if (!proved_.contains(endpoint)) {
    if (const auto proof = prove(endpoint); !proof) return proof.error();
    proved_.insert(endpoint);
  }
  return transport_.post(endpoint, body);
}

Result<void> PinnedNodes::prove(const std::string& endpoint) {
  const auto body = transport_.post(endpoint, request::checkpoint(0).body);
  if (!body) return body.error();
  const auto first = answer::checkpoint(*body);
  if (!first) return first.error().within("first checkpoint of " + shown_endpoint(endpoint));
  if (const auto* refusal = std::get_if<Refusal>(&*first))
    return Error{shown_endpoint(endpoint), "does not show its first checkpoint: " + shown_text(refusal->message)};
  const auto& checkpoint = std::get<Checkpoint>(*first);
  const std::string genesis = to_base58(checkpoint.digest);
  if (checkpoint.number != 0 || genesis != genesis_)
    return Error{shown_endpoint(endpoint),
                 "is a node of another network: genesis " + genesis + ", expected " + genesis_};
  return {};
}

}  // namespace balans::iota
