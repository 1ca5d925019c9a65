#pragma once
// The agent's own readings: numbered, hash-chained and durable until the controller says that it has them.

#include <filesystem>
#include <optional>

#include "common/io/sqlite/sqlite.hpp"
#include "common/messages/messages.hpp"

namespace balans {

class Journal {
 public:
  /// 30 days of one reading a minute; the oldest go when more come.
  static constexpr std::int64_t kMaxReadings = 45'000;

  /// A journal that is new begins after `used`, so that one on a new memory card does not use the old one's numbers.
  static Result<Journal> open(const std::filesystem::path& file, std::uint64_t used = 0);

  /// The number of the next reading.
  [[nodiscard]] std::uint64_t next_seq() const { return last_seq_ + 1; }
  /// Numbers and chains the reading. Durable when this succeeds.
  Result<void> append(Reading reading);
  /// The oldest readings that are not stored elsewhere yet, at most `count`; nothing when there are none.
  Result<std::optional<ReadingBatch>> oldest(const AgentId& agent, std::int64_t count);
  /// The controller has everything through this one.
  Result<void> forget_through(std::uint64_t seq);

 private:
  explicit Journal(sqlite::Database database) : database_(std::move(database)) {}
  Result<Digest> head_before(std::uint64_t seq);

  sqlite::Database database_;
  std::uint64_t last_seq_ = 0;
  Digest last_head_;
};

}  // namespace balans
