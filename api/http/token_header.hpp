#pragma once
// Where a request carries its token.

#include <optional>
#include <string_view>

#include "api/http/message.hpp"

namespace balans::api {

inline constexpr std::string_view kTokenCookie = "balans_token";

/// From `Authorization: Bearer …`. Reads may bring it as a cookie instead, because a page's event stream can send no
/// header; writes may not, so that no other page can make a browser do anything.
std::optional<std::string_view> token_in(const RequestHead& head);

}  // namespace balans::api
