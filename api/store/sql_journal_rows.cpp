#include "api/store/sql_journal_rows.hpp"

#include <bit>

namespace balans::api::journal_rows {

using journal::Amount;

std::int64_t high_of(const journal::Id& id) { return std::bit_cast<std::int64_t>(id.high); }
std::int64_t low_of(const journal::Id& id) { return std::bit_cast<std::int64_t>(id.low); }

journal::Id id_of(std::int64_t high, std::int64_t low) {
  return {std::bit_cast<std::uint64_t>(high), std::bit_cast<std::uint64_t>(low)};
}

std::optional<std::int64_t> units_of(const std::optional<Amount>& amount) {
  return amount ? std::optional(amount->units()) : std::nullopt;
}

Result<Amount> amount_of(const sql::Rows& row, int column, const char* table) {
  const auto amount = Amount::of(row.integer(column));
  if (!amount) return Error{std::string("table ") + table, "holds an amount below zero"};
  return *amount;
}

namespace {

Result<std::optional<Amount>> optional_amount(const sql::Rows& row, int column, const char* table) {
  if (row.is_null(column)) return std::optional<Amount>();
  const auto amount = amount_of(row, column, table);
  if (!amount) return amount.error();
  return std::optional(*amount);
}

/// A number of the database as one of an enum's, which has those from 1 to `most`.
template <class Enum, std::size_t N>
Result<Enum> number_of(const sql::Rows& row, int column, const std::array<Enum, N>& all) {
  for (const Enum each : all)
    if (static_cast<std::int64_t>(each) == row.integer(column)) return each;
  return Error{"table transfer", "holds a number that stands for nothing: " + std::to_string(row.integer(column))};
}

}  // namespace

Result<journal::Account> account_of(const sql::Rows& row, int first) {
  constexpr const char* kTable = "table account";
  journal::Account account;
  account.number = row.integer(first);
  account.id = id_of(row.integer(first + 1), row.integer(first + 2));
  const auto asset = trade::parse_asset(row.text(first + 3));
  if (!asset) return asset.error().within(kTable);
  account.asset = *asset;
  const auto kind = journal::parse_account_kind(row.text(first + 4));
  if (!kind) return kind.error().within(kTable);
  account.kind = *kind;
  if (!row.is_null(first + 5)) {
    const auto site = SiteId::parse(row.text(first + 5));
    if (!site) return site.error().within(kTable);
    account.site = *site;
  }
  account.owner = row.text(first + 6);
  const auto debits_over = optional_amount(row, first + 7, "account");
  if (!debits_over) return debits_over.error();
  account.debits_over = *debits_over;
  const auto credits_over = optional_amount(row, first + 8, "account");
  if (!credits_over) return credits_over.error();
  account.credits_over = *credits_over;
  account.commit = row.integer(first + 9);
  account.made = UnixTime(row.integer(first + 10));
  return account;
}

Result<journal::Entry> entry_of(const sql::Rows& row, int first) {
  journal::Entry entry;
  entry.commit = row.integer(first);
  entry.ordinal = row.integer(first + 1);
  entry.id = id_of(row.integer(first + 2), row.integer(first + 3));
  const auto kind = number_of(row, first + 4, journal::kKinds);
  if (!kind) return kind.error();
  entry.kind = *kind;
  entry.debit = row.integer(first + 5);
  entry.credit = row.integer(first + 6);
  const auto amount = amount_of(row, first + 7, "transfer");
  if (!amount) return amount.error();
  entry.amount = *amount;
  if (!row.is_null(first + 8)) entry.reserve = id_of(row.integer(first + 8), row.integer(first + 9));
  if (const auto time_out = row.optional_integer(first + 10)) entry.time_out = Millis(*time_out);
  const auto code = number_of(row, first + 11, journal::kCodes);
  if (!code) return code.error();
  entry.code = *code;
  entry.reference = row.text(first + 12);
  entry.link = row.integer(first + 13) != 0 ? journal::Link::WithNext : journal::Link::None;
  return entry;
}

Result<journal::OpenReserve> reserve_of(const sql::Rows& row, int first) {
  const auto amount = amount_of(row, first + 4, "open_reserve");
  if (!amount) return amount.error();
  journal::OpenReserve reserve{
      id_of(row.integer(first), row.integer(first + 1)), row.integer(first + 2), row.integer(first + 3), *amount, {}};
  if (const auto expires = row.optional_integer(first + 5)) reserve.expires = UnixTime(*expires);
  return reserve;
}

Result<journal::Balances> balances_of(const sql::Rows& row, int first) {
  journal::Balances balances;
  if (row.is_null(first)) return balances;
  int column = first;
  for (Amount* each :
       {&balances.debits_pending, &balances.debits_posted, &balances.credits_pending, &balances.credits_posted}) {
    const auto amount = amount_of(row, column++, "account_balance");
    if (!amount) return amount.error();
    *each = *amount;
  }
  return balances;
}

}  // namespace balans::api::journal_rows
