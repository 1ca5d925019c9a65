#include "api/app/bill_sites.hpp"

#include "api/app/local_energy.hpp"

namespace balans::api {
namespace {

constexpr std::size_t kSlotsAtOnce = 50;

}  // namespace

Result<Left> BillSites::step(Store& store, UnixTime past) {
  if (!billed_) {
    const auto billed = bill(store, past);
    if (!billed) return billed;
    billed_ = *billed == Left::Nothing;
    return Left::More;
  }
  const auto rewarded = rewards_.step(store, past);
  if (!rewarded || *rewarded == Left::Nothing) billed_ = false;
  return rewarded;
}

Result<Left> BillSites::bill(Store& store, UnixTime past) {
  const auto booked = allocate_some(store, billing_.settling, past, kSlotsAtOnce);
  if (!booked) return booked.error();
  for (const Error& refused : booked->refused) events_.write("energy-not-booked", {{"error", refused.message()}});
  if (booked->left == Left::More) return Left::More;
  if (left_.empty()) {
    auto sites = store.energy().sites();
    if (!sites) return sites.error();
    left_ = *std::move(sites);
    std::erase_if(left_, [&](const SiteId& site) { return back_off_.waits(site, past); });
  }
  if (left_.empty()) return Left::Nothing;
  const SiteId site = left_.back();
  left_.pop_back();
  const auto run = run_site(store, site, past);
  if (run) {
    back_off_.worked(site);
  } else {
    back_off_.failed(site, past);
    events_.write("payment-run-fails", {{"site", site.str()}, {"error", run.error().message()}});
  }
  if (run && *run == Left::More) left_.push_back(site);
  return left_.empty() ? Left::Nothing : Left::More;
}

Result<Left> BillSites::run_site(Store& store, const SiteId& site, UnixTime past) {
  const auto access = access_.now();
  const WalletRules wallet{deployment_of(access->roster, site), billing_.credit_limit};
  const auto step = run_payments(store, site, billing_.rules, wallet, past);
  if (!step) return step.error();
  if (step->bill) {
    tell(site, *step->bill);
    decided_.erase(site);
  }
  if (!decided_.contains(site))
    if (const auto followed = decide(store, site, wallet.deployment, past); !followed) return followed.error();
  decided_.insert(site);
  return step->left;
}

Result<void> BillSites::decide(Store& store, const SiteId& site, const DeploymentId& deployment, UnixTime past) {
  const auto progress = store.energy().progress(site);
  if (!progress) return progress.error();
  return stops_.follow(store, site, deployment, progress->carried, billing_, past);
}

void BillSites::tell(const SiteId& site, const energy::PeriodBill& bill) {
  for (const AgentId& stranger : bill.strangers)
    events_.write("energy-of-a-stranger", {{"site", site.str()}, {"station", stranger.str()}});
  if (bill.payments.empty()) return;
  events_.write("payment-run", {{"site", site.str()},
                                {"period_ms", bill.period.from.ms()},
                                {"payments", static_cast<std::int64_t>(bill.payments.size())},
                                {"billed", bill.totals.peer.billed},
                                {"grid_share", bill.totals.peer.grid_share},
                                {"to_producers", bill.totals.peer.to_producers}});
}

}  // namespace balans::api
