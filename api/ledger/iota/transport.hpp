#pragma once
// The one thing that the adapter asks of the outside.

#include <string>

#include "common/result.hpp"

namespace balans::iota {

/// Answers larger than this are refused, here and by whoever carries them.
inline constexpr std::size_t kMostAnswerBytes = 4 * 1024 * 1024;

class Transport {
 public:
  virtual ~Transport() = default;
  /// Posts a JSON body to the endpoint and gives the body of a successful answer. Blocks, for a bounded time.
  virtual Result<std::string> post(const std::string& endpoint, const std::string& body) = 0;
};

}  // namespace balans::iota
