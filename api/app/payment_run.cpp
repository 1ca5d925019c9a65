#include "api/app/payment_run.hpp"

#include <algorithm>
#include <set>

namespace balans::api {
namespace {

using energy::BillingRules;
using energy::PeriodBill;
using energy::Progress;

/// The first run of a site is that of the newest period that is over.
Span next_period(const Progress& progress, const BillingRules& rules, UnixTime now) {
  if (!progress.last) return energy::period_of(now - rules.run_after - rules.period, rules.period);
  return {progress.last->to, energy::period_of(progress.last->to, rules.period).to};
}

bool is_due(const Progress& progress, const BillingRules& rules, UnixTime now) {
  return now >= next_period(progress, rules, now).to + rules.run_after;
}

/// What is carried is in the asset of the run before; read in another it would be worth something else.
Result<void> check_asset(const SiteId& site, const Progress& progress, trade::Asset asset) {
  if (!progress.asset || *progress.asset == asset || progress.carried == energy::AllCarried()) return {};
  const std::string before(trade::name_of(*progress.asset));
  return Error{"site " + site.str() + ", billing.asset",
               "is " + std::string(trade::name_of(asset)) + ", and what is carried is in " + before + ": expected " +
                   before + " until nothing is carried, which is so when everybody has paid at the end of a month"};
}

std::vector<energy::Owner> owners_of(const std::vector<energy::Station>& stations) {
  std::set<energy::Owner> owners;
  for (const energy::Station& station : stations) owners.insert(station.owner);
  return {owners.begin(), owners.end()};
}

/// The prices that are wanted: of all slots that are billed.
Span priced(const energy::PeriodEnergy& energy, const Span& period) {
  Span span = period;
  for (const energy::SupplierLine& line : energy.lines) span.from = std::min(span.from, line.slot);
  return span;
}

}  // namespace

Result<PaymentStep> PaymentRuns::next(const SiteId& site, UnixTime now) {
  PaymentStep step;
  std::optional<PeriodBill> unpaid;
  const auto done = transaction_([&]() -> Result<void> {
    auto progress = ports_.storage.progress(site);
    if (!progress) return progress.error();
    const auto rules = ports_.strategy.rules(site);
    if (!rules) return rules.error();
    if (!progress->unpaid && !is_due(*progress, *rules, now)) return {};
    // Another process may make the same run, and what is carried has to be that of the newest one: so its turn is over
    // before anything is read that counts. Most calls end above, and wait for nobody.
    if (const auto held = ports_.storage.hold(site); !held) return held;
    progress = ports_.storage.progress(site);
    if (!progress) return progress.error();
    if (progress->unpaid) {
      unpaid = progress->unpaid;
      return {};
    }
    if (!is_due(*progress, *rules, now)) return {};
    auto made = make(site, *progress, *rules, now);
    if (!made) return made.error();
    step.bill = *std::move(made);
    return {};
  });
  if (!done) return done.error();
  if (!unpaid && paying_ == Paying::Apart) unpaid = step.bill;
  if (unpaid)
    if (const auto paid = go_on(*unpaid); !paid) return paid.error();
  if (!step.bill) step.bill = std::move(unpaid);
  step.left = step.bill ? Left::More : Left::Nothing;
  return step;
}

Result<void> PaymentRuns::go_on(const PeriodBill& unpaid) {
  if (const auto paid = ports_.wallet.pay(unpaid); !paid) return paid;
  return transaction_([&] { return ports_.storage.finish(unpaid.site, unpaid.period); });
}

Result<std::optional<PeriodBill>> PaymentRuns::make(const SiteId& site, const Progress& progress,
                                                    const BillingRules& rules, UnixTime now) {
  if (const auto same = check_asset(site, progress, rules.peer.asset); !same) return same.error();
  const auto stations = ports_.registration.stations(site);
  if (!stations) return stations.error();
  if (stations->empty() && !progress.last) return std::optional<PeriodBill>();
  const auto input = input_of(site, next_period(progress, rules, now), *stations, rules);
  if (!input) return input.error();
  auto made = bill(*input, progress.carried, rules);
  if (!made) return made.error().within("site " + site.str());
  if (paying_ == Paying::Together)
    if (const auto paid = ports_.wallet.pay(*made); !paid) return paid.error();
  const auto kept = ports_.storage.keep(*made, paying_ == Paying::Together ? energy::Paid::Yes : energy::Paid::No);
  if (!kept) return kept.error();
  if (const auto gone = forget_settled(*made, *stations, rules); !gone) return gone.error();
  return std::optional(*std::move(made));
}

Result<energy::BillInput> PaymentRuns::input_of(const SiteId& site, const Span& period,
                                                std::vector<energy::Station> stations, const BillingRules& rules) {
  energy::BillInput input{site, period, std::move(stations), {}, {}, {}, {}};
  auto owners = ports_.registration.owners(site);
  if (!owners) return owners.error();
  input.owners = *std::move(owners);
  auto energy = ports_.strategy.energy(site, period);
  if (!energy) return energy.error();
  input.energy = *std::move(energy);
  auto tariffs = ports_.strategy.prices(site, priced(input.energy, period));
  if (!tariffs) return tariffs.error();
  input.tariffs = *std::move(tariffs);
  auto funds = ports_.wallet.funds(site, rules.peer.asset, owners_of(input.stations));
  if (!funds) return funds.error();
  input.funds = *std::move(funds);
  return input;
}

Result<void> PaymentRuns::forget_settled(const PeriodBill& bill, const std::vector<energy::Station>& stations,
                                         const BillingRules& rules) {
  for (const energy::Station& station : stations) {
    if (!station.left || bill.period.to < *station.left + rules.remember_left) continue;
    if (bill.carried.peer.stations.contains(station.station) || bill.carried.supplier.contains(station.station))
      continue;
    if (const auto gone = ports_.registration.forget(bill.site, station.station); !gone) return gone;
  }
  return {};
}

journal::Id transfer_id(const DeploymentId& deployment, const PeriodBill& bill, const energy::Payment& payment) {
  return journal::id_from(bill.period.from, to_hex(deployment.bytes) + " " + words_of(bill, payment));
}

}  // namespace balans::api
