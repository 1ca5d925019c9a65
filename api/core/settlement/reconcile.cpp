#include "api/core/settlement/reconcile.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace balans::api::settlement {
namespace {

using Payments = std::vector<std::pair<std::string, Amount>>;

Payments sorted(Payments paid) {
  std::sort(paid.begin(), paid.end());
  return paid;
}

Payments payments_in(const Movement& movement) {
  Payments paid;
  for (const Output& output : movement.outputs) paid.emplace_back(output.address, output.amount);
  return sorted(std::move(paid));
}

Payments payments_in(const Settlement& settlement) {
  Payments paid;
  for (const Payout& payout : settlement.payouts) paid.emplace_back(payout.address, payout.amount);
  return sorted(std::move(paid));
}

bool is_printable(const std::string& text, std::size_t most) {
  return !text.empty() && text.size() <= most &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
}

}  // namespace

Verdict judge_unknown(const Movement& movement, const std::vector<Settlement>& open) {
  const Payments paid = payments_in(movement);
  std::optional<journal::Id> ask;
  for (const Settlement& settlement : open) {
    if (payments_in(settlement) != paid) continue;
    if (live_attempt(settlement) == nullptr) return Adopt{settlement.id};
    if (!ask) ask = settlement.id;
  }
  if (ask) return AskFirst{*ask};
  return Charged{};
}

Result<void> check(const Movement& movement) {
  if (!is_printable(movement.digest, kMostDigest))
    return Error{"history, checkpoint " + std::to_string(movement.checkpoint), "a transaction has no proper digest"};
  const auto refuse = [&](const std::string& what) { return Error{"transaction " + movement.digest, what}; };
  if (!is_printable(movement.sender, kMostAddress)) return refuse("its sender is no address");
  std::set<std::int64_t> numbers;
  for (const Output& output : movement.outputs) {
    if (!is_printable(output.address, kMostAddress)) return refuse("an output has no proper address");
    if (!numbers.insert(output.number).second)
      return refuse("output " + std::to_string(output.number) + " is there twice");
  }
  return {};
}

}  // namespace balans::api::settlement
