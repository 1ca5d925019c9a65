#pragma once
// A batch of readings for whoever keeps what can be kept of it: each reading is read by itself.

#include <string_view>
#include <vector>

#include "common/messages/messages.hpp"

namespace balans {

struct RefusedReading {
  std::size_t index = 0;  ///< its place in the message
  Error error;
};

/// `batch.readings` are those that are valid and have the number that their place wants.
struct BatchByReading {
  ReadingBatch batch;
  std::vector<std::size_t> places;      ///< of each of `batch.readings` in the message
  std::vector<RefusedReading> refused;  ///< the others, in order
};

/// An error where the message around the readings is wrong.
Result<BatchByReading> decode_by_reading(std::string_view json);

}  // namespace balans
