#pragma once
// A batch of readings for whoever keeps what can be kept of it: each reading is read by itself, and signed texts are
// told from others that say the same.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/messages/messages.hpp"
#include "common/messages/signed.hpp"

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
  bool as_encoded = false;              ///< the text is letter for letter what `encode` writes
  bool whole = false;                   ///< nothing is refused, and the chain from `previous` over all ends at `head`
};

/// The text of a signed message, as `seal` writes it.
std::string text_of(const SignedMessage& message);
/// Nothing where the text is not letter for letter that; then `parse_signed` may still take it.
std::optional<SignedMessage> parse_as_sealed(std::string_view text);

/// `chain` of a reading that is encoded already.
Digest chain(const Digest& previous, std::string_view encoded);

/// An error where the message around the readings is wrong.
Result<BatchByReading> decode_by_reading(std::string_view json);

}  // namespace balans
