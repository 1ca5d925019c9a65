#pragma once
// One payment run of a site: what is shared among its stations, then what the supplier is owed. Pure.

#include <optional>
#include <string>
#include <vector>

#include "api/core/energy/peer_billing.hpp"
#include "api/core/energy/supplier_billing.hpp"

namespace balans::api::energy {

struct BillingRules {
  PeerRules peer;
  Millis period = 10 * 60_s;
  Millis run_after = 60_s;  ///< how long after a period's end its run is made
  /// How long one that has left is known: until its energy is final. Later corrections of it are nobody's.
  Millis remember_left = 36 * 24 * 60_min;
  TimeZone zone;  ///< of week tables, and of the months that billing periods are
  bool operator==(const BillingRules&) const = default;
};
/// Errors name the key.
Result<void> check(const BillingRules& rules);

struct Station {
  AgentId station;  ///< its meter
  Owner owner;
  std::optional<UnixTime> left;  ///< when it leaves; counts from the period that this time lies in
  bool operator==(const Station&) const = default;
};

/// The energy that is to be paid for in a period.
struct PeriodEnergy {
  struct Shared {
    AgentId station;
    WattHours usage;
    WattHours output;
    bool operator==(const Shared&) const = default;
  };
  std::vector<Shared> shared;  ///< stations without any may be missing
  std::vector<SupplierLine> lines;
  std::int64_t through = 0;  ///< the newest row of the book that is in it: what comes later waits for the next run
  bool operator==(const PeriodEnergy&) const = default;
};

struct AllCarried {
  Carried peer;
  SupplierCarried supplier;
  bool operator==(const AllCarried&) const = default;
};

/// What one station carries.
struct CarriedRow {
  AgentId station;
  StationCarried peer;
  std::int64_t supplier_milli = 0;
  bool operator==(const CarriedRow&) const = default;
};
/// By station; none that carries nothing.
std::vector<CarriedRow> rows_of(const AllCarried& carried);
void put(AllCarried& carried, const CarriedRow& row);

struct BillTotals {
  PeerTotals peer;
  SupplierTotals supplier;
  bool operator==(const BillTotals&) const = default;
};

struct PeriodBill {
  SiteId site;
  Span period;
  trade::Asset asset = trade::Asset::Eur;
  Remainders remainders = Remainders::Carry;
  std::vector<Payment> payments;
  AllCarried carried;
  BillTotals totals;
  std::int64_t through = 0;        ///< as the energy's
  std::vector<AgentId> strangers;  ///< that have energy and are not known any more: it is in no payment
};

struct BillInput {
  SiteId site;
  Span period;
  std::vector<Station> stations;
  SiteOwners owners;
  PeriodEnergy energy;
  Funds funds;
  std::vector<Tariff> tariffs;
};

Result<PeriodBill> bill(const BillInput& input, const AllCarried& carried, const BillingRules& rules);

/// The period that a time lies in; periods are counted from 1970.
Span period_of(UnixTime at, Millis length);
/// Flush where a month ends with the period, by the clocks on the walls.
Remainders remainders_of(const Span& period, const TimeZone& zone);

/// The same words for the same payment, whenever it is asked for.
std::string words_of(const PeriodBill& bill, const Payment& payment);

}  // namespace balans::api::energy
