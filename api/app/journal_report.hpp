#pragma once
// The journal for people and other programs: statements and trial balances as text, CSV (RFC 4180) or JSON.

#include <ostream>

#include "api/store/journal_store.hpp"

namespace balans::api {

enum class LedgerFormat : std::uint8_t { Text, Csv, Json };

/// An account between two times, page by page as it is read: `from` is inside, `to` is outside. Amounts are decimal.
Result<void> write_statement(JournalStore& store, const journal::Account& account, std::optional<UnixTime> from,
                             std::optional<UnixTime> to, LedgerFormat format, std::ostream& out);

/// One line per asset; an object with "assets" in JSON. Not as CSV.
void write_trial_balance(const std::vector<TrialBalance>& totals, LedgerFormat format, std::ostream& out);

}  // namespace balans::api
