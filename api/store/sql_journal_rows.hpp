#pragma once
// How the journal's things lie in rows, the same in both engines.

#include <cstdint>
#include <limits>
#include <string_view>

#include "api/store/journal_store.hpp"
#include "api/store/sql.hpp"

namespace balans::api::journal_rows {

std::int64_t high_of(const journal::Id& id);
std::int64_t low_of(const journal::Id& id);
journal::Id id_of(std::int64_t high, std::int64_t low);
std::optional<std::int64_t> units_of(const std::optional<journal::Amount>& amount);

// Columns, to be read from `first` on. Tables go by these names: account a, transfer t, open_reserve r.
#define BALANS_ACCOUNT_COLUMNS                                                                       \
  "a.number, a.id_high, a.id_low, a.asset, a.kind, a.site, a.owner, a.debits_over, a.credits_over, " \
  "a.commit_number, a.made_utc"
#define BALANS_ENTRY_COLUMNS                                                                               \
  "t.commit_number, t.ordinal, t.id_high, t.id_low, t.kind, t.debit, t.credit, t.amount, t.reserve_high, " \
  "t.reserve_low, t.time_out_ms, t.code, t.reference, t.linked"
#define BALANS_RESERVE_COLUMNS "r.id_high, r.id_low, r.debit, r.credit, r.amount, r.expires_utc"
#define BALANS_BALANCE_COLUMNS "b.debits_pending, b.debits_posted, b.credits_pending, b.credits_posted"

// The era in which the newest balance of account $1 lies that is not later than commit $2. Of the eras not above it the
// newest may begin for this account only later; the one before does not.
#define BALANS_ERA_OF_BALANCE                                                                                      \
  "(SELECT x.era FROM account_era x WHERE x.account = $1 AND x.era <= $2 AND x.first_commit <= $2 ORDER BY x.era " \
  "DESC LIMIT 1)"
// For accounts a: their newest balances b not later than the commit `last`, and the eras e of those.
#define BALANS_JOIN_BALANCE(last)                                                                                    \
  " LEFT JOIN account_era e ON e.account = a.number AND e.era = (SELECT x.era FROM account_era x WHERE x.account = " \
  "a.number AND x.era <= " last " AND x.first_commit <= " last                                                       \
  " ORDER BY x.era DESC LIMIT 1) LEFT JOIN account_balance b ON b.era = e.era AND b.account = a.number AND "         \
  "b.commit_number = (SELECT y.commit_number FROM account_balance y WHERE y.era = e.era AND y.account = a.number "   \
  "AND y.commit_number <= " last " ORDER BY y.commit_number DESC LIMIT 1)"

// An account with its newest balance not later than a commit, and the era of that.
#define BALANS_ACCOUNT_WITH_BALANCE \
  "SELECT " BALANS_ACCOUNT_COLUMNS ", " BALANS_BALANCE_COLUMNS ", e.era FROM account a"
inline constexpr const char* kAccountById =
    BALANS_ACCOUNT_WITH_BALANCE BALANS_JOIN_BALANCE("$3") " WHERE a.id_high = $1 AND a.id_low = $2";
inline constexpr const char* kAccountByNumber =
    BALANS_ACCOUNT_WITH_BALANCE BALANS_JOIN_BALANCE("$2") " WHERE a.number = $1";
#undef BALANS_ACCOUNT_WITH_BALANCE
inline constexpr const char* kEntryById =
    "SELECT " BALANS_ENTRY_COLUMNS
    ", c.at_utc FROM transfer t JOIN journal_commit c ON c.number = t.commit_number WHERE t.id_high = $1 AND "
    "t.id_low = $2";
/// As a commit: later than all.
inline constexpr std::int64_t kNewest = std::numeric_limits<std::int64_t>::max();

inline constexpr int kAccountColumns = 11;
inline constexpr int kEntryColumns = 14;
inline constexpr int kReserveColumns = 6;
inline constexpr int kBalanceColumns = 4;

Result<journal::Account> account_of(const sql::Rows& row, int first = 0);
Result<journal::Entry> entry_of(const sql::Rows& row, int first = 0);
Result<journal::OpenReserve> reserve_of(const sql::Rows& row, int first = 0);
/// Null, as from an outer join, is zero.
Result<journal::Balances> balances_of(const sql::Rows& row, int first = 0);
Result<journal::Amount> amount_of(const sql::Rows& row, int column, const char* table);

}  // namespace balans::api::journal_rows
