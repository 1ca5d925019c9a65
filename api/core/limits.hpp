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
/// One batch of evidence: twelve devices and six nodes in one quarter-hour are at most so much, sealed.
inline constexpr auto kEvidenceBytes = static_cast<std::size_t>(defaults::kMaxMessageBytes);
inline constexpr std::size_t kRefusedRowsShown = 1000;
/// How far ahead of this clock a reading may be.
inline constexpr Millis kAhead = 24 * 60_min;
/// Events of a site that a listener who comes back can still be given.
inline constexpr std::size_t kLiveEventsKept = 200;
/// The bodies of what people and programs write: orders, tokens, enrolments.
inline constexpr std::size_t kWriteBytes = 256 * 1024;
/// A payment run's transfers, a few thousand at once; a year of prices; a bill with all its payments.
inline constexpr std::size_t kTransferBytes = 4 * 1024 * 1024;
inline constexpr std::size_t kTariffBytes = 4 * 1024 * 1024;
inline constexpr std::size_t kBillBytes = 16 * 1024 * 1024;
inline constexpr std::size_t kTokens = 10'000;
/// Events and ended sessions that wait to be written; and how much other work makes them wait longer.
inline constexpr std::size_t kHistoryWaiting = 50'000;
inline constexpr std::size_t kHistoryYields = 8;
/// Minutes of it that are kept while the database does not take them.
inline constexpr std::size_t kHistoryKept = 60;
inline constexpr Millis kEventsKept = 400 * 86'400_s;
inline constexpr Millis kSessionsKept = 1100 * 86'400_s;
inline constexpr Millis kDaysKept = 3700 * 86'400_s;
inline constexpr std::size_t kWaitingOrders = 100'000;
/// As many as a controller remembers having handled; so one site's orders leave room for all others'.
inline constexpr std::int64_t kWaitingOrdersOfASite = 200;
inline constexpr std::size_t kIdempotencyKeyBytes = 128;
inline constexpr std::size_t kQueryParameters = 16;
inline constexpr std::size_t kPageDefault = 100;
inline constexpr std::size_t kPageMax = 1000;
/// Readings that are handed over again later still are stored once: they are known by what they are.
inline constexpr Millis kAnswerKept = 24 * 60_min;

}  // namespace balans::api::limits
