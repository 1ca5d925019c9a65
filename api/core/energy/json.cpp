#include "api/core/energy/json.hpp"

#include <charconv>

#include "api/core/energy/json_parts.hpp"

namespace balans::api::energy {
namespace {

using namespace parts;

void write(Writer& w, const Station& station) {
  w.begin_object().key("station").string(station.station.str()).key("owner").string(station.owner);
  if (station.left) w.key("left").string(to_rfc3339(*station.left));
  w.end_object();
}

/// Base units as a decimal string that may begin with a minus.
Result<std::int64_t> parse_signed(std::string_view text) {
  std::int64_t units = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), units);
  if (failure != std::errc{} || end != text.data() + text.size()) return Error{"", "expected a whole number as a text"};
  return units;
}

constexpr std::int64_t kMostTimeOutS = journal::kLongestTimeOut.count() / 1000;

/// Which of the two phases it is; what has none needs no word of it.
void write_phase(Writer& w, const WireTransfer& transfer) {
  if (transfer.kind == journal::Kind::Transfer) return;
  w.key("kind").string(journal::name_of(transfer.kind));
  if (transfer.reserve) w.key("reserve").string(journal::to_text(*transfer.reserve));
  if (transfer.time_out) w.key("time_out_s").integer(transfer.time_out->count() / 1000);
}

void read_phase(ObjectReader& r, WireTransfer& transfer) {
  using journal::Kind;
  if (r.has("kind")) transfer.kind = read_text(r, "kind", journal::parse_kind);
  const bool closes = transfer.kind == Kind::Post || transfer.kind == Kind::Void;
  if (closes) transfer.reserve = read_text(r, "reserve", journal::parse_id);
  if (transfer.kind == Kind::Reserve && r.has("time_out_s"))
    transfer.time_out = Millis(r.integer("time_out_s", 1, kMostTimeOutS) * 1000);
}

Station read_one(ObjectReader& r, std::optional<Error>&) {
  Station station;
  station.station = read_station(r);
  station.owner = read_owner(r, "owner");
  if (r.has("left")) station.left = read_time(r, "left");
  return station;
}

}  // namespace

void parts::write(Writer& w, const Payment& payment) {
  w.key("payer").string(payment.payer).key("payee").string(payment.payee);
  write_units(w, "amount", payment.amount.units());
  w.key("code").string(journal::name_of(payment.code)).key("reference").string(payment.reference);
}

Payment parts::read_payment(ObjectReader& r) {
  Payment payment;
  payment.payer = read_owner(r, "payer");
  payment.payee = read_owner(r, "payee");
  payment.amount = trade::Amount::of(read_units(r, "amount")).value_or(trade::Amount());
  if (payment.amount.is_zero() && !r.failed()) r.fail("amount", "is 0");
  payment.code = read_text(r, "code", journal::parse_code);
  payment.reference = r.string("reference", journal::kMostReference);
  return payment;
}

std::string encode(const PeriodEnergy& energy) {
  Writer w;
  w.begin_object().key("through").integer(energy.through).key("shared").begin_array();
  for (const PeriodEnergy::Shared& each : energy.shared) {
    w.begin_object().key("station").string(each.station.str()).key("usage_wh").integer(each.usage.count());
    w.key("output_wh").integer(each.output.count()).end_object();
  }
  w.end_array().key("lines").begin_array();
  for (const SupplierLine& line : energy.lines) {
    w.begin_object().key("station").string(line.station.str()).key("slot").string(to_rfc3339(line.slot));
    w.key("bought_wh").integer(line.bought.count()).key("sold_wh").integer(line.sold.count()).end_object();
  }
  return w.end_array().end_object().take();
}

