#pragma once
// Aggregate of the journal: accounts, transfers and balances as they were after each commit. Rows are added and never
// changed; the database itself refuses to.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "api/core/journal/apply.hpp"
#include "api/store/journal_eras.hpp"

namespace balans::api {

/// Absent fields do not count. Pages go by account number.
struct AccountQuery {
  std::optional<std::string> owner;
  std::optional<SiteId> site;
  std::optional<trade::Asset> asset;
  std::int64_t after = 0;  ///< the last account number of the page before
  std::size_t limit = 0;
};

/// Where a page of a statement ended.
struct StatementCursor {
  std::int64_t commit = 0;
  std::int64_t ordinal = 0;
  bool operator==(const StatementCursor&) const = default;
};

/// `from` is inside, `to` is outside.
struct StatementQuery {
  std::int64_t account = 0;  ///< number
  std::optional<UnixTime> from;
  std::optional<UnixTime> to;
  std::optional<StatementCursor> after;
  std::size_t limit = 0;
};

enum class Side : std::uint8_t { Debit, Credit };

/// One transfer as one of its accounts sees it.
struct StatementRow {
  journal::Entry entry;
  UnixTime at;
  Side side = Side::Debit;
  journal::Id counterparty;
  /// Posted credits less posted debits, after it. A reserve and a void leave it as it was.
  std::int64_t posted = 0;
  bool operator==(const StatementRow&) const = default;
};

struct StatementPage {
  std::int64_t posted_before = 0;  ///< as `posted` of the row before the first
  std::vector<StatementRow> rows;  ///< oldest first
  std::optional<StatementCursor> next;
};

/// All accounts of an asset together. The journal is sound when debits and credits are the same.
struct TrialBalance {
  trade::Asset asset = trade::Asset::Eur;
  std::int64_t accounts = 0;
  journal::Balances sums;
  [[nodiscard]] bool is_even() const {
    return sums.debits_posted == sums.credits_posted && sums.debits_pending == sums.credits_pending;
  }
};

/// A commit as it is stored, for the audit.
struct StoredCommit {
  std::int64_t number = 0;
  UnixTime at;
  Digest digest;
  EraPlace place;
};

/// That an account has balances in an era, as it is stored, for the audit.
struct StoredEra {
  std::int64_t era = 0;
  std::int64_t first_commit = 0;  ///< the account's first in it
  bool operator==(const StoredEra&) const = default;
};

/// A balance as it is stored, for the audit.
struct StoredBalance {
  std::int64_t era = 0;
  std::int64_t account = 0;
  std::int64_t commit = 0;
  journal::Balances balances;
  std::int64_t first = 0;
  std::int64_t last = 0;
  std::optional<trade::Amount> debits_over;
  std::optional<trade::Amount> credits_over;
};

class JournalStore {
 public:
  virtual ~JournalStore() = default;

  // ---- for writing, inside a transaction ----
  /// Until the transaction ends nobody else writes to the journal, and what is read from here on has all that others
  /// have written. For who looks something up and writes by it: accounts of an owner, how far runs have come. `load`
  /// does it too.
  virtual Result<void> hold() = 0;
  /// What the batches touch, and the reserves whose time is over at `commit_time(head, now)`. Until the transaction
  /// ends nobody else writes to the journal.
  virtual Result<journal::Book> load(std::span<const journal::Batch> batches, UnixTime now) = 0;
  /// After `load` in the same transaction.
  virtual Result<void> add(const journal::Commit& commit) = 0;

  // ---- for reading ----
  virtual Result<journal::Head> head() = 0;
  virtual Result<std::optional<journal::Account>> account(const journal::Id& id) = 0;
  virtual Result<std::vector<journal::Account>> accounts(const AccountQuery& query) = 0;
  /// After the last commit that is not later than `at`; absent: now. All zeros before the account's first transfer.
  virtual Result<journal::Balances> balance(std::int64_t account, std::optional<UnixTime> at) = 0;
  virtual Result<StatementPage> statement(const StatementQuery& query) = 0;
  /// Of each asset that has accounts, after the last commit not later than `at`; absent: now.
  virtual Result<std::vector<TrialBalance>> trial_balance(std::optional<UnixTime> at) = 0;
  virtual Result<std::optional<journal::KnownEntry>> transfer(const journal::Id& id) = 0;
  /// By id, which is about the order of making.
  virtual Result<std::vector<journal::OpenReserve>> open_reserves(const std::optional<journal::Id>& after,
                                                                  std::size_t limit) = 0;

  // ---- for the audit: everything, in the order of writing ----
  virtual Result<std::vector<StoredCommit>> commits(std::int64_t after, std::size_t limit) = 0;
  /// Accounts that the commits `first` to `last` have opened, by number.
  virtual Result<std::vector<journal::Account>> opened_by(std::int64_t first, std::int64_t last) = 0;
  /// Transfers after that place, by commit and ordinal.
  virtual Result<std::vector<journal::Entry>> entries(StatementCursor after, std::size_t limit) = 0;
  /// An account's balances of the commits `first` to `last`.
  virtual Result<std::vector<StoredBalance>> balances(std::int64_t account, std::int64_t first, std::int64_t last) = 0;
  /// How many balances are stored of commits up to that one.
  virtual Result<std::int64_t> count_balances(std::int64_t last) = 0;
  /// In which eras an account has balances, of those that began for it with the commits `first` to `last`.
  virtual Result<std::vector<StoredEra>> eras(std::int64_t account, std::int64_t first, std::int64_t last) = 0;
  /// How many of those are stored, of all accounts, that began with commits up to that one.
  virtual Result<std::int64_t> count_eras(std::int64_t last) = 0;
};

}  // namespace balans::api
