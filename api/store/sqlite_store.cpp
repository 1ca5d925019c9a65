#include "api/store/sqlite_store.hpp"

#include <array>

#include "api/store/migrations.hpp"
#include "api/store/sqlite_readings.hpp"
#include "common/io/sqlite/sqlite.hpp"

namespace balans::api {
namespace {

class SqliteAnswers final : public AnswerStore {
 public:
  explicit SqliteAnswers(sqlite::Database& database) : database_(database) {}

  Result<std::optional<KeptAnswer>> find(const SiteId& site, const std::string& key) override {
    auto select = database_.prepare("SELECT request, answer FROM answer WHERE site = ? AND key = ?", "find an answer");
    if (!select) return select.error();
    select->bind(site.str(), key);
    const Result<bool> row = select->step();
    if (!row) return row.error();
    if (!*row) return std::optional<KeptAnswer>();
    const Result<Bytes32> request = bytes32_from_hex(select->text(0));
    if (!request) return request.error().within("table answer");
    return std::optional(KeptAnswer{Digest{*request}, select->text(1)});
  }

  Result<void> keep(const SiteId& site, const std::string& key, const KeptAnswer& answer, UnixTime now) override {
    auto insert = database_.prepare("INSERT INTO answer (site, key, request, answer, kept_utc) VALUES (?, ?, ?, ?, ?)",
                                    "keep an answer");
    if (!insert) return insert.error();
    return insert->run(site.str(), key, to_hex(answer.request.bytes), answer.answer, now.ms());
  }

  Result<void> forget(UnixTime before) override {
    auto remove = database_.prepare(
        "DELETE FROM answer WHERE (site, key) IN (SELECT site, key FROM answer WHERE kept_utc < ? LIMIT 10)",
        "forget old answers");
    if (!remove) return remove.error();
    return remove->run(before.ms());
  }

 private:
  sqlite::Database& database_;
};

class SqliteStore final : public Store {
 public:
  explicit SqliteStore(sqlite::Database database) : database_(std::move(database)) {}

  Result<void> migrate() { return database_.migrate(kMigrations); }
  ReadingStore& readings() override { return readings_; }
  AnswerStore& answers() override { return answers_; }

  Result<void> transaction(const std::function<Result<void>()>& work) override {
    auto transaction = database_.begin("begin");
    if (!transaction) return transaction.error();
    if (const auto done = work(); !done) return done;
    return transaction->commit();
  }

  Result<void> ready() override { return database_.execute("SELECT 1 FROM device LIMIT 0", "check the database"); }

 private:
  sqlite::Database database_;
  SqliteReadings readings_{database_};
  SqliteAnswers answers_{database_};
};

}  // namespace

Result<std::unique_ptr<Store>> open_sqlite_store(const std::filesystem::path& file) {
  auto database = sqlite::Database::open(file);
  if (!database) return database.error();
  auto store = std::make_unique<SqliteStore>(*std::move(database));
  if (const auto migrated = store->migrate(); !migrated) return migrated.error();
  return std::unique_ptr<Store>(std::move(store));
}

}  // namespace balans::api
