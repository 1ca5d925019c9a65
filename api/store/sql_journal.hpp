#pragma once
// Reading the journal, in either engine. How a commit's rows are found and written, each engine knows best itself.

#include "api/store/journal_eras.hpp"
#include "api/store/journal_store.hpp"
#include "api/store/sql.hpp"

namespace balans::api {

class SqlJournal : public JournalStore {
 public:
  explicit SqlJournal(sql::Connection& connection) : connection_(connection) {}

  Result<journal::Head> head() override;
  Result<std::optional<journal::Account>> account(const journal::Id& id) override;
  Result<std::vector<journal::Account>> accounts(const AccountQuery& query) override;
  Result<journal::Balances> balance(std::int64_t account, std::optional<UnixTime> at) override;
  Result<StatementPage> statement(const StatementQuery& query) override;
  Result<std::vector<TrialBalance>> trial_balance(std::optional<UnixTime> at) override;
  Result<std::optional<journal::KnownEntry>> transfer(const journal::Id& id) override;
  Result<std::vector<journal::OpenReserve>> open_reserves(const std::optional<journal::Id>& after,
                                                          std::size_t limit) override;

  Result<std::vector<StoredCommit>> commits(std::int64_t after, std::size_t limit) override;
  Result<std::vector<journal::Account>> opened_by(std::int64_t first, std::int64_t last) override;
  Result<std::vector<journal::Entry>> entries(StatementCursor after, std::size_t limit) override;
  Result<std::vector<StoredBalance>> balances(std::int64_t account, std::int64_t first, std::int64_t last) override;
  Result<std::int64_t> count_balances(std::int64_t last) override;
  Result<std::vector<StoredEra>> eras(std::int64_t account, std::int64_t first, std::int64_t last) override;
  Result<std::int64_t> count_eras(std::int64_t last) override;

 protected:
  Result<void> add_row_by_row(const journal::Commit& commit);

  sql::Connection& connection_;
  LoadedEras eras_;  ///< by `load`, for `add`

 private:
  Result<void> add_account(const journal::Account& account);
  Result<void> add_entry(const journal::Entry& entry);
  Result<void> add_balance(std::int64_t commit, std::int64_t era, const journal::ChangedBalance& changed);
  Result<void> open(const journal::OpenReserve& reserve);
  Result<void> close(const journal::Id& reserve);
  /// The newest commit before that time; 0: none.
  Result<std::int64_t> last_commit_before(UnixTime at);
  /// The newest not later than `at`; absent: the newest of all.
  Result<std::int64_t> last_commit_at(std::optional<UnixTime> at);
  Result<journal::Balances> balance_after(std::int64_t account, std::int64_t commit);
  /// Where a page begins: what the account is owed after the cursor, or before the first commit.
  Result<std::int64_t> posted_at(std::int64_t account, StatementCursor after);
};

}  // namespace balans::api
