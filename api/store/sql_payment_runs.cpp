// Payment runs, and what they carry.
#include <algorithm>
#include <map>
#include <tuple>

#include "api/store/sql_energy.hpp"
#include "api/store/sql_rows.hpp"

namespace balans::api {
namespace {

using energy::CarriedRow;
using energy::Paid;
using energy::Payment;
using energy::Remainders;
using energy::Use;

StoredRun run_of(const sql::Rows& row, trade::Asset asset) {
  StoredRun run;
  run.period = {UnixTime(row.integer(0)), UnixTime(row.integer(1))};
  run.paid = row.integer(2) != 0 ? Paid::Yes : Paid::No;
  run.remainders = row.integer(3) != 0 ? Remainders::Flush : Remainders::Carry;
  run.asset = asset;
  run.totals.peer = {row.integer(5), row.integer(6),  row.integer(7), row.integer(8),
                     row.integer(9), row.integer(10), row.integer(11)};
  run.totals.supplier = {row.integer(12), row.integer(13), row.integer(14), row.integer(15)};
  run.pool = row.integer(16);
  return run;
}

/// Of the uses by station and slot, what a payment run wants to know.
class Gathering {
 public:
  void add(const AgentId& station, UnixTime slot, Use use, WattHours energy) {
    if (use == Use::SharedIn) shared_[station].first += energy;
    if (use == Use::SharedOut) shared_[station].second += energy;
    if (use == Use::FromSupplier) lines_[{slot, station}].first += energy;
    if (use == Use::ToSupplier) lines_[{slot, station}].second += energy;
  }
  [[nodiscard]] energy::PeriodEnergy gathered(std::int64_t through) const {
    energy::PeriodEnergy all;
    all.through = through;
    for (const auto& [station, each] : shared_) all.shared.push_back({station, each.first, each.second});
    for (const auto& [key, each] : lines_) all.lines.push_back({key.second, key.first, each.first, each.second});
    return all;
  }

