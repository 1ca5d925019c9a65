#pragma once
// What comes next for a settlement: one pure function, asked after every answer of the chain and after every restart.

#include <variant>
#include <vector>

#include "api/core/settlement/model.hpp"

namespace balans::api::settlement {

/// Whether the whole chain history of our own addresses is in the journal. Until then nothing is signed or submitted.
enum class Reconciled : std::uint8_t { No, Yes };

/// What is known around a settlement as it is asked what comes next. The chain is the pinned one.
struct View {
  Reconciled reconciled = Reconciled::No;
  Amount signed_today;                ///< by other settlements on this chain, in the last 24 hours
  std::optional<Status> status;       ///< of its live attempt; absent: not asked yet
  std::optional<UnixTime> submitted;  ///< when its live attempt was last submitted by this process
};

/// Why nothing is done now.
enum class Hold : std::uint8_t {
  Unreconciled,
  Approval,    ///< a second person has not approved it
  DailyLimit,  ///< other settlements have used it up for now
  Underway,    ///< the chain has it
  NoAnswer,    ///< of the chain, when it was asked
  JustSubmitted,
  Contradiction,  ///< what the chain says does not belong to the attempt
  Ended
};
inline constexpr std::size_t kHolds = 8;
std::string_view name_of(Hold hold);  // "unreconciled", "daily-limit" …

struct Wait {
  Hold why = Hold::Ended;
  bool operator==(const Wait&) const = default;
};
/// Make a transaction, keep its bytes, and ask again.
struct Build {
  bool operator==(const Build&) const = default;
};
/// Ask what became of the live attempt, and then again what comes next.
struct Ask {
  bool operator==(const Ask&) const = default;
};
/// Submit the live attempt's bytes as they are kept, for the first time or again.
struct Submit {
  bool operator==(const Submit&) const = default;
};
/// Note that the live attempt is dead, with its proof.
struct Bury {
  Death death;
  bool operator==(const Bury&) const = default;
};
/// The live attempt has paid: post the reserves.
struct Finish {
  Paid paid;
  bool operator==(const Finish&) const = default;
};
/// Every attempt is dead, and there will be no other: make the reserves void.
struct GiveUp {
  std::string why;
  bool operator==(const GiveUp&) const = default;
};
using Action = std::variant<Wait, Build, Ask, Submit, Bury, Finish, GiveUp>;

Action next(const Settlement& settlement, const View& view, const Rules& rules, UnixTime now);

/// Whether a fee that is shared by so many payouts is too much for the smallest of them.
bool is_too_dear(Amount fee, std::size_t payouts, Amount smallest, const Rules& rules);

/// What may be wrong with a transaction that was built for it, before its bytes are kept. `in_use`: inputs of live
/// attempts, also of other settlements. `last_epoch`: as it was asked for. Whether it is too dear is another question.
Result<void> check_built(const Settlement& settlement, const SignedTransaction& built, const std::vector<Input>& in_use,
                         std::int64_t last_epoch);

}  // namespace balans::api::settlement
