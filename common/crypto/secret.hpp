#pragma once
// Bytes that are wiped when they go.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

namespace balans {

/// Overwrites memory in a way that the compiler keeps.
void wipe(void* bytes, std::size_t size);
inline void wipe(std::string& text) { wipe(text.data(), text.size()); }

/// `Size` secret bytes. Moved, never copied.
template <std::size_t Size>
class Secret {
 public:
  using Bytes = std::array<std::uint8_t, Size>;

  Secret() = default;
  explicit Secret(const Bytes& value) : bytes(value) {}
  ~Secret() { wipe(bytes.data(), Size); }
  Secret(Secret&& other) noexcept : bytes(other.bytes) { wipe(other.bytes.data(), Size); }
  Secret& operator=(Secret&& other) noexcept {
    bytes = other.bytes;
    if (this != &other) wipe(other.bytes.data(), Size);
    return *this;
  }
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;

  Bytes bytes{};
};

}  // namespace balans
