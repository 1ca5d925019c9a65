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

constexpr std::array kTables{
    "CREATE TABLE bare (commit_number BIGINT NOT NULL, ordinal BIGINT NOT NULL, id_high BIGINT NOT NULL, id_low BIGINT "
    "NOT NULL, kind BIGINT NOT NULL, debit BIGINT NOT NULL, credit BIGINT NOT NULL, amount BIGINT NOT NULL, "
    "reserve_high BIGINT, reserve_low BIGINT, time_out_ms BIGINT, code BIGINT NOT NULL, reference TEXT NOT NULL, "
    "linked BIGINT NOT NULL, PRIMARY KEY (commit_number, ordinal))",
    "CREATE TABLE bare_commit (number BIGINT NOT NULL, at_utc BIGINT NOT NULL, head TEXT NOT NULL, era BIGINT NOT "
    "NULL, "
    "era_rows BIGINT NOT NULL, PRIMARY KEY (number))",
    "CREATE TABLE bare_balance (era BIGINT NOT NULL, account BIGINT NOT NULL, commit_number BIGINT NOT NULL, "
    "debits_pending BIGINT NOT NULL, debits_posted BIGINT NOT NULL, credits_pending BIGINT NOT NULL, credits_posted "
    "BIGINT NOT NULL, first_ordinal BIGINT NOT NULL, last_ordinal BIGINT NOT NULL, debits_over BIGINT, credits_over "
    "BIGINT, PRIMARY KEY (era, account, commit_number))"};

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
                low_of(t.id),
                1,
                low_of(t.debit),
                low_of(t.credit),
                t.amount.units(),
                static_cast<std::int64_t>(t.code)} {}
  std::array<std::int64_t, 9> numbers;
};

/// The numbers of an account's balance, without the bound that it has not.
struct Balance {
  Balance(std::int64_t commit, std::int64_t account)
      : numbers{commit / 65'536, account, commit, 0, kMost - commit, 0, kMost - 2 * commit, 1, 1, kMost} {}
  std::array<std::int64_t, 10> numbers;
};

class BareSqlite final : public Bare {
 public:
  explicit BareSqlite(sqlite::Database database) : database_(std::move(database)) {
    for (const char* table : kTables) must(database_.execute(std::string(table) + " WITHOUT ROWID", "make a table"));
    must(database_.execute("PRAGMA cache_size = -16000", "make room"));
    prepare(insert_, "INSERT INTO bare VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL, NULL, NULL, ?, ?, 0)");
    prepare(commits_, "INSERT INTO bare_commit VALUES (?, ?, ?, ?, ?)");
    prepare(balances_, "INSERT INTO bare_balance VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)");
  }
  void insert_each(std::span<const Transfer> transfers) override {
    for (const Transfer& each : transfers) {
      auto transaction = database_.begin("begin");
      must(transaction);
      insert_commit(++commit_);
      insert(commit_, 1, each);
      insert_balance({commit_, low_of(each.debit)});
      insert_balance({commit_, low_of(each.credit)});
      must(transaction->commit());
    }
  }
  void insert_rows(std::span<const Transfer> transfers) override {
    for (const Transfer& each : transfers) insert(++commit_, 1, each);
  }
  void insert_together(std::span<const Transfer> transfers) override {
    auto transaction = database_.begin("begin");
    must(transaction);
    ++commit_;
    std::int64_t ordinal = 0;
    for (const Transfer& each : transfers) insert(commit_, ++ordinal, each);
    must(transaction->commit());
  }

 private:
  void prepare(std::optional<sqlite::Statement>& statement, const char* text) {
    auto prepared = database_.prepare(text, "insert");
    must(prepared);
    statement.emplace(*std::move(prepared));
  }
  void insert_commit(std::int64_t commit) {
    commits_->bind_anew(5);
    commits_->bind_integer(1, commit);
    commits_->bind_integer(2, kMost + commit);
    commits_->bind_constant(3, kHead);
    commits_->bind_integer(4, commit / 65'536);
    commits_->bind_integer(5, commit % 65'536);
    must(commits_->finish());
  }
  void insert_balance(const Balance& balance) {
    balances_->bind_anew(10);
    int index = 0;
    for (const std::int64_t number : balance.numbers) balances_->bind_integer(++index, number);
    must(balances_->finish());
  }
  void insert(std::int64_t commit, std::int64_t ordinal, const Transfer& transfer) {
    const Row row(commit, ordinal, transfer);
    insert_->bind_anew(10);
    int index = 0;
    for (const std::int64_t number : row.numbers) insert_->bind_integer(++index, number);
    insert_->bind_constant(++index, transfer.reference);
    must(insert_->finish());
  }

  sqlite::Database database_;
  std::optional<sqlite::Statement> insert_, commits_, balances_;
  std::int64_t commit_ = 0;
};

class BarePostgres final : public Bare {
 public:
  explicit BarePostgres(std::unique_ptr<postgres::Connection> connection) : connection_(std::move(connection)) {
    for (const char* table : kTables) must(connection_->execute("make a table", table));
  }
  /// One statement, so that it is waited for once.
  void insert_each(std::span<const Transfer> transfers) override {
    for (const Transfer& each : transfers) {
      ++commit_;
      const Row row(commit_, 1, each);
      const Balance debit(commit_, low_of(each.debit)), credit(commit_, low_of(each.credit));
      std::vector<postgres::Value> values(row.numbers.begin(), row.numbers.end());
      values.insert(values.end(), {each.reference, kMost + commit_, kHead, commit_ / 65'536, commit_ % 65'536});
      values.insert(values.end(), debit.numbers.begin(), debit.numbers.end());
      values.insert(values.end(), credit.numbers.begin(), credit.numbers.end());
      must(connection_->run("insert", kInsertAll, values));
    }
  }
  void insert_rows(std::span<const Transfer> transfers) override {
    for (const Transfer& each : transfers) insert(++commit_, 1, each);
  }
  void insert_together(std::span<const Transfer> transfers) override {
    must(connection_->begin());
    ++commit_;
    std::int64_t ordinal = 0;
    for (const Transfer& each : transfers) insert(commit_, ++ordinal, each);
    must(connection_->commit());
  }

 private:
  static constexpr const char* kInsertAll =
      "WITH made AS (INSERT INTO bare_commit VALUES ($1, $11, $12, $13, $14)), "
      "stored AS (INSERT INTO bare VALUES ($1, $2, $3, $4, $5, $6, $7, $8, NULL, NULL, NULL, $9, $10, 0)) "
      "INSERT INTO bare_balance VALUES ($15, $16, $17, $18, $19, $20, $21, $22, $23, $24, NULL), "
      "($25, $26, $27, $28, $29, $30, $31, $32, $33, $34, NULL)";
  void insert(std::int64_t commit, std::int64_t ordinal, const Transfer& transfer) {
    const Row row(commit, ordinal, transfer);
    std::vector<postgres::Value> values(row.numbers.begin(), row.numbers.end());
    values.emplace_back(std::string_view(transfer.reference));
    must(connection_->run_meanwhile(
        "insert", "INSERT INTO bare VALUES ($1, $2, $3, $4, $5, $6, $7, $8, NULL, NULL, NULL, $9, $10, 0)", values));
  }

  std::unique_ptr<postgres::Connection> connection_;
  std::int64_t commit_ = 0;
};

}  // namespace

std::unique_ptr<Bare> make_bare(const api::DatabaseAddress& empty) {
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
