#pragma once
// Where work that needs the database is done: on threads that may wait for it. Each holds a Store of its own, so an
// engine need not be safe for several threads. The thread that serves requests never touches a Store.

#include <cstddef>
#include <cstdint>
#include <functional>

#include "api/store/store.hpp"
#include "common/result.hpp"

namespace balans::api {

/// Two queues, so that whoever reads a year does not hold up what sites hand over.
enum class Lane : std::uint8_t { Read, Write };

class StoreWork {
 public:
  virtual ~StoreWork() = default;
  using Job = std::function<void(Store&)>;
  /// An error when that lane's queue is full: the client is asked to come again. A job that is taken is done, unless
  /// the program ends first.
  virtual Result<void> post(Lane lane, Job job) = 0;
  /// Jobs waiting or under way.
  [[nodiscard]] virtual std::size_t pending(Lane lane) const = 0;
};

}  // namespace balans::api