Result<PeriodEnergy> decode_energy(std::string_view json) {
  return read_document<PeriodEnergy>(json, [](ObjectReader& r, std::optional<Error>& error) {
    PeriodEnergy energy;
    energy.through = r.integer("through", 0, kMostInteger);
    read_objects(r, "shared", kMostMeters, error, [&](ObjectReader& each) {
      const AgentId station = read_station(each);
      const WattHours usage = read_wh(each, "usage_wh");
      energy.shared.push_back({station, usage, read_wh(each, "output_wh")});
    });
    read_objects(r, "lines", kMostLines, error, [&](ObjectReader& each) {
      const AgentId station = read_station(each);
      const UnixTime slot = read_time(each, "slot");
      const WattHours bought = read_wh(each, "bought_wh");
      energy.lines.push_back({station, slot, bought, read_wh(each, "sold_wh")});
    });
    return energy;
  });
}

std::string encode(const Station& station) {
  Writer w;
  write(w, station);
  return w.take();
}

Result<Station> decode_station(std::string_view json) { return read_document<Station>(json, read_one); }

std::string encode(const Stations& stations) {
  Writer w;
  w.begin_object().key("stations").begin_array();
  for (const Station& station : stations.stations) write(w, station);
  w.end_array().key("owners").begin_object().key("pool").string(stations.owners.pool);
  w.key("grid").string(stations.owners.grid).key("supplier").string(stations.owners.supplier);
  return w.end_object().end_object().take();
}

Result<Stations> decode_stations(std::string_view json) {
  return read_document<Stations>(json, [](ObjectReader& r, std::optional<Error>& error) {
    Stations stations;
    read_objects(r, "stations", kMostMeters, error,
                 [&](ObjectReader& each) { stations.stations.push_back(read_one(each, error)); });
    ObjectReader owners(r.member("owners"), r.path_of("owners"), error, json::PathStyle::Pointer);
    stations.owners = {read_owner(owners, "pool"), read_owner(owners, "grid"), read_owner(owners, "supplier")};
    owners.finish();
    return stations;
  });
}

std::string encode(const WireTransfers& transfers) {
  Writer w;
  w.begin_object().key("site").string(transfers.site.str()).key("transfers").begin_array();
  for (const WireTransfer& transfer : transfers.transfers) {
    w.begin_object().key("id").string(journal::to_text(transfer.id));
    w.key("asset").string(trade::name_of(transfer.asset));
    parts::write(w, transfer.payment);
    write_phase(w, transfer);
    w.end_object();
  }
  return w.end_array().end_object().take();
}

Result<WireTransfers> decode_transfers(std::string_view json) {
  return read_document<WireTransfers>(json, [](ObjectReader& r, std::optional<Error>& error) {
    WireTransfers all;
    all.site = read_text(r, "site", SiteId::parse);
    read_objects(r, "transfers", kMostPayments, error, [&](ObjectReader& each) {
      const journal::Id id = read_text(each, "id", journal::parse_id);
      const trade::Asset asset = read_asset(each);
      if (!all.transfers.empty() && asset != all.transfers.front().asset && !each.failed())
        each.fail("asset", "is not that of the first");
      all.transfers.push_back({id, read_payment(each), asset});
      read_phase(each, all.transfers.back());
    });
    return all;
  });
}

Result<WireAccounts> decode_accounts(std::string_view text) {
  const auto document = json::parse_strict(text, kMostBodyBytes);
  if (!document) return document.error();
  std::optional<Error> error;
  ObjectReader r(*document, "", error, json::PathStyle::Pointer);
  WireAccounts accounts;
  std::size_t i = 0;
  for (const boost::json::value& element : r.array("accounts", kMostMeters + 3)) {
    ObjectReader each(element, r.path_of("accounts", i++), error, json::PathStyle::Pointer);
    WireAccounts::Account account;
    account.owner = read_owner(each, "owner");
    account.asset = read_asset(each);
    if (each.has("available")) account.available = read_text(each, "available", parse_signed);
    accounts.accounts.push_back(std::move(account));
  }
  if (r.has("next")) accounts.next = r.string("next", 40);
  if (error) return *error;
  return accounts;
}

}  // namespace balans::api::energy
