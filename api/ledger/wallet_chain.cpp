#include "api/ledger/wallet_chain.hpp"

#include <algorithm>
#include <limits>

#include "api/ledger/iota/base58.hpp"
#include "api/ledger/iota/builder.hpp"
#include "api/ledger/iota/coin_queue.hpp"
#include "api/ledger/iota/gas.hpp"
#include "api/ledger/iota/user_of.hpp"

namespace balans::api {
namespace {

using settlement::Amount;

/// Of what a first dry run may cost, in units of gas; a payment takes a fraction of it.
constexpr std::uint64_t kProbeUnits = 10'000;
constexpr int kMostDryRuns = 3;
constexpr std::size_t kCoinsLookedAt = 8;
/// With less of its epoch left a payment may be executed in the next one too.
constexpr std::uint64_t kLeastOfEpochMs = 10 * 60 * 1000;
/// What a node may say at most: an epoch lasts about a day.
constexpr std::uint64_t kMostEpoch = 1'000'000'000;
constexpr std::uint64_t kMostTimeMs = 32'503'680'000'000;  // the year 3000

Result<Amount> amount_of(std::uint64_t nanos) {
  if (nanos > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
    return Error{"", std::to_string(nanos) + " nanos do not fit into 63 bits"};
  return *Amount::of(static_cast<std::int64_t>(nanos));
}

std::uint64_t nanos_of(Amount amount) { return static_cast<std::uint64_t>(amount.units()); }

bool is_kept(const iota::Coin& coin, const std::vector<KeptObject>& kept) {
  const std::string object = iota::to_text(coin.ref.id);
  return std::any_of(kept.begin(), kept.end(), [&](const KeptObject& each) {
    return each.object == object &&
           (!each.up_to || coin.ref.version <= static_cast<std::uint64_t>(std::max<std::int64_t>(*each.up_to, 0)));
  });
}

/// The last epoch in which a payment made now can be executed: soon over, so that coins do not wait for long.
std::uint64_t last_epoch_of(const iota::SystemState& state, UnixTime now) {
  const std::uint64_t end = state.epoch_start_ms + state.epoch_duration_ms;
  const auto now_ms = static_cast<std::uint64_t>(std::max<std::int64_t>(now.ms(), 0));
  return now_ms + kLeastOfEpochMs < end ? state.epoch : state.epoch + 1;
}

/// Coins, budget and dry run of one payment.
class Drafting {
 public:
  Drafting(iota::Client& client, const DraftOrder& order, iota::Transaction transaction)
      : client_(client), order_(order), transaction_(std::move(transaction)) {}

  Result<Draft> run() {
    if (auto loaded = load_coins(); !loaded) return loaded.error();
    const std::uint64_t amount = nanos_of(order_.payment.amount);
    std::uint64_t budget = transaction_.gas.price * kProbeUnits;
    // Whoever has less than that to spare tries with all there is.
    const std::uint64_t free = most_at_once();
    const bool is_tight = free > amount && free - amount < budget;
    if (is_tight) budget = free - amount;
    for (int tried = 0; tried < kMostDryRuns; ++tried) {
      const auto chosen = queue_.choose(amount + budget);
      if (!std::holds_alternative<iota::Chosen>(chosen)) return lacking(amount + budget);
      use(std::get<iota::Chosen>(chosen), budget);
      const auto needed = dry_run();
      if (!needed) return needed.error();
      if (!*needed && is_tight) return lacking(amount + budget + 1);
      if (!*needed) return Error{"iota_dryRunTransactionBlock", "it would fail: " + why_};
      if (**needed <= budget) return finish(**needed);
      budget = **needed;
    }
    return Error{"gas budget", "the dry runs do not agree"};
  }

 private:
  Result<void> load_coins() {
    const auto listed = client_.coins(transaction_.sender);
    if (!listed) return listed.error();
    std::vector<iota::Coin> free;
    for (const iota::Coin& coin : *listed) {
      if (!is_kept(coin, order_.kept)) free.push_back(coin);
      if (__builtin_add_overflow(held_, coin.nanos, &held_)) return Error{"coins", "more than 64 bits"};
    }
    return queue_.refresh(free);
  }
  [[nodiscard]] std::uint64_t most_at_once() const {
    const auto choice = queue_.choose(std::numeric_limits<std::int64_t>::max());
    const auto* little = std::get_if<iota::Short>(&choice);
    return little == nullptr ? std::numeric_limits<std::int64_t>::max() : little->nanos;
  }
  [[nodiscard]] Result<Draft> lacking(std::uint64_t wanted) const {
    if (held_ >= wanted && queue_.free_nanos() < wanted) return Draft(CoinsBusy{});
    const auto holds = amount_of(most_at_once());
    if (!holds) return holds.error();
    return Draft(TooLittle{*holds});
  }
  void use(const iota::Chosen& chosen, std::uint64_t budget) {
    transaction_.gas.payment.clear();
    for (const iota::Coin& coin : chosen.coins) transaction_.gas.payment.push_back(coin.ref);
    transaction_.gas.budget = budget;
  }
  /// What it needs; nothing where it would fail.
  Result<std::optional<std::uint64_t>> dry_run() {
    const auto dry = client_.dry_run(transaction_);
    if (!dry) return dry.error();
    why_ = dry->effects.error.substr(0, 300);
    if (dry->effects.outcome != iota::Outcome::Success) return std::optional<std::uint64_t>();
    const auto budget = iota::budget_of(dry->effects.gas, transaction_.gas.price);
    if (!budget) return budget.error();
    return std::optional(*budget);
  }
  Result<Draft> finish(std::uint64_t budget) {
    const auto fee = amount_of(budget);
    if (!fee) return fee.error();
    if (*fee > order_.most_fee) return Draft(TooDear{*fee});
    transaction_.gas.budget = budget;
    if (const auto sound = iota::check(transaction_); !sound) return sound.error();
    Drafted drafted;
    drafted.bytes = iota::encode(transaction_);
    drafted.digest = iota::to_base58(iota::digest_of(drafted.bytes));
    for (const iota::ObjectRef& ref : transaction_.gas.payment)
      drafted.inputs.push_back({iota::to_text(ref.id), static_cast<std::int64_t>(ref.version)});
    drafted.most_fee = *fee;
    drafted.last_epoch = static_cast<std::int64_t>(*transaction_.last_epoch);
    return Draft(std::move(drafted));
  }

  iota::Client& client_;
  const DraftOrder& order_;
  iota::Transaction transaction_;
  iota::CoinQueue queue_;
  std::uint64_t held_ = 0;
  std::string why_;  ///< the last dry run failed
};

Result<settlement::Status> status_of(const iota::Executed& executed) {
  if (!executed.checkpoint) return settlement::Status(settlement::Pending{});
  if (!executed.effects) return Error{"iota_getTransactionBlock", "the node does not say what it has done"};
  const auto charged = iota::charged(executed.effects->gas);
  if (!charged) return charged.error();
  const Amount fee = *Amount::of(std::max<std::int64_t>(*charged, 0));
  const auto checkpoint = static_cast<std::int64_t>(*executed.checkpoint);
  if (executed.effects->outcome == iota::Outcome::Success)
    return settlement::Status(settlement::Executed{fee, checkpoint});
  return settlement::Status(settlement::ExecutedInVain{fee, checkpoint, executed.effects->error.substr(0, 300)});
}

/// Whether what this node shows of its coins proves that it was not executed: they are what they were, or one was used
/// up by another. A node that does not know it may have forgotten it, or lag behind.
Result<bool> was_never_executed(iota::Client& node, const Digest& digest, const AskedAfter& asked) {
  for (std::size_t i = 0; i < std::min(asked.inputs.size(), kCoinsLookedAt); ++i) {
    const auto object = iota::parse_object_id(asked.inputs[i].object);
    if (!object) return object.error();
    const auto version = static_cast<std::uint64_t>(asked.inputs[i].version);
    const auto now = node.object(*object);
    if (!now) return now.error();
    if (*now && (*now)->ref.version == version) continue;
    if (*now && ((*now)->ref.version < version || (*now)->previous_transaction == digest)) return false;
    const auto user = iota::user_of(node, asked.owner, {*object, version}, *now);
    if (!user) return user.error();
    return *user && (*user)->digest != digest;
  }
  return true;
}

}  // namespace

WalletChain::WalletChain(iota::Network network, iota::Transport& transport, std::function<void(Millis)> pause)
    : network_(std::move(network)),
      transport_(transport),
      pause_(std::move(pause)),
      client_(network_.endpoints, transport_, pause_, {.tries = static_cast<int>(network_.endpoints.size()) + 1}) {}

Result<void> WalletChain::check_chain(iota::Client& client) const {
  const auto found = client.chain_identifier();
  if (!found) return found.error();
  if (*found != network_.chain)
    return Error{"iota_getChainIdentifier", "this is chain " + found->substr(0, 40) + ", expected " + network_.chain};
  return {};
}

Result<Amount> WalletChain::balance(const std::string& address) {
  const auto owner = iota::parse_address(address);
  if (!owner) return owner.error();
  if (auto right = check_chain(client_); !right) return right.error();
  const auto found = client_.balance(*owner);
  if (!found) return found.error();
  return amount_of(found->nanos);
}

Result<std::int64_t> WalletChain::epoch() {
  if (auto right = check_chain(client_); !right) return right.error();
  const auto state = client_.system_state();
  if (!state) return state.error();
  return static_cast<std::int64_t>(state->epoch);
}

Result<Draft> WalletChain::draft(const DraftOrder& order, UnixTime now) {
  const auto from = iota::parse_address(order.from);
  if (!from) return from.error();
  const auto to = iota::parse_address(order.payment.address);
  if (!to) return to.error();
  if (auto right = check_chain(client_); !right) return right.error();
  const auto state = client_.system_state();
  if (!state) return state.error();
  const iota::Payment payment{*to, nanos_of(order.payment.amount)};
  auto body = iota::pay({&payment, 1});
  if (!body) return body.error();
  iota::Transaction transaction{
      *std::move(body), *from, {{}, *from, state->reference_gas_price, 0}, last_epoch_of(*state, now)};
  return Drafting(client_, order, std::move(transaction)).run();
}

Result<void> WalletChain::submit(const std::string& bytes, const std::string& signature) {
  if (auto right = check_chain(client_); !right) return right.error();
  const auto executed = client_.execute({bytes, {signature}, iota::digest_of(bytes)});
  if (!executed) return executed.error();
  return {};
}

Result<NewestCheckpoint> WalletChain::newest() {
  if (auto right = check_chain(client_); !right) return right.error();
  const auto number = client_.latest_checkpoint();
  if (!number) return number.error();
  const auto found = client_.checkpoint(*number);
  if (!found) return found.error();
  if (found->epoch > kMostEpoch || found->timestamp_ms > kMostTimeMs)
    return Error{"iota_getCheckpoint", "it is of epoch " + std::to_string(found->epoch) + ", " +
                                           std::to_string(found->timestamp_ms) + " ms since 1970, which cannot be"};
  return NewestCheckpoint{static_cast<std::int64_t>(found->epoch),
                          UnixTime(static_cast<std::int64_t>(found->timestamp_ms))};
}

/// Nothing where this node does not know it, and proves nothing.
Result<std::optional<settlement::Status>> WalletChain::status_at(iota::Client& node, const AskedAfter& asked,
                                                                 const Digest& digest) const {
  using Known = std::optional<settlement::Status>;
  if (auto right = check_chain(node); !right) return right.error();
  const auto newest = node.latest_checkpoint();
  if (!newest) return newest.error();
  const auto checkpoint = node.checkpoint(*newest);
  if (!checkpoint) return checkpoint.error();
  const auto found = node.transaction(digest);
  if (!found) return found.error();
  if (*found) {
    auto status = status_of(**found);
    if (!status) return status.error();
    return Known(*std::move(status));
  }
  const auto epoch = static_cast<std::int64_t>(checkpoint->epoch);
  if (epoch <= asked.last_epoch) return Known(settlement::Unknown{epoch});
  const auto never = was_never_executed(node, digest, asked);
  if (!never) return never.error();
  return *never ? Known(settlement::Unknown{epoch}) : Known();
}

Result<settlement::Status> WalletChain::status(const AskedAfter& asked) {
  const auto digest = iota::digest_from_base58(asked.digest);
  if (!digest) return digest.error();
  std::optional<settlement::Unknown> unknown;
  bool is_unproved = false;
  Error last{"status", "there is no endpoint to ask"};
  for (const std::string& endpoint : network_.endpoints) {
    iota::Client node({endpoint}, transport_, pause_, {.tries = 1});
    auto status = status_at(node, asked, *digest);
    if (!status)
      last = status.error();
    else if (!*status)
      is_unproved = true;
    else if (const auto* none = std::get_if<settlement::Unknown>(&**status))
      unknown = {std::max(none->epoch, unknown ? unknown->epoch : 0)};
    else
      return **std::move(status);
  }
  const bool is_proved = unknown && unknown->epoch > asked.last_epoch;
  if (is_unproved && !is_proved) return settlement::Status(settlement::Pending{});
  if (unknown) return settlement::Status(*unknown);
  return last;
}

Result<WalletHistory> WalletChain::history(const std::string& address, const std::string& position) {
  const auto own = iota::parse_address(address);
  if (!own) return own.error();
  const auto before = parse_wallet_position(position);
  if (!before) return before.error();
  if (auto right = check_chain(client_); !right) return right.error();
  const auto to = client_.transactions(iota::Direction::To, *own, before->to);
  if (!to) return to.error();
  const auto from = client_.transactions(iota::Direction::From, *own, before->from);
  if (!from) return from.error();
  return merged(*own, *before, *to, *from);
}

std::optional<std::string> WalletChain::link_to(std::string_view digest) const {
  constexpr std::string_view kPlace = "{digest}";
  const std::size_t at = network_.explorer.find(kPlace);
  if (at == std::string::npos) return std::nullopt;
  return std::string(network_.explorer).replace(at, kPlace.size(), digest);
}

}  // namespace balans::api
