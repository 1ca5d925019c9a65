#pragma once
// A thread that does what must not hold up the loop: disk commits, HTTP requests, Modbus polls.

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>

#include "common/result.hpp"

namespace balans {

/// Runs jobs one after the other in the order they came. Stopping finishes the job under way (which sees the stop
/// token) and drops the rest.
class Worker {
 public:
  using Job = std::function<void(std::stop_token)>;

  explicit Worker(std::size_t capacity);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  /// An error when `capacity` jobs are waiting already: the caller tries again on a later tick.
  Result<void> post(Job job);
  /// Ends as its destructor does, and may be posted to still: nothing of that is done. For workers that post to one
  /// another: all stop before any goes.
  void stop();
  /// Jobs waiting or under way.
  [[nodiscard]] std::size_t pending() const;

 private:
  void run(const std::stop_token& stop);

  const std::size_t capacity_;
  mutable std::mutex mutex_;
  std::condition_variable_any wake_;
  std::deque<Job> jobs_;
  bool busy_ = false;
  std::jthread thread_;  // last: it uses all of the above
};

}  // namespace balans
