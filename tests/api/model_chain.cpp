#include "tests/api/model_chain.hpp"

#include <algorithm>
#include <sstream>

#include "common/crypto/crypto.hpp"

namespace balans::api::test {

using namespace settlement;

namespace {

constexpr std::int64_t kMostLag = 10;
constexpr const char* kOurs = "0xours";

Amount units(std::int64_t count) { return *Amount::of(count); }

/// The only place where a transaction becomes bytes, and the next where bytes become one.
std::string bytes_of(const ModelChain::Transaction& transaction, std::int64_t nonce) {
  std::ostringstream out;
  out << transaction.sender << ' ' << transaction.expiry << ' ' << transaction.fee << ' ' << nonce << ' '
      << transaction.inputs.size();
  for (const Input& input : transaction.inputs) out << ' ' << input.object << ' ' << input.version;
  out << ' ' << transaction.payments.size();
  for (const Payment& payment : transaction.payments) out << ' ' << payment.address << ' ' << payment.amount.units();
  return out.str();
}

ModelChain::Transaction transaction_of(const std::string& bytes) {
  ModelChain::Transaction transaction;
  std::istringstream in(bytes);
  std::int64_t nonce = 0;
  std::size_t count = 0;
  in >> transaction.sender >> transaction.expiry >> transaction.fee >> nonce >> count;
  for (; count > 0; --count) {
    Input input;
    in >> input.object >> input.version;
    transaction.inputs.push_back(input);
  }
  in >> count;
  for (; count > 0; --count) {
    Payment payment;
    std::int64_t amount = 0;
    in >> payment.address >> amount;
    payment.amount = units(amount);
    transaction.payments.push_back(payment);
  }
  transaction.digest = to_hex(blake2b(bytes).bytes);
  return transaction;
}

}  // namespace

std::int64_t ModelChain::fee_of(std::size_t payments) const {
  return fee_base + fee_each * static_cast<std::int64_t>(payments);
}

std::vector<ModelChain::Coin> ModelChain::coins_at(std::int64_t checkpoint) const {
  std::vector<Coin> found;
  for (const auto& [id, versions] : coins_) {
    const auto after = versions.upper_bound(checkpoint);
    if (after == versions.begin()) continue;
    const Coin& coin = std::prev(after)->second;
    if (coin.amount > 0) found.push_back(coin);
  }
  return found;
}

std::int64_t ModelChain::holdings() const {
  std::int64_t sum = 0;
  for (const Coin& coin : coins_at(newest())) sum += coin.amount;
  return sum;
}

std::int64_t ModelChain::received(const std::string& address) const {
  const auto found = received_.find(address);
  return found == received_.end() ? 0 : found->second;
}

bool ModelChain::can_be_executed(const Transaction& transaction) const {
  if (executed_.contains(transaction.digest) || transaction.expiry < epoch()) return false;
  return std::none_of(transaction.inputs.begin(), transaction.inputs.end(),
                      [&](const Input& input) { return used_.contains(input); });
}

void ModelChain::accept(const Transaction& transaction) {
  for (const Input& input : transaction.inputs) locks_.emplace(input, transaction.digest);
  waiting_.push_back(transaction);
}

/// The first input has all that is left; the others are empty.
void ModelChain::execute(const Transaction& transaction, bool paid) {
  const std::int64_t fee = transaction.fee;
  std::int64_t left = -fee;
  for (const Input& input : transaction.inputs) {
    left += coins_[input.object].rbegin()->second.amount;
    used_[input] = {newest(), transaction.digest};
  }
  Movement movement{transaction.digest, newest(), Origin::Ours, kOurs, units(fee), {}};
  if (paid)
    for (const Payment& payment : transaction.payments) {
      left -= payment.amount.units();
      received_[payment.address] += payment.amount.units();
      movement.outputs.push_back({static_cast<std::int64_t>(movement.outputs.size()), payment.address, payment.amount});
    }
  for (const Input& input : transaction.inputs) {
    Coin coin = coins_[input.object].rbegin()->second;
    ++coin.version;
    coin.amount = std::exchange(left, 0);
    coins_[input.object][newest()] = coin;
  }
  executed_[transaction.digest] = {newest(), paid, fee};
  history_.push_back(std::move(movement));
}

void ModelChain::checkpoint() {
  epochs_.push_back(epoch());
  times_.push_back(now);
  std::deque<Transaction> later;
  for (const Transaction& transaction : std::exchange(waiting_, {})) {
    if (!can_be_executed(transaction)) continue;
    if (one_in(3))
      later.push_back(transaction);
    else
      execute(transaction, !one_in(fail_one_in));
  }
  waiting_ = std::move(later);
  // Coins that are empty for every node, however far behind.
  std::erase_if(coins_, [&](const auto& each) {
    const auto& [at, coin] = *each.second.rbegin();
    return coin.amount == 0 && at + kMostLag < newest();
  });
}

void ModelChain::begin_epoch() {
  checkpoint();
  epochs_.back() += 1;
  locks_.clear();
  waiting_.clear();
}

void ModelChain::deposit(const std::string& from, std::int64_t amount) {
  checkpoint();
  const std::string id = "coin-" + std::to_string(++made_);
  coins_[id][newest()] = {id, 1, amount};
  history_.push_back({to_hex(blake2b(id).bytes), newest(), Origin::Others, from, {}, {{0, kOurs, units(amount)}}});
}

void ModelChain::spend_by_hand(const std::string& to, std::int64_t amount) {
  for (const Coin& coin : coins_at(newest())) {
    const Input input{coin.id, coin.version};
    if (coin.amount < amount + fee_of(1) || locks_.contains(input) || one_in(2)) continue;
    Transaction transaction{"", kOurs, epoch() + 1, fee_of(1), {input}, {{to, units(amount)}}};
    const std::string bytes = bytes_of(transaction, ++made_);
    transaction.digest = to_hex(blake2b(bytes).bytes);
    return accept(transaction);
  }
}

Result<std::int64_t> ModelChain::node() {
  if (is_down || one_in(lose_one_in)) return Error{"model chain", "no answer"};
  const std::int64_t behind = lag == 0 ? 0 : static_cast<std::int64_t>(random_() % static_cast<unsigned>(lag + 1));
  return std::max<std::int64_t>(0, newest() - behind);
}

Result<Tip> ModelChain::tip() {
  const auto at = node();
  if (!at) return at.error();
  std::int64_t sum = 0;
  for (const Coin& coin : coins_at(*at)) sum += coin.amount;
  return Tip{
      identity, epochs_[static_cast<std::size_t>(*at)], units(sum), {units(fee_base), units(fee_each)}, own_address};
}

/// Takes coins until they suffice, smallest first, so that several are used.
Result<SignedTransaction> ModelChain::build(std::span<const Payment> payments, std::span<const Input> in_use,
                                            std::int64_t last_epoch) {
  const auto at = node();
  if (!at) return at.error();
  std::int64_t needed = fee_of(payments.size());
  for (const Payment& payment : payments) needed += payment.amount.units();
  Transaction transaction{"", kOurs, last_epoch, fee_of(payments.size()), {}, {payments.begin(), payments.end()}};
  auto coins = coins_at(*at);
  std::sort(coins.begin(), coins.end(), [](const Coin& a, const Coin& b) { return a.amount < b.amount; });
  for (const Coin& coin : coins) {
    const Input input{coin.id, coin.version};
    if (needed <= 0 || std::find(in_use.begin(), in_use.end(), input) != in_use.end()) continue;
    transaction.inputs.push_back(input);
    needed -= coin.amount;
  }
  if (needed > 0) return Error{"model chain", "the coins that are free are too few"};
  const std::string bytes = bytes_of(transaction, ++made_);
  std::sort(transaction.inputs.begin(), transaction.inputs.end());
  return SignedTransaction{to_hex(blake2b(bytes).bytes),   bytes,     "signed " + bytes, transaction.inputs,
                           units(fee_of(payments.size())), last_epoch};
}

Result<void> ModelChain::submit(const SignedTransaction& given) {
  if (is_down) return Error{"model chain", "no answer"};
  const bool reaches = !one_in(lose_one_in), answers = !one_in(lose_one_in);
  if (!reaches) return Error{"model chain", "no answer"};
  if (given.signature != "signed " + given.bytes) return Error{"model chain", "is not signed by us"};
  const Transaction transaction = transaction_of(given.bytes);
  if (transaction.digest != given.digest || bytes_.emplace(given.digest, given.bytes).first->second != given.bytes)
    ++changed_bytes_;
  submitted_.insert(given.digest);
  known_[given.digest] = transaction;
  for (const Input& input : transaction.inputs) {
    for (const std::string& other : claims_[input])
      if (other != given.digest && can_be_executed(known_.at(other))) ++equivocations_;
    claims_[input].insert(given.digest);
  }
  const bool is_free = std::all_of(transaction.inputs.begin(), transaction.inputs.end(), [&](const Input& input) {
    const auto lock = locks_.find(input);
    return lock == locks_.end() || lock->second == given.digest;
  });
  if (!can_be_executed(transaction) || !is_free) return Error{"model chain", "rejected"};
  const bool waits = std::any_of(waiting_.begin(), waiting_.end(),
                                 [&](const Transaction& each) { return each.digest == given.digest; });
  if (!waits) accept(transaction);
  if (!answers) return Error{"model chain", "no answer"};
  return {};
}

Result<Status> ModelChain::status(const SignedTransaction& given) {
  const auto at = node();
  if (!at) return at.error();
  const auto outcome = executed_.find(given.digest);
  if (outcome != executed_.end() && outcome->second.checkpoint <= *at) {
    const auto& [checkpoint, paid, fee] = outcome->second;
    if (paid) return Status(Executed{units(fee), checkpoint});
    return Status(ExecutedInVain{units(fee), checkpoint, "the model would not"});
  }
  for (const Input& input : given.inputs) {
    const auto used = used_.find(input);
    if (used != used_.end() && used->second.checkpoint <= *at)
      return Status(InputUsed{input, used->second.by, used->second.checkpoint});
  }
  const bool waits = std::any_of(waiting_.begin(), waiting_.end(),
                                 [&](const Transaction& each) { return each.digest == given.digest; });
  if (waits && *at == newest()) return Status(Pending{});
  return Status(Unknown{epochs_[static_cast<std::size_t>(*at)]});
}

Result<History> ModelChain::history(const std::string& position, std::size_t limit) {
  const auto at = node();
  if (!at) return at.error();
  std::size_t next = position.empty() ? 0 : std::stoull(position);
  History page;
  while (next < history_.size() && history_[next].checkpoint <= *at && page.movements.size() < limit)
    page.movements.push_back(history_[next++]);
  page.position = std::to_string(next);
  page.is_complete = next == history_.size() || history_[next].checkpoint > *at;
  page.at = times_[static_cast<std::size_t>(*at)];
  page.epoch = epochs_[static_cast<std::size_t>(*at)];
  return page;
}

}  // namespace balans::api::test
