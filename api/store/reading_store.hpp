#pragma once
// Aggregate of readings and the batches that bring them.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "api/core/cursor.hpp"
#include "api/core/ingest.hpp"

namespace balans::api {

struct DeviceName {
  SiteId site;
  AgentId agent;
  auto operator<=>(const DeviceName&) const = default;
};

/// A device, and where its chain of readings stands.
struct Device {
  std::int64_t id = 0;
  std::uint64_t last_seq = 0;  ///< the highest number stored; 0: none yet
  Digest head;                 ///< of the batch that ends there
};

/// What is stored around the numbers of a batch.
struct Overlap {
  bool same_batch = false;           ///< this very text is stored; then the rest is not looked up
  std::vector<KnownReading> stored;  ///< every version, by number, then version
  Neighbours neighbours;
};

/// A batch on its way into the store.
struct NewBatch {
  std::int64_t device = 0;
  Batch batch;
  Comparison rows;
  UnixTime received;
};

/// A reading as it is shown, with the chain flag of the batch that brought it.
struct StoredReading {
  SiteId site;
  AgentId agent;
  Reading reading;
  Chain chain = Chain::Whole;
  std::int64_t version = 1;
};

/// A batch's signed text, letter for letter as its device sent it.
struct SignedText {
  std::int64_t batch = 0;  ///< rises with the order in which batches were stored
  SiteId site;
  AgentId agent;
  std::string text;
};

/// Whether versions that a correction has replaced are shown too.
enum class Versions : std::uint8_t { Newest, All };

/// `from` is inside, `to` is outside. With either, readings without a time are left out. With Versions::All those that
/// were replaced come in `superseded` of the page, for the stretch of time that the page covers.
struct ReadingQuery {
  std::optional<SiteId> site;
  std::optional<AgentId> agent;
  std::optional<UnixTime> from;
  std::optional<UnixTime> to;
  std::optional<Cursor> after;
  std::size_t limit = 0;
  Versions versions = Versions::Newest;
};

struct ReadingPage {
  std::vector<StoredReading> readings;
  std::vector<StoredReading> superseded;  ///< older versions of those, by device, number and version
  std::optional<Cursor> next;             ///< absent on the last page
};

class ReadingStore {
 public:
  virtual ~ReadingStore() = default;
  /// The devices in the order of their names here, made where they are new. Until the transaction ends nobody else
  /// stores readings of theirs.
  virtual Result<std::vector<Device>> lock(std::span<const DeviceName> names) = 0;
  virtual Result<Overlap> overlap_of(const Device& device, const Batch& batch) = 0;
  /// Keeps each new reading as a row, and of each signed text what the rows do not give back; what they change in the
  /// roll-ups is noted.
  virtual Result<void> add(std::span<const NewBatch> batches, std::span<const Device> devices) = 0;
  virtual Result<ReadingPage> page(const ReadingQuery& query) = 0;
  /// The newest time in the batch that came last.
  virtual Result<std::optional<UnixTime>> newest() = 0;
  /// The first batch after that one whose text is there still: as long as its readings are kept. Of the query only
  /// site, agent, `from` and `to` count.
  virtual Result<std::optional<SignedText>> signed_text(const ReadingQuery& query, std::int64_t after) = 0;
  /// Remembers at which node of its site's grid a device is, as far as it is known.
  virtual Result<void> place(const DeviceName& name, const std::string& node) = 0;
};

}  // namespace balans::api
