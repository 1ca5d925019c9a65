#pragma once
// Energy, prices, stations and payment runs as JSON, as the api's resources and whoever asks them over HTTP have it.
// docs/energy-billing.md describes it. Amounts of money that cannot be below 0 are decimal strings in base units, times
// RFC 3339. Errors say where by JSON pointers.

#include <string>
#include <string_view>
#include <vector>

#include "api/core/energy/allocation.hpp"
#include "api/core/energy/interfaces.hpp"

namespace balans::api::energy {

inline constexpr std::size_t kMostBodyBytes = 64 * 1024 * 1024;
inline constexpr std::size_t kMostLines = 1'000'000;
inline constexpr std::size_t kMostPayments = 400'000;

std::string encode(const Tariff& tariff);
Result<Tariff> decode_tariff(std::string_view json);
std::string encode_tariffs(std::span<const Tariff> tariffs);
Result<std::vector<Tariff>> decode_tariffs(std::string_view json);

std::string encode(const PeriodEnergy& energy);
Result<PeriodEnergy> decode_energy(std::string_view json);

std::string encode(const BillingRules& rules);
Result<BillingRules> decode_rules(std::string_view json);

struct Stations {
  std::vector<Station> stations;
  SiteOwners owners;
};
std::string encode(const Stations& stations);
Result<Stations> decode_stations(std::string_view json);
std::string encode(const Station& station);
Result<Station> decode_station(std::string_view json);

/// With everything in it.
std::string encode(const PeriodBill& bill);
Result<PeriodBill> decode_bill(std::string_view json);
std::string encode(const Progress& progress);
Result<Progress> decode_progress(std::string_view json);

/// `id` by `words_of`; a transfer that is there already with the same fields is no error. Of a post or void, payer,
/// payee and asset are the reserve's, and the amount of a void is too.
struct WireTransfer {
  journal::Id id;
  Payment payment;
  trade::Asset asset = trade::Asset::Eur;
  journal::Kind kind = journal::Kind::Transfer;
  std::optional<journal::Id> reserve{};  ///< of a post or void: which
  std::optional<Millis> time_out{};      ///< of a reserve; absent: never
};
struct WireTransfers {
  SiteId site;  ///< whose accounts they join
  std::vector<WireTransfer> transfers;
};
std::string encode(const WireTransfers& transfers);
Result<WireTransfers> decode_transfers(std::string_view json);

/// A page of accounts, of which only this much is looked at.
struct WireAccounts {
  struct Account {
    Owner owner;
    trade::Asset asset = trade::Asset::Eur;
    std::optional<std::int64_t> available;  ///< base units; absent: it can pay anything
  };
  std::vector<Account> accounts;
  std::optional<std::string> next;  ///< where the page after begins
};
Result<WireAccounts> decode_accounts(std::string_view json);

}  // namespace balans::api::energy
