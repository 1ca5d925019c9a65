#pragma once
// What must reach the other side, however long it is away: a durable queue in SQLite.
//
// Appended items are only staged. `commit` makes everything staged durable in one transaction; nothing may be
// acknowledged to its sender before that. Batching keeps a memory card alive for ten years.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/defaults.hpp"
#include "common/io/sqlite/sqlite.hpp"
#include "common/result.hpp"
#include "common/units.hpp"

namespace balans {

struct OutboxLimits {
  /// A signed batch is about 0.45 kB and 0.35 kB more for each reading. 30 days of one reading a minute are 43,200 a
  /// device: 35 MB when sent one by one, 17 MB in batches of ten. The default so holds 30 days for 230 devices one by
  /// one, or for 480 in batches of ten; 1000 devices in such batches want 17 GB.
  std::int64_t bytes = std::int64_t{8} * 1024 * 1024 * 1024;
  std::int64_t rows = 20'000'000;
  std::size_t staged_rows = 500;  ///< staging this many makes a commit due; four times as many are refused
  Millis commit_every = defaults::kOutboxCommit;
};

struct OutboxItem {
  std::int64_t id = 0;  ///< rises, never used twice
  std::string kind;
  std::string key;
  std::string payload;
};

enum class Appended : std::uint8_t { Staged, AlreadyStaged, AlreadyCommitted };

/// Belongs to one thread at a time; a commit waits for the disk, so that should not be the control loop's.
class Outbox {
 public:
  static Result<Outbox> open(const std::filesystem::path& file, const OutboxLimits& limits = {});

  /// Idempotent on (kind, key) among the items here: the same once more is AlreadyStaged or AlreadyCommitted. An error
  /// when the same key comes with another payload, and when the outbox is full.
  Result<Appended> append(std::string_view kind, std::string_view key, std::string_view payload, BootTime now);

  /// Enough is staged, or something has been staged for long enough.
  [[nodiscard]] bool commit_due(BootTime now) const;
  /// Everything appended and removed so far is durable when this succeeds; on error it all stays staged.
  Result<void> commit();

  /// The oldest committed items: at most `count`, and no more than `max_bytes` of payload unless the first alone is.
  Result<std::vector<OutboxItem>> oldest(std::size_t count, std::size_t max_bytes);
  /// Delivered up to and including `id`, which `oldest` has given: not given again. Written with the next commit; after
  /// a crash before that they come once more, so the receiver must be idempotent too.
  void remove_through(std::int64_t id, BootTime now);

  [[nodiscard]] std::int64_t rows() const { return totals_.rows; }    ///< committed, removals not yet written included
  [[nodiscard]] std::int64_t bytes() const { return totals_.bytes; }  ///< of their keys and payloads
  [[nodiscard]] std::size_t staged() const { return staged_.size(); }

 private:
  using Key = std::pair<std::string, std::string>;  // kind, key
  struct Totals {
    std::int64_t rows = 0;
    std::int64_t bytes = 0;
  };
  struct Statements {
    sqlite::Statement insert, find, oldest, sum, remove, save_totals;
  };
  Outbox(sqlite::Database database, Statements statements, Totals totals, const OutboxLimits& limits);
  static Result<Statements> prepare(sqlite::Database& database);
  static Result<Totals> load_totals(sqlite::Database& database);
  Result<std::optional<Appended>> find_same(const Key& key, std::string_view payload);
  [[nodiscard]] Result<void> check_room(std::int64_t more_bytes) const;
  Result<void> write_all();
  Result<void> write_removals();
  Result<void> delete_removed(Totals& totals);
  Result<void> insert_staged(Totals& totals);
  void forget_staged();

  sqlite::Database database_;
  Statements statements_;
  OutboxLimits limits_;
  Totals totals_;
  std::vector<OutboxItem> staged_;
  std::map<Key, std::size_t> staged_index_;
  std::int64_t staged_bytes_ = 0;
  std::int64_t newest_given_ = 0;
  std::int64_t removed_through_ = 0;
  std::int64_t removed_on_disk_ = 0;
  std::optional<BootTime> waiting_since_;  ///< the first append or removal that is not committed
};

}  // namespace balans
