#include "api/app/reward_run.hpp"

#include <algorithm>
#include <numeric>

#include "api/app/flexibility_record.hpp"
#include "api/app/journal.hpp"

namespace balans::api {
namespace {

using flexibility::kSlot;
using journal::AccountKind;
using journal::Code;
using trade::Amount;

/// A reservation outlives the time of settling by this, so that an api that was down pays what it has shown.
constexpr Millis kGrace = 14 * 1440 * 1_min;
/// A commit may be a little later than the clock says.
constexpr Millis kAlmostOver = 60 * 1_min;

std::string words(const RewardRules& rules, const RewardSlot& slot, std::string_view what) {
  return to_hex(rules.wallet.deployment.bytes) + " flexibility " + slot.site.str() + " " +
         std::to_string(slot.slot.ms()) + " " + std::string(what);
}
/// The same whenever the same is asked for.
journal::Id id_of(const RewardRules& rules, const RewardSlot& slot, std::string_view what) {
  return journal::id_from(slot.slot, words(rules, slot, what));
}
std::string reference_of(const RewardSlot& slot, const std::string& what) {
  return slot.site.str() + " " + std::to_string(slot.slot.ms()) + " " + what;
}

/// Accounts that a batch needs; those that are missing are opened by it. Whoever asks holds the journal, so that nobody
/// else opens one for the same owner meanwhile.
class Accounts {
 public:
  Accounts(Store& store, const RewardRules& rules, const SiteId& site, trade::Asset asset, UnixTime now)
      : store_(store), rules_(rules), site_(site), asset_(asset), now_(now) {}

  /// Of several accounts of one owner the oldest counts.
  Result<std::optional<journal::Account>> find(const std::string& owner) {
    const auto found = store_.journal().accounts({owner, site_, asset_, 0, 1});
    if (!found) return found.error();
    return found->empty() ? std::optional<journal::Account>() : std::optional(found->front());
  }
  Result<journal::Id> id_of(const std::string& owner, journal::Batch& batch) {
    if (const auto known = ids_.find(owner); known != ids_.end()) return known->second;
    const auto found = find(owner);
    if (!found) return found.error();
    if (!*found) batch.accounts.push_back(opened(owner));
    return ids_[owner] = *found ? (*found)->id : batch.accounts.back().id;
  }

 private:
  [[nodiscard]] journal::NewAccount opened(const std::string& owner) const {
    auto account = LocalWallet(store_.journal(), rules_.wallet, now_).new_account(site_, asset_, owner);
    if (owner == flexibility_budget_of(site_))
      account.kind = AccountKind::FlexibilityBudget;
    else if (owner == flexibility_pool_of(site_))
      account.kind = AccountKind::Suspense;
    else if (owner.starts_with("device "))
      account.kind = AccountKind::Device;
    else
      return account;
    account.debits_over = Amount();
    return account;
  }

