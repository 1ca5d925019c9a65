#include "api/core/energy/period_bill.hpp"

#include <cstdlib>
#include <map>
#include <set>

#include "api/core/rfc3339.hpp"

namespace balans::api::energy {
namespace {

/// A goodbye counts from the period in which it is said; one for later is only known by then.
bool has_left(const Station& station, const Span& period) { return station.left && *station.left <= period.to; }

PeriodInput shared_of(const BillInput& input, Remainders remainders) {
  PeriodInput period{{}, input.owners, input.funds, remainders};
  std::map<AgentId, std::size_t> places;
  for (const Station& station : input.stations) {
    places.emplace(station.station, period.stations.size());
    period.stations.push_back(
        {station.station, station.owner, {}, {}, has_left(station, input.period) ? Stay::Leaves : Stay::Stays});
  }
  for (const PeriodEnergy::Shared& each : input.energy.shared) {
    const auto place = places.find(each.station);
    if (place == places.end()) continue;
    period.stations[place->second].usage += each.usage;
    period.stations[place->second].output += each.output;
  }
  return period;
}

SupplierInput supplier_of(const BillInput& input, const TimeZone& zone, const std::vector<Payment>& before) {
  SupplierInput supplier{{}, {}, input.owners.supplier, input.funds, input.tariffs, zone};
  for (const Station& station : input.stations) supplier.owners.emplace(station.station, station.owner);
  for (const SupplierLine& line : input.energy.lines)
    if (supplier.owners.contains(line.station)) supplier.lines.push_back(line);
  // What is paid to the community first is not there any more.
  for (const Payment& payment : before)
    if (const auto funds = supplier.funds.find(payment.payer); funds != supplier.funds.end())
      funds->second -= payment.amount.units();
  return supplier;
}

std::vector<AgentId> strangers_of(const BillInput& input) {
  std::set<AgentId> known, strangers;
  for (const Station& station : input.stations) known.insert(station.station);
  for (const PeriodEnergy::Shared& each : input.energy.shared)
    if (!known.contains(each.station)) strangers.insert(each.station);
  for (const SupplierLine& line : input.energy.lines)
    if (!known.contains(line.station)) strangers.insert(line.station);
  return {strangers.begin(), strangers.end()};
}

/// Of those who leave, and of all at the end of a billing period, what is less than a base unit is let go of.
void let_go_of_fractions(const BillInput& input, Remainders remainders, SupplierCarried& carried) {
  for (const Station& station : input.stations) {
    if (remainders == Remainders::Carry && !has_left(station, input.period)) continue;
    const auto found = carried.find(station.station);
    if (found != carried.end() && std::abs(found->second) < 1000) carried.erase(found);
  }
}

std::string month_of(UnixTime at, const TimeZone& zone) { return to_rfc3339(at + offset_at(zone, at)).substr(0, 7); }

}  // namespace

Result<void> check(const BillingRules& rules) {
  if (rules.period < 60_s || rules.period > 31 * 24 * 60_min)
    return Error{"energy.period_s", std::to_string(rules.period / 1_s) + " is outside 60..2678400"};
  if (rules.run_after < Millis() || rules.run_after > 24 * 60_min)
    return Error{"energy.run_after_s", std::to_string(rules.run_after / 1_s) + " is outside 0..86400"};
  if (rules.remember_left < Millis()) return Error{"energy.remember_left_days", "is below 0"};
  if (rules.zone.offset < -14 * 60_min || rules.zone.offset > 14 * 60_min)
    return Error{"energy.utc_offset_min", std::to_string(rules.zone.offset / 1_min) + " is outside -840..840"};
  return check(rules.peer);
}

Result<PeriodBill> bill(const BillInput& input, const AllCarried& carried, const BillingRules& rules) {
  for (const Tariff& tariff : input.tariffs)
    if (tariff.asset != rules.peer.asset)
      return Error{"tariff " + std::string(name_of(tariff.kind)), "is in " + std::string(trade::name_of(tariff.asset)) +
                                                                      ", expected " +
                                                                      std::string(trade::name_of(rules.peer.asset))};
  const Remainders remainders = remainders_of(input.period, rules.zone);
  auto peer = run(shared_of(input, remainders), carried.peer, rules.peer);
  if (!peer) return peer.error();
  auto supplier = bill_supplier(supplier_of(input, rules.zone, peer->payments), carried.supplier);
  if (!supplier) return supplier.error();
  let_go_of_fractions(input, remainders, supplier->carried);
  PeriodBill made{input.site,
                  input.period,
                  rules.peer.asset,
                  remainders,
                  std::move(peer->payments),
                  {std::move(peer->carried), std::move(supplier->carried)},
                  {peer->totals, supplier->totals},
                  input.energy.through,
                  strangers_of(input)};
  made.payments.insert(made.payments.end(), supplier->payments.begin(), supplier->payments.end());
  return made;
}

std::vector<CarriedRow> rows_of(const AllCarried& carried) {
  std::map<AgentId, CarriedRow> rows;
  for (const auto& [station, peer] : carried.peer.stations) rows[station] = {station, peer, 0};
  for (const auto& [station, milli] : carried.supplier) {
    rows[station].station = station;
    rows[station].supplier_milli = milli;
  }
  std::vector<CarriedRow> list;
  for (auto& [station, row] : rows) list.push_back(std::move(row));
  return list;
}

void put(AllCarried& carried, const CarriedRow& row) {
  if (row.peer != StationCarried()) carried.peer.stations[row.station] = row.peer;
  if (row.supplier_milli != 0) carried.supplier[row.station] = row.supplier_milli;
}

Span period_of(UnixTime at, Millis length) {
  const UnixTime from = floor_to(length, at);
  return {from, from + length};
}

Remainders remainders_of(const Span& period, const TimeZone& zone) {
  return month_of(period.from, zone) == month_of(period.to, zone) ? Remainders::Carry : Remainders::Flush;
}

std::string words_of(const PeriodBill& bill, const Payment& payment) {
  return "energy " + bill.site.str() + " " + to_rfc3339(bill.period.from) + " " +
         std::string(journal::name_of(payment.code)) + " " + payment.reference;
}

}  // namespace balans::api::energy
