// Energy that is billed: who takes part, prices, the book of uses, payment runs.
#include "api/app/local_energy.hpp"
#include "api/core/energy/json.hpp"
#include "api/http/routes/money.hpp"
#include "api/http/routes/routes.hpp"
#include "common/messages/json.hpp"

namespace balans::api {
namespace {

constexpr Millis kMostSpan = 366 * 86'400_s;
constexpr Millis kMostBookSpan = 31 * 86'400_s;

/// Of a write whose answer is nothing, and which the database alone can refuse.
Answer done(const Result<void>& stored) {
  if (!stored) return store_problem();
  return no_content();
}

/// How far the site's runs have come; nobody makes another before the caller's transaction ends.
Result<energy::Progress> held_progress(const Call& call, Store& store) {
  if (const auto held = store.journal().hold(); !held) return held.error();
  return store.energy().progress(call.site);
}

Answer get_stations(const Call& call, Store& store) {
  auto stations = store.energy().stations(call.site);
  if (!stations) return store_problem();
  return json_response(energy::encode(energy::Stations{*std::move(stations), owners_of_site(call.site)}));
}

Answer post_station(const Call& call, Store& store) {
  const auto station = energy::decode_station(call.request.body);
  if (!station) return pointer_problem(problems::kInvalidBody, station.error());
  if (const auto fine = check_owner(call.site, *station); !fine)
    return problem(problems::kConflict, fine.error().message());
  return done(store.energy().put_station(call.site, *station));
}

Answer forget_station(const Call& call, Store& store) {
  const auto station = AgentId::parse(call.path.at("station"));
  if (!station) return problem(problems::kNotFound, "no station has this name");
  const auto progress = held_progress(call, store);
  if (!progress) return store_problem();
  const auto& [peer, supplier] = progress->carried;
  if (peer.stations.contains(*station) || supplier.contains(*station))
    return problem(problems::kConflict,
                   "something is carried for this station: give it a time when it has left; once "
                   "it has settled everything it is forgotten by itself");
  return done(store.energy().forget_station(call.site, *station));
}

Answer get_tariffs(const Call& call, Store& store) {
  Parameters parameters(call);
  const Span span = read_span(parameters, kMostSpan);
  if (parameters.wrong()) return *std::move(parameters.wrong());
  const auto stored = store.energy().tariffs(call.site, span);
  if (!stored) return store_problem();
  std::vector<energy::Tariff> tariffs;
  for (const StoredTariff& each : *stored) tariffs.push_back(each.tariff);
  return json_response(energy::encode_tariffs(tariffs));
}

Answer put_tariff(const Call& call, Store& store) {
  const std::string& id = call.path.at("tariff");
  if (const auto named = AgentId::parse(id); !named) return problem(problems::kNotFound, named.error().what);
  const auto tariff = energy::decode_tariff(call.request.body);
  if (!tariff) return pointer_problem(problems::kInvalidBody, tariff.error());
  return done(store.energy().put_tariff(call.site, {id, *tariff}));
}

Answer get_rules(Services& services, const Call&) { return json_response(energy::encode(services.billing.rules)); }

Answer get_unbilled(const Call& call, Store& store) {
  UnixTime ended;
  Parameters parameters(call);
  parameters.required("ended", parse_rfc3339, ended);
  if (parameters.wrong()) return *std::move(parameters.wrong());
  const auto energy = store.energy().unbilled(call.site, ended);
  if (!energy) return store_problem();
  return json_response(energy::encode(*energy));
}

void write(json::Writer& w, const StoredUse& use) {
  w.begin_object().key("slot").string(to_rfc3339(use.slot)).key("meter").string(use.use.meter.str());
  w.key("use").string(name_of(use.use.use)).key("under").string(use.use.under);
  w.key("energy_wh").integer(use.use.energy.count()).key("version").integer(use.version).key("corrects");
  use.corrects ? w.integer(*use.corrects) : w.null();
  w.key("estimated").boolean(use.certainty == energy::Certainty::Estimated).key("billed");
  use.billed ? w.string(to_rfc3339(*use.billed)) : w.null();
  w.end_object();
}

Answer get_book(const Call& call, Store& store) {
  Parameters parameters(call);
  const Span span = read_span(parameters, kMostBookSpan);
  std::int64_t limit = limits::kPageDefault;
  parameters.optional("limit", parse_page_limit, limit);
  if (parameters.wrong()) return *std::move(parameters.wrong());
  const auto uses = store.energy().uses(call.site, span, static_cast<std::size_t>(limit) + 1);
  if (!uses) return store_problem();
  json::Writer w;
  w.begin_object().key("uses").begin_array();
  const std::size_t shown = std::min(uses->size(), static_cast<std::size_t>(limit));
  for (std::size_t i = 0; i < shown; ++i) write(w, (*uses)[i]);
  return json_response(w.end_array().key("more").boolean(uses->size() > shown).end_object().take());
}

void write(json::Writer& w, const StoredRun& run) {
  const auto units = [&w](std::string_view key, std::int64_t amount) { w.key(key).string(std::to_string(amount)); };
  w.begin_object().key("from").string(to_rfc3339(run.period.from)).key("to").string(to_rfc3339(run.period.to));
  w.key("paid").boolean(run.paid == energy::Paid::Yes).key("asset").string(trade::name_of(run.asset));
  w.key("flushed").boolean(run.remainders == energy::Remainders::Flush);
  w.key("usage_wh").integer(run.totals.peer.usage_wh).key("output_wh").integer(run.totals.peer.output_wh);
  units("billed", run.totals.peer.billed);
  units("grid_share", run.totals.peer.grid_share);
  units("to_producers", run.totals.peer.to_producers);
  units("refunded", run.totals.peer.refunded);
  w.key("bought_wh").integer(run.totals.supplier.bought_wh).key("sold_wh").integer(run.totals.supplier.sold_wh);
  units("supplier_received", run.totals.supplier.received);
  units("supplier_paid", run.totals.supplier.paid);
  units("pool", run.pool);
  w.end_object();
}

Answer get_runs(const Call& call, Store& store) {
  std::optional<UnixTime> before;
  std::int64_t limit = limits::kPageDefault;
  Parameters parameters(call);
  parameters.optional("before", parse_rfc3339, before);
  parameters.optional("limit", parse_page_limit, limit);
  if (parameters.wrong()) return *std::move(parameters.wrong());
  const auto runs = store.energy().runs(call.site, before, static_cast<std::size_t>(limit) + 1);
  if (!runs) return store_problem();
  const std::size_t shown = std::min(runs->size(), static_cast<std::size_t>(limit));
  json::Writer w;
  w.begin_object().key("runs").begin_array();
  for (std::size_t i = 0; i < shown; ++i) write(w, (*runs)[i]);
  w.end_array().key("next");
  runs->size() > shown ? w.string(to_rfc3339((*runs)[shown - 1].period.from)) : w.null();
  return json_response(w.end_object().take());
}

Answer get_progress(const Call& call, Store& store) {
  const auto progress = store.energy().progress(call.site);
  if (!progress) return store_problem();
  return json_response(energy::encode(*progress));
}

Result<energy::Paid> parse_paid(std::string_view text) {
  if (text == "yes") return energy::Paid::Yes;
  if (text == "no") return energy::Paid::No;
  return Error{"", "expected yes or no"};
}

Answer post_run(const Call& call, Store& store) {
  energy::Paid paid = energy::Paid::No;
  Parameters parameters(call);
  parameters.required("paid", parse_paid, paid);
  if (parameters.wrong()) return *std::move(parameters.wrong());
  const auto bill = energy::decode_bill(call.request.body);
  if (!bill) return pointer_problem(problems::kInvalidBody, bill.error());
  if (bill->site != call.site) return problem(problems::kOtherSite, "it is of '" + bill->site.str() + "'");
  const auto progress = held_progress(call, store);
  if (!progress) return store_problem();
  if (const auto why = does_not_follow(*progress, *bill)) return problem(problems::kConflict, *why);
  return done(store.energy().add_run(*bill, paid));
}

Answer finish_run(const Call& call, Store& store) {
  Parameters parameters(call);
  const Span period = read_span(parameters, kMostSpan);
  if (parameters.wrong()) return *std::move(parameters.wrong());
  const auto progress = held_progress(call, store);
  if (!progress) return store_problem();
  if (progress->last != period)
    return problem(problems::kConflict, "the newest run of this site is not one of this period");
  return done(store.energy().finish_run(call.site, period));
}

using Run = Answer (*)(const Call&, Store&);
Route reads(std::string_view path, std::vector<std::string_view> parameters, Run run) {
  return {Method::Get, path, Privilege::Read, 0, std::move(parameters), OnStore{Lane::Read, run}};
}
Route writes(std::string_view path, std::size_t most_body, std::vector<std::string_view> parameters, Run run) {
  return {Method::Post,   path, Privilege::Administer, most_body, std::move(parameters), OnStore{Lane::Write, run},
          Repeated::Keyed};
}

}  // namespace

std::vector<Route> billing_routes(Services& services) {
  return {
      reads("/v1/sites/{site}/stations", {}, get_stations),
      writes("/v1/sites/{site}/stations", limits::kWriteBytes, {}, post_station),
      writes("/v1/sites/{site}/stations/{station}/forget", limits::kWriteBytes, {}, forget_station),
      reads("/v1/sites/{site}/tariffs", {"from", "to"}, get_tariffs),
      {Method::Put,
       "/v1/sites/{site}/tariffs/{tariff}",
       Privilege::Administer,
       limits::kTariffBytes,
       {},
       OnStore{Lane::Write, put_tariff},
       Repeated::Keyed},
      {Method::Get,
       "/v1/sites/{site}/energy/rules",
       Privilege::Read,
       0,
       {},
       [&services](const Call& call) { return get_rules(services, call); }},
      reads("/v1/sites/{site}/energy/unbilled", {"ended"}, get_unbilled),
      reads("/v1/sites/{site}/energy/book", {"from", "to", "limit"}, get_book),
      reads("/v1/sites/{site}/payment-runs", {"before", "limit"}, get_runs),
      reads("/v1/sites/{site}/payment-runs/progress", {}, get_progress),
      writes("/v1/sites/{site}/payment-runs", limits::kBillBytes, {"paid"}, post_run),
      writes("/v1/sites/{site}/payment-runs/finish", limits::kWriteBytes, {"from", "to"}, finish_run),
  };
}

}  // namespace balans::api
