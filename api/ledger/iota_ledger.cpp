#include "api/ledger/iota_ledger.hpp"

#include <algorithm>
#include <limits>

#include "api/ledger/iota/base58.hpp"
#include "api/ledger/iota/gas.hpp"
#include "api/ledger/iota_history.hpp"
#include "common/crypto/base64.hpp"

namespace balans::api {

using namespace settlement;
using iota::Client;

namespace {

/// 129 bytes of 100 units of 76 nanos: what keeping a coin costs, and is paid back when it goes.
constexpr std::int64_t kCoinStorage = 980'400;
constexpr std::int64_t kUnitsOfPayment = 20;
constexpr std::uint64_t kMostGasPrice = 1'000'000;  ///< nanos; the protocol has 100,000
constexpr std::uint64_t kMostNumber = std::uint64_t{1} << 53;
/// Coins of a transaction that are looked at while it is unknown, beginning with the gas coin.
constexpr std::size_t kCoinsLookedAt = 8;
constexpr int kDryRuns = 3;
/// An epoch is believed once it is so old: behind one address may be nodes of which some lag by less.
constexpr std::uint64_t kEpochSettles = 5 * 60'000;  ///< ms

Error about(const Digest& digest, std::string what) {
  return {"transaction " + iota::to_base58(digest), std::move(what)};
}

/// Numbers of epochs and checkpoints, with room to count on.
Result<std::int64_t> number_of(const char* what, std::uint64_t value) {
  if (value > kMostNumber) return Error{what, std::to_string(value) + ": expected at most 2^53"};
  return static_cast<std::int64_t>(value);
}

Result<iota::SystemState> state_of(Client& node) {
  auto state = node.system_state();
  if (!state) return state;
  if (const auto epoch = number_of("epoch", state->epoch); !epoch) return epoch.error();
  if (state->reference_gas_price > kMostGasPrice)
    return Error{"gas price", std::to_string(state->reference_gas_price) + " nanos: expected at most " +
                                  std::to_string(kMostGasPrice)};
  return state;
}

/// By the chain's own clock: the newest checkpoint's.
Result<bool> has_just_begun(Client& node, const iota::SystemState& state) {
  const auto number = node.latest_checkpoint();
  if (!number) return number.error();
  const auto newest = node.checkpoint(*number);
  if (!newest) return newest.error();
  return newest->timestamp_ms < state.epoch_start_ms || newest->timestamp_ms - state.epoch_start_ms < kEpochSettles;
}

std::uint64_t quote_for(std::uint64_t gas_price, std::size_t payments) {
  const FeeQuote quote = quote_at(gas_price);
  return static_cast<std::uint64_t>(quote.base.units()) + payments * static_cast<std::uint64_t>(quote.each.units());
}

std::uint64_t sum_of(const std::vector<iota::Coin>& coins) {
  std::uint64_t sum = 0;
  for (const iota::Coin& coin : coins)
    if (__builtin_add_overflow(sum, coin.nanos, &sum)) return std::numeric_limits<std::uint64_t>::max();
  return sum;
}

/// Anybody can send transactions so large that a page of them is more than an answer may be: then fewer are asked for.
Result<iota::ExecutedPage> list_of(Client& node, iota::Direction direction, const iota::Address& address,
                                   const iota::Cursor& after) {
  auto page = node.transactions(direction, address, after);
  for (const std::int64_t limit : {5, 1}) {
    if (page) break;
    page = node.transactions(direction, address, after, limit);
  }
  return page;
}

}  // namespace

FeeQuote quote_at(std::uint64_t gas_price) {
  const auto price = static_cast<std::int64_t>(std::min(gas_price, kMostGasPrice));
  constexpr auto kOverhead = static_cast<std::int64_t>(iota::kSafeOverheadUnits);
  return {*Amount::of(2 * kOverhead * price + kCoinStorage), *Amount::of(kUnitsOfPayment * price + kCoinStorage)};
}

IotaLedger::IotaLedger(const iota::Network& network, iota::Transport& transport, const Signer& signer)
    : network_(network),
      signer_(signer),
      address_(iota::address_of(signer.public_key())),
      nodes_(transport, network.genesis) {
  clients_.reserve(network_.endpoints.size());
  for (const std::string& endpoint : network_.endpoints)
    clients_.emplace_back(
        std::vector{endpoint}, nodes_, [](Millis) {}, iota::RetryRules{1, 0_ms, 0_ms});
}

template <class Ask>
auto IotaLedger::at_one_node(Ask ask) -> decltype(ask(std::declval<Client&>())) {
  Error last{"iota", "there is no endpoint to ask"};
  const std::size_t first = first_;
  for (std::size_t i = 0; i < clients_.size(); ++i) {
    const std::size_t asked = (first + i) % clients_.size();
    auto answer = ask(clients_[asked]);
    if (answer) {
      first_ = asked;
      return answer;
    }
    last = answer.error();
  }
  return last;
}

// ---- tip ----

Result<Tip> IotaLedger::tip() {
  nodes_.ask_anew();
  return at_one_node([this](Client& node) { return tip_at(node); });
}

Result<Tip> IotaLedger::tip_at(Client& node) const {
  const auto identifier = node.chain_identifier();
  if (!identifier) return identifier.error();
  const auto genesis = iota::digest_from_base58(network_.genesis);
  if (!genesis) return genesis.error().within("genesis");
  const std::string begin = to_hex(genesis->bytes).substr(0, 8);
  if (*identifier != begin)
    return Error{"chain identifier", "'" + *identifier + "' is not how the genesis begins: expected " + begin};
  const auto state = state_of(node);
  if (!state) return state.error();
  const auto balance = node.balance(address_);
  if (!balance) return balance.error();
  if (balance->nanos > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
    return Error{"balance", "more than 63 bits"};
  return Tip{{*identifier, network_.genesis},
             static_cast<std::int64_t>(state->epoch),
             *Amount::of(static_cast<std::int64_t>(balance->nanos)),
             quote_at(state->reference_gas_price),
             to_text(address_)};
}

// ---- build ----

Result<IotaLedger::Order> IotaLedger::order_of(std::span<const Payment> payments, std::span<const Input> in_use,
                                               std::int64_t last_epoch) const {
  Order order;
  std::vector<iota::Payment> paid;
  for (const Payment& payment : payments) {
    const auto to = iota::parse_address(payment.address);
    if (!to) return to.error().within("payment " + std::to_string(paid.size()));
    // It would come back at once, and 0x0 is nobody's.
    if (*to == address_ || *to == iota::Address{})
      return Error{"payment " + std::to_string(paid.size()), payment.address + " is nobody that can be paid"};
    if (payment.amount.is_zero()) return Error{"payment " + std::to_string(paid.size()), "is of nothing"};
    paid.push_back({*to, static_cast<std::uint64_t>(payment.amount.units())});
    if (__builtin_add_overflow(order.nanos, paid.back().nanos, &order.nanos) ||
        order.nanos > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
      return Error{"payments", "are more than 63 bits together"};
  }
  auto body = iota::pay(paid);
  if (!body) return body.error();
  order.body = *std::move(body);
  order.payments = paid.size();
  for (const Input& input : in_use) {
    const auto id = iota::parse_object_id(input.object);
    if (!id) return id.error().within("input in use");
    order.in_use.insert(*id);
  }
  if (last_epoch < 0) return Error{"last epoch", "is below zero"};
  order.last_epoch = static_cast<std::uint64_t>(last_epoch);
  return order;
}

Result<settlement::SignedTransaction> IotaLedger::build(std::span<const Payment> payments,
                                                        std::span<const Input> in_use, std::int64_t last_epoch) {
  const auto order = order_of(payments, in_use, last_epoch);
  if (!order) return order.error();
  return at_one_node([&](Client& node) { return build_at(node, *order); });
}

Result<iota::Chosen> IotaLedger::choose(std::uint64_t nanos, const std::set<iota::ObjectId>& but) const {
  iota::Choice choice = queue_.choose(nanos, but);
  if (auto* chosen = std::get_if<iota::Chosen>(&choice)) return std::move(*chosen);
  const auto* most = std::get_if<iota::Short>(&choice);
  return Error{"coins", most == nullptr ? "there is enough once what is under way is settled"
                                        : "they are too few: " + std::to_string(nanos) + " nanos are needed, " +
                                              std::to_string(most->nanos) + " are the most that one transaction takes"};
}

/// The dry run may use all that the chosen coins have; what it took decides the budget, and so perhaps other coins.
Result<settlement::SignedTransaction> IotaLedger::build_at(Client& node, const Order& order) {
  const auto state = state_of(node);
  if (!state) return state.error();
  if (order.last_epoch < state->epoch)
    return Error{"last epoch", std::to_string(order.last_epoch) + " is over: it is " + std::to_string(state->epoch)};
  const auto coins = node.coins(address_);
  if (!coins) return coins.error();
  if (const auto known = queue_.refresh(*coins); !known) return known.error();
  const std::uint64_t price = state->reference_gas_price;
  std::uint64_t budget = quote_for(price, order.payments);
  for (int i = 0; i < kDryRuns; ++i) {
    const auto chosen = choose(order.nanos + budget, order.in_use);
    if (!chosen) return chosen.error();
    const std::uint64_t available = sum_of(chosen->coins) - order.nanos;
    iota::Transaction transaction{order.body, address_, {{}, address_, price, 0}, order.last_epoch};
    for (const iota::Coin& coin : chosen->coins) transaction.gas.payment.push_back(coin.ref);
    transaction.gas.budget = std::min(available, iota::kMostBudget);
    const auto run = node.dry_run(transaction);
    if (!run) return run.error();
    if (run->effects.outcome == iota::Outcome::Failure)
      return Error{"dry run", run->effects.error.empty() ? "it fails" : run->effects.error};
    const auto needed = iota::budget_of(run->effects.gas, price);
    if (!needed) return needed.error();
    transaction.gas.budget = budget = *needed;
    if (budget <= available) return signed_of(transaction);
  }
  return Error{"coins", "none are found whose gas they can pay themselves"};
}

Result<settlement::SignedTransaction> IotaLedger::signed_of(const iota::Transaction& transaction) const {
  auto made = iota::sign(transaction, signer_);
  if (!made) return made.error();
  auto signature = from_base64(made->signatures.front(), kMostSignatureBytes);
  if (!signature) return signature.error();
  settlement::SignedTransaction kept{iota::to_base58(made->digest),
                                     std::move(made->bytes),
                                     *std::move(signature),
                                     {},
                                     *Amount::of(static_cast<std::int64_t>(transaction.gas.budget)),
                                     static_cast<std::int64_t>(*transaction.last_epoch)};
  for (const iota::ObjectRef& ref : transaction.gas.payment)
    kept.inputs.push_back({to_text(ref.id), static_cast<std::int64_t>(ref.version)});
  return kept;
}

// ---- submit ----

/// Refuses what is not signed by the wallet's key over exactly these bytes.
Result<IotaLedger::Kept> IotaLedger::kept_of(const settlement::SignedTransaction& transaction) const {
  const std::string where = "transaction " + transaction.digest;
  Kept kept{{transaction.bytes, {to_base64(transaction.signature)}, iota::digest_of(transaction.bytes)}, {}, 0};
  if (iota::to_base58(kept.transaction.digest) != transaction.digest)
    return Error{where, "its bytes have another digest"};
  auto decoded = iota::decode_transaction(transaction.bytes);
  if (!decoded) return decoded.error().within(where);
  const auto signer = iota::verify_transaction(transaction.bytes, kept.transaction.signatures.front());
  if (!signer) return signer.error().within(where);
  if (*signer != address_ || decoded->sender != address_) return Error{where, "is of another wallet"};
  if (!decoded->last_epoch) return Error{where, "never expires"};
  const auto last = number_of("last epoch", *decoded->last_epoch);
  if (!last) return last.error().within(where);
  kept.payment = std::move(decoded->gas.payment);
  kept.last_epoch = *last;
  return kept;
}

Result<void> IotaLedger::submit(const settlement::SignedTransaction& transaction) {
  const auto kept = kept_of(transaction);
  if (!kept) return kept.error();
  // Before it is handed over: from then on no other may use its coins, whatever the answer is.
  if (auto held = queue_.hold(kept->transaction); !held) return held;
  const auto executed = at_one_node([&](Client& node) { return node.execute(kept->transaction); });
  if (!executed) return executed.error();
  return {};
}

// ---- status ----

/// All nodes are asked: one that knows it is believed, whoever does not.
Result<Status> IotaLedger::status(const settlement::SignedTransaction& transaction) {
  const auto kept = kept_of(transaction);
  if (!kept) return kept.error();
  Error last{"iota", "there is no endpoint to ask"};
  std::optional<Status> unknown;
  for (std::size_t i = 0; i < clients_.size(); ++i) {
    auto fate = fate_at(clients_[(first_ + i) % clients_.size()], *kept);
    if (!fate) {
      last = fate.error();
      continue;
    }
    const auto* here = std::get_if<Unknown>(&*fate);
    if (here == nullptr) {
      if (const auto noted = note(*kept, *fate); !noted) return noted.error();
      return fate;
    }
    if (!unknown || here->epoch > std::get<Unknown>(*unknown).epoch) unknown = *here;
  }
  if (!unknown) return last;
  if (const auto noted = note(*kept, *unknown); !noted) return noted.error();
  return *unknown;
}

/// The epoch first: whatever could be executed before it began is known to the node by then. What answers next may be
/// another node behind the same address, and may not have seen how the epoch before has ended: an epoch that has only
/// just begun proves no more than the one before.
Result<Status> IotaLedger::fate_at(Client& node, const Kept& kept) {
  const auto state = state_of(node);
  if (!state) return state.error();
  auto epoch = static_cast<std::int64_t>(state->epoch);
  if (epoch > kept.last_epoch) {
    const auto is_young = has_just_begun(node, *state);
    if (!is_young) return is_young.error();
    if (*is_young) --epoch;
  }
  const auto found = node.transaction(kept.transaction.digest);
  if (!found) return found.error();
  if (*found) return fate_of(**found);
  return unknown_at(node, kept, epoch);
}

Result<Status> IotaLedger::fate_of(const iota::Executed& executed) {
  if (!executed.checkpoint || !executed.effects || !executed.changes) return Status(Pending{});
  const auto checkpoint = number_of("checkpoint", *executed.checkpoint);
  if (!checkpoint) return checkpoint.error();
  const auto flow = flow_of(executed, address_, address_);
  if (!flow) return flow.error();
  if (queue_.in_flight(executed.digest) != nullptr)
    if (const auto settled = queue_.settle(*executed.effects); !settled) return settled.error();
  if (executed.effects->outcome == iota::Outcome::Success) return Status(Executed{flow->fee, *checkpoint});
  return Status(ExecutedInVain{flow->fee, *checkpoint, executed.effects->error});
}

/// A node may have forgotten a transaction, and its coins tell.
Result<Status> IotaLedger::unknown_at(Client& node, const Kept& kept, std::int64_t epoch) const {
  const Digest& digest = kept.transaction.digest;
  for (std::size_t i = 0; i < std::min(kept.payment.size(), kCoinsLookedAt); ++i) {
    const iota::ObjectRef& ref = kept.payment[i];
    const auto now = node.object(ref.id);
    if (!now) return now.error();
    if (*now && (*now)->ref.version == ref.version) continue;
    if (*now && (*now)->ref.version < ref.version)
      return about(digest, "is unknown to a node that lags behind its coins");
    if (*now && (*now)->previous_transaction == digest) return Status(Pending{});
    const auto user = iota::user_of(node, address_, {ref.id, ref.version}, *now);
    return user ? used_by(digest, ref, *user) : user.error();
  }
  return Status(Unknown{epoch});
}

Result<Status> IotaLedger::used_by(const Digest& digest, const iota::ObjectRef& ref,
                                   const std::optional<iota::UsedBy>& user) {
  if (!user)
    return about(digest, "is unknown, and its coin " + to_text(ref.id) + " has moved on; by whom is not proved");
  if (user->digest == digest) return Status(Pending{});  // what has come of it is told once the node knows it again
  const auto checkpoint = number_of("checkpoint", user->checkpoint);
  if (!checkpoint) return checkpoint.error();
  return Status(
      InputUsed{{to_text(ref.id), static_cast<std::int64_t>(ref.version)}, iota::to_base58(user->digest), *checkpoint});
}

/// Coins of what can never be executed are free again.
Result<void> IotaLedger::note(const Kept& kept, const Status& status) {
  const Digest& digest = kept.transaction.digest;
  if (queue_.in_flight(digest) == nullptr) return {};
  if (std::holds_alternative<InputUsed>(status)) return queue_.release(digest);
  const auto* unknown = std::get_if<Unknown>(&status);
  if (unknown == nullptr || unknown->epoch <= kept.last_epoch) return {};
  return queue_.expire(digest, static_cast<std::uint64_t>(unknown->epoch));
}

// ---- history ----

Result<History> IotaLedger::history(const std::string& position, std::size_t limit) {
  const auto after = parse_history_position(position);
  if (!after) return after.error();
  return at_one_node([&](Client& node) -> Result<History> {
    const auto number = node.latest_checkpoint();
    if (!number) return number.error();
    if (const auto fine = number_of("checkpoint", *number); !fine) return fine.error();
    const auto newest = node.checkpoint(*number);
    if (!newest) return newest.error();
    for (const std::uint64_t value : {newest->epoch, newest->timestamp_ms})
      if (const auto fine = number_of("checkpoint", value); !fine) return fine.error();
    auto to = list_of(node, iota::Direction::To, address_, after->to);
    if (!to) return to.error();
    auto from = list_of(node, iota::Direction::From, address_, after->from);
    if (!from) return from.error();
    return merge({*after, *newest, *std::move(to), *std::move(from)}, address_, limit);
  });
}

}  // namespace balans::api
