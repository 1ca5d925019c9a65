#pragma once
// What stations owe the supplier for imports, and the supplier them for exports, each watt-hour at the price of its
// slot. One payment a station and period, one way or the other; what is less than a base unit is carried.

#include <map>
#include <span>
#include <vector>

#include "api/core/energy/payment.hpp"
#include "api/core/energy/tariff.hpp"

namespace balans::api::energy {

/// Of one station in one slot; below 0 where a correction takes back.
struct SupplierLine {
  AgentId station;
  UnixTime slot;
  WattHours bought;  ///< from the supplier
  WattHours sold;    ///< to it
  bool operator==(const SupplierLine&) const = default;
};

struct SupplierInput {
  std::vector<SupplierLine> lines;
  std::map<AgentId, Owner> owners;  ///< of every station
  Owner supplier;
  Funds funds;
  std::vector<Tariff> tariffs;
  TimeZone zone;
};

/// Thousandths of a base unit by station: what it owes the supplier; below 0: what it is owed. None is 0.
using SupplierCarried = std::map<AgentId, std::int64_t>;

struct SupplierTotals {
  std::int64_t bought_wh = 0;
  std::int64_t sold_wh = 0;
  std::int64_t received = 0;  ///< base units, by the supplier
  std::int64_t paid = 0;      ///< base units, by the supplier
  bool operator==(const SupplierTotals&) const = default;
};

struct SupplierRun {
  std::vector<Payment> payments;
  SupplierCarried carried;
  SupplierTotals totals;
};

/// Energy of a kind for which there is no tariff is not billed here. An error where there are tariffs and none holds in
/// a slot, where a line's station has no owner, or an amount does not fit.
Result<SupplierRun> bill_supplier(const SupplierInput& input, const SupplierCarried& carried);

}  // namespace balans::api::energy
