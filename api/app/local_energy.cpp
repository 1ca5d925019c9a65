#include "api/app/local_energy.hpp"

#include <algorithm>
#include <map>

#include "api/app/journal.hpp"
#include "api/core/journal/effect.hpp"
#include "api/core/rfc3339.hpp"

namespace balans::api {
namespace {

constexpr std::size_t kAccountsAtOnce = 1000;
/// Of one commit of the journal, so that there is room for two accounts that are opened with each.
constexpr std::size_t kTransfersAtOnce = 3000;

}  // namespace

energy::SiteOwners owners_of_site(const SiteId& site) {
  return {"energy-pool " + site.str(), "grid " + site.str(), "supplier " + site.str()};
}

Result<energy::PeriodEnergy> LocalStrategy::energy(const SiteId& site, const Span& period) {
  return store_.unbilled(site, period.to);
}

Result<std::vector<energy::Tariff>> LocalStrategy::prices(const SiteId& site, const Span& span) {
  const auto stored = store_.tariffs(site, span);
  if (!stored) return stored.error();
  std::vector<energy::Tariff> tariffs;
  for (const StoredTariff& each : *stored) tariffs.push_back(each.tariff);
  return tariffs;
}

Result<void> check_owner(const SiteId& site, const energy::Station& station) {
  if (station.owner.empty() || station.owner.size() > journal::kMostOwner)
    return Error{"station " + station.station.str(), "its owner has " + std::to_string(station.owner.size()) +
                                                         " bytes, expected 1.." + std::to_string(journal::kMostOwner)};
  const energy::SiteOwners own = owners_of_site(site);
  if (station.owner == own.pool || station.owner == own.grid || station.owner == own.supplier)
    return Error{"station " + station.station.str(), "its owner is one of the site's own"};
  if (station.owner == "flexibility " + site.str() || station.owner == "flexibility-pool " + site.str())
    return Error{"station " + station.station.str(), "its owner is the site's budget for flexibility"};
  return {};
}

Result<void> LocalRegistration::put(const SiteId& site, const energy::Station& station) {
  if (const auto fine = check_owner(site, station); !fine) return fine;
  return store_.put_station(site, station);
}

std::optional<std::string> does_not_follow(const energy::Progress& progress, const energy::PeriodBill& bill) {
  if (progress.unpaid)
    return "the run of " + to_rfc3339(progress.unpaid->period.from) + " is not paid yet: finish it first";
  if (progress.last && bill.period.from != progress.last->to)
    return "runs have come to " + to_rfc3339(progress.last->to) + ": expected that as /from";
  return std::nullopt;
}

/// Of those who look for an account at the same time only one finds none, and opens it.
Result<LocalWallet::Accounts> LocalWallet::accounts(const SiteId& site, trade::Asset asset) {
  if (const auto held = journal_.hold(); !held) return held.error();
  Accounts found;
  AccountQuery query{std::nullopt, site, asset, 0, kAccountsAtOnce};
  while (true) {
    const auto page = journal_.accounts(query);
    if (!page) return page.error();
    for (const journal::Account& account : *page) found.emplace(account.owner, account);
    if (page->size() < kAccountsAtOnce) return found;
    query.after = page->back().number;
  }
}

Result<energy::Funds> LocalWallet::funds(const SiteId& site, trade::Asset asset,
                                         std::span<const energy::Owner> owners) {
  const auto known = accounts(site, asset);
  if (!known) return known.error();
  energy::Funds funds;
  journal::Batch asked;
  for (const energy::Owner& owner : owners) {
    const auto account = known->find(owner);
    if (account == known->end())
      funds[owner] = rules_.credit_limit;
    else if (account->second.debits_over)
      asked.transfers.push_back(journal::transfer({}, account->second.id, account->second.id, {}, {}));
  }
  // As it is loaded for writing: nobody else pays from these accounts until this transaction ends.
  const auto book = journal_.load({&asked, 1}, now_);
  if (!book) return book.error();
  for (const auto& [number, state] : book->accounts)
    if (const auto left = left_to_give(state.account, state.balances)) funds.emplace(state.account.owner, *left);
  return funds;
}

journal::NewAccount LocalWallet::new_account(const SiteId& site, trade::Asset asset, const energy::Owner& owner) const {
  const energy::SiteOwners own = owners_of_site(site);
  journal::NewAccount account;
  account.id = journal::id_from(now_, to_hex(rules_.deployment.bytes) + " account " + site.str() + " " +
                                          std::string(trade::name_of(asset)) + " " + owner);
  account.asset = asset;
  account.site = site;
  account.owner = owner;
  account.kind = owner == own.pool       ? journal::AccountKind::Suspense
                 : owner == own.grid     ? journal::AccountKind::Grid
                 : owner == own.supplier ? journal::AccountKind::Supplier
                                         : journal::AccountKind::Household;
  if (owner == own.pool) account.debits_over = trade::Amount();
  if (account.kind == journal::AccountKind::Household) account.debits_over = trade::Amount::of(rules_.credit_limit);
  return account;
}

Result<void> LocalWallet::pay(const energy::PeriodBill& bill) {
  std::vector<energy::WireTransfer> transfers;
  transfers.reserve(bill.payments.size());
  for (const energy::Payment& payment : bill.payments)
    transfers.push_back({transfer_id(rules_.deployment, bill, payment), payment, bill.asset});
  const auto refused = enter(bill.site, bill.asset, transfers);
  if (!refused) return refused.error();
  if (*refused) return Error{"journal, " + std::string(name_of((*refused)->why)), (*refused)->what};
  return {};
}

Result<std::optional<journal::Refused>> LocalWallet::enter(const energy::WireTransfers& transfers) {
  if (transfers.transfers.empty()) return std::optional<journal::Refused>();
  return enter(transfers.site, transfers.transfers.front().asset, transfers.transfers);
}

Result<std::optional<journal::Refused>> LocalWallet::enter(const SiteId& site, trade::Asset asset,
                                                           std::span<const energy::WireTransfer> transfers) {
  const auto known = accounts(site, asset);
  if (!known) return known.error();
  std::map<energy::Owner, journal::Id> ids;
  for (const auto& [owner, account] : *known) ids.emplace(owner, account.id);
  while (!transfers.empty()) {
    journal::Batch batch;
    const auto account_of = [&](const energy::Owner& owner) {
      const auto found = ids.find(owner);
      if (found != ids.end()) return found->second;
      batch.accounts.push_back(new_account(site, asset, owner));
      return ids.emplace(owner, batch.accounts.back().id).first->second;
    };
    const auto some = transfers.first(std::min(kTransfersAtOnce, transfers.size()));
    for (const energy::WireTransfer& asked : some) {
      const energy::Payment& payment = asked.payment;
      journal::Transfer made = journal::transfer(asked.id, account_of(payment.payer), account_of(payment.payee),
                                                 payment.amount, payment.code, site.str() + " " + payment.reference);
      made.kind = asked.kind;
      made.reserve = asked.reserve;
      made.time_out = asked.time_out;
      batch.transfers.push_back(std::move(made));
    }
    const auto outcomes = balans::api::enter(journal_, {&batch, 1}, now_);
    if (!outcomes) return outcomes.error();
    if (const auto* refused = outcomes->front().first_refused()) return std::optional(*refused);
    transfers = transfers.subspan(some.size());
  }
  return std::optional<journal::Refused>();
}

Result<PaymentStep> run_payments(Store& store, const SiteId& site, const energy::BillingRules& rules,
                                 const WalletRules& wallet, UnixTime now) {
  LocalStrategy strategy(store.energy(), rules);
  LocalStorage storage(store);
  LocalRegistration registration(store.energy());
  LocalWallet journal(store.journal(), wallet, now);
  PaymentRuns runs(
      {strategy, storage, registration, journal}, [&store](const auto& work) { return store.transaction(work); },
      Paying::Together);
  return runs.next(site, now);
}

}  // namespace balans::api
