#include "api/store/backup.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <string>
#include <system_error>
#include <vector>

#include "api/store/migrations.hpp"
#include "api/store/postgres_days.hpp"
#include "api/store/sqlite_store.hpp"
#include "common/io/postgres/postgres.hpp"
#include "common/io/sqlite/sqlite.hpp"

namespace balans::api {
namespace {

namespace fs = std::filesystem;

struct Column {
  std::string name;
  bool integer = false;
};
struct Table {
  std::string name;
  std::vector<Column> columns;
};

std::string names_of(const Table& table) {
  std::string names;
  for (const Column& column : table.columns) names += (names.empty() ? "" : ", ") + column.name;
  return names;
}

Result<std::vector<std::string>> texts(sqlite::Database& database, std::string_view query, std::string_view purpose) {
  auto select = database.prepare(query, purpose);
  if (!select) return select.error();
  select->bind();
  std::vector<std::string> found;
  while (true) {
    const Result<bool> row = select->step();
    if (!row) return row.error();
    if (!*row) return found;
    found.push_back(select->text(0));
  }
}

/// Both engines have the same tables and columns, so the file says which there are.
Result<std::vector<Table>> tables_of(sqlite::Database& file) {
  const auto names =
      texts(file, "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'", "list tables");
  if (!names) return names.error();
  std::vector<Table> tables;
  for (const std::string& name : *names) {
    auto select = file.prepare("SELECT name, type FROM pragma_table_info('" + name + "') ORDER BY cid", "list columns");
    if (!select) return select.error();
    select->bind();
    Table table{name, {}};
    while (true) {
      const Result<bool> row = select->step();
      if (!row) return row.error();
      if (!*row) break;
      table.columns.push_back({select->text(0), select->text(1).find("INT") != std::string::npos});
    }
    tables.push_back(std::move(table));
  }
  return tables;
}

/// The fields of one row of COPY's text format; absent is null.
std::vector<std::optional<std::string>> fields_of(std::string_view row) {
  if (row.ends_with('\n')) row.remove_suffix(1);
  std::vector<std::optional<std::string>> fields(1, std::string());
  for (std::size_t i = 0; i < row.size(); ++i) {
    if (row[i] == '\t') {
      fields.emplace_back(std::string());
    } else if (row[i] != '\\' || i + 1 == row.size()) {
      *fields.back() += row[i];
    } else {
      const char escaped = row[++i];
      if (escaped == 'N' && fields.back()->empty() && (i + 1 == row.size() || row[i + 1] == '\t')) {
        fields.back().reset();
      } else {
        *fields.back() += escaped == 'n' ? '\n' : escaped == 't' ? '\t' : escaped == 'r' ? '\r' : escaped;
      }
    }
  }
  return fields;
}

sqlite::Value value_of(const Column& column, const std::optional<std::string>& field) {
  if (!field) return std::monostate();
  if (column.integer) return std::int64_t{std::stoll(*field)};
  return std::string_view(*field);
}

/// From the server into the file.
Result<void> fetch(postgres::Connection& server, sqlite::Database& file, const Table& table) {
  if (const auto cleared = file.execute("DELETE FROM " + table.name, "make room"); !cleared) return cleared;
  std::string marks;
  for (std::size_t i = 0; i < table.columns.size(); ++i) marks += i == 0 ? "?" : ", ?";
  auto insert = file.prepare(fmt::format("INSERT INTO {} ({}) VALUES ({})", table.name, names_of(table), marks),
                             "fill " + table.name);
  if (!insert) return insert.error();
  Result<void> done;
  const auto copied = server.copy_out(
      "read " + table.name, fmt::format("COPY (SELECT {} FROM {}) TO STDOUT", names_of(table), table.name),
      [&](std::string_view row) {
        const auto fields = fields_of(row);
        if (!done || fields.size() != table.columns.size()) return;
        insert->bind_anew(fields.size());
        for (std::size_t i = 0; i < fields.size(); ++i)
          insert->bind_value(static_cast<int>(i) + 1, value_of(table.columns[i], fields[i]));
        if (const auto stepped = insert->step(); !stepped) done = stepped.error();
      });
  return copied ? done : copied;
}

Result<void> fetch_all(postgres::Connection& server, sqlite::Database& file) {
  const auto tables = tables_of(file);
  if (!tables) return tables.error();
  if (auto begun = server.begin(); !begun) return begun;
  auto done = server.execute("look at one moment", "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY");
  auto writing = file.begin("fill the backup");
  if (!writing) done = writing.error();
  if (done) done = file.execute("PRAGMA defer_foreign_keys = ON", "fill the backup");
  for (const Table& table : *tables)
    if (done) done = fetch(server, file, table);
  server.roll_back();
  if (!done) return done;
  return writing->commit();
}

/// Partitions for the days that the table's rows are of.
Result<void> make_days(sqlite::Database& file, postgres::Connection& server, const std::string& table,
                       const std::string& column) {
  const auto days = texts(
      file, fmt::format("SELECT DISTINCT {} / {} FROM {} WHERE {} >= 0", column, kDayMs, table, column), "list days");
  if (!days) return days.error();
  PostgresDays partitions(server);
  for (const std::string& day : *days)
    if (const auto made = partitions.make(table, std::stoll(day)); !made) return made;
  return {};
}

Result<void> send(sqlite::Database& file, postgres::Connection& server, const Table& table) {
  constexpr std::size_t kChunk = 64 * 1024;
  auto select = file.prepare(fmt::format("SELECT {} FROM {}", names_of(table), table.name), "read " + table.name);
  if (!select) return select.error();
  select->bind();
  if (const auto cleared = server.execute("make room", "DELETE FROM " + table.name); !cleared) return cleared;
  const auto begun =
      server.begin_copy("fill " + table.name, fmt::format("COPY {} ({}) FROM STDIN", table.name, names_of(table)));
  if (!begun) return begun;
  std::string rows;
  while (true) {
    const Result<bool> row = select->step();
    if (!row) return row.error();
    if (!*row) break;
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
      if (i > 0) rows += '\t';
      if (select->is_null(static_cast<int>(i)))
        rows += "\\N";
      else
        postgres::append_copy_text(rows, select->text(static_cast<int>(i)));
    }
    rows += '\n';
    if (rows.size() < kChunk) continue;
    if (const auto sent = server.copy(rows); !sent) return sent;
    rows.clear();
  }
  if (const auto sent = server.copy(rows); !rows.empty() && !sent) return sent;
  return server.end_copy();
}

/// Numbers that the server gives itself go on after those that are there.
Result<void> set_counters(postgres::Connection& server, const std::vector<Table>& tables) {
  std::string script = "SELECT setval('batch_id', (SELECT coalesce(max(id), 0) + 1 FROM batch), false);";
  for (const Table& table : tables)
    if (table.columns.front().name == "id" && table.columns.front().integer && table.name != "batch")
      script += fmt::format(
          "SELECT setval(pg_get_serial_sequence('{0}', 'id'), "
          "(SELECT coalesce(max(id), 0) + 1 FROM {0}), false);",
          table.name);
  return server.execute("set counters", script);
}

Result<void> send_all(sqlite::Database& file, postgres::Connection& server) {
  const auto tables = tables_of(file);
  if (!tables) return tables.error();
  for (const auto& [table, column] :
       {std::pair("reading", "filed"), std::pair("envelope", "received_utc"), std::pair("rolled_minute", "start_utc")})
    if (const auto made = make_days(file, server, table, column); !made) return made;
  Result<void> done = server.execute("check references last", "SET CONSTRAINTS ALL DEFERRED");
  // A table whose rows others refer to comes before those, as it does in the schema.
  for (const Table& table : *tables)
    if (done) done = send(file, server, table);
  return done ? set_counters(server, *tables) : done;
}

constexpr const char* kNoteCopy =
    "UPDATE ledger_cursor SET wait_epoch = -1; INSERT INTO restored (one, wait_epoch) VALUES (1, -1) ON CONFLICT (one) "
    "DO UPDATE SET wait_epoch = -1";

/// A copy of the backup that may be changed, sound and up to date.
Result<sqlite::Database> current_copy(const fs::path& file, const fs::path& copy) {
  std::error_code problem;
  fs::copy_file(file, copy, fs::copy_options::overwrite_existing, problem);
  if (problem) return Error{file.string(), "cannot be copied: " + problem.message()};
  auto database = sqlite::Database::open(copy);
  if (!database) return database.error();
  if (const auto sound = database->check(); !sound) return sound.error();
  if (const auto migrated = database->migrate(kSqliteSteps); !migrated) return migrated.error();
  // What was signed for a chain since, it knows nothing of.
  if (const auto noted = database->execute(kNoteCopy, "note that it is a copy"); !noted) return noted.error();
  return database;
}

void remove_all_of(const fs::path& file) {
  std::error_code ignored;
  for (const char* part : {"", "-wal", "-shm"}) fs::remove(file.string() + part, ignored);
}

Result<void> sync(const fs::path& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const bool synced = fd >= 0 && ::fsync(fd) == 0;
  if (fd >= 0) ::close(fd);
  if (!synced) return Error{path.string(), "cannot be made durable"};
  return {};
}

Result<void> restore_file(const fs::path& file, const fs::path& to) {
  if (fs::exists(to)) return Error{to.string(), "is there already; restore into a database that is not there yet"};
  const fs::path copy = to.string() + ".restoring";
  {
    auto database = current_copy(file, copy);
    if (!database) return database.error();
    if (const auto emptied = database->execute("PRAGMA wal_checkpoint(TRUNCATE)", "finish"); !emptied) return emptied;
  }
  if (const auto synced = sync(copy); !synced) return synced;
  std::error_code problem;
  fs::rename(copy, to, problem);
  if (problem) return Error{to.string(), problem.message()};
  return sync(to.has_parent_path() ? to.parent_path() : fs::path("."));
}

Result<void> restore_server(const fs::path& file, const PostgresUri& uri) {
  if (const auto migrated = migrate(DatabaseAddress(uri)); !migrated) return migrated;
  auto server = postgres::Connection::open(uri.text);
  if (!server) return server.error();
  const auto filled = (*server)->run("look whether it is empty", "SELECT EXISTS (SELECT FROM device)");
  if (!filled) return filled.error();
  if (filled->text(0, 0) == "t") return Error{"the database", "holds data already; restore into an empty one"};
  const fs::path copy = fs::temp_directory_path() / fmt::format("balans-restore-{}.sqlite", ::getpid());
  Result<void> done;
  {
    auto database = current_copy(file, copy);
    done = database ? (*server)->begin() : Result<void>(database.error());
    if (done) {
      done = send_all(*database, **server);
      if (done)
        done = (*server)->commit();
      else
        (*server)->roll_back();
    }
  }
  remove_all_of(copy);
  return done;
}

Result<void> back_up_server(const PostgresUri& uri, const fs::path& file) {
  auto server = postgres::Connection::open(uri.text);
  if (!server) return server.error();
  if (const auto made = migrate_sqlite(file); !made) return made;
  auto database = sqlite::Database::open(file);
  if (!database) return database.error();
  if (const auto done = fetch_all(**server, *database); !done) return done;
  return database->execute("PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode = DELETE", "finish the backup");
}

}  // namespace

Result<void> back_up(const DatabaseAddress& database, const fs::path& file) {
  if (fs::exists(file)) return Error{file.string(), "is there already"};
  Result<void> done;
  if (const auto* uri = std::get_if<PostgresUri>(&database)) {
    done = back_up_server(*uri, file);
  } else {
    auto source = sqlite::Database::open_existing(std::get<fs::path>(database));
    done = source ? source->copy_to(file) : Result<void>(source.error());
  }
  if (!done) return remove_all_of(file), done;
  return sync(file);
}

Result<void> restore(const fs::path& file, const DatabaseAddress& database) {
  if (const auto* uri = std::get_if<PostgresUri>(&database)) return restore_server(file, *uri);
  return restore_file(file, std::get<fs::path>(database));
}

}  // namespace balans::api
