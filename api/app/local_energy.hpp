#pragma once
// The four interfaces of a payment run beside the database: in the caller's transaction.

#include "api/app/payment_run.hpp"
#include "api/core/energy/json.hpp"
#include "api/store/store.hpp"

namespace balans::api {

/// Owners of a site's own accounts: `energy-pool SITE`, `grid SITE`, `supplier SITE`.
energy::SiteOwners owners_of_site(const SiteId& site);

class LocalStrategy final : public energy::Strategy {
 public:
  LocalStrategy(EnergyStore& store, const energy::BillingRules& rules) : store_(store), rules_(rules) {}
  Result<energy::PeriodEnergy> energy(const SiteId& site, const Span& period) override;
  Result<std::vector<energy::Tariff>> prices(const SiteId& site, const Span& span) override;
  Result<energy::BillingRules> rules(const SiteId&) override { return rules_; }

 private:
  EnergyStore& store_;
  const energy::BillingRules& rules_;
};

class LocalStorage final : public energy::Storage {
 public:
  explicit LocalStorage(Store& store) : store_(store) {}
  Result<energy::Progress> progress(const SiteId& site) override { return store_.energy().progress(site); }
  Result<void> hold(const SiteId&) override { return store_.journal().hold(); }
  Result<void> keep(const energy::PeriodBill& bill, energy::Paid paid) override {
    return store_.energy().add_run(bill, paid);
  }
  Result<void> finish(const SiteId& site, const Span& period) override {
    return store_.energy().finish_run(site, period);
  }

 private:
  Store& store_;
};

/// Refuses an owner who is the site's own.
Result<void> check_owner(const SiteId& site, const energy::Station& station);
/// Why that run cannot be kept after what is stored; nothing where it can.
std::optional<std::string> does_not_follow(const energy::Progress& progress, const energy::PeriodBill& bill);

class LocalRegistration final : public energy::Registration {
 public:
  explicit LocalRegistration(EnergyStore& store) : store_(store) {}
  Result<std::vector<energy::Station>> stations(const SiteId& site) override { return store_.stations(site); }
  Result<energy::SiteOwners> owners(const SiteId& site) override { return owners_of_site(site); }
  Result<void> put(const SiteId& site, const energy::Station& station) override;
  Result<void> forget(const SiteId& site, const AgentId& station) override {
    return store_.forget_station(site, station);
  }

 private:
  EnergyStore& store_;
};

struct WalletRules {
  DeploymentId deployment;
  /// Down to which an account that is opened for a station may be overdrawn, in base units. 0: paid in advance.
  std::int64_t credit_limit = 0;
};

/// Accounts of the site in the journal; those that are missing are opened with the first payment. Of several accounts
/// of one owner the oldest counts.
class LocalWallet final : public energy::Wallet {
 public:
  LocalWallet(JournalStore& journal, const WalletRules& rules, UnixTime now)
      : journal_(journal), rules_(rules), now_(now) {}
  Result<energy::Funds> funds(const SiteId& site, trade::Asset asset, std::span<const energy::Owner> owners) override;
  Result<void> pay(const energy::PeriodBill& bill) override;
  /// Transfers that somebody else's wallet asks for, all of one asset. Gives what the journal refuses, with which the
  /// transaction has to be rolled back; an error is one of the database.
  Result<std::optional<journal::Refused>> enter(const energy::WireTransfers& transfers);
  /// As it is opened for an owner who has none.
  journal::NewAccount new_account(const SiteId& site, trade::Asset asset, const energy::Owner& owner) const;

 private:
  using Accounts = std::map<energy::Owner, journal::Account>;
  Result<Accounts> accounts(const SiteId& site, trade::Asset asset);
  Result<std::optional<journal::Refused>> enter(const SiteId& site, trade::Asset asset,
                                                std::span<const energy::WireTransfer> transfers);

  JournalStore& journal_;
  const WalletRules& rules_;
  const UnixTime now_;
};

/// One payment run with all four on this store, in one transaction.
Result<PaymentStep> run_payments(Store& store, const SiteId& site, const energy::BillingRules& rules,
                                 const WalletRules& wallet, UnixTime now);

}  // namespace balans::api
