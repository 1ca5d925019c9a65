#pragma once
// Base64 (RFC 4648, section 4), with padding and without line breaks. Each text of bytes is the only one: other ways to
// write them are refused.

#include <string>
#include <string_view>

#include "common/result.hpp"

namespace balans {

[[nodiscard]] std::string to_base64(std::string_view bytes);
/// At most `max_bytes` bytes.
Result<std::string> from_base64(std::string_view text, std::size_t max_bytes);

}  // namespace balans
