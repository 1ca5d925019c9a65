// Wallets themselves; what is paid out of them is in sql_wallet_payments.cpp.
#include "api/store/sql_wallets.hpp"

namespace balans::api {

using wallet::ChainName;
using wallet::Wallet;

namespace {

#define BALANS_WALLET_COLUMNS \
  "id, account, site, chain, address, public_key, seal, made_utc, opened_utc, tries, tried_utc"

Error in_table(const Error& error) { return error.within("table wallet"); }

Result<void> read_seal(const sql::Rows& row, int column, Wallet& wallet) {
  const auto text = row.optional_text(column);
  if (!text) return {};
  auto seal = parse_sealed(*text);
  if (!seal) return in_table(seal.error());
  wallet.seal = *std::move(seal);
  return {};
}

Result<void> read_site(const sql::Rows& row, int column, Wallet& wallet) {
  const auto text = row.optional_text(column);
  if (!text) return {};
  const auto site = SiteId::parse(*text);
  if (!site) return in_table(site.error());
  wallet.site = *site;
  return {};
}

Result<Wallet> wallet_of(const sql::Rows& row) {
  Wallet wallet;
  const auto id = journal::parse_id(row.text(0));
  const auto account = journal::parse_id(row.text(1));
  const auto chain = ChainName::parse(row.text(3));
  const auto key = bytes32_from_hex(row.text(5));
  if (!id) return in_table(id.error());
  if (!account) return in_table(account.error());
  if (!chain) return in_table(chain.error());
  if (!key) return in_table(key.error());
  if (auto read = read_site(row, 2, wallet); !read) return read.error();
  if (auto read = read_seal(row, 6, wallet); !read) return read.error();
  wallet.id = *id;
  wallet.account = *account;
  wallet.chain = *chain;
  wallet.address = row.text(4);
  wallet.key = {*key};
  wallet.made = UnixTime(row.integer(7));
  if (const auto opened = row.optional_integer(8)) wallet.opened = UnixTime(*opened);
  wallet.strangers = {row.integer(9), UnixTime(row.integer(10))};
  return wallet;
}

Result<std::vector<Wallet>> all_of(const Result<std::unique_ptr<sql::Rows>>& rows) {
  std::vector<Wallet> all;
  const auto read = sql::each_row(rows, [&](const sql::Rows& row) -> Result<void> {
    auto wallet = wallet_of(row);
    if (!wallet) return wallet.error();
    all.push_back(*std::move(wallet));
    return {};
  });
  if (!read) return read.error();
  return all;
}

Result<std::optional<Wallet>> only_one(const Result<std::unique_ptr<sql::Rows>>& rows) {
  auto all = all_of(rows);
  if (!all) return all.error();
  return all->empty() ? std::optional<Wallet>() : std::optional(std::move(all->front()));
}

Result<void> one(const Result<std::int64_t>& changed, const journal::Id& id) {
  if (!changed) return changed.error();
  if (*changed != 1) return Error{"wallet " + to_text(id), "is not there"};
  return {};
}

std::optional<std::string> text_of(const std::optional<journal::Id>& id) {
  return id ? std::optional(to_text(*id)) : std::nullopt;
}

}  // namespace

Result<void> SqlWallets::add(const Wallet& wallet, const std::optional<std::string>& payout_mode) {
  const auto site = wallet.site ? std::optional(wallet.site->str()) : std::nullopt;
  const auto seal = wallet.seal ? std::optional(to_text(*wallet.seal)) : std::nullopt;
  const auto opened = wallet.opened ? std::optional(wallet.opened->ms()) : std::nullopt;
  const auto added = connection_.run(
      "store a wallet",
      "INSERT INTO wallet (" BALANS_WALLET_COLUMNS ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
      {to_text(wallet.id), to_text(wallet.account), site, wallet.chain.str(), wallet.address, to_hex(wallet.key.bytes),
       seal, wallet.made.ms(), opened, wallet.strangers.count, wallet.strangers.begun.ms()});
  if (!added) return added.error();
  if (!payout_mode) return {};
  const auto payee = connection_.run(
      "make it a payee",
      "INSERT INTO ledger_payee (chain, address, account, mode, held, planned_utc) VALUES ($1, $2, $3, $4, '', 0) ON "
      "CONFLICT DO NOTHING",
      {wallet.chain.str(), wallet.address, to_text(wallet.account), *payout_mode});
  if (!payee) return payee.error();
  return {};
}

Result<std::optional<Wallet>> SqlWallets::find(const journal::Id& id) {
  return only_one(
      connection_.query("find a wallet", "SELECT " BALANS_WALLET_COLUMNS " FROM wallet WHERE id = $1", {to_text(id)}));
}

Result<std::optional<Wallet>> SqlWallets::of_account(const ChainName& chain, const journal::Id& account) {
  return only_one(connection_.query("find an account's wallet",
                                    "SELECT " BALANS_WALLET_COLUMNS " FROM wallet WHERE chain = $1 AND account = $2",
                                    {chain.str(), to_text(account)}));
}

Result<std::optional<Wallet>> SqlWallets::of_address(const ChainName& chain, const std::string& address) {
  return only_one(connection_.query("find an address's wallet",
                                    "SELECT " BALANS_WALLET_COLUMNS " FROM wallet WHERE chain = $1 AND address = $2",
                                    {chain.str(), address}));
}

Result<std::vector<Wallet>> SqlWallets::wallets(const WalletQuery& query) {
  const auto site = query.site ? std::optional(query.site->str()) : std::nullopt;
  const auto account = text_of(query.account);
  return all_of(connection_.query(
      "list wallets",
      "SELECT " BALANS_WALLET_COLUMNS
      " FROM wallet WHERE id > $1 AND (CAST($2 AS TEXT) IS NULL OR site = $2) AND (CAST($3 AS TEXT) IS NULL OR "
      "account = $3) ORDER BY id LIMIT $4",
      {text_of(query.after).value_or(""), site, account, static_cast<std::int64_t>(query.limit)}));
}

Result<void> SqlWallets::put_seal(const journal::Id& id, const SealedSecret& seal) {
  auto sealed =
      one(connection_.run("seal a wallet anew", "UPDATE wallet SET seal = $1 WHERE id = $2 AND seal IS NOT NULL",
                          {to_text(seal), to_text(id)}),
          id);
  if (!sealed) return sealed;
  const auto forgotten = connection_.run("forget who has opened it",
                                         "UPDATE wallet_tries SET opened = 0 WHERE wallet = $1", {to_text(id)});
  return forgotten ? Result<void>() : forgotten.error();
}

Result<wallet::TokenTries> SqlWallets::tries_of(const journal::Id& id, const std::string& who) {
  // SQLite has one writer anyway.
  if (connection_.engine() == sql::Engine::Postgres) {
    const auto held =
        connection_.run("wait for others' tries", "SELECT id FROM wallet WHERE id = $1 FOR UPDATE", {to_text(id)});
    if (!held) return held.error();
  }
  wallet::TokenTries tries;
  const auto read = sql::each_row(
      connection_.query("find a token's tries",
                        "SELECT wrong, tried_utc, opened FROM wallet_tries WHERE wallet = $1 AND who = $2",
                        {to_text(id), who}),
      [&](const sql::Rows& row) -> Result<void> {
        tries = {{row.integer(0), UnixTime(row.integer(1))}, row.integer(2) == 1};
        return {};
      });
  if (!read) return read.error();
  return tries;
}

Result<void> SqlWallets::put_tries(const journal::Id& id, const std::string& who, const wallet::TokenTries& tries) {
  const auto put = connection_.run(
      "count a try",
      "INSERT INTO wallet_tries (wallet, who, wrong, tried_utc, opened) VALUES ($1, $2, $3, $4, $5) ON CONFLICT "
      "(wallet, who) DO UPDATE SET wrong = excluded.wrong, tried_utc = excluded.tried_utc, opened = excluded.opened",
      {to_text(id), who, tries.tries.wrong, tries.tries.last.ms(), std::int64_t{tries.has_opened ? 1 : 0}});
  if (!put) return put.error();
  const auto forgotten = connection_.run(
      "forget old tries",
      "DELETE FROM wallet_tries WHERE wallet = $1 AND who IN (SELECT who FROM wallet_tries WHERE wallet = $1 AND who "
      "<> $2 ORDER BY opened DESC, tried_utc DESC, who LIMIT 1000 OFFSET $3)",
      {to_text(id), who, kMostTokens - 1});
  return forgotten ? Result<void>() : forgotten.error();
}

Result<void> SqlWallets::put_strangers(const journal::Id& id, const wallet::StrangersTries& strangers) {
  return one(connection_.run("count strangers' tries", "UPDATE wallet SET tries = $1, tried_utc = $2 WHERE id = $3",
                             {strangers.count, strangers.begun.ms(), to_text(id)}),
             id);
}

Result<void> SqlWallets::note_opened(const journal::Id& id, UnixTime at) {
  return one(
      connection_.run("note that it was opened",
                      "UPDATE wallet SET opened_utc = COALESCE(opened_utc, $1) WHERE id = $2", {at.ms(), to_text(id)}),
      id);
}

Result<Restored> SqlWallets::restored() {
  Restored restored;
  const auto read = sql::each_row(connection_.query("look whether this is a copy",
                                                    "SELECT wait_epoch, ids_from_utc FROM restored WHERE one = 1", {}),
                                  [&](const sql::Rows& row) -> Result<void> {
                                    restored.wait_epoch = row.optional_integer(0);
                                    if (const auto from = row.optional_integer(1)) restored.ids_from = UnixTime(*from);
                                    return {};
                                  });
  if (!read) return read.error();
  return restored;
}

// One statement, so that nothing comes between looking and writing.
Result<void> SqlWallets::go_on(std::int64_t wait_epoch, const Restored& next) {
  const auto from = next.ids_from ? std::optional(next.ids_from->ms()) : std::nullopt;
  const auto gone =
      connection_.run("go on after a restore",
                      "UPDATE restored SET wait_epoch = $1, ids_from_utc = $2 WHERE one = 1 AND wait_epoch = $3",
                      {next.wait_epoch, from, wait_epoch});
  return gone ? Result<void>() : gone.error();
}

}  // namespace balans::api
