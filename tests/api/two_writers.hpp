#pragma once
// Two processes on one PostgreSQL that write at the same time.

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "api/store/store.hpp"
#include "common/io/postgres/postgres.hpp"

namespace balans::api::test {

/// Whether somebody waits for a lock in the database of `looker`.
inline bool somebody_waits(postgres::Connection& looker) {
  const auto waiting = looker.run("look who waits",
                                  "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND "
                                  "wait_event_type = 'Lock'");
  EXPECT_TRUE(waiting.ok());
  return waiting.ok() && waiting->integer(0, 0) > 0;
}

/// `first` works in a transaction of `store`, which commits only once `second`, begun after it on a thread of its own,
/// waits for it or has ended.
template <class First, class Second>
void meet(Store& store, const std::string& uri, First first, Second second) {
  auto looker = postgres::Connection::open(uri);
  ASSERT_TRUE(looker.ok());
  std::atomic<bool> ended = false;
  std::jthread thread;
  const auto done = store.transaction([&]() -> Result<void> {
    if (const auto worked = first(); !worked) return worked;
    thread = std::jthread([&] {
      second();
      ended = true;
    });
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!ended && !somebody_waits(**looker)) {
      if (std::chrono::steady_clock::now() > until) return Error{"second", "neither waits nor ends"};
      std::this_thread::yield();
    }
    return {};
  });
  EXPECT_TRUE(done.ok()) << done.error().message();
}

}  // namespace balans::api::test
