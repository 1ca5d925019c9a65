// What is paid out of wallets.
#include <limits>

#include "api/store/sql_settlement_rows.hpp"
#include "api/store/sql_wallets.hpp"

namespace balans::api {

using settlement::Amount;
using wallet::ChainName;
using wallet::Transaction;

namespace {

#define BALANS_WALLET_TRANSACTION_COLUMNS                                                                        \
  "id, wallet, chain, digest, bytes, signature, recipient, amount, most_fee, last_epoch, made_utc, state, fee, " \
  "checkpoint, epoch, why"

Error in_table(const std::string& what) { return {"table wallet_transaction", what}; }

/// From `state` on: state, fee, checkpoint, epoch, why.
Result<wallet::State> state_in(const sql::Rows& row, int column) {
  const std::string name = row.text(column);
  if (name == "unsigned") return wallet::State(wallet::Unsigned{});
  if (name == "pending") return wallet::State(wallet::Pending{});
  if (name == "expired") return wallet::State(wallet::Expired{row.integer(column + 3)});
  const auto fee = Amount::of(row.integer(column + 1));
  if (!fee) return in_table("a fee is below zero");
  if (name == "paid") return wallet::State(wallet::Paid{*fee, row.integer(column + 2)});
  return wallet::State(wallet::Failed{*fee, row.integer(column + 2), row.text(column + 4)});
}

Result<void> read_amounts(const sql::Rows& row, Transaction& transaction) {
  const auto amount = Amount::of(row.integer(7));
  const auto most_fee = Amount::of(row.integer(8));
  if (!amount || !most_fee) return in_table("an amount is below zero");
  transaction.payment = {row.text(6), *amount};
  transaction.most_fee = *most_fee;
  return {};
}

/// Without its inputs.
Result<Transaction> transaction_of(const sql::Rows& row) {
  Transaction transaction;
  const auto id = journal::parse_id(row.text(0));
  const auto wallet = journal::parse_id(row.text(1));
  const auto chain = ChainName::parse(row.text(2));
  auto bytes = settlement_rows::bytes_of(row.text(4));
  auto state = state_in(row, 11);
  if (!id || !wallet || !chain || !bytes) return in_table("a row cannot be read");
  if (!state) return state.error();
  if (auto read = read_amounts(row, transaction); !read) return read.error();
  transaction.id = *id;
  transaction.wallet = *wallet;
  transaction.chain = *chain;
  transaction.digest = row.text(3);
  transaction.bytes = *std::move(bytes);
  transaction.signature = row.optional_text(5);
  transaction.last_epoch = row.integer(9);
  transaction.made = UnixTime(row.integer(10));
  transaction.state = *std::move(state);
  return transaction;
}

/// The columns in which a state is kept.
struct StateColumns {
  std::optional<std::int64_t> fee;
  std::optional<std::int64_t> checkpoint;
  std::optional<std::int64_t> epoch;
  std::string why;
};

struct ColumnsOf {
  StateColumns operator()(const wallet::Unsigned&) const { return {}; }
  StateColumns operator()(const wallet::Pending&) const { return {}; }
  StateColumns operator()(const wallet::Paid& paid) const { return {paid.fee.units(), paid.checkpoint, {}, ""}; }
  StateColumns operator()(const wallet::Failed& failed) const {
    return {failed.fee.units(), failed.checkpoint, {}, failed.why};
  }
  StateColumns operator()(const wallet::Expired& expired) const { return {{}, {}, expired.epoch, ""}; }
};

Result<void> done(const Result<std::int64_t>& changed) { return changed ? Result<void>() : changed.error(); }

}  // namespace

Result<void> SqlWallets::add(const Transaction& t) {
  const StateColumns state = std::visit(ColumnsOf{}, t.state);
  const auto added =
      connection_.run("store a wallet's transaction",
                      "INSERT INTO wallet_transaction (" BALANS_WALLET_TRANSACTION_COLUMNS
                      ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
                      {to_text(t.id), to_text(t.wallet), t.chain.str(), t.digest, settlement_rows::hex_of(t.bytes),
                       t.signature, t.payment.address, t.payment.amount.units(), t.most_fee.units(), t.last_epoch,
                       t.made.ms(), wallet::name_of(t.state), state.fee, state.checkpoint, state.epoch, state.why});
  if (!added) return added.error();
  for (const settlement::Input& input : t.inputs) {
    auto kept = done(connection_.run("store a wallet's input",
                                     "INSERT INTO wallet_input (transaction_id, wallet, chain, object, version, used) "
                                     "VALUES ($1, $2, $3, $4, $5, 2)",
                                     {to_text(t.id), to_text(t.wallet), t.chain.str(), input.object, input.version}));
    if (!kept) return kept;
  }
  return {};
}

Result<std::vector<Transaction>> SqlWallets::with_inputs(const Rows& rows) {
  std::vector<Transaction> all;
  const auto read = sql::each_row(rows, [&](const sql::Rows& row) -> Result<void> {
    auto transaction = transaction_of(row);
    if (!transaction) return transaction.error();
    all.push_back(*std::move(transaction));
    return {};
  });
  if (!read) return read.error();
  for (Transaction& transaction : all) {
    const auto inputs = sql::each_row(
        connection_.query("read a wallet's inputs",
                          "SELECT object, version FROM wallet_input WHERE transaction_id = $1 ORDER BY object",
                          {to_text(transaction.id)}),
        [&](const sql::Rows& row) -> Result<void> {
          transaction.inputs.push_back({row.text(0), row.integer(1)});
          return {};
        });
    if (!inputs) return inputs.error();
  }
  return all;
}

Result<std::optional<Transaction>> SqlWallets::only(const Rows& rows) {
  auto all = with_inputs(rows);
  if (!all) return all.error();
  return all->empty() ? std::optional<Transaction>() : std::optional(std::move(all->front()));
}

Result<std::optional<Transaction>> SqlWallets::transaction(const journal::Id& id) {
  return only(connection_.query("find a wallet's transaction",
                                "SELECT " BALANS_WALLET_TRANSACTION_COLUMNS " FROM wallet_transaction WHERE id = $1",
                                {to_text(id)}));
}

Result<std::optional<Transaction>> SqlWallets::by_digest(const ChainName& chain, const std::string& digest) {
  return only(connection_.query("find a wallet's transaction by digest",
                                "SELECT " BALANS_WALLET_TRANSACTION_COLUMNS
                                " FROM wallet_transaction WHERE chain = $1 AND digest = $2",
                                {chain.str(), digest}));
}

Result<std::vector<Transaction>> SqlWallets::transactions(const journal::Id& wallet,
                                                          const std::optional<WalletCursor>& before,
                                                          std::size_t limit) {
  const WalletCursor from = before.value_or(WalletCursor{UnixTime(std::numeric_limits<std::int64_t>::max()), {}});
  return with_inputs(connection_.query(
      "list a wallet's transactions",
      "SELECT " BALANS_WALLET_TRANSACTION_COLUMNS
      " FROM wallet_transaction WHERE wallet = $1 AND (made_utc, id) < ($2, $3) ORDER BY made_utc DESC, id DESC LIMIT "
      "$4",
      {to_text(wallet), from.made.ms(), to_text(from.id), static_cast<std::int64_t>(limit)}));
}

Result<std::vector<Transaction>> SqlWallets::open(const std::optional<journal::Id>& wallet,
                                                  const std::optional<WalletCursor>& after, std::size_t limit) {
  const WalletCursor from = after.value_or(WalletCursor{UnixTime(std::numeric_limits<std::int64_t>::min()), {}});
  const auto only_of = wallet ? std::optional(to_text(*wallet)) : std::nullopt;
  return with_inputs(connection_.query(
      "list wallets' open transactions",
      "SELECT " BALANS_WALLET_TRANSACTION_COLUMNS
      " FROM wallet_transaction WHERE state IN ('unsigned', 'pending') AND (CAST($1 AS TEXT) IS NULL OR wallet = $1) "
      "AND (made_utc, id) > ($2, $3) ORDER BY made_utc, id LIMIT $4",
      {only_of, from.made.ms(), to_text(from.id), static_cast<std::int64_t>(limit)}));
}

Result<std::vector<Transaction>> SqlWallets::open_to(const ChainName& chain, const std::string& address,
                                                     std::size_t limit) {
  return with_inputs(connection_.query(
      "list open transactions to a wallet",
      "SELECT " BALANS_WALLET_TRANSACTION_COLUMNS
      " FROM wallet_transaction WHERE state IN ('unsigned', 'pending') AND chain = $1 AND recipient = $2 ORDER BY "
      "made_utc, id LIMIT $3",
      {chain.str(), address, static_cast<std::int64_t>(limit)}));
}

Result<bool> SqlWallets::sign(const journal::Id& id, const std::string& signature) {
  const auto changed = connection_.run("keep a wallet's signature",
                                       "UPDATE wallet_transaction SET signature = $1, state = 'pending' WHERE id = $2 "
                                       "AND state = 'unsigned'",
                                       {signature, to_text(id)});
  if (!changed) return changed.error();
  return *changed == 1;
}

Result<void> SqlWallets::end(const Transaction& t) {
  const StateColumns state = std::visit(ColumnsOf{}, t.state);
  const auto ended = connection_.run(
      "end a wallet's transaction",
      "UPDATE wallet_transaction SET state = $1, fee = $2, checkpoint = $3, epoch = $4, why = $5 WHERE id = $6 AND "
      "state IN ('unsigned', 'pending')",
      {wallet::name_of(t.state), state.fee, state.checkpoint, state.epoch, state.why, to_text(t.id)});
  if (!ended) return ended.error();
  if (*ended == 0) return {};
  const int used = std::holds_alternative<wallet::Expired>(t.state) ? 0 : 1;
  return done(connection_.run("settle a wallet's inputs", "UPDATE wallet_input SET used = $1 WHERE transaction_id = $2",
                              {used, to_text(t.id)}));
}

Result<std::vector<UsedObject>> SqlWallets::used_objects(const journal::Id& wallet) {
  std::vector<UsedObject> used;
  const auto read = sql::each_row(
      connection_.query("list a wallet's used objects",
                        "SELECT object, MAX(used), MAX(version) FROM wallet_input WHERE wallet = $1 AND used > 0 "
                        "GROUP BY object ORDER BY object",
                        {to_text(wallet)}),
      [&](const sql::Rows& row) -> Result<void> {
        used.push_back({row.text(0), row.integer(1) == 2 ? std::nullopt : std::optional(row.integer(2))});
        return {};
      });
  if (!read) return read.error();
  return used;
}

Result<Amount> SqlWallets::amount(const Rows& rows) const {
  if (!rows) return rows.error();
  const Result<bool> row = (*rows)->next();
  if (!row) return row.error();
  const auto found = Amount::of(*row ? (*rows)->integer(0) : 0);
  if (!found) return in_table("amounts do not add up");
  return *found;
}

Result<InFlight> SqlWallets::in_flight(const wallet::Wallet& wallet) {
  const auto out = amount(connection_.query("add up what goes out",
                                            "SELECT CAST(COALESCE(SUM(amount + most_fee), 0) AS BIGINT) FROM "
                                            "wallet_transaction WHERE wallet = $1 AND state = "
                                            "'pending'",
                                            {to_text(wallet.id)}));
  if (!out) return out.error();
  const auto from_wallets = amount(connection_.query(
      "add up what comes from wallets",
      "SELECT CAST(COALESCE(SUM(amount), 0) AS BIGINT) FROM wallet_transaction WHERE chain = $1 AND recipient = $2 AND "
      "state = 'pending'",
      {wallet.chain.str(), wallet.address}));
  if (!from_wallets) return from_wallets.error();
  const auto from_settlements = amount(connection_.query(
      "add up what comes from settlements",
      "SELECT CAST(COALESCE(SUM(t.amount), 0) AS BIGINT) FROM settlement_attempt a JOIN settlement_transfer t ON "
      "t.settlement = a.settlement WHERE a.chain = $1 AND a.state = 'live' AND t.address = $2",
      {wallet.chain.str(), wallet.address}));
  if (!from_settlements) return from_settlements.error();
  const auto in = sum(*from_wallets, *from_settlements);
  if (!in) return in_table("amounts do not add up");
  return InFlight{*out, *in};
}

}  // namespace balans::api
