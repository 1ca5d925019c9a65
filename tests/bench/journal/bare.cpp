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

constexpr const char* kTable =
    "CREATE TABLE bare (commit_number BIGINT NOT NULL, ordinal BIGINT NOT NULL, id_high BIGINT NOT NULL, id_low BIGINT "
    "NOT NULL, kind BIGINT NOT NULL, debit BIGINT NOT NULL, credit BIGINT NOT NULL, amount BIGINT NOT NULL, "
    "reserve_high BIGINT, reserve_low BIGINT, time_out_ms BIGINT, code BIGINT NOT NULL, reference TEXT NOT NULL, "
    "linked "
    "BIGINT NOT NULL, PRIMARY KEY (commit_number, ordinal))";

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

class BareSqlite final : public Bare {
 public:
  explicit BareSqlite(sqlite::Database database) : database_(std::move(database)) {
    must(database_.execute(std::string(kTable) + " WITHOUT ROWID", "make a table"));
    must(database_.execute("PRAGMA cache_size = -16000", "make room"));
    auto insert =
        database_.prepare("INSERT INTO bare VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL, NULL, NULL, ?, ?, 0)", "insert");
    must(insert);
    insert_.emplace(*std::move(insert));
  }
  void insert_each(std::span<const Transfer> transfers) override {
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
  void insert(std::int64_t commit, std::int64_t ordinal, const Transfer& transfer) {
    const Row row(commit, ordinal, transfer);
    insert_->bind_anew(10);
    int index = 0;
    for (const std::int64_t number : row.numbers) insert_->bind_integer(++index, number);
    insert_->bind_constant(++index, transfer.reference);
    must(insert_->finish());
  }

  sqlite::Database database_;
  std::optional<sqlite::Statement> insert_;
  std::int64_t commit_ = 0;
};

class BarePostgres final : public Bare {
 public:
  explicit BarePostgres(std::unique_ptr<postgres::Connection> connection) : connection_(std::move(connection)) {
    must(connection_->execute("make a table", kTable));
  }
  void insert_each(std::span<const Transfer> transfers) override {
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
  void insert(std::int64_t commit, std::int64_t ordinal, const Transfer& transfer) {
    const Row row(commit, ordinal, transfer);
    std::vector<postgres::Value> values(row.numbers.begin(), row.numbers.end());
    values.emplace_back(std::string_view(transfer.reference));
    must(connection_->run(
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
