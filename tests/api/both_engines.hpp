#pragma once
// What both engines promise, asked of each: a test has a database of its own with the newest schema, and nothing in it.

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "api/store/open.hpp"
#include "tests/api/senders.hpp"
#include "tests/support/postgres_cluster.hpp"

namespace balans::api::test {

enum class Kind : std::uint8_t { Sqlite, Postgres };

inline std::string name_of(Kind kind) { return kind == Kind::Sqlite ? "Sqlite" : "Postgres"; }
inline std::string engine_of(const testing::TestParamInfo<Kind>& info) { return name_of(info.param); }
inline auto both_engines() { return testing::Values(Kind::Sqlite, Kind::Postgres); }

/// `name` is of SQLite's file.
inline DatabaseAddress fresh_database(Kind kind, const Folder& folder, const std::string& name = "balans.sqlite") {
  if (kind == Kind::Sqlite) return folder / name;
  return PostgresUri{balans::test::postgres_cluster().fresh_database()};
}

class OnBothEngines : public testing::TestWithParam<Kind> {
 protected:
  void SetUp() override {
    const auto migrated = migrate(address);
    ASSERT_TRUE(migrated.ok()) << migrated.error().message();
    reopen();
  }
  void reopen() {
    store.reset();
    auto opened = open_store(address);
    ASSERT_TRUE(opened.ok()) << opened.error().message();
    store = *std::move(opened);
  }
  /// Commits what must succeed.
  template <class Work>
  void commit(Work work) {
    const auto done = store->transaction([&]() -> Result<void> { return work(); });
    ASSERT_TRUE(done.ok()) << done.error().message();
  }

  const Folder folder;
  const DatabaseAddress address = fresh_database(GetParam(), folder);
  std::unique_ptr<Store> store;
};

}  // namespace balans::api::test
