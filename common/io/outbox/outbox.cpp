#include "common/io/outbox/outbox.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "common/state_versions.hpp"

namespace balans {
namespace {

// `bytes` stands before `payload`, so that adding them up does not read the payloads. The totals have a row of their
// own, so that opening a large outbox does not read it all.
constexpr std::array<std::string_view, 1> kSchema = {
    "CREATE TABLE item (id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, key TEXT NOT NULL,"
    " bytes INTEGER NOT NULL, payload TEXT NOT NULL, UNIQUE (kind, key)) STRICT;"
    "CREATE TABLE totals (one INTEGER PRIMARY KEY CHECK (one = 1), rows INTEGER NOT NULL, bytes INTEGER NOT NULL) "
    "STRICT;"
    "INSERT INTO totals VALUES (1, 0, 0);"};
static_assert(kSchema.size() == state::kOutbox);

constexpr std::size_t kMostStaged = 4;  // times OutboxLimits::staged_rows

std::int64_t size_of(const OutboxItem& item) {
  return static_cast<std::int64_t>(item.kind.size() + item.key.size() + item.payload.size());
}

}  // namespace

Result<Outbox> Outbox::open(const std::filesystem::path& file, const OutboxLimits& limits) {
  auto database = sqlite::Database::open(file);
  if (!database.ok()) return database.error().within("outbox");
  if (auto ready = database->migrate(kSchema); !ready.ok()) return ready.error().within("outbox");
  auto totals = load_totals(*database);
  if (!totals.ok()) return totals.error().within("outbox");
  auto statements = prepare(*database);
  if (!statements.ok()) return statements.error().within("outbox");
  return Outbox(std::move(*database), std::move(*statements), *totals, limits);
}

Outbox::Outbox(sqlite::Database database, Statements statements, Totals totals, const OutboxLimits& limits)
    : database_(std::move(database)), statements_(std::move(statements)), limits_(limits), totals_(totals) {}

Result<Outbox::Statements> Outbox::prepare(sqlite::Database& database) {
  auto insert = database.prepare("INSERT INTO item (kind, key, bytes, payload) VALUES (?, ?, ?, ?)", "append");
  auto find = database.prepare("SELECT payload FROM item WHERE kind = ? AND key = ?", "look for a key");
  auto oldest = database.prepare("SELECT id, kind, key, payload FROM item WHERE id > ? ORDER BY id LIMIT ?", "read");
  auto sum = database.prepare("SELECT count(*), coalesce(sum(bytes), 0) FROM item WHERE id <= ?", "add up");
  auto remove = database.prepare("DELETE FROM item WHERE id <= ?", "remove");
  auto save_totals = database.prepare("UPDATE totals SET rows = ?, bytes = ?", "save the totals");
  for (const auto* statement : {&insert, &find, &oldest, &sum, &remove, &save_totals})
    if (!statement->ok()) return statement->error();
  return Statements{std::move(*insert), std::move(*find),   std::move(*oldest),
                    std::move(*sum),    std::move(*remove), std::move(*save_totals)};
}

Result<Outbox::Totals> Outbox::load_totals(sqlite::Database& database) {
  auto query = database.prepare("SELECT rows, bytes FROM totals", "read the totals");
  if (!query.ok()) return query.error();
  auto row = query->step();
  if (!row.ok()) return row.error();
  if (!*row) return Error{"totals", "are missing"};
  return Totals{query->integer(0), query->integer(1)};
}

Result<Appended> Outbox::append(std::string_view kind, std::string_view key, std::string_view payload, BootTime now) {
  OutboxItem item{0, std::string(kind), std::string(key), std::string(payload)};
  const Key full_key(item.kind, item.key);
  auto same = find_same(full_key, payload);
  if (!same.ok()) return same.error();
  if (*same) return **same;
  const std::int64_t bytes = size_of(item);
  if (auto room = check_room(bytes); !room.ok()) return room.error();
  staged_index_.emplace(full_key, staged_.size());
  staged_.push_back(std::move(item));
  staged_bytes_ += bytes;
  if (!waiting_since_) waiting_since_ = now;
  return Appended::Staged;
}

Result<std::optional<Appended>> Outbox::find_same(const Key& key, std::string_view payload) {
  const Error conflict{"outbox, " + key.first + " " + key.second, "is here already with another content"};
  if (const auto found = staged_index_.find(key); found != staged_index_.end()) {
    if (staged_[found->second].payload != payload) return conflict;
    return std::optional(Appended::AlreadyStaged);
  }
  statements_.find.bind(key.first, key.second);
  const auto row = statements_.find.step();
  if (!row.ok()) return row.error().within("outbox");
  if (!*row) return std::optional<Appended>();
  const bool same = statements_.find.text(0) == payload;
  statements_.find.reset();
  if (!same) return conflict;
  return std::optional(Appended::AlreadyCommitted);
}

Result<void> Outbox::check_room(std::int64_t more_bytes) const {
  if (staged_.size() >= kMostStaged * limits_.staged_rows)
    return Error{"outbox", fmt::format("{} items are staged and none was committed", staged_.size())};
  const std::int64_t rows = totals_.rows + static_cast<std::int64_t>(staged_.size()) + 1;
  const std::int64_t bytes = totals_.bytes + staged_bytes_ + more_bytes;
  if (rows > limits_.rows) return Error{"outbox", fmt::format("is full: it holds at most {} items", limits_.rows)};
  if (bytes > limits_.bytes) return Error{"outbox", fmt::format("is full: it holds at most {} bytes", limits_.bytes)};
  return {};
}

bool Outbox::commit_due(BootTime now) const {
  if (!waiting_since_) return false;
  return staged_.size() >= limits_.staged_rows || now - *waiting_since_ >= limits_.commit_every;
}

Result<void> Outbox::commit() {
  if (!waiting_since_) return {};
  auto written = write_all();
  if (!written.ok() && removed_through_ > removed_on_disk_ && !staged_.empty()) {
    // Perhaps the disk is full: what is delivered makes room for what is new, but only in a transaction before it.
    if (auto removed = write_removals(); !removed.ok()) return removed.error().within("outbox");
    written = write_all();
  }
  if (!written.ok()) return written.error().within("outbox");
  waiting_since_.reset();
  return {};
}

Result<void> Outbox::write_all() {
  auto transaction = database_.begin("commit");
  if (!transaction.ok()) return transaction.error();
  Totals totals = totals_;
  if (auto removed = delete_removed(totals); !removed.ok()) return removed;
  if (auto inserted = insert_staged(totals); !inserted.ok()) return inserted;
  if (auto saved = statements_.save_totals.run(totals.rows, totals.bytes); !saved.ok()) return saved;
  if (auto committed = transaction->commit(); !committed.ok()) return committed;
  totals_ = totals;
  removed_on_disk_ = removed_through_;
  forget_staged();
  return {};
}

Result<void> Outbox::write_removals() {
  auto transaction = database_.begin("commit what is removed");
  if (!transaction.ok()) return transaction.error();
  Totals totals = totals_;
  if (auto removed = delete_removed(totals); !removed.ok()) return removed;
  if (auto saved = statements_.save_totals.run(totals.rows, totals.bytes); !saved.ok()) return saved;
  if (auto committed = transaction->commit(); !committed.ok()) return committed;
  totals_ = totals;
  removed_on_disk_ = removed_through_;
  return {};
}

Result<void> Outbox::delete_removed(Totals& totals) {
  if (removed_through_ == removed_on_disk_) return {};
  statements_.sum.bind(removed_through_);
  if (const auto row = statements_.sum.step(); !row.ok()) return row.error();
  totals.rows -= statements_.sum.integer(0);
  totals.bytes -= statements_.sum.integer(1);
  statements_.sum.reset();
  return statements_.remove.run(removed_through_);
}

Result<void> Outbox::insert_staged(Totals& totals) {
  for (const OutboxItem& item : staged_) {
    auto inserted = statements_.insert.run(item.kind, item.key, size_of(item), item.payload);
    if (!inserted.ok()) return inserted;
    totals.rows += 1;
    totals.bytes += size_of(item);
  }
  return {};
}

void Outbox::forget_staged() {
  staged_.clear();
  staged_index_.clear();
  staged_bytes_ = 0;
}

Result<std::vector<OutboxItem>> Outbox::oldest(std::size_t count, std::size_t max_bytes) {
  std::vector<OutboxItem> items;
  std::size_t bytes = 0;
  statements_.oldest.bind(removed_through_, static_cast<std::int64_t>(count));
  while (true) {
    const auto row = statements_.oldest.step();
    if (!row.ok()) return row.error().within("outbox");
    if (!*row) break;
    const sqlite::Statement& columns = statements_.oldest;
    OutboxItem item{columns.integer(0), columns.text(1), columns.text(2), columns.text(3)};
    bytes += item.payload.size();
    if (bytes > max_bytes && !items.empty()) break;
    items.push_back(std::move(item));
  }
  statements_.oldest.reset();
  if (!items.empty()) newest_given_ = std::max(newest_given_, items.back().id);
  return items;
}

void Outbox::remove_through(std::int64_t id, BootTime now) {
  const std::int64_t through = std::min(id, newest_given_);
  if (through <= removed_through_) return;
  removed_through_ = through;
  if (!waiting_since_) waiting_since_ = now;
}

}  // namespace balans
