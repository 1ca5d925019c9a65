#pragma once
// The access list that requests are judged by now. It is replaced as a whole, so whoever holds one sees no half of it.

#include <memory>
#include <mutex>
#include <utility>

#include "api/core/access.hpp"

namespace balans::api {

class AccessBook {
 public:
  explicit AccessBook(AccessList list) : list_(std::make_shared<const AccessList>(std::move(list))) {}

  [[nodiscard]] std::shared_ptr<const AccessList> now() const {
    const std::lock_guard lock(mutex_);
    return list_;
  }
  void replace(AccessList list) {
    auto fresh = std::make_shared<const AccessList>(std::move(list));
    const std::lock_guard lock(mutex_);
    list_.swap(fresh);
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const AccessList> list_;
};

}  // namespace balans::api
