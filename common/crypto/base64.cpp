#include "common/crypto/base64.hpp"

#include <sodium/utils.h>

namespace balans {
namespace {

constexpr int kVariant = sodium_base64_VARIANT_ORIGINAL;

}  // namespace

std::string to_base64(std::string_view bytes) {
  std::string text(sodium_base64_ENCODED_LEN(bytes.size(), kVariant), '\0');
  sodium_bin2base64(text.data(), text.size(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
                    kVariant);
  text.pop_back();  // the zero at the end of a C text
  return text;
}

Result<std::string> from_base64(std::string_view text, std::size_t max_bytes) {
  if (text.size() / 4 > max_bytes / 3 + 1)
    return Error{"", "more than " + std::to_string(max_bytes) + " bytes of base64"};
  std::string bytes(text.size() / 4 * 3, '\0');
  std::size_t size = 0;
  const char* end = nullptr;
  const int failed = sodium_base642bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(), text.data(),
                                       text.size(), nullptr, &size, &end, kVariant);
  if (failed != 0 || end != text.data() + text.size()) return Error{"", "not base64 with padding"};
  if (size > max_bytes) return Error{"", "more than " + std::to_string(max_bytes) + " bytes of base64"};
  bytes.resize(size);
  return bytes;
}

}  // namespace balans
