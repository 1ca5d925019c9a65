#pragma once
// What was put in the wrong place must not come back in an answer or an error, nor stay in a log.

#include <string>
#include <string_view>

namespace balans {

/// The text with `[removed]` for what looks like a token's secret or a key: more than 32 hexadecimal digits (ids have
/// 32). For texts whose names are to stay readable, such as paths.
std::string masked(std::string_view text);

/// The same, and for whatever else looks like a secret: 40 or more characters of Base64 among which are small and
/// capital letters and digits, and pairing codes, three times four of their letters and digits. Few names look like
/// that.
std::string masked_widely(std::string_view text);

}  // namespace balans
