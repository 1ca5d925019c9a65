#pragma once
// How much of the database's time one caller may ask for at once: nobody fills the queues alone, so others, and what
// the api does for itself, always get in.

#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace balans::api {

/// From any thread.
class Turns {
 public:
  /// Held as long as what was asked for is under way, which may be longer than this lives; null where the caller has as
  /// many already.
  std::shared_ptr<const void> take(const std::string& who, std::size_t most) {
    const std::lock_guard lock(table_->mutex);
    std::size_t& taken = table_->taken[who];
    if (taken >= most) return nullptr;
    ++taken;
    return {table_.get(), [table = table_, who](const void*) { give_back(*table, who); }};
  }

 private:
  struct Table {
    std::mutex mutex;
    std::map<std::string, std::size_t> taken;
  };

  static void give_back(Table& table, const std::string& who) {
    const std::lock_guard lock(table.mutex);
    const auto found = table.taken.find(who);
    if (--found->second == 0) table.taken.erase(found);
  }

  const std::shared_ptr<Table> table_ = std::make_shared<Table>();
};

}  // namespace balans::api
