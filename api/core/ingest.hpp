#pragma once
// What an ingest request brings, judged without a database: which batches are genuine, which of their readings are
// valid, which of their chains are whole, and how a batch compares with what is stored under its numbers.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/core/roster.hpp"
#include "common/messages/messages.hpp"

namespace balans::api {

/// A broken chain is stored and flagged: refusing it would lose the very readings that need looking into.
enum class Chain : std::uint8_t { Whole, Broken };
std::string_view name_of(Chain chain);

/// What signing adds to a batch.
struct Seal {
  PublicKey key;
  Signature signature;
};

/// A batch whose signature is good. Its readings are those that are valid.
struct Batch {
  std::size_t index = 0;  ///< its place in the request
  Digest id;              ///< of the signed text
  std::string envelope;   ///< the signed text exactly as the agent sent it
  ReadingBatch content;
  Chain chain = Chain::Whole;
  /// Present where the readings, all of them valid, and this give the signed text letter for letter.
  std::optional<Seal> seal = {};
};
/// That text.
std::string signed_text_of(const ReadingBatch& content, const Seal& seal);

struct Refusal {
  std::size_t batch = 0;
  std::string agent;  ///< whom the batch claims to be from; empty where it does not say
  std::string error;
  bool operator==(const Refusal&) const = default;
};

/// A reading that cannot be kept, in a batch of which the others are.
struct RowRefusal {
  std::size_t batch = 0;
  std::string agent;
  std::size_t row = 0;  ///< its place in the batch
  std::string error;
  bool operator==(const RowRefusal&) const = default;
};

struct Intake {
  std::vector<Batch> batches;
  std::vector<Refusal> refused;
  std::vector<RowRefusal> refused_rows;
};

/// The times that readings may have: as long as they are kept, and not ahead of us.
struct TimeBounds {
  UnixTime from;
  UnixTime to;
};

/// The signed texts of `{"batches":["…", …]}`, in order.
Result<std::vector<std::string>> parse_ingest(std::string_view body);

/// Verifies every batch with the key pinned for the agent it claims to be from, on that agent's own topic.
Intake judge(const Roster& roster, const SiteId& site, std::vector<std::string> envelopes, const TimeBounds& bounds);

/// The chain heads known on both sides of a batch; absent where no batch ends or starts there.
struct Neighbours {
  std::optional<Digest> head_before;     ///< head of the batch that ends right before
  std::optional<Digest> previous_after;  ///< start of the batch that begins right after
};
/// Broken when the batch itself is, or when it does not join its neighbours.
Chain join(const Batch& batch, const Neighbours& neighbours);

/// A stored reading. A reading that its agent corrects gets the next version; the newest counts, all are kept.
struct KnownReading {
  Reading reading;
  std::int64_t version = 1;
  bool operator==(const KnownReading&) const = default;
};

struct Correction {
  KnownReading before;
  Reading now;
  bool operator==(const Correction&) const = default;
};

/// What a batch brings beside what is stored.
struct Comparison {
  std::vector<Reading> fresh;
  std::vector<Correction> corrections;
  std::size_t duplicates = 0;  ///< readings that some stored version equals
};
/// `stored` holds every version of what is there between the batch's first and last number, by number, then version.
Comparison compare(const ReadingBatch& batch, const std::vector<KnownReading>& stored);

struct IngestAnswer {
  std::size_t accepted = 0;   ///< readings that are stored now and were not before
  std::size_t corrected = 0;  ///< readings that are stored as a new version of one that was there
  std::size_t duplicate = 0;  ///< readings that were stored already, with the same content
  std::vector<Refusal> refused;
  std::vector<RowRefusal> refused_rows;
};
/// Lists at most limits::kRefusedRowsShown rows, and says how many there were.
std::string encode(const IngestAnswer& answer);

}  // namespace balans::api