  Store& store_;
  const RewardRules& rules_;
  const SiteId& site_;
  trade::Asset asset_;
  UnixTime now_;
  std::map<std::string, journal::Id> ids_;
};

Result<Amount> available_in(Store& store, Accounts& accounts, const std::string& owner) {
  const auto account = accounts.find(owner);
  if (!account) return account.error();
  if (!*account) return Amount();
  const auto balance = store.journal().balance((*account)->number, std::nullopt);
  if (!balance) return balance.error();
  return Amount::of(balance->available()).value_or(Amount());
}

/// Sets aside what the quarter-hour can cost, as far as the budget reaches.
Result<RewardSlot> reserved(Store& store, const RewardRules& rules, RewardSlot slot, std::int64_t devices,
                            UnixTime now) {
  Accounts accounts(store, rules, slot.site, slot.asset, now);
  journal::Batch batch;
  const auto budget = accounts.id_of(flexibility_budget_of(slot.site), batch);
  const auto pool = accounts.id_of(flexibility_pool_of(slot.site), batch);
  const auto available = available_in(store, accounts, flexibility_budget_of(slot.site));
  if (!budget) return budget.error();
  if (!pool) return pool.error();
  if (!available) return available.error();
  const auto reservation = flexibility::reserve(*available, price_of(rules.terms, slot.slot), slot.most, devices);
  if (!reservation) return reservation.error();
  slot.price = reservation->shown;
  slot.reserved = reservation->reserved;
  if (!slot.reserved.is_zero()) {
    slot.reserve = id_of(rules, slot, "reserve");
    batch.transfers.push_back(journal::reserve(*slot.reserve, *budget, *pool, slot.reserved, slot.expires - now,
                                               Code::Reservation, reference_of(slot, "flexibility")));
  }
  if (batch.accounts.empty() && batch.transfers.empty()) return slot;
  if (const auto entered = enter_all(store.journal(), batch, now); !entered) return entered.error();
  return slot;
}

/// Who is paid for which device: the owner of the station where it is one.
Result<std::map<AgentId, std::string>> owners_of(Store& store, const SiteId& site) {
  const auto stations = store.energy().stations(site);
  if (!stations) return stations.error();
  std::map<AgentId, std::string> owners;
  for (const energy::Station& station : *stations) owners.emplace(station.station, station.owner);
  return owners;
}

Result<flexibility::UsedProofs> used_of(Store& store, const SiteId& site, const flexibility::SiteSlot& record) {
  flexibility::UsedProofs used;
  for (const flexibility::DeviceSlot& device : record.devices)
    for (const flexibility::Proof& proof : device.proofs) {
      const flexibility::ProofKey key{device.device, proof.limit.epoch, proof.limit.boot, proof.limit.seq};
      const auto is_used = store.rewards().is_used(site, key);
      if (!is_used) return is_used.error();
      if (*is_used) used.insert(key);
    }
  return used;
}

/// One quarter-hour on its way from evidence to payments, in the caller's transaction.
class Settlement {
 public:
  Settlement(Store& store, const RewardRules& rules, RewardSlot slot, UnixTime past)
      : store_(store), rules_(rules), past_(past) {
    settled_.slot = std::move(slot);
    is_over_ = past_ + kAlmostOver >= settled_.slot.expires;
    settled_.slot.settled = past_;
  }

  Result<void> run() {
    if (const auto judged = judge(); !judged) return judged;
    if (const auto made = pay(); !made) return made;
    return store_.rewards().settle(settled_.slot, settled_.rewards);
  }
  Settled take() { return std::move(settled_); }

 private:
  [[nodiscard]] const SiteId& site() const { return settled_.slot.site; }

  Result<void> judge() {
    const auto evidence = evidence_of(store_, site(), settled_.slot.slot);
    if (!evidence) return evidence.error();
    if (evidence->records.empty()) return {};
    const auto owners = owners_of(store_, site());
    if (!owners) return owners.error();
    const auto record = record_of(store_, *evidence, *owners, past_);
    if (!record) return record.error();
    const auto used = used_of(store_, site(), *record);
    if (!used) return used.error();
    auto delivered = flexibility::settle(*record, *used);
    if (!delivered) {
      settled_.refused = delivered.error().message();
      return {};
    }
    buy(*delivered);
    for (std::size_t i = 0; i < delivered->size(); ++i)
      if (const auto done = reward((*delivered)[i], evidence->records[i].batch, record->devices[i].connection); !done)
        return done;
    return {};
  }

  /// No more is bought than money was set aside for; then everyone's part is smaller.
  void buy(std::vector<flexibility::Delivered>& delivered) const {
    std::vector<WattHours> verified;
    for (const flexibility::Delivered& each : delivered) verified.push_back(each.verified);
    const std::vector<WattHours> bought = flexibility::share_out(verified, settled_.slot.most);
    for (std::size_t i = 0; i < delivered.size(); ++i) delivered[i].verified = bought[i];
  }

  Result<void> reward(const flexibility::Delivered& delivered, const EvidenceName& batch, const std::string& owner) {
    for (const flexibility::ProofKey& proof : delivered.proofs)
      if (const auto noted = store_.rewards().use(site(), settled_.slot.slot, proof); !noted) return noted;
    const auto carried = store_.rewards().carried(site(), delivered.device, settled_.slot.asset, settled_.slot.slot);
    if (!carried) return carried.error();
    const auto earned =
        flexibility::earned(delivered.verified, is_over_ ? flexibility::Price() : settled_.slot.price, *carried);
    if (!earned) return earned.error();
    DeviceReward reward{delivered.device,   owner,          delivered.verdict, delivered.node, delivered.claimed,
                        delivered.verified, earned->amount, earned->carried,   std::nullopt,   batch};
    if (!reward.amount.is_zero()) reward.transfer = id_of(rules_, settled_.slot, "reward " + reward.device.str());
    earned_.push_back(*earned);
    settled_.rewards.push_back(std::move(reward));
    return {};
  }

