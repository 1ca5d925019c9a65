#pragma once
// Bytes that are wiped when they go.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

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

/// A secret text of any length. Moved, never copied; what it was made of is wiped.
class SecretText {
 public:
  SecretText() = default;
  explicit SecretText(std::string&& text) : text_(text) { wipe(text); }
  explicit SecretText(std::string_view text) : text_(text) {}
  ~SecretText() { wipe(text_); }
  SecretText(SecretText&& other) noexcept { swap(other); }
  SecretText& operator=(SecretText&& other) noexcept {
    swap(other);
    return *this;
  }
  SecretText(const SecretText&) = delete;
  SecretText& operator=(const SecretText&) = delete;

  [[nodiscard]] const std::string& str() const { return text_; }

 private:
  void swap(SecretText& other) noexcept { text_.swap(other.text_); }

  std::string text_;
};

}  // namespace balans
