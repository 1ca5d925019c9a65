#pragma once
// The two shapes that most answers have.

#include <string>

#include "api/http/message.hpp"

namespace balans::api {

/// Data that changes: never kept by caches.
inline Response json_response(std::string body) {
  return {200, "application/json", {{"Cache-Control", "no-store"}}, std::move(body)};
}

inline Response no_content() { return {204, "", {{"Cache-Control", "no-store"}}, ""}; }

}  // namespace balans::api
