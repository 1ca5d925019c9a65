#pragma once
// Messages that only the holder of the key can read or make, in their order and each once: libsodium's secretstream
// (XChaCha20-Poly1305). Pure: randomness is an argument.

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "common/crypto/secret.hpp"
#include "common/result.hpp"

namespace balans {

/// Another one for each stream of a key; it is no secret.
using StreamHeader = std::array<std::uint8_t, 24>;

inline constexpr std::size_t kSealOverhead = 17;

/// One direction of a stream: used either to seal or to open. Each key serves one direction of one conversation.
class SealedStream {
 public:
  SealedStream(const Secret<32>& key, const StreamHeader& header);
  ~SealedStream();
  SealedStream(SealedStream&&) noexcept;
  SealedStream& operator=(SealedStream&&) noexcept;

  [[nodiscard]] std::string seal(std::string_view message);
  /// An error for what was changed, repeated, left out or made with another key.
  [[nodiscard]] Result<std::string> open(std::string_view sealed);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace balans
