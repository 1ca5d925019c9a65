#include "chargepoint/shell/journal.hpp"

#include <algorithm>
#include <array>

#include "common/state_versions.hpp"

namespace balans {
namespace {

constexpr std::array<std::string_view, 1> kSchema{
    "CREATE TABLE reading (seq INTEGER PRIMARY KEY, body TEXT NOT NULL, head TEXT NOT NULL, stored INTEGER NOT NULL "
    "DEFAULT 0) STRICT"};
static_assert(kSchema.size() == state::kJournal);

Result<Digest> digest_of(const std::string& hex) {
  const auto bytes = bytes32_from_hex(hex);
  if (!bytes) return bytes.error().within("journal head");
  return Digest{*bytes};
}

}  // namespace

Result<Journal> Journal::open(const std::filesystem::path& file, std::uint64_t used) {
  auto database = sqlite::Database::open(file);
  if (!database) return database.error().within("journal");
  if (auto ready = database->migrate(kSchema); !ready) return ready.error().within("journal");
  Journal journal(std::move(*database));
  journal.last_seq_ = used;
  auto last =
      journal.database_.prepare("SELECT seq, head FROM reading ORDER BY seq DESC LIMIT 1", "find the last reading");
  if (!last) return last.error();
  const auto row = last->step();
  if (!row) return row.error();
  if (!*row) return journal;
  const auto head = digest_of(last->text(1));
  if (!head) return head.error();
  journal.last_seq_ = static_cast<std::uint64_t>(last->integer(0));
  journal.last_head_ = *head;
  return journal;
}

Result<void> Journal::append(Reading reading) {
  reading.seq = last_seq_ + 1;
  const Digest head = chain(last_head_, reading);
  auto transaction = database_.begin("keep a reading");
  if (!transaction) return transaction.error();
  auto insert = database_.prepare("INSERT INTO reading (seq, body, head) VALUES (?, ?, ?)", "keep a reading");
  if (!insert) return insert.error();
  const auto seq = static_cast<std::int64_t>(reading.seq);
  if (auto done = insert->run(seq, encode(reading), to_hex(head.bytes)); !done) return done;
  // One stored reading stays in front of the oldest waiting one: its head is where the next batch's chain begins.
  auto prune = database_.prepare("DELETE FROM reading WHERE seq < ?", "drop the oldest");
  if (!prune) return prune.error();
  if (auto done = prune->run(seq - kMaxReadings); !done) return done;
  if (auto done = transaction->commit(); !done) return done;
  last_seq_ = reading.seq;
  last_head_ = head;
  return {};
}

Result<Digest> Journal::head_before(std::uint64_t seq) {
  auto query = database_.prepare("SELECT head FROM reading WHERE seq = ?", "find a head");
  if (!query) return query.error();
  query->bind(static_cast<std::int64_t>(seq) - 1);
  const auto row = query->step();
  if (!row) return row.error();
  if (!*row) return Digest{};  // the first of all, or the ones before had to go
  return digest_of(query->text(0));
}

Result<std::optional<ReadingBatch>> Journal::oldest(const AgentId& agent, std::int64_t count) {
  auto query =
      database_.prepare("SELECT body, head FROM reading WHERE stored = 0 ORDER BY seq LIMIT ?", "read what waits");
  if (!query) return query.error();
  query->bind(count);
  ReadingBatch batch;
  batch.agent = agent;
  while (true) {
    const auto row = query->step();
    if (!row) return row.error();
    if (!*row) break;
    auto reading = decode<Reading>(query->text(0));
    if (!reading) return reading.error().within("journal");
    const auto head = digest_of(query->text(1));
    if (!head) return head.error();
    batch.readings.push_back(std::move(*reading));
    batch.head = *head;
  }
  if (batch.readings.empty()) return std::optional<ReadingBatch>();
  const auto previous = head_before(batch.readings.front().seq);
  if (!previous) return previous.error();
  batch.previous = *previous;
  return std::optional<ReadingBatch>(std::move(batch));
}

Result<void> Journal::forget_through(std::uint64_t seq) {
  auto transaction = database_.begin("forget stored readings");
  if (!transaction) return transaction.error();
  auto mark = database_.prepare("UPDATE reading SET stored = 1 WHERE seq = ?", "mark the last stored");
  if (!mark) return mark.error();
  const auto through = static_cast<std::int64_t>(std::min(seq, last_seq_));
  if (auto done = mark->run(through); !done) return done;
  auto forget = database_.prepare("DELETE FROM reading WHERE seq < ?", "forget stored readings");
  if (!forget) return forget.error();
  if (auto done = forget->run(through); !done) return done;
  return transaction->commit();
}

}  // namespace balans
