#include "api/store/sql_store.hpp"

namespace balans::api {

Result<void> SqlStore::transaction(const std::function<Result<void>()>& work) {
  if (auto begun = connection_->begin(); !begun) return begun;
  if (const auto done = work(); !done) {
    connection_->roll_back();
    own_.rolled_back();
    return done;
  }
  auto committed = connection_->commit();
  if (!committed) own_.rolled_back();
  return committed;
}

Result<void> SqlStore::ready() {
  const auto found = connection_->query("check the database", "SELECT id FROM device LIMIT 1");
  if (!found) return found.error();
  const Result<bool> row = (*found)->next();
  if (!row) return row.error();
  return {};
}

}  // namespace balans::api
