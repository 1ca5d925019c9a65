#include "api/ledger/iota/builder.hpp"

#include <utility>

#include "api/ledger/iota/bcs.hpp"

namespace balans::iota {
namespace {

/// All amounts first, then all recipients: the order of the official SDK, whose bytes are the measure.
Result<Programmable> pay_out_of(Builder builder, const Argument& coin, std::span<const Payment> payments) {
  if (payments.empty() || payments.size() > kMostPayments)
    return Error{"payments",
                 std::to_string(payments.size()) + ", expected 1 to " + std::to_string(kMostPayments) + " of them"};
  std::vector<Argument> amounts;
  for (const Payment& payment : payments) amounts.push_back(builder.pure_u64(payment.nanos));
  const std::vector<Argument> coins = builder.split(coin, std::move(amounts));
  for (std::size_t i = 0; i < payments.size(); ++i) builder.transfer({coins[i]}, builder.pure_address(payments[i].to));
  return builder.take();
}

}  // namespace

Argument Builder::add(Input input) {
  body_.inputs.push_back(std::move(input));
  return FromInput{static_cast<std::uint16_t>(body_.inputs.size() - 1)};
}

std::uint16_t Builder::add(Command command) {
  body_.commands.push_back(std::move(command));
  return static_cast<std::uint16_t>(body_.commands.size() - 1);
}

Argument Builder::pure_u64(std::uint64_t value) {
  bcs::Encoder out;
  out.u64(value);
  return pure(out.take());
}

Argument Builder::pure_address(const Address& address) {
  bcs::Encoder out;
  out.fixed(address.bytes);
  return pure(out.take());
}

Argument Builder::pure_bytes(std::string_view bytes) {
  bcs::Encoder out;
  out.bytes(bytes);
  return pure(out.take());
}

std::vector<Argument> Builder::split(const Argument& coin, std::vector<Argument> amounts) {
  const std::size_t count = amounts.size();
  const std::uint16_t command = add(SplitCoins{coin, std::move(amounts)});
  std::vector<Argument> coins;
  for (std::size_t i = 0; i < count; ++i) coins.emplace_back(FromResult{command, static_cast<std::uint16_t>(i)});
  return coins;
}

void Builder::merge(const Argument& destination, std::vector<Argument> sources) {
  add(MergeCoins{destination, std::move(sources)});
}

void Builder::transfer(std::vector<Argument> objects, const Argument& recipient) {
  add(TransferObjects{std::move(objects), recipient});
}

Argument Builder::make_vector(std::optional<TypeTag> type, std::vector<Argument> elements) {
  return FromCommand{add(MakeVector{std::move(type), std::move(elements)})};
}

Result<Programmable> pay(std::span<const Payment> payments) { return pay_out_of({}, GasCoin{}, payments); }

Result<Programmable> pay_from(const ObjectRef& coin, std::span<const Payment> payments) {
  Builder builder;
  const Argument from = builder.object(Owned{coin});
  return pay_out_of(std::move(builder), from, payments);
}

Programmable transfer(const ObjectRef& object, const Address& to) {
  Builder builder;
  const Argument moved = builder.object(Owned{object});
  builder.transfer({moved}, builder.pure_address(to));
  return builder.take();
}

Result<Programmable> merge_into_gas(std::span<const ObjectRef> coins) {
  if (coins.empty() || coins.size() > kMostArguments)
    return Error{"coins to merge",
                 std::to_string(coins.size()) + ", expected 1 to " + std::to_string(kMostArguments) + " of them"};
  Builder builder;
  std::vector<Argument> sources;
  for (const ObjectRef& coin : coins) sources.push_back(builder.object(Owned{coin}));
  builder.merge(GasCoin{}, std::move(sources));
  return builder.take();
}

}  // namespace balans::iota
