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

/// How long nobody may try a password after the last try: nothing for the first few that are wrong, then twice as long
/// each time, and never more than a quarter of an hour, so that its owner is not locked out by others for good.
[[nodiscard]] Millis pause_after(std::int64_t wrong);
/// How long it still is. A clock that was set back holds nobody up for longer than the pause.
[[nodiscard]] Millis pause_left(const Tries& tries, UnixTime now);

}  // namespace balans::api::wallet
