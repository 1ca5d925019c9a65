#pragma once
// What the api takes at most. Every number once.

#include <cstddef>
#include <cstdint>

#include "common/defaults.hpp"
#include "common/units.hpp"

namespace balans::api::limits {

inline constexpr std::size_t kBatchesPerRequest = 256;
/// The body of one ingest request: 4 MiB of signed messages, each of whose characters may need a backslash as JSON.
inline constexpr std::size_t kIngestBytes = 9 * 1024 * 1024;
inline constexpr auto kStateBytes = static_cast<std::size_t>(defaults::kMaxMessageBytes);
inline constexpr std::size_t kIdempotencyKeyBytes = 128;
inline constexpr std::size_t kQueryParameters = 16;
inline constexpr std::size_t kPageDefault = 100;
inline constexpr std::size_t kPageMax = 1000;
/// Longer than a site can be offline, so a request sent again after an outage still gets its first answer.
inline constexpr Millis kAnswerKept = 35 * 24 * 60_min;

}  // namespace balans::api::limits
