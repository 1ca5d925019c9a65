#pragma once
// The 128-bit names of accounts and transfers. Whoever wants one made makes its id, once, and sends the same one again
// when in doubt: that is what keeps a payment from being made twice.

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/result.hpp"
#include "common/units.hpp"

namespace balans::api::journal {

/// Begins with 48 bits of Unix milliseconds, so that ids rise and the index of them grows at its end. The first bit is
/// 1 for ids that the journal itself makes, the second for those that payment runs and rewards derive; both are 0 for
/// those of clients. All zeros name nothing.
struct Id {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  auto operator<=>(const Id&) const = default;

  [[nodiscard]] constexpr bool is_none() const { return high == 0 && low == 0; }
  [[nodiscard]] constexpr bool is_of_the_journal() const { return (high >> 63U) != 0; }
  [[nodiscard]] constexpr bool is_derived() const { return (high >> 62U & 1U) != 0; }
};

/// A client's. `random`: 10 fresh bytes.
Id make_id(UnixTime now, const std::array<std::uint8_t, 10>& random);
/// The same id for the same words, for what is derived and may be derived again: "reward elm-street 2025-10-09T10:15".
/// `at` should be a time that belongs to them, so that ids still rise. Its second bit is 1, and clients cannot use it:
/// the words can be guessed, and whoever came first with the id would keep the payment from being made.
Id id_from(UnixTime at, std::string_view words);
/// The same for a client that derives its ids. Its words hold a secret of its own, or others can guess the id.
Id client_id_from(UnixTime at, std::string_view words);
/// The id of the void with which the journal records that a reserve's time is over.
Id time_out_of(const Id& reserve);

/// 32 lower-case hexadecimal digits.
std::string to_text(const Id& id);
/// Refuses all zeros and whatever `to_text` does not write.
Result<Id> parse_id(std::string_view text);

}  // namespace balans::api::journal
