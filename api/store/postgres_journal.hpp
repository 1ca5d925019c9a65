#pragma once
// Writing the journal into PostgreSQL: all that can be asked together is, because every wait is a way there and back,
// and where rows are many each statement takes all at once. Of several programs that write, one at a time holds the
// journal's lock until its transaction ends.

#include "api/store/journal_touched.hpp"
#include "api/store/sql_journal.hpp"

namespace balans::api {

class PostgresJournal final : public SqlJournal {
 public:
  using SqlJournal::SqlJournal;
  Result<void> hold() override;
  Result<journal::Book> load(std::span<const journal::Batch> batches, UnixTime now) override;
  Result<void> add(const journal::Commit& commit) override;

 private:
  class Reading;
  Result<void> take_nothing(journal::Book& book, const sql::Rows& row);
  Result<void> take_head(journal::Book& book, const sql::Rows& row);
  Result<void> take_reserve(journal::Book& book, const sql::Rows& row);
  Result<void> take_entry(journal::Book& book, const sql::Rows& row);
  Result<void> take_account(journal::Book& book, const sql::Rows& row);
  Result<void> load_accounts_of_reserves(journal::Book& book);
  Result<void> add_payment(const journal::Commit& commit, const EraPlace& place);
  Result<void> add_accounts(const journal::Commit& commit);
  Result<void> add_entries(const journal::Commit& commit);
  Result<void> note_reserves(const journal::Commit& commit);
};

}  // namespace balans::api
