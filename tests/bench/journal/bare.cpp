#include "tests/bench/journal/bare.hpp"

#include <array>
#include <cstdlib>
#include <iostream>

#include "api/store/sql_journal_rows.hpp"
#include "common/io/postgres/postgres.hpp"
#include "common/io/sqlite/sqlite.hpp"

namespace balans::bench {

using api::journal::Transfer;
using namespace api::journal_rows;

void give_up(const Error& error) {
  std::cerr << "balans_journal_bench: " << error.message() << "\n";
  std::exit(1);
}

namespace {

/// The accounts that balances belong to, all in the first era.
constexpr const char* kAccounts =
    "WITH RECURSIVE made (number) AS (SELECT CAST(1 AS BIGINT) UNION ALL SELECT number + 1 FROM made WHERE number < "
    "1000) INSERT INTO account (number, id_high, id_low, asset, kind, owner, debits_over, commit_number, made_utc) "
    "SELECT number, 0, number, 'EUR', 'household', '', 1000000000000, 1, 0 FROM made";
constexpr const char* kEras = "INSERT INTO account_era (account, era, first_commit) SELECT number, 1, 1 FROM account";

constexpr const char* kInsertCommit =
    "INSERT INTO journal_commit (number, at_utc, head, era, era_rows) VALUES ($1, $2, $3, 1, $4)";
constexpr const char* kInsertTransfer =
    "INSERT INTO transfer (commit_number, ordinal, id_high, id_low, kind, debit, credit, amount, code, reference, "
    "linked) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0)";
constexpr const char* kInsertBalance =
    "INSERT INTO account_balance (era, account, commit_number, debits_pending, debits_posted, credits_pending, "
    "credits_posted, first_ordinal, last_ordinal, debits_over) VALUES (1, $1, $2, 0, $3, 0, $4, 1, 1, $5)";

constexpr std::string_view kHead = "5f2c0e9b7a4d1c8e3b6f0a9d2c5e8b1f4a7d0c3e6b9f2a5d8c1e4b7f0a3d6c9e";
constexpr std::int64_t kMost = 1'000'000'000'000;  ///< a bound and balances as large as the measured journal's

template <class T>
void must(const T& result) {
  if (!result) give_up(result.error());
}

/// The numbers of a row, without its text and what is null.
struct Row {
  explicit Row(std::int64_t commit, std::int64_t ordinal, const Transfer& t)
      : numbers{commit,
                ordinal,
                high_of(t.id),
                low_of(t.id) ^ commit,  // the same transfer is inserted more than once
                1,
                low_of(t.debit),
                low_of(t.credit),
                t.amount.units(),
                static_cast<std::int64_t>(t.code)} {}
  std::array<std::int64_t, 9> numbers;
};

/// The numbers of an account's balance that are not the same in all.
struct Balance {
  Balance(std::int64_t commit, std::int64_t account)
      : numbers{account, commit, kMost / 2 - commit, kMost / 2 - 2 * commit, kMost} {}
  std::array<std::int64_t, 5> numbers;
};

class BareSqlite final : public Bare {
 public:
  explicit BareSqlite(sqlite::Database database) : database_(std::move(database)) {
    for (const char* made : {kAccounts, kEras}) must(database_.execute(made, "make accounts"));
    must(database_.execute("PRAGMA cache_size = -16000", "make room"));
    prepare(commit_statement_, kInsertCommit);
    prepare(transfer_statement_, kInsertTransfer);
    prepare(balance_statement_, kInsertBalance);
  }
  void insert_each(std::span<const Transfer> transfers) override {
    for (const Transfer& each : transfers) {
      auto transaction = database_.begin("begin");
      must(transaction);
      insert(commit_statement_, std::array<std::int64_t, 2>{++commit_, kMost + commit_}, kHead, commit_);
      insert_transfer(1, each);
      for (const api::journal::Id& account : {each.debit, each.credit})
        insert(balance_statement_, Balance(commit_, low_of(account)).numbers);
      must(transaction->commit());
    }
  }
  void insert_rows(std::span<const Transfer> transfers) override {
    for (const Transfer& each : transfers) {
      ++commit_;
      insert_transfer(1, each);
    }
  }
  void insert_together(std::span<const Transfer> transfers) override {
    auto transaction = database_.begin("begin");
    must(transaction);
    ++commit_;
    std::int64_t ordinal = 0;
    for (const Transfer& each : transfers) insert_transfer(++ordinal, each);
    must(transaction->commit());
  }

