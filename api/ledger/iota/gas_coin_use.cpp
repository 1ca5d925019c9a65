#include "api/ledger/iota/gas_coin_use.hpp"

#include <algorithm>

#include "api/ledger/iota/bcs.hpp"

namespace balans::iota {
namespace {

bool is_gas_coin(const Argument& argument) { return std::holds_alternative<GasCoin>(argument); }

bool has_gas_coin(const std::vector<Argument>& arguments) {
  return std::any_of(arguments.begin(), arguments.end(), is_gas_coin);
}

/// Whether a command uses the gas coin otherwise than by splitting something off it.
struct UsesOtherwise {
  bool operator()(const MoveCall& call) const { return has_gas_coin(call.arguments); }
  bool operator()(const TransferObjects& transfer) const {
    return has_gas_coin(transfer.objects) || is_gas_coin(transfer.recipient);
  }
  bool operator()(const SplitCoins& split) const { return has_gas_coin(split.amounts); }
  bool operator()(const MergeCoins& merge) const {
    return is_gas_coin(merge.destination) || has_gas_coin(merge.sources);
  }
  bool operator()(const MakeVector& make) const { return has_gas_coin(make.elements); }
};

std::optional<std::uint64_t> amount_of(const Argument& argument, const std::vector<Input>& inputs) {
  const auto* from = std::get_if<FromInput>(&argument);
  const auto* pure =
      from == nullptr || from->input >= inputs.size() ? nullptr : std::get_if<Pure>(&inputs[from->input]);
  if (pure == nullptr) return std::nullopt;
  bcs::Decoder in(pure->bytes);
  const std::uint64_t amount = in.u64();
  if (!in.finish()) return std::nullopt;
  return amount;
}

}  // namespace

std::optional<std::uint64_t> split_off_gas_coin(const Programmable& body) {
  std::uint64_t sum = 0;
  for (const Command& command : body.commands) {
    if (std::visit(UsesOtherwise{}, command)) return std::nullopt;
    const auto* split = std::get_if<SplitCoins>(&command);
    if (split == nullptr || !is_gas_coin(split->coin)) continue;
    for (const Argument& argument : split->amounts) {
      const auto amount = amount_of(argument, body.inputs);
      if (!amount || __builtin_add_overflow(sum, *amount, &sum)) return std::nullopt;
    }
  }
  return sum;
}

}  // namespace balans::iota
