#pragma once
// Writes that may be sent again: what was done under an Idempotency-Key is done once, and answered the same each time.

#include "api/http/router.hpp"

namespace balans::api {

/// 1 to 128 visible ASCII characters.
bool is_usable_key(std::string_view key);
/// The problem where the request brings no usable key.
std::optional<Response> refuse_missing_key(const RequestHead& head);

/// Runs the route in one transaction with its audit entry and the answer kept under the request's key. Nothing is kept
/// of what was refused.
Answer run_keyed(const Route& route, const Call& call, Store& store, UnixTime now);

}  // namespace balans::api