  /// From the reservation into the site's pool, and from there to everyone's account.
  Result<void> pay() {
    RewardSlot& slot = settled_.slot;
    if (!slot.reserve || is_over_) return {};
    const auto payout = flexibility::pay_out(slot.reserved, earned_);
    if (!payout) return payout.error();
    slot.paid = payout->paid;
    journal::Batch batch;
    if (slot.paid.is_zero())
      batch.transfers.push_back(journal::void_of(id_of(rules_, slot, "release"), *slot.reserve, Code::Reservation,
                                                 reference_of(slot, "flexibility")));
    else
      batch.transfers.push_back(journal::post(id_of(rules_, slot, "payout"), *slot.reserve, slot.paid,
                                              Code::Reservation, reference_of(slot, "flexibility")));
    if (const auto added = add_payments(batch); !added) return added;
    if (const auto entered = enter_all(store_.journal(), batch, past_); !entered) return entered.error();
    return {};
  }

  Result<void> add_payments(journal::Batch& batch) {
    Accounts accounts(store_, rules_, site(), settled_.slot.asset, past_);
    for (const DeviceReward& reward : settled_.rewards) {
      if (!reward.transfer) continue;
      const auto pool = accounts.id_of(flexibility_pool_of(site()), batch);
      const auto payee = accounts.id_of(reward.owner, batch);
      if (!pool) return pool.error();
      if (!payee) return payee.error();
      batch.transfers.push_back(journal::transfer(*reward.transfer, *pool, *payee, reward.amount, Code::Reward,
                                                  reference_of(settled_.slot, reward.device.str())));
    }
    return {};
  }

  Store& store_;
  const RewardRules& rules_;
  const UnixTime past_;
  bool is_over_ = false;  ///< the reservation's time: nothing can be paid from it
  Settled settled_;
  std::vector<flexibility::Earned> earned_;
};

}  // namespace

std::string flexibility_budget_of(const SiteId& site) { return "flexibility " + site.str(); }
std::string flexibility_pool_of(const SiteId& site) { return "flexibility-pool " + site.str(); }
std::string owner_of_device(const AgentId& device) { return "device " + device.str(); }

flexibility::Price price_of(const FlexibilityTerms& terms, UnixTime slot) {
  const flexibility::SetPrice always{UnixTime(0), terms.per_kwh};
  return flexibility::price_for({&always, 1}, slot, terms.cap);
}

Result<std::optional<RewardSlot>> show_price(Store& store, const SiteId& site, const RewardRules& rules,
                                             std::int64_t devices, UnixTime now) {
  RewardSlot next;
  next.site = site;
  next.slot = floor_to(kSlot, now) + kSlot;
  next.asset = rules.asset;
  next.most = rules.terms.most;
  next.expires = next.slot + kSlot + rules.terms.settle_after + kGrace;
  std::optional<RewardSlot> shown;
  if (price_of(rules.terms, next.slot).is_zero()) return shown;
  const auto done = store.transaction([&]() -> Result<void> {
    if (const auto held = store.journal().hold(); !held) return held;
    const auto known = store.rewards().slot(site, next.slot);
    if (!known) return known.error();
    if (*known) return {};
    auto made = reserved(store, rules, next, devices, now);
    if (!made) return made.error();
    if (const auto added = store.rewards().add(*made); !added) return added;
    shown = *std::move(made);
    return {};
  });
  if (!done) return done.error().within("site " + site.str());
  return shown;
}

Result<std::optional<Settled>> settle_next(Store& store, const SiteId& site, const RewardRules& rules, UnixTime past) {
  std::optional<Settled> settled;
  const auto done = store.transaction([&]() -> Result<void> {
    if (const auto held = store.journal().hold(); !held) return held;
    const auto oldest = store.rewards().oldest_unsettled(site);
    if (!oldest) return oldest.error();
    if (!*oldest || past < (*oldest)->slot + kSlot + rules.terms.settle_after) return {};
    Settlement settlement(store, rules, **oldest, past);
    if (const auto run = settlement.run(); !run) return run;
    settled = settlement.take();
    return {};
  });
  if (!done) return done.error().within("site " + site.str());
  return settled;
}

}  // namespace balans::api
