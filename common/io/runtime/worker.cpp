#include "common/io/runtime/worker.hpp"

#include <utility>

#include "common/check.hpp"

namespace balans {

Worker::Worker(std::size_t capacity)
    : capacity_(capacity), thread_([this](const std::stop_token& stop) { run(stop); }) {
  BALANS_CHECK(capacity > 0);
}

Worker::~Worker() = default;  // the jthread asks for the stop and waits

Result<void> Worker::post(Job job) {
  {
    const std::lock_guard lock(mutex_);
    if (jobs_.size() == capacity_) return Error{"worker", std::to_string(capacity_) + " jobs are waiting already"};
    jobs_.push_back(std::move(job));
  }
  wake_.notify_one();
  return {};
}

void Worker::stop() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

std::size_t Worker::pending() const {
  const std::lock_guard lock(mutex_);
  return jobs_.size() + (busy_ ? 1 : 0);
}

void Worker::run(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (wake_.wait(lock, stop, [this] { return !jobs_.empty(); }) && !stop.stop_requested()) {
    Job job = std::move(jobs_.front());
    jobs_.pop_front();
    busy_ = true;
    lock.unlock();
    job(stop);
    job = nullptr;  // what it holds goes before it counts as done
    lock.lock();
    busy_ = false;
  }
}

}  // namespace balans
