#pragma once
// What a longer or single run is asked for with.

#include <cstdint>
#include <cstdlib>

namespace balans {

/// A whole number from the environment, for longer runs; `otherwise` where it is not set.
inline std::int64_t number_from_environment(const char* name, std::int64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoll(text, nullptr, 10);
}

}  // namespace balans
