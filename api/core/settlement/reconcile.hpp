#pragma once
// What a transaction of our own keys is, that the history of the chain shows and no attempt is known for: it was signed
// before a restore of an older copy, or by other hands.

#include <optional>
#include <variant>
#include <vector>

#include "api/core/settlement/model.hpp"

namespace balans::api::settlement {

/// It has paid what this settlement is to pay: it is its attempt, of which the copy knew nothing.
struct Adopt {
  journal::Id settlement;
  bool operator==(const Adopt&) const = default;
};
/// So it may be, but that settlement has an attempt that may still be executed: what becomes of it has to be known
/// first.
struct AskFirst {
  journal::Id settlement;
  bool operator==(const AskFirst&) const = default;
};
/// It has nothing to do with a settlement.
struct Charged {
  bool operator==(const Charged&) const = default;
};
using Verdict = std::variant<Adopt, AskFirst, Charged>;

/// `open`: all open settlements on the chain, oldest first.
Verdict judge_unknown(const Movement& movement, const std::vector<Settlement>& open);

/// Refuses what no chain of ours says: texts that are too long or not printable, outputs of which a number comes twice.
Result<void> check(const Movement& movement);

}  // namespace balans::api::settlement
