#pragma once
// gzip, both ways.

#include <optional>
#include <string>
#include <string_view>

#include "api/http/message.hpp"
#include "common/result.hpp"

namespace balans::api {

std::string gzip(std::string_view text);
/// At most `max_bytes` of text; never makes more than that.
Result<std::string> gunzip(std::string_view packed, std::size_t max_bytes);

/// Unpacks the body where it is packed; a problem where it is packed otherwise, badly, or is too large unpacked.
std::optional<Response> unpack(Request& request, std::size_t max_bytes);

/// Packs the answer where the client takes that and it is worth it.
void pack(const RequestHead& head, Response& response);

}  // namespace balans::api