 private:
  using Both = std::pair<WattHours, WattHours>;
  std::map<AgentId, Both> shared_;
  std::map<std::pair<UnixTime, AgentId>, Both> lines_;
};

}  // namespace

Result<energy::PeriodEnergy> SqlEnergy::unbilled(const SiteId& site, UnixTime ended) {
  const auto through = newest_number(site);
  if (!through) return through.error();
  Gathering gathering;
  const auto read =
      sql::each_row(connection_.query("gather what is not paid for",
                                      "SELECT meter, slot_utc, what, CAST(sum(energy_wh) AS BIGINT) FROM energy_use "
                                      "WHERE site = $1 AND billed_utc IS NULL AND slot_utc <= $2 AND n <= $3 "
                                      "GROUP BY meter, slot_utc, what",
                                      {site.str(), (ended - energy::kSlot).ms(), *through}),
                    [&](const sql::Rows& row) -> Result<void> {
                      const auto meter = AgentId::parse(row.text(0));
                      const auto use = energy::parse_use(row.text(2));
                      if (!meter) return meter.error().within("table energy_use");
                      if (!use) return use.error().within("table energy_use");
                      gathering.add(*meter, UnixTime(row.integer(1)), *use, WattHours(row.integer(3)));
                      return {};
                    });
  if (!read) return read.error();
  return gathering.gathered(*through);
}

Result<energy::AllCarried> SqlEnergy::carried(const SiteId& site) {
  energy::AllCarried carried;
  const auto read = sql::each_row(
      connection_.query("read what is carried",
                        "SELECT station, wh, owed, output_debt_wh, output_wh, supplier_milli FROM energy_carried "
                        "WHERE site = $1",
                        {site.str()}),
      [&](const sql::Rows& row) -> Result<void> {
        const auto station = AgentId::parse(row.text(0));
        if (!station) return station.error().within("table energy_carried");
        put(carried,
            CarriedRow{*station, {row.integer(1), row.integer(2), row.integer(3), row.integer(4)}, row.integer(5)});
        return {};
      });
  if (!read) return read.error();
  return carried;
}

Result<std::vector<Payment>> SqlEnergy::planned(const SiteId& site) {
  std::vector<Payment> payments;
  const auto read = sql::each_row(
      connection_.query("read planned payments",
                        "SELECT payer, payee, amount, code, reference FROM planned_payment WHERE site = $1 ORDER BY n",
                        {site.str()}),
      [&](const sql::Rows& row) -> Result<void> {
        const auto amount = trade::Amount::of(row.integer(2));
        const auto code = journal::parse_code(row.text(3));
        if (!amount) return Error{"table planned_payment", "an amount is below 0"};
        if (!code) return code.error().within("table planned_payment");
        payments.push_back({row.text(0), row.text(1), *amount, *code, row.text(4)});
        return {};
      });
  if (!read) return read.error();
  return payments;
}

Result<energy::Progress> SqlEnergy::progress(const SiteId& site) {
  struct Newest {
    Span period;
    std::string asset;
    Paid paid;
    std::int64_t pool;
    std::int64_t grid_fraction;
  };
  const auto newest = sql::first_row(
      connection_.query("find the newest run",
                        "SELECT period_utc, until_utc, asset, paid, pool, grid_fraction FROM payment_run "
                        "WHERE site = $1 ORDER BY period_utc DESC LIMIT 1",
                        {site.str()}),
      [](const sql::Rows& row) {
        return Newest{{UnixTime(row.integer(0)), UnixTime(row.integer(1))},
                      row.text(2),
                      row.integer(3) != 0 ? Paid::Yes : Paid::No,
                      row.integer(4),
                      row.integer(5)};
      });
  if (!newest) return newest.error();
  // After the run: where another one is stored between the two, what is carried is too new, and whoever makes a run by
  // it makes one of a period that has one. The other way round it would be too old, and nothing would refuse it.
  auto all = carried(site);
  if (!all) return all.error();
  energy::Progress progress;
  progress.carried = *std::move(all);
  if (!*newest) return progress;
  progress.last = (*newest)->period;
  progress.carried.peer.pool = (*newest)->pool;
  progress.carried.peer.grid_fraction = (*newest)->grid_fraction;
  const auto asset = trade::parse_asset((*newest)->asset);
  if (!asset) return asset.error().within("table payment_run");
  progress.asset = *asset;
  if ((*newest)->paid == Paid::Yes) return progress;
  auto payments = planned(site);
  if (!payments) return payments.error();
  energy::PeriodBill unpaid;
  unpaid.site = site;
  unpaid.period = (*newest)->period;
  unpaid.asset = *asset;
  unpaid.payments = *std::move(payments);
  progress.unpaid = std::move(unpaid);
  return progress;
}

Result<void> SqlEnergy::put_run_row(const energy::PeriodBill& bill, Paid paid) {
  const auto& peer = bill.totals.peer;
  const auto& supplier = bill.totals.supplier;
  const auto added = connection_.run(
      "store a payment run",
      "INSERT INTO payment_run (site, period_utc, until_utc, paid, flushed, asset, last_use, usage_wh, output_wh, "
      "asked, billed, grid_share, to_producers, refunded, bought_wh, sold_wh, received, returned, pool, grid_fraction) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)",
      {bill.site.str(),
       bill.period.from.ms(),
       bill.period.to.ms(),
       paid == Paid::Yes ? 1 : 0,
       bill.remainders == Remainders::Flush ? 1 : 0,
       trade::name_of(bill.asset),
       bill.through,
       peer.usage_wh,
       peer.output_wh,
       peer.asked,
       peer.billed,
       peer.grid_share,
       peer.to_producers,
       peer.refunded,
       supplier.bought_wh,
       supplier.sold_wh,
       supplier.received,
       supplier.paid,
       bill.carried.peer.pool,
       bill.carried.peer.grid_fraction});
  if (!added) return added.error();
  return {};
}

Result<void> SqlEnergy::put_carried(const SiteId& site, const energy::AllCarried& carried) {
  const auto before = this->carried(site);
  if (!before) return before.error();
  const std::vector<CarriedRow> old_rows = rows_of(*before), rows = rows_of(carried);
  const auto has = [](const std::vector<CarriedRow>& list, const AgentId& station) {
    const auto place = std::lower_bound(list.begin(), list.end(), station,
                                        [](const CarriedRow& row, const AgentId& id) { return row.station < id; });
    return place != list.end() && place->station == station;
  };
  for (const CarriedRow& row : old_rows) {
    if (has(rows, row.station)) continue;
    const auto gone =
        connection_.run("carry nothing any more", "DELETE FROM energy_carried WHERE site = $1 AND station = $2",
                        {site.str(), row.station.str()});
    if (!gone) return gone.error();
  }
  std::vector<sql::Value> values;
  for (const CarriedRow& row : rows)
    values.insert(values.end(), {site.str(), row.station.str(), row.peer.wh, row.peer.owed, row.peer.output_debt,
                                 row.peer.output_since, row.supplier_milli});
  return sql::insert_rows(
      connection_, "store what is carried",
      "INSERT INTO energy_carried (site, station, wh, owed, output_debt_wh, output_wh, supplier_milli) VALUES", 7,
      "ON CONFLICT (site, station) DO UPDATE SET wh = excluded.wh, owed = excluded.owed, "
      "output_debt_wh = excluded.output_debt_wh, output_wh = excluded.output_wh, "
      "supplier_milli = excluded.supplier_milli",
      values);
}

Result<void> SqlEnergy::put_planned(const energy::PeriodBill& bill) {
  std::vector<sql::Value> values;
  std::int64_t n = 0;
  for (const Payment& payment : bill.payments)
    values.insert(values.end(), {bill.site.str(), ++n, payment.payer, payment.payee, payment.amount.units(),
                                 journal::name_of(payment.code), payment.reference});
  return sql::insert_rows(connection_, "store planned payments",
                          "INSERT INTO planned_payment (site, n, payer, payee, amount, code, reference) VALUES", 7, "",
                          values);
}

Result<void> SqlEnergy::add_run(const energy::PeriodBill& bill, Paid paid) {
  if (const auto added = put_run_row(bill, paid); !added) return added;
  if (const auto put = put_carried(bill.site, bill.carried); !put) return put;
  if (paid == Paid::No)
    if (const auto put = put_planned(bill); !put) return put;
  const auto marked =
      connection_.run("mark energy as paid for",
                      "UPDATE energy_use SET billed_utc = $1 WHERE site = $2 AND billed_utc IS NULL "
                      "AND slot_utc <= $3 AND n <= $4",
                      {bill.period.from.ms(), bill.site.str(), (bill.period.to - energy::kSlot).ms(), bill.through});
  if (!marked) return marked.error();
  return {};
}

Result<void> SqlEnergy::finish_run(const SiteId& site, const Span& period) {
  const auto finished =
      connection_.run("finish a payment run", "UPDATE payment_run SET paid = 1 WHERE site = $1 AND period_utc = $2",
                      {site.str(), period.from.ms()});
  if (!finished) return finished.error();
  if (*finished != 1) return Error{"site " + site.str(), "has no payment run of this period to finish"};
  const auto cleared =
      connection_.run("forget planned payments", "DELETE FROM planned_payment WHERE site = $1", {site.str()});
  if (!cleared) return cleared.error();
  return {};
}

Result<std::vector<StoredRun>> SqlEnergy::runs(const SiteId& site, std::optional<UnixTime> before, std::size_t limit) {
  std::vector<StoredRun> runs;
  const auto read = sql::each_row(
      connection_.query("list payment runs",
                        "SELECT period_utc, until_utc, paid, flushed, asset, usage_wh, output_wh, asked, billed, "
                        "grid_share, to_producers, refunded, bought_wh, sold_wh, received, returned, pool "
                        "FROM payment_run WHERE site = $1 AND period_utc < $2 ORDER BY period_utc DESC LIMIT $3",
                        {site.str(), before ? before->ms() : INT64_MAX, static_cast<std::int64_t>(limit)}),
      [&](const sql::Rows& row) -> Result<void> {
        const auto asset = trade::parse_asset(row.text(4));
        if (!asset) return asset.error().within("table payment_run");
        runs.push_back(run_of(row, *asset));
        return {};
      });
  if (!read) return read.error();
  return runs;
}

}  // namespace balans::api
