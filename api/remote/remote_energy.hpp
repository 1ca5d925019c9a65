#pragma once
// The four interfaces of a payment run at an api elsewhere: the JSON of core/energy/json.hpp over the resources below.
//
//   GET  /v1/sites/{site}/energy/unbilled?ended=…   what is to be paid for        GET  /v1/accounts?site=…&asset=…
//   GET  /v1/sites/{site}/tariffs?from=…&to=…       prices                        POST /v1/transfers
//   GET  /v1/sites/{site}/energy/rules              rules                         GET  /v1/sites/{site}/stations
//   GET  /v1/sites/{site}/payment-runs/progress     how far it has come           POST /v1/sites/{site}/stations
//   POST /v1/sites/{site}/payment-runs?paid=…       a run                         POST …/stations/{station}/forget
//   POST /v1/sites/{site}/payment-runs/finish?from=…&to=…

#include <functional>
#include <string>

#include "api/app/payment_run.hpp"
#include "api/remote/rest_client.hpp"

namespace balans::api {

class RemoteStrategy final : public energy::Strategy {
 public:
  explicit RemoteStrategy(RestClient& client) : client_(client) {}
  Result<energy::PeriodEnergy> energy(const SiteId& site, const Span& period) override;
  Result<std::vector<energy::Tariff>> prices(const SiteId& site, const Span& span) override;
  Result<energy::BillingRules> rules(const SiteId& site) override;

 private:
  RestClient& client_;
};

class RemoteStorage final : public energy::Storage {
 public:
  explicit RemoteStorage(RestClient& client) : client_(client) {}
  Result<energy::Progress> progress(const SiteId& site) override;
  Result<void> hold(const SiteId&) override { return {}; }
  Result<void> keep(const energy::PeriodBill& bill, energy::Paid paid) override;
  Result<void> finish(const SiteId& site, const Span& period) override;

 private:
  RestClient& client_;
};

class RemoteRegistration final : public energy::Registration {
 public:
  /// `fresh_key` gives a key that was never used: a station may come, leave and come again in the same words.
  RemoteRegistration(RestClient& client, std::function<std::string()> fresh_key)
      : client_(client), fresh_key_(std::move(fresh_key)) {}
  Result<std::vector<energy::Station>> stations(const SiteId& site) override;
  Result<energy::SiteOwners> owners(const SiteId& site) override;
  Result<void> put(const SiteId& site, const energy::Station& station) override;
  Result<void> forget(const SiteId& site, const AgentId& station) override;

 private:
  RestClient& client_;
  std::function<std::string()> fresh_key_;
};

/// A few thousand transfers a request, in their order. Their ids keep them from being made twice: a bill of which only
/// the first requests have come through is gone on with.
class RemoteWallet final : public energy::Wallet {
 public:
  /// `secret`: 32 bytes of whoever makes the runs, random once and then always the same. Ids are made with it, so that
  /// nobody else can guess them and come first.
  RemoteWallet(RestClient& client, const Bytes32& secret) : client_(client), secret_(secret) {}
  Result<energy::Funds> funds(const SiteId& site, trade::Asset asset, std::span<const energy::Owner> owners) override;
  Result<void> pay(const energy::PeriodBill& bill) override;

 private:
  [[nodiscard]] journal::Id id_of(const energy::PeriodBill& bill, const energy::Payment& payment) const;

  RestClient& client_;
  const Bytes32 secret_;
};

}  // namespace balans::api
