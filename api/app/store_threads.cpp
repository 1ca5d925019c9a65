#include "api/app/store_threads.hpp"

#include <utility>

namespace balans::api {

/// One queue and the threads that take from it.
class StoreThreads::Pool {
 public:
  Pool(Stores stores, std::size_t capacity) : stores_(std::move(stores)), capacity_(capacity) {
    BALANS_CHECK(!stores_.empty() && capacity > 0);
    for (const std::unique_ptr<Store>& store : stores_)
      threads_.emplace_back([this, &store](const std::stop_token& stop) { run(stop, *store); });
  }

  Result<void> post(Job job) {
    {
      const std::lock_guard lock(mutex_);
      if (jobs_.size() == capacity_) return Error{"store", std::to_string(capacity_) + " jobs are waiting already"};
      jobs_.push_back(std::move(job));
    }
    wake_.notify_one();
    return {};
  }

  void stop() { threads_.clear(); }

  [[nodiscard]] std::size_t pending() const {
    const std::lock_guard lock(mutex_);
    return jobs_.size() + busy_;
  }

 private:
  void run(const std::stop_token& stop, Store& store) {
    std::unique_lock lock(mutex_);
    while (wake_.wait(lock, stop, [this] { return !jobs_.empty(); }) && !stop.stop_requested()) {
      Job job = std::move(jobs_.front());
      jobs_.pop_front();
      ++busy_;
      lock.unlock();
      job(store);
      job = nullptr;  // what it holds goes before it counts as done
      lock.lock();
      --busy_;
    }
  }

  const Stores stores_;
  const std::size_t capacity_;
  mutable std::mutex mutex_;
  std::condition_variable_any wake_;
  std::deque<Job> jobs_;
  std::size_t busy_ = 0;
  std::vector<std::jthread> threads_;  // last: they use all of the above
};

StoreThreads::StoreThreads(Stores writers, Stores readers, std::size_t capacity)
    : writers_(std::make_unique<Pool>(std::move(writers), capacity)),
      readers_(readers.empty() ? nullptr : std::make_unique<Pool>(std::move(readers), capacity)) {}

StoreThreads::~StoreThreads() = default;

void StoreThreads::stop() {
  writers_->stop();
  if (readers_) readers_->stop();
}

Result<void> StoreThreads::post(Lane lane, Job job) { return of(lane).post(std::move(job)); }

std::size_t StoreThreads::pending(Lane lane) const { return of(lane).pending(); }

}  // namespace balans::api
