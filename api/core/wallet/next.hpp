#pragma once
// What comes next for a transaction of a wallet, and when a password may be tried again: pure functions.

#include <optional>
#include <variant>

#include "api/core/wallet/model.hpp"

namespace balans::api::wallet {

inline constexpr Millis kResubmitAfter{30'000};

/// What is known around a transaction as it is asked what comes next.
struct View {
  std::optional<settlement::Status> status;  ///< absent: the chain has not been asked
  std::optional<UnixTime> submitted;         ///< when it was last handed over by this process
};

struct Wait {
  bool operator==(const Wait&) const = default;
};
/// Ask the chain what became of it, and then again what comes next.
struct Ask {
  bool operator==(const Ask&) const = default;
};
/// Hand the bytes over as they are kept.
struct Submit {
  bool operator==(const Submit&) const = default;
};
/// It is over.
struct End {
  State state;
  bool operator==(const End&) const = default;
};
using Action = std::variant<Wait, Ask, Submit, End>;

[[nodiscard]] Action next(const Transaction& transaction, const View& view, UnixTime now);

/// The time that an id begins with.
[[nodiscard]] UnixTime time_of(const journal::Id& id);
/// An order whose id is further ahead of the clock is refused. So every order that was taken has an id of that much
/// later than it came at most, which is what tells it after a restore that has forgotten it.
inline constexpr Millis kMostAhead{3'600'000};

/// How long a token may not try a password after its last try: nothing for the first few that are wrong, then twice as
/// long each time, and never more than a quarter of an hour. Others' tries keep nobody waiting.
[[nodiscard]] Millis pause_after(std::int64_t wrong);
/// How long it still is. A clock that was set back holds nobody up for longer than the pause.
[[nodiscard]] Millis pause_left(const Tries& tries, UnixTime now);

/// What all tokens that have never opened a wallet may try in a day, so that many of them guess no faster than two. One
/// alone, which has to wait between its tries, cannot use it up.
inline constexpr std::int64_t kMostByStrangers = 200;
/// How long such a token waits for another day, as above.
[[nodiscard]] Millis day_left(const StrangersTries& strangers, UnixTime now);
[[nodiscard]] StrangersTries one_more(const StrangersTries& strangers, UnixTime now);

}  // namespace balans::api::wallet
