#pragma once
// What an ingest request brings, judged without a database: which batches are genuine, which of their chains are whole,
// and how a batch that claims sequence numbers already stored compares with what is there.

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

/// A batch whose signature is good.
struct Batch {
  std::size_t index = 0;  ///< its place in the request
  std::string envelope;   ///< the signed text exactly as the agent sent it
  ReadingBatch content;
  Chain chain = Chain::Whole;
};

struct Refusal {
  std::size_t batch = 0;
  std::string agent;  ///< whom the batch claims to be from; empty where it does not say
  std::string error;
  bool operator==(const Refusal&) const = default;
};

struct Intake {
  std::vector<Batch> batches;
  std::vector<Refusal> refused;
};

/// The signed texts of `{"batches":["…", …]}`, in order.
Result<std::vector<std::string>> parse_ingest(std::string_view body);

/// Verifies every batch with the key pinned for the agent it claims to be from, on that agent's own topic.
Intake judge(const Roster& roster, const SiteId& site, std::vector<std::string> envelopes);

/// The chain heads known on both sides of a batch; absent where no batch ends or starts there.
struct Neighbours {
  std::optional<Digest> head_before;     ///< head of the batch that ends right before
  std::optional<Digest> previous_after;  ///< start of the batch that begins right after
};
/// Broken when the batch itself is, or when it does not join its neighbours.
Chain join(const Batch& batch, const Neighbours& neighbours);

/// The readings of a batch that are not stored yet.
struct Fresh {
  std::vector<Reading> readings;
  std::size_t duplicates = 0;
};
/// `stored` holds what is there between the batch's first and last number, in order. The same number with other content
/// is an error: nobody may rewrite a stored reading.
Result<Fresh> without_duplicates(const ReadingBatch& batch, const std::vector<Reading>& stored);

struct IngestAnswer {
  std::size_t accepted = 0;   ///< readings that are stored now and were not before
  std::size_t duplicate = 0;  ///< readings that were stored already, with the same content
  std::vector<Refusal> refused;
};
std::string encode(const IngestAnswer& answer);

}  // namespace balans::api
