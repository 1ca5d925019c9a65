#pragma once
// Which network of IOTA this is, and who is asked about it.

#include <string>
#include <vector>

namespace balans::iota {

/// One network of IOTA and the nodes that are asked.
struct Network {
  std::vector<std::string> endpoints;  ///< "https://api.testnet.iota.cafe"
  std::string chain;                   ///< identifier: 8 hex digits
  std::string genesis;                 ///< digest of checkpoint 0, base58
  std::string explorer;                ///< "https://explorer.iota.org/txblock/{digest}?network=testnet"; may be empty
};

}  // namespace balans::iota