 private:
  using Statement = std::optional<sqlite::Statement>;
  void prepare(Statement& statement, const char* text) {
    auto prepared = database_.prepare(text, "insert");
    must(prepared);
    statement.emplace(*std::move(prepared));
  }
  /// Numbers, and then a text and a number where there are such.
  template <std::size_t kCount>
  void insert(Statement& statement, const std::array<std::int64_t, kCount>& numbers,
              std::optional<std::string_view> text = {}, std::optional<std::int64_t> last = {}) {
    statement->bind_anew(static_cast<int>(kCount) + (text ? 1 : 0) + (last ? 1 : 0));
    int index = 0;
    for (const std::int64_t number : numbers) statement->bind_integer(++index, number);
    if (text) statement->bind_constant(++index, *text);
    if (last) statement->bind_integer(++index, *last);
    must(statement->finish());
  }
  void insert_transfer(std::int64_t ordinal, const Transfer& transfer) {
    insert(transfer_statement_, Row(commit_, ordinal, transfer).numbers, transfer.reference);
  }

  sqlite::Database database_;
  Statement commit_statement_, transfer_statement_, balance_statement_;
  std::int64_t commit_ = 0;
};

class BarePostgres final : public Bare {
 public:
  explicit BarePostgres(std::unique_ptr<postgres::Connection> connection) : connection_(std::move(connection)) {
    for (const char* made : {kAccounts, kEras}) must(connection_->execute("make accounts", made));
  }
  /// One statement, so that it is waited for once.
  void insert_each(std::span<const Transfer> transfers) override {
    for (const Transfer& each : transfers) {
      ++commit_;
      const Row row(commit_, 1, each);
      const Balance debit(commit_, low_of(each.debit)), credit(commit_, low_of(each.credit));
      std::vector<postgres::Value> values(row.numbers.begin(), row.numbers.end());
      values.insert(values.end(), {std::string_view(each.reference), kMost + commit_, kHead});
      values.insert(values.end(), debit.numbers.begin(), debit.numbers.end());
      values.insert(values.end(), credit.numbers.begin(), credit.numbers.end());
      must(connection_->run("insert", kInsertAll, values));
    }
  }
  void insert_rows(std::span<const Transfer> transfers) override {
    for (const Transfer& each : transfers) {
      ++commit_;
      insert_transfer(1, each);
    }
  }
  void insert_together(std::span<const Transfer> transfers) override {
    must(connection_->begin());
    ++commit_;
    std::int64_t ordinal = 0;
    for (const Transfer& each : transfers) insert_transfer(++ordinal, each);
    must(connection_->commit());
  }

 private:
  static constexpr const char* kInsertAll =
      "WITH made AS (INSERT INTO journal_commit (number, at_utc, head, era, era_rows) VALUES ($1, $11, $12, 1, $1)), "
      "stored AS (INSERT INTO transfer (commit_number, ordinal, id_high, id_low, kind, debit, credit, amount, code, "
      "reference, linked) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0)) "
      "INSERT INTO account_balance (era, account, commit_number, debits_pending, debits_posted, credits_pending, "
      "credits_posted, first_ordinal, last_ordinal, debits_over) VALUES (1, $13, $14, 0, $15, 0, $16, 1, 1, $17), "
      "(1, $18, $19, 0, $20, 0, $21, 1, 1, $22)";
  void insert_transfer(std::int64_t ordinal, const Transfer& transfer) {
    const Row row(commit_, ordinal, transfer);
    std::vector<postgres::Value> values(row.numbers.begin(), row.numbers.end());
    values.emplace_back(std::string_view(transfer.reference));
    must(connection_->run_meanwhile("insert", kInsertTransfer, values));
  }

  std::unique_ptr<postgres::Connection> connection_;
  std::int64_t commit_ = 0;
};

}  // namespace

std::unique_ptr<Bare> make_bare(const api::DatabaseAddress& empty) {
  must(api::migrate(empty));
  if (const auto* uri = std::get_if<api::PostgresUri>(&empty)) {
    auto connection = postgres::Connection::open(uri->text);
    must(connection);
    return std::make_unique<BarePostgres>(*std::move(connection));
  }
  auto database = sqlite::Database::open(std::get<std::filesystem::path>(empty));
  must(database);
  return std::make_unique<BareSqlite>(*std::move(database));
}

}  // namespace balans::bench
