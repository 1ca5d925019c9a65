#include "api/ledger/iota/coin_queue.hpp"

#include <algorithm>
#include <limits>
#include <set>

#include "api/ledger/iota/base58.hpp"
#include "api/ledger/iota/gas.hpp"
#include "api/ledger/iota/gas_coin_use.hpp"
#include "common/wide_integer.hpp"

namespace balans::iota {
namespace {

using Wide = Int128;
constexpr Wide kMostNanos = std::numeric_limits<std::uint64_t>::max();

std::uint64_t sum_of(const std::vector<Coin>& coins) {
  Wide sum = 0;
  for (const Coin& coin : coins) sum += coin.nanos;
  return static_cast<std::uint64_t>(std::min(sum, kMostNanos));
}

const ObjectRef* find_in(const std::vector<ObjectRef>& refs, const ObjectId& id) {
  const auto found = std::find_if(refs.begin(), refs.end(), [&](const ObjectRef& ref) { return ref.id == id; });
  return found == refs.end() ? nullptr : &*found;
}

/// The smallest that suffices, or else the largest ones, as many as one transaction takes. `coins` has the largest
/// first.
std::vector<Coin> enough_of(const std::vector<Coin>& coins, std::uint64_t nanos) {
  const auto is_smaller = [&](const Coin& coin) { return coin.nanos < nanos; };
  const auto end_of_sufficient = std::find_if(coins.begin(), coins.end(), is_smaller);
  if (end_of_sufficient != coins.begin()) return {*(end_of_sufficient - 1)};
  std::vector<Coin> taken;
  for (const Coin& coin : coins) {
    if (sum_of(taken) >= nanos || taken.size() == kMostGasCoins) break;
    taken.push_back(coin);
  }
  return taken;
}

std::vector<ObjectRef> objects_of(const Programmable& body) {
  std::vector<ObjectRef> objects;
  for (const Input& input : body.inputs) {
    if (const auto* owned = std::get_if<Owned>(&input)) objects.push_back(owned->ref);
    if (const auto* receiving = std::get_if<Receiving>(&input)) objects.push_back(receiving->ref);
  }
  return objects;
}

Error about(const Digest& transaction, std::string what) {
  return {"transaction " + to_base58(transaction), std::move(what)};
}

}  // namespace

void CoinQueue::forget(const ObjectId& id, std::uint64_t version) {
  std::uint64_t& until = gone_[id];
  until = std::max(until, version);
  coins_.erase(id);
}

Result<void> CoinQueue::refresh(const std::vector<Coin>& listed) {
  if (listed.size() > kMostCoins)
    return Error{"coins", std::to_string(listed.size()) + ", at most " + std::to_string(kMostCoins) + " are kept"};
  std::set<ObjectId> seen;
  for (const Coin& coin : listed) {
    seen.insert(coin.ref.id);
    const auto gone = gone_.find(coin.ref.id);
    if (gone != gone_.end() && coin.ref.version <= gone->second) continue;
    const auto [entry, is_new] = coins_.try_emplace(coin.ref.id, Entry{coin.ref, coin.nanos, {}});
    const std::uint64_t known = entry->second.ref.version;
    if (is_new || coin.ref.version < known || (entry->second.held_by && coin.ref.version != known)) continue;
    entry->second.ref = coin.ref;
    entry->second.nanos = coin.nanos;
  }
  if (gone_.size() > kMostCoins) std::erase_if(gone_, [&](const auto& one) { return !seen.contains(one.first); });
  std::vector<ObjectRef> unlisted;
  for (const auto& [id, entry] : coins_)
    if (!entry.held_by && !seen.contains(id)) unlisted.push_back(entry.ref);
  // Somebody else has spent them, or the node lags behind: then they come back, but in no older version.
  for (const ObjectRef& ref : unlisted) forget(ref.id, ref.version > 0 ? ref.version - 1 : 0);
  return {};
}

std::vector<Coin> CoinQueue::free_coins(const std::set<ObjectId>& but) const {
  std::vector<Coin> coins;
  for (const auto& [id, entry] : coins_)
    if (!entry.held_by && entry.nanos && !but.contains(id)) coins.push_back({entry.ref, *entry.nanos});
  std::stable_sort(coins.begin(), coins.end(), [](const Coin& a, const Coin& b) { return a.nanos > b.nanos; });
  return coins;
}

std::uint64_t CoinQueue::free_nanos() const { return sum_of(free_coins({})); }

bool CoinQueue::might_suffice_later(std::uint64_t nanos, const std::set<ObjectId>& but) const {
  Wide sum = 0;
  for (const auto& [id, entry] : coins_) {
    if (!entry.nanos) return true;
    sum += *entry.nanos;
  }
  return (!flights_.empty() || !but.empty()) && sum >= nanos;
}

Choice CoinQueue::choose(std::uint64_t nanos, const std::set<ObjectId>& but) const {
  const std::vector<Coin> free = free_coins(but);
  Chosen chosen{enough_of(free, nanos)};
  if (chosen.coins.empty() || sum_of(chosen.coins) < nanos) {
    if (might_suffice_later(nanos, but)) return Busy{};
    return Short{sum_of(chosen.coins)};
  }
  std::size_t dust = std::min(rules_.dust_at_once, kMostGasCoins - chosen.coins.size());
  for (auto coin = free.rbegin(); coin != free.rend() && dust > 0 && coin->nanos < rules_.dust_below; ++coin) {
    if (std::find(chosen.coins.begin(), chosen.coins.end(), *coin) != chosen.coins.end()) continue;
    chosen.coins.push_back(*coin);
    --dust;
  }
  return chosen;
}

std::vector<CoinQueue::InFlight>::const_iterator CoinQueue::find(const Digest& digest) const {
  return std::find_if(flights_.begin(), flights_.end(),
                      [&](const InFlight& flight) { return flight.transaction.digest == digest; });
}

const SignedTransaction* CoinQueue::in_flight(const Digest& digest) const {
  const auto found = find(digest);
  return found == flights_.end() ? nullptr : &found->transaction;
}

std::vector<Digest> CoinQueue::all_in_flight() const {
  std::vector<Digest> digests;
  for (const InFlight& flight : flights_) digests.push_back(flight.transaction.digest);
  return digests;
}

Result<void> CoinQueue::may_hold(const ObjectRef& ref, const Digest& by) const {
  const auto gone = gone_.find(ref.id);
  if (gone != gone_.end() && ref.version <= gone->second) return about(by, to_text(ref.id) + " is gone already");
  const auto known = coins_.find(ref.id);
  if (known == coins_.end()) return {};
  if (known->second.held_by)
    return about(by, to_text(ref.id) + " is held by transaction " + to_base58(*known->second.held_by));
  if (known->second.ref == ref) return {};
  return about(by, to_text(ref.id) + " is used at version " + std::to_string(ref.version) + ", it has version " +
                       std::to_string(known->second.ref.version) + " here, or another digest");
}

Result<void> CoinQueue::hold(const SignedTransaction& transaction) {
  const Digest& digest = transaction.digest;
  if (digest_of(transaction.bytes) != digest) return about(digest, "its bytes have another digest");
  if (find(digest) != flights_.end()) return {};
  if (flights_.size() == kMostInFlight) return about(digest, std::to_string(kMostInFlight) + " others are in flight");
  auto decoded = decode_transaction(transaction.bytes);
  if (!decoded) return decoded.error();
  if (decoded->gas.payment.empty()) return about(digest, "has no gas coin");
  InFlight flight{transaction, decoded->gas.payment, objects_of(decoded->body), split_off_gas_coin(decoded->body),
                  decoded->last_epoch};
  std::vector<ObjectRef> all = flight.payment;
  all.insert(all.end(), flight.objects.begin(), flight.objects.end());
  for (const ObjectRef& ref : all)
    if (const auto free = may_hold(ref, digest); !free) return free;
  for (const ObjectRef& ref : all) coins_.try_emplace(ref.id, Entry{ref, {}, {}}).first->second.held_by = digest;
  flights_.push_back(std::move(flight));
  return {};
}

std::optional<std::uint64_t> CoinQueue::left_in_gas_coin(const InFlight& flight, const Effects& effects) const {
  Wide left = 0;
  for (const ObjectRef& ref : flight.payment) {
    const auto known = coins_.find(ref.id);
    if (known == coins_.end() || !known->second.nanos) return std::nullopt;
    left += *known->second.nanos;
  }
  const auto gas = charged(effects.gas);
  if (!gas || (effects.outcome == Outcome::Success && !flight.spent)) return std::nullopt;
  left -= *gas;
  if (effects.outcome == Outcome::Success) left -= *flight.spent;
  if (left < 0 || left > kMostNanos) return std::nullopt;
  return static_cast<std::uint64_t>(left);
}

void CoinQueue::renew(const ObjectRef& before, const Effects& effects, std::optional<std::uint64_t> nanos) {
  if (const ObjectRef* deleted = find_in(effects.deleted, before.id))
    return forget(before.id, std::max(deleted->version, before.version));
  Entry& entry = coins_.at(before.id);
  entry.held_by.reset();
  const ObjectRef* now = find_in(effects.mutated, before.id);
  if (effects.gas_coin.id == before.id) now = &effects.gas_coin;
  if (now == nullptr) return;  // it was only read
  entry.ref = *now;
  entry.nanos = nanos;
}

Result<void> CoinQueue::settle(const Effects& effects) {
  const auto found = find(effects.transaction);
  if (found == flights_.end()) return about(effects.transaction, "is not in flight");
  const InFlight flight = *found;
  if (effects.gas_coin.id != flight.payment.front().id)
    return about(effects.transaction, "its effects name another gas coin");
  const auto left = left_in_gas_coin(flight, effects);
  flights_.erase(found);
  for (const ObjectRef& ref : flight.payment) renew(ref, effects, ref == flight.payment.front() ? left : std::nullopt);
  for (const ObjectRef& ref : flight.objects)
    renew(ref, effects, effects.outcome == Outcome::Failure ? coins_.at(ref.id).nanos : std::nullopt);
  return {};
}

Result<void> CoinQueue::expire(const Digest& digest, std::uint64_t epoch) {
  const auto found = find(digest);
  if (found == flights_.end()) return about(digest, "is not in flight");
  if (!found->last_epoch) return about(digest, "never expires");
  if (epoch <= *found->last_epoch)
    return about(digest,
                 "is valid in epoch " + std::to_string(*found->last_epoch) + ", it is " + std::to_string(epoch));
  let_go(*found);
  flights_.erase(found);
  return {};
}

Result<void> CoinQueue::release(const Digest& digest) {
  const auto found = find(digest);
  if (found == flights_.end()) return about(digest, "is not in flight");
  let_go(*found);
  flights_.erase(found);
  return {};
}

void CoinQueue::let_go(const InFlight& flight) {
  for (const auto* refs : {&flight.payment, &flight.objects})
    for (const ObjectRef& ref : *refs) coins_.at(ref.id).held_by.reset();
}

}  // namespace balans::iota
