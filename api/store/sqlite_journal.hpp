#pragma once
// Writing the journal into SQLite: row by row, for nothing is far away. Its transaction holds the only write lock there
// is.

#include "api/store/sql_journal.hpp"

namespace balans::api {

class SqliteJournal final : public SqlJournal {
 public:
  using SqlJournal::SqlJournal;
  /// Its transactions hold the one write lock from their beginning.
  Result<void> hold() override { return {}; }
  Result<journal::Book> load(std::span<const journal::Batch> batches, UnixTime now) override;
  Result<void> add(const journal::Commit& commit) override;

 private:
  Result<void> load_era();
  Result<void> load_due(journal::Book& book, UnixTime at);
  Result<void> load_reserve(journal::Book& book, const journal::Id& id);
  Result<void> load_entry(journal::Book& book, const journal::Id& id);
  Result<void> load_account(journal::Book& book, const journal::Id& id);
  /// The two of a reserve; an error where they are not there.
  Result<void> load_accounts_of(journal::Book& book, const journal::OpenReserve& reserve);
  Result<void> load_numbered(journal::Book& book, std::int64_t number);
};

}  // namespace balans::api
