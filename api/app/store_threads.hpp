#pragma once
// The threads that wait for the database.

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "api/app/store_work.hpp"

namespace balans::api {

class StoreThreads final : public StoreWork {
 public:
  using Stores = std::vector<std::unique_ptr<Store>>;

  /// One thread for each store. An empty `readers` lets the writers read too.
  StoreThreads(Stores writers, Stores readers, std::size_t capacity);
  ~StoreThreads() override;
  StoreThreads(const StoreThreads&) = delete;
  StoreThreads& operator=(const StoreThreads&) = delete;

  Result<void> post(Lane lane, Job job) override;
  /// Waits for the jobs under way; none is begun from then on.
  void stop();
  [[nodiscard]] std::size_t pending(Lane lane) const override;

 private:
  class Pool;
  [[nodiscard]] Pool& of(Lane lane) const { return lane == Lane::Read && readers_ ? *readers_ : *writers_; }

  std::unique_ptr<Pool> writers_;
  std::unique_ptr<Pool> readers_;
};

}  // namespace balans::api
