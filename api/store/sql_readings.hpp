#pragma once
// Readings: what both engines do in the same way.

#include "api/store/reading_store.hpp"
#include "api/store/sql.hpp"

namespace balans::api {

/// The time under which a reading is filed; those of unsynchronised clocks come first.
inline constexpr std::int64_t kUntimed = -1;
inline std::int64_t filed(const Reading& reading) { return reading.utc ? reading.utc->ms() : kUntimed; }

/// What the batch's row says of the times of its readings.
struct FiledSpan {
  std::int64_t from = kUntimed;
  std::int64_t to = kUntimed;
};
FiledSpan filed_span(const Comparison& rows);
/// The stretch whose roll-ups the rows change; absent where none of them has a time.
std::optional<FiledSpan> dirty_span(const Comparison& rows);

/// What a batch's row says of its signed text: key and signature where the readings do the rest, else nothing, and the
/// text itself is kept.
std::string seal_text(const NewBatch& fresh);
/// Whether that is so: the readings were stored with it, all of them.
bool gives_text_back(const NewBatch& fresh);

class SqlReadings : public ReadingStore {
 public:
  explicit SqlReadings(sql::Connection& connection) : connection_(connection) {}

  Result<Overlap> overlap_of(const Device& device, const Batch& batch) override;
  Result<ReadingPage> page(const ReadingQuery& query) override;
  Result<std::optional<UnixTime>> newest() override;
  Result<std::optional<SignedText>> signed_text(const ReadingQuery& query, std::int64_t after) override;
  Result<void> place(const DeviceName& name, const std::string& node) override;

 protected:
  /// Takes the newest version out of the way and keeps it beside.
  Result<void> supersede(std::int64_t device, const KnownReading& before, UnixTime now);
  sql::Connection& connection_;

 private:
  struct ShownDevice {
    std::int64_t id;
    SiteId site;
    AgentId agent;
  };
  struct SealedBatch;
  Result<std::optional<SealedBatch>> batch_after(const ReadingQuery& query, std::int64_t after);
  /// Makes its text from its seal and its readings.
  Result<void> write_again(SealedBatch& batch);
  Result<void> append_stored(const Device& device, const ReadingBatch& batch, FiledSpan times, Overlap& found);
  Result<std::vector<ShownDevice>> devices_of(const ReadingQuery& query);
  /// Appends at most `room` of one device's readings that come after the query's cursor.
  Result<void> append(const ShownDevice& device, const ReadingQuery& query, std::size_t room,
                      std::vector<StoredReading>& readings);
  Result<void> append_superseded(const ShownDevice& device, const std::vector<StoredReading>& shown,
                                 std::vector<StoredReading>& superseded);
};

}  // namespace balans::api
