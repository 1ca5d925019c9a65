// Payment runs as JSON.
#include "api/core/energy/json_parts.hpp"

namespace balans::api::energy {
namespace {

using namespace parts;

void write(Writer& w, const AllCarried& carried) {
  w.begin_object();
  write_units(w, "pool", carried.peer.pool);
  w.key("grid_fraction").integer(carried.peer.grid_fraction).key("stations").begin_array();
  for (const CarriedRow& row : rows_of(carried)) {
    w.begin_object().key("station").string(row.station.str()).key("wh").integer(row.peer.wh);
    write_units(w, "owed", row.peer.owed);
    w.key("output_debt_wh").integer(row.peer.output_debt).key("output_wh").integer(row.peer.output_since);
    w.key("supplier_milli").integer(row.supplier_milli).end_object();
  }
  w.end_array().end_object();
}

AllCarried read_carried(ObjectReader& r, std::string_view key, std::optional<Error>& error) {
  AllCarried carried;
  ObjectReader all(r.member(key), r.path_of(key), error, json::PathStyle::Pointer);
  carried.peer.pool = read_units(all, "pool");
  carried.peer.grid_fraction = all.integer("grid_fraction", 0, 1'000'000);
  read_objects(all, "stations", kMostMeters, error, [&](ObjectReader& each) {
    CarriedRow row;
    row.station = read_station(each);
    row.peer.wh = read_integer(each, "wh");
    row.peer.owed = read_units(each, "owed");
    row.peer.output_debt = each.integer("output_debt_wh", -kMostInteger, 0);
    row.peer.output_since = each.integer("output_wh", 0, kMostInteger);
    row.supplier_milli = each.integer("supplier_milli", -INT64_MAX, INT64_MAX);
    put(carried, row);
  });
  all.finish();
  return carried;
}

void write(Writer& w, const BillTotals& totals) {
  w.begin_object().key("usage_wh").integer(totals.peer.usage_wh).key("output_wh").integer(totals.peer.output_wh);
  w.key("asked").integer(totals.peer.asked);
  write_units(w, "billed", totals.peer.billed);
  write_units(w, "grid_share", totals.peer.grid_share);
  write_units(w, "to_producers", totals.peer.to_producers);
  write_units(w, "refunded", totals.peer.refunded);
  w.key("bought_wh").integer(totals.supplier.bought_wh).key("sold_wh").integer(totals.supplier.sold_wh);
  write_units(w, "received", totals.supplier.received);
  write_units(w, "returned", totals.supplier.paid);
  w.end_object();
}

BillTotals read_totals(ObjectReader& r, std::optional<Error>& error) {
  BillTotals totals;
  ObjectReader all(r.member("totals"), r.path_of("totals"), error, json::PathStyle::Pointer);
  totals.peer = {
      read_integer(all, "usage_wh"), read_integer(all, "output_wh"), all.integer("asked", -INT64_MAX, INT64_MAX),
      read_units(all, "billed"),     read_units(all, "grid_share"),  read_units(all, "to_producers"),
      read_units(all, "refunded")};
  totals.supplier = {read_integer(all, "bought_wh"), read_integer(all, "sold_wh"), read_units(all, "received"),
                     read_units(all, "returned")};
  all.finish();
  return totals;
}

void write(Writer& w, const PeriodBill& bill) {
  w.begin_object().key("site").string(bill.site.str()).key("from").string(to_rfc3339(bill.period.from));
  w.key("until").string(to_rfc3339(bill.period.to)).key("asset").string(trade::name_of(bill.asset));
  w.key("flush").boolean(bill.remainders == Remainders::Flush).key("through").integer(bill.through);
  w.key("payments").begin_array();
  for (const Payment& payment : bill.payments) {
    w.begin_object();
    parts::write(w, payment);
    w.end_object();
  }
  w.end_array().key("carried");
  write(w, bill.carried);
  w.key("totals");
  write(w, bill.totals);
  w.end_object();
}

Span read_period(ObjectReader& r) {
  const Span period{read_time(r, "from"), read_time(r, "until")};
  if (period.to <= period.from && !r.failed()) r.fail("until", "is not after from");
  return period;
}

PeriodBill read_bill(ObjectReader& r, std::optional<Error>& error) {
  PeriodBill bill;
  bill.site = read_text(r, "site", SiteId::parse);
  bill.period = read_period(r);
  bill.asset = read_asset(r);
  bill.remainders = r.boolean("flush") ? Remainders::Flush : Remainders::Carry;
  bill.through = r.integer("through", 0, kMostInteger);
  read_objects(r, "payments", kMostPayments, error,
               [&](ObjectReader& each) { bill.payments.push_back(read_payment(each)); });
  bill.carried = read_carried(r, "carried", error);
  bill.totals = read_totals(r, error);
  return bill;
}

}  // namespace

std::string encode(const PeriodBill& bill) {
  Writer w;
  write(w, bill);
  return w.take();
}

Result<PeriodBill> decode_bill(std::string_view json) { return read_document<PeriodBill>(json, read_bill); }

std::string encode(const Progress& progress) {
  Writer w;
  w.begin_object();
  if (progress.last) {
    w.key("last").begin_object().key("from").string(to_rfc3339(progress.last->from));
    w.key("until").string(to_rfc3339(progress.last->to)).end_object();
  }
  if (progress.asset) w.key("asset").string(trade::name_of(*progress.asset));
  w.key("carried");
  write(w, progress.carried);
  if (progress.unpaid) {
    w.key("unpaid");
    write(w, *progress.unpaid);
  }
  return w.end_object().take();
}

Result<Progress> decode_progress(std::string_view json) {
  return read_document<Progress>(json, [](ObjectReader& r, std::optional<Error>& error) {
    Progress progress;
    if (r.has("last")) {
      ObjectReader last(r.member("last"), r.path_of("last"), error, json::PathStyle::Pointer);
      progress.last = read_period(last);
      last.finish();
    }
    if (r.has("asset")) progress.asset = read_asset(r);
    progress.carried = read_carried(r, "carried", error);
    if (r.has("unpaid")) {
      ObjectReader unpaid(r.member("unpaid"), r.path_of("unpaid"), error, json::PathStyle::Pointer);
      progress.unpaid = read_bill(unpaid, error);
      unpaid.finish();
    }
    return progress;
  });
}

}  // namespace balans::api::energy
