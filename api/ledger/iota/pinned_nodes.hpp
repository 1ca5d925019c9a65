#pragma once
// Nodes of one network only: whoever cannot show its first checkpoint is asked nothing else.

#include <set>
#include <string>

#include "api/ledger/iota/transport.hpp"

namespace balans::iota {

class PinnedNodes final : public Transport {
 public:
  /// `genesis`: digest of checkpoint 0, in base58. `transport` outlives this.
  PinnedNodes(Transport& transport, std::string genesis) : transport_(transport), genesis_(std::move(genesis)) {}

  /// Each endpoint is asked for its first checkpoint before anything else. An error for one of another network.
  Result<std::string> post(const std::string& endpoint, const std::string& body) override;

  /// From now on each has to prove itself anew: behind one address there may be another node.
  void ask_anew() { proved_.clear(); }

 private:
  Result<void> prove(const std::string& endpoint);

  Transport& transport_;
  const std::string genesis_;
  std::set<std::string> proved_;
};

}  // namespace balans::iota
