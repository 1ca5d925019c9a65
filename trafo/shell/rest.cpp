#include "trafo/shell/rest.hpp"

#include <condition_variable>
#include <mutex>

namespace balans {

void rest(const std::stop_token& stop, std::chrono::nanoseconds time) {
  std::mutex mutex;
  std::condition_variable_any wake;
  std::unique_lock lock(mutex);
  wake.wait_for(lock, stop, time, [] { return false; });
}

}  // namespace balans
