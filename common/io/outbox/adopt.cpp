#include "common/io/outbox/adopt.hpp"

#include <string>
#include <system_error>

#include "common/io/outbox/outbox.hpp"
#include "common/state_versions.hpp"

namespace balans {
namespace {

namespace fs = std::filesystem;

/// Makes it where it is missing, and brings it up to this program's version.
Result<void> is_ready(const fs::path& file) {
  const auto outbox = Outbox::open(file);
  return outbox ? Result<void>() : Result<void>(outbox.error());
}

Result<std::int64_t> copy_items(sqlite::Database& database) {
  auto transaction = database.begin("adopt");
  if (!transaction) return transaction.error();
  // Of one key with two contents the one that is here stays; it is the newer.
  auto copy = database.prepare(
      "INSERT OR IGNORE INTO main.item (kind, key, bytes, payload) "
      "SELECT kind, key, bytes, payload FROM other.item ORDER BY id",
      "adopt");
  if (!copy) return copy.error();
  if (auto copied = copy->run(); !copied) return copied.error();
  const std::int64_t items = database.changes();
  if (auto counted = database.execute("UPDATE main.totals SET (rows, bytes) = "
                                      "(SELECT count(*), coalesce(sum(bytes), 0) FROM main.item)",
                                      "save the totals");
      !counted)
    return counted.error();
  if (auto committed = transaction->commit(); !committed) return committed.error();
  return items;
}

Result<void> remove_all_of(const fs::path& file) {
  for (const char* part : {"-wal", "-shm", ""}) {
    std::error_code problem;
    fs::remove(file.string() + part, problem);
    if (problem) return Error{file.string() + part, "cannot be removed: " + problem.message()};
  }
  return {};
}

}  // namespace

Result<std::int64_t> adopt(const fs::path& into, const fs::path& from) {
  for (const fs::path& file : {into, from})
    if (auto ready = is_ready(file); !ready) return ready.error();
  auto database = sqlite::Database::open(into);
  if (!database) return database.error();
  {
    auto attach = database->prepare("ATTACH ? AS other", "attach");
    if (!attach) return attach.error();
    if (auto attached = attach->run(from.string()); !attached) return attached.error();
  }
  return copy_items(*database);
}

Result<std::optional<std::int64_t>> adopt_set_aside(const fs::path& file) {
  std::optional<std::int64_t> adopted;
  for (int version = 1; version <= state::kOutbox; ++version)
    for (const fs::path& aside : sqlite::names_aside(file, version)) {
      std::error_code ignored;
      if (!fs::exists(aside, ignored)) continue;
      const auto items = adopt(file, aside);
      if (!items) return items.error().within(aside.string());
      adopted = adopted.value_or(0) + *items;
      if (auto removed = remove_all_of(aside); !removed) return removed.error();
    }
  return adopted;
}

}  // namespace balans
