#include "tests/bench/ingest/bare.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <bit>
#include <chrono>
#include <cstdlib>
#include <iostream>

#include "api/store/open.hpp"
#include "api/store/postgres_days.hpp"

namespace balans::bench {
namespace {

constexpr int kColumns = 16;

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

void must(bool fine, const std::string& what) {
  if (fine) return;
  std::cerr << "balans_ingest: " << what << "\n";
  std::exit(1);
}

sqlite3_stmt* prepare(sqlite3* db, int rows) {
  // OR FAIL keeps no journal of each statement.
  std::string sql =
      "INSERT OR FAIL INTO reading (device, filed, seq, version, batch, boot, at_ms, import_wh, export_wh, mean_l1_ma, "
      "mean_l2_ma, mean_l3_ma, limit_l1_ma, limit_l2_ma, limit_l3_ma, state) VALUES ";
  for (int i = 0; i < rows; ++i) sql += std::string(i == 0 ? "" : ",") + "(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)";
  sqlite3_stmt* statement = nullptr;
  must(sqlite3_prepare_v3(db, sql.c_str(), -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr) == SQLITE_OK,
       sqlite3_errmsg(db));
  return statement;
}

void bind(sqlite3_stmt* statement, int first, const Requests::Row& row) {
  const Reading& r = row.reading;
  int i = first;
  for (const std::int64_t value :
       {row.device, r.utc->ms(), static_cast<std::int64_t>(r.seq), std::int64_t{1}, row.batch,
        std::bit_cast<std::int64_t>(r.boot.value), r.at.ms(), r.energy_import.count(), r.energy_export.count(),
        r.mean[Phase::L1].count(), r.mean[Phase::L2].count(), r.mean[Phase::L3].count(), r.limit[Phase::L1].count(),
        r.limit[Phase::L2].count(), r.limit[Phase::L3].count()})
    sqlite3_bind_int64(statement, ++i, value);
  const std::string_view state = name_of(r.state);
  sqlite3_bind_text(statement, ++i, state.data(), static_cast<int>(state.size()), SQLITE_STATIC);
}

void insert(sqlite3* db, sqlite3_stmt* one, sqlite3_stmt* many, int at_once, const std::vector<Requests::Row>& rows) {
  std::size_t i = 0;
  const auto step = [&](sqlite3_stmt* statement) {
    must(sqlite3_step(statement) == SQLITE_DONE, sqlite3_errmsg(db));
    sqlite3_reset(statement);
  };
  for (; i + static_cast<std::size_t>(at_once) <= rows.size(); i += static_cast<std::size_t>(at_once)) {
    for (int j = 0; j < at_once; ++j) bind(many, j * kColumns, rows[i + static_cast<std::size_t>(j)]);
    step(many);
  }
  for (; i < rows.size(); ++i) {
    bind(one, 0, rows[i]);
    step(one);
  }
}

}  // namespace

double bare_sqlite(const std::filesystem::path& file, const std::vector<Requests::Kept>& groups, What what,
                   int rows_per_statement) {
  must(api::migrate(file).ok(), "no database");
  sqlite3* db = nullptr;
  must(sqlite3_open(file.c_str(), &db) == SQLITE_OK, "no database");
  const auto run = [db](const char* sql) {
    must(sqlite3_exec(db, sql, nullptr, nullptr, nullptr) == SQLITE_OK, sqlite3_errmsg(db));
  };
  run("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 16777216; "
      "PRAGMA cache_size = -16000");
  sqlite3_stmt* one = prepare(db, 1);
  sqlite3_stmt* many = prepare(db, rows_per_statement);
  sqlite3_stmt* text = nullptr;
  must(sqlite3_prepare_v3(db, "INSERT INTO envelope (batch, received_utc, text) VALUES (?, ?, ?)", -1,
                          SQLITE_PREPARE_PERSISTENT, &text, nullptr) == SQLITE_OK,
       sqlite3_errmsg(db));
  const auto start = std::chrono::steady_clock::now();
  for (const Requests::Kept& group : groups) {
    run("BEGIN IMMEDIATE");
    insert(db, one, many, rows_per_statement, group.rows);
    for (std::size_t i = 0; what == What::AllThatIsKept && i < group.texts.size(); ++i) {
      const auto& [batch, envelope] = group.texts[i];
      sqlite3_bind_int64(text, 1, batch);
      sqlite3_bind_int64(text, 2, 1'760'000'000'000);
      sqlite3_bind_text64(text, 3, envelope.data(), envelope.size(), SQLITE_STATIC, SQLITE_UTF8);
      must(sqlite3_step(text) == SQLITE_DONE, sqlite3_errmsg(db));
      sqlite3_reset(text);
    }
    run("COMMIT");
  }
  const double seconds = seconds_since(start);
  for (sqlite3_stmt* statement : {one, many, text}) sqlite3_finalize(statement);
  sqlite3_close(db);
  return seconds;
}

double bare_copy(const std::string& uri, const std::vector<Requests::Kept>& groups, What what) {
  constexpr std::int64_t kReceived = 1'760'000'000'000;
  must(api::migrate(api::PostgresUri{uri}).ok(), "no database");
  auto connection = postgres::Connection::open(uri);
  must(connection.ok(), "no connection");
  postgres::Connection& db = **connection;
  api::PostgresDays days(db);
  must(days.make("envelope", kReceived / api::kDayMs).ok(), "no partition");
  struct Texts {
    std::string rows, envelopes;
  };
  std::vector<Texts> texts;
  for (const Requests::Kept& group : groups) {
    texts.emplace_back();
    for (const auto& [device, batch, r] : group.rows) {
      must(days.make("reading", r.utc->ms() / api::kDayMs).ok(), "no partition");
      fmt::format_to(std::back_inserter(texts.back().rows),
                     "{}\t{}\t{}\t1\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\n", device, r.utc->ms(), r.seq,
                     batch, std::bit_cast<std::int64_t>(r.boot.value), r.at.ms(), r.energy_import.count(),
                     r.energy_export.count(), r.mean[Phase::L1].count(), r.mean[Phase::L2].count(),
                     r.mean[Phase::L3].count(), r.limit[Phase::L1].count(), r.limit[Phase::L2].count(),
                     r.limit[Phase::L3].count(), name_of(r.state));
    }
    for (const auto& [batch, envelope] : group.texts) {
      fmt::format_to(std::back_inserter(texts.back().envelopes), "{}\t{}\t", batch, kReceived);
      postgres::append_copy_text(texts.back().envelopes, envelope);
      texts.back().envelopes += '\n';
    }
  }
  const auto copy = [&db](const char* statement, const std::string& text) {
    must(db.begin_copy("bare", statement).ok() && db.copy(text).ok() && db.end_copy().ok(), "COPY fails");
  };
  const auto start = std::chrono::steady_clock::now();
  for (const Texts& text : texts) {
    must(db.begin().ok(), "no transaction");
    copy(
        "COPY reading (device, filed, seq, version, batch, boot, at_ms, import_wh, export_wh, mean_l1_ma, mean_l2_ma, "
        "mean_l3_ma, limit_l1_ma, limit_l2_ma, limit_l3_ma, state) FROM STDIN",
        text.rows);
    if (what == What::AllThatIsKept) copy("COPY envelope (batch, received_utc, text) FROM STDIN", text.envelopes);
    must(db.commit().ok(), "COPY fails");
  }
  return seconds_since(start);
}

}  // namespace balans::bench
