// Chains, payees and deposits.
#include "api/store/sql_settlement_rows.hpp"
#include "api/store/sql_settlements.hpp"

namespace balans::api {

using namespace settlement_rows;
using settlement::ChainName;
using settlement::Deposit;
using settlement::DepositKey;
using settlement::Payee;

namespace {

/// Advisory locks of PostgreSQL: of whoever runs the loop of a chain.
constexpr std::int64_t kLoopLocks = 0x736574;

Result<void> done(const Result<std::int64_t>& changed) { return changed ? Result<void>() : changed.error(); }

std::optional<std::string> text_of(const std::optional<journal::Id>& id) {
  return id ? std::optional(to_text(*id)) : std::nullopt;
}

/// All rows, as `read` understands each.
template <class T>
Result<std::vector<T>> all_of(const Result<std::unique_ptr<sql::Rows>>& rows, Result<T> (*read)(const sql::Rows&)) {
  std::vector<T> all;
  const auto done_reading = sql::each_row(rows, [&](const sql::Rows& row) -> Result<void> {
    auto each = read(row);
    if (!each) return each.error();
    all.push_back(*std::move(each));
    return {};
  });
  if (!done_reading) return done_reading.error();
  return all;
}

template <class T>
Result<std::optional<T>> only_one(const Result<std::unique_ptr<sql::Rows>>& rows, Result<T> (*read)(const sql::Rows&)) {
  auto all = all_of(rows, read);
  if (!all) return all.error();
  return all->empty() ? std::optional<T>() : std::optional(std::move(all->front()));
}

}  // namespace

Result<std::optional<std::int64_t>> SqlSettlements::lead(const ChainName& chain) {
  if (connection_.engine() == sql::Engine::Sqlite) return std::optional<std::int64_t>(0);
  // Locks of a session: counted where it asks again, and gone with it.
  const auto found =
      sql::first_row(connection_.query("ask to run the loop of a chain",
                                       "SELECT CASE WHEN pg_try_advisory_lock($1, hashtext($2)) THEN 1 ELSE 0 END",
                                       {kLoopLocks, chain.str()}),
                     [](const sql::Rows& row) { return row.integer(0); });
  if (!found) return found.error();
  return *found == 1 ? std::optional(connection_.connects()) : std::nullopt;
}

Result<std::optional<LedgerCursor>> SqlSettlements::cursor(const ChainName& chain) {
  return only_one(connection_.query("find a chain",
                                    "SELECT chain, deployment, chain_id, genesis, position, wait_epoch, address "
                                    "FROM ledger_cursor WHERE chain = $1",
                                    {chain.str()}),
                  cursor_of);
}

Result<void> SqlSettlements::put_cursor(const LedgerCursor& cursor) {
  return done(connection_.run(
      "keep a chain's position",
      "INSERT INTO ledger_cursor (chain, deployment, chain_id, genesis, position, wait_epoch, address) VALUES ($1, $2, "
      "$3, $4, $5, $6, $7) ON CONFLICT (chain) DO UPDATE SET position = excluded.position, wait_epoch = "
      "excluded.wait_epoch, address = coalesce(ledger_cursor.address, excluded.address)",
      {cursor.chain.str(), to_hex(cursor.pin.deployment.bytes), cursor.pin.chain.id, cursor.pin.chain.genesis,
       cursor.position, cursor.wait_epoch, cursor.address}));
}

Result<void> SqlSettlements::put_position(const ChainName& chain, const std::string& position) {
  return done(connection_.run("go on in a chain's history", "UPDATE ledger_cursor SET position = $1 WHERE chain = $2",
                              {position, chain.str()}));
}

Result<void> SqlSettlements::note_restored() {
  auto noted =
      done(connection_.run("note the restore", "UPDATE ledger_cursor SET wait_epoch = $1", {LedgerCursor::kUnasked}));
  if (!noted) return noted;
  return done(connection_.run("note the restore for wallets",
                              "INSERT INTO restored (one, wait_epoch) VALUES (1, $1) ON CONFLICT (one) DO UPDATE SET "
                              "wait_epoch = excluded.wait_epoch",
                              {LedgerCursor::kUnasked}));
}

Result<void> SqlSettlements::put_payee(const Payee& payee) {
  return done(connection_.run(
      "store a payee",
      "INSERT INTO ledger_payee (" BALANS_PAYEE_COLUMNS
      ") VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (chain, address) DO UPDATE SET account = excluded.account, "
      "mode = excluded.mode, held = excluded.held, planned_utc = excluded.planned_utc",
      {payee.chain.str(), payee.address, to_text(payee.account), settlement::name_of(payee.mode), payee.held,
       payee.planned.ms()}));
}

Result<void> SqlSettlements::note_planned(const ChainName& chain, const std::string& address, UnixTime at) {
  return done(connection_.run("note that a payee was looked at",
                              "UPDATE ledger_payee SET planned_utc = $1 WHERE chain = $2 AND address = $3",
                              {at.ms(), chain.str(), address}));
}

Result<void> SqlSettlements::hold_payee(const ChainName& chain, const std::string& address, const journal::Id& account,
                                        const std::string& why) {
  return done(connection_.run("hold a payee",
                              "UPDATE ledger_payee SET held = $1 WHERE chain = $2 AND address = $3 AND account = $4",
                              {why, chain.str(), address, to_text(account)}));
}

Result<void> SqlSettlements::forget_payee(const ChainName& chain, const std::string& address) {
  return done(connection_.run("forget a payee", "DELETE FROM ledger_payee WHERE chain = $1 AND address = $2",
                              {chain.str(), address}));
}

Result<std::optional<Payee>> SqlSettlements::payee(const ChainName& chain, const std::string& address) {
  return only_one(
      connection_.query("find a payee",
                        "SELECT " BALANS_PAYEE_COLUMNS " FROM ledger_payee WHERE chain = $1 AND address = $2",
                        {chain.str(), address}),
      settlement_rows::payee_of);
}

Result<std::optional<Payee>> SqlSettlements::payee_of(const ChainName& chain, const journal::Id& account) {
  return only_one(
      connection_.query("find an account's payee",
                        "SELECT " BALANS_PAYEE_COLUMNS " FROM ledger_payee WHERE chain = $1 AND account = $2",
                        {chain.str(), to_text(account)}),
      settlement_rows::payee_of);
}

Result<std::vector<Payee>> SqlSettlements::payees(const ChainName& chain, const std::string& after, std::size_t limit) {
  return all_of(connection_.query("list payees",
                                  "SELECT " BALANS_PAYEE_COLUMNS
                                  " FROM ledger_payee WHERE chain = $1 AND address > $2 ORDER BY address LIMIT $3",
                                  {chain.str(), after, static_cast<std::int64_t>(limit)}),
                settlement_rows::payee_of);
}

Result<std::vector<Payee>> SqlSettlements::due_payees(const ChainName& chain, UnixTime before, std::size_t limit) {
  return all_of(connection_.query("list payees whose turn has come",
                                  "SELECT " BALANS_PAYEE_COLUMNS
                                  " FROM ledger_payee WHERE chain = $1 AND planned_utc < $2 AND mode <> 'on-request' "
                                  "AND held = '' ORDER BY planned_utc, address LIMIT $3",
                                  {chain.str(), before.ms(), static_cast<std::int64_t>(limit)}),
                settlement_rows::payee_of);
}

Result<void> SqlSettlements::add(const Deposit& deposit) {
  return done(connection_.run(
      "store a deposit", "INSERT INTO deposit (" BALANS_DEPOSIT_COLUMNS ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
      {deposit.key.chain.str(), deposit.key.digest, deposit.key.output, deposit.sender, deposit.amount.units(),
       deposit.checkpoint, deposit.seen.ms(), text_of(deposit.account), text_of(deposit.returned)}));
}

Result<std::optional<Deposit>> SqlSettlements::deposit(const DepositKey& key) {
  return only_one(connection_.query("find a deposit",
                                    "SELECT " BALANS_DEPOSIT_COLUMNS
                                    " FROM deposit WHERE chain = $1 AND digest = $2 AND output = $3",
                                    {key.chain.str(), key.digest, key.output}),
                  deposit_of);
}

Result<void> SqlSettlements::settle(const Deposit& deposit) {
  const auto changed = connection_.run(
      "settle a deposit",
      "UPDATE deposit SET account = $1, settlement = $2 WHERE chain = $3 AND digest = $4 AND output = $5 AND account "
      "IS NULL",
      {text_of(deposit.account), text_of(deposit.returned), deposit.key.chain.str(), deposit.key.digest,
       deposit.key.output});
  if (!changed) return changed.error();
  if (*changed != 1) return Error{"deposit " + deposit.key.digest, "is not in suspense"};
  return {};
}

Result<std::optional<Deposit>> SqlSettlements::returned_by(const journal::Id& id) {
  return only_one(
      connection_.query("find the deposit that goes back",
                        "SELECT " BALANS_DEPOSIT_COLUMNS " FROM deposit WHERE settlement = $1", {to_text(id)}),
      deposit_of);
}

Result<std::vector<Deposit>> SqlSettlements::in_suspense(const ChainName& chain, std::size_t limit) {
  return all_of(connection_.query("list deposits in suspense",
                                  "SELECT " BALANS_DEPOSIT_COLUMNS
                                  " FROM deposit WHERE chain = $1 AND account IS NULL AND settlement IS NULL "
                                  "ORDER BY seen_utc, digest, output LIMIT $2",
                                  {chain.str(), static_cast<std::int64_t>(limit)}),
                deposit_of);
}

}  // namespace balans::api
