#pragma once
// What errors show of a node. They reach people and logs, and an address may hold a provider's key in its path or
// query.

#include <string>
#include <string_view>

namespace balans::iota {

/// "https://node.example:443": scheme, host and port, and nothing else.
std::string shown_endpoint(std::string_view endpoint);

/// A short piece of what a node has said; a dot for each byte that is not printable ASCII.
std::string shown_text(std::string_view text);

}  // namespace balans::iota
