#pragma once
// The four interfaces that a payment run uses, and all that it uses. Each is there once beside the database and once
// over HTTP.

#include <optional>
#include <span>
#include <vector>

#include "api/core/energy/period_bill.hpp"

namespace balans::api::energy {

/// What is put out and used, what it costs, and how it is paid.
class Strategy {
 public:
  virtual ~Strategy() = default;
  /// What of the slots that have ended with the period is booked and was in no run yet.
  virtual Result<PeriodEnergy> energy(const SiteId& site, const Span& period) = 0;
  /// The tariffs that hold somewhere in the span.
  virtual Result<std::vector<Tariff>> prices(const SiteId& site, const Span& span) = 0;
  virtual Result<BillingRules> rules(const SiteId& site) = 0;
};

/// How far a site's runs have come.
struct Progress {
  std::optional<Span> last;  ///< the newest period that a run was made for
  AllCarried carried;
  std::optional<PeriodBill> unpaid;  ///< that run, where its payments are not known to be made; only what paying needs
  std::optional<trade::Asset> asset{};  ///< of that run, and so of what is carried
};

enum class Paid : std::uint8_t { No, Yes };

/// Results of runs and what they carry.
class Storage {
 public:
  virtual ~Storage() = default;
  virtual Result<Progress> progress(const SiteId& site) = 0;
  /// Until the transaction ends nobody else keeps a run of the site; what is read from here on has all that others have
  /// kept. Does nothing where each call is a transaction of its own: then `keep` refuses what does not follow.
  virtual Result<void> hold(const SiteId& site) = 0;
  /// Keeps a run with what it carries, and marks its energy. An error where the period has a run already. The payments
  /// of one that is not paid yet are kept until `finish`.
  virtual Result<void> keep(const PeriodBill& bill, Paid paid) = 0;
  virtual Result<void> finish(const SiteId& site, const Span& period) = 0;
};

/// Who takes part at a site.
class Registration {
 public:
  virtual ~Registration() = default;
  virtual Result<std::vector<Station>> stations(const SiteId& site) = 0;
  virtual Result<SiteOwners> owners(const SiteId& site) = 0;
  /// A new station, or what has changed of one: `left` is its goodbye.
  virtual Result<void> put(const SiteId& site, const Station& station) = 0;
  /// One that has left and settled everything.
  virtual Result<void> forget(const SiteId& site, const AgentId& station) = 0;
};

/// Money.
class Wallet {
 public:
  virtual ~Wallet() = default;
  /// What the owners can pay; those that may pay anything are left out.
  virtual Result<Funds> funds(const SiteId& site, trade::Asset asset, std::span<const Owner> owners) = 0;
  /// All, in their order; after an error it is asked again. Payments that were made before are not made again.
  virtual Result<void> pay(const PeriodBill& bill) = 0;
};

}  // namespace balans::api::energy
