#include <algorithm>
#include <set>

#include "api/ledger/iota/transaction.hpp"

namespace balans::iota {
namespace {

Error wrong(std::string where, std::string what) { return {"transaction, " + std::move(where), std::move(what)}; }

std::string too_many(std::size_t count, std::size_t most) {
  return std::to_string(count) + ", at most " + std::to_string(most) + " are allowed";
}

bool is_sound(const TypeTag& type, int depth) {
  if (depth > kMostTypeDepth || type.inner.size() > kMostTypeArguments) return false;
  if (type.kind == TypeKind::Struct && !(is_identifier(type.module) && is_identifier(type.name))) return false;
  if (type.kind != TypeKind::Struct && type.inner.size() != (type.kind == TypeKind::Vector ? 1U : 0U)) return false;
  return std::all_of(type.inner.begin(), type.inner.end(),
                     [&](const TypeTag& inner) { return is_sound(inner, depth + 1); });
}

/// Whether arguments point at inputs, and at commands before the one at `place`.
class Reach {
 public:
  Reach(std::size_t inputs, std::size_t place) : inputs_(inputs), place_(place) {}
  bool operator()(const GasCoin&) const { return true; }
  bool operator()(const FromInput& from) const { return from.input < inputs_; }
  bool operator()(const FromCommand& from) const { return from.command < place_; }
  bool operator()(const FromResult& from) const { return from.command < place_; }

 private:
  std::size_t inputs_, place_;
};

/// The first thing that is wrong with a command, in words; empty where nothing is.
class CommandFault {
 public:
  CommandFault(std::size_t inputs, std::size_t place) : reach_(inputs, place) {}

  std::string operator()(const MoveCall& call) const {
    if (!is_identifier(call.module) || !is_identifier(call.function)) return "module or function is no name of Move";
    if (call.type_arguments.size() > kMostTypeArguments) return "too many type arguments";
    for (const TypeTag& type : call.type_arguments)
      if (!is_sound(type, 1)) return "a type argument is no type";
    return of(call.arguments, 0);
  }
  std::string operator()(const TransferObjects& transfer) const { return of(transfer.objects, 1, transfer.recipient); }
  std::string operator()(const SplitCoins& split) const { return of(split.amounts, 1, split.coin); }
  std::string operator()(const MergeCoins& merge) const { return of(merge.sources, 1, merge.destination); }
  std::string operator()(const MakeVector& make) const {
    if (make.type && !is_sound(*make.type, 1)) return "its type is no type";
    return of(make.elements, make.type ? 0 : 1);
  }

 private:
  std::string of(const std::vector<Argument>& arguments, std::size_t least, const Argument& other = GasCoin{}) const {
    if (arguments.size() < least) return "no arguments";
    if (arguments.size() > kMostArguments) return "arguments: " + too_many(arguments.size(), kMostArguments);
    const auto reaches = [&](const Argument& argument) { return std::visit(reach_, argument); };
    if (reaches(other) && std::all_of(arguments.begin(), arguments.end(), reaches)) return {};
    return "an argument is no input and no result of an earlier command";
  }

  Reach reach_;
};

/// Nothing for a pure value.
const ObjectId* object_of(const Input& input) {
  if (const auto* owned = std::get_if<Owned>(&input)) return &owned->ref.id;
  if (const auto* shared = std::get_if<Shared>(&input)) return &shared->id;
  if (const auto* receiving = std::get_if<Receiving>(&input)) return &receiving->ref.id;
  return nullptr;
}

Result<void> check_inputs(const Transaction& transaction) {
  const auto& inputs = transaction.body.inputs;
  if (inputs.size() > kMostInputs) return wrong("inputs", too_many(inputs.size(), kMostInputs));
  const auto& payment = transaction.gas.payment;
  if (payment.size() > kMostGasCoins) return wrong("gas payment", too_many(payment.size(), kMostGasCoins));
  std::set<ObjectId> seen;
  for (const ObjectRef& coin : payment)
    if (!seen.insert(coin.id).second) return wrong("gas payment", to_text(coin.id) + " is used twice");
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const std::string where = "input " + std::to_string(i);
    const ObjectId* object = object_of(inputs[i]);
    if (object != nullptr && !seen.insert(*object).second) return wrong(where, to_text(*object) + " is used twice");
    const auto* pure = std::get_if<Pure>(&inputs[i]);
    if (pure != nullptr && pure->bytes.size() > kMostPureBytes)
      return wrong(where, "bytes: " + too_many(pure->bytes.size(), kMostPureBytes));
  }
  return {};
}

Result<void> check_commands(const Programmable& body) {
  if (body.commands.empty()) return wrong("commands", "there are none");
  if (body.commands.size() > kMostCommands) return wrong("commands", too_many(body.commands.size(), kMostCommands));
  for (std::size_t i = 0; i < body.commands.size(); ++i) {
    std::string fault = std::visit(CommandFault(body.inputs.size(), i), body.commands[i]);
    if (!fault.empty()) return wrong("command " + std::to_string(i), std::move(fault));
  }
  return {};
}

}  // namespace

Result<void> check(const Transaction& transaction) {
  if (const auto sound = check_inputs(transaction); !sound) return sound;
  return check_commands(transaction.body);
}

}  // namespace balans::iota
