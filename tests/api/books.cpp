#include "tests/api/books.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "api/app/local_energy.hpp"
#include "api/app/payment_run.hpp"

namespace balans::api::test {
namespace {

using journal::Kind;

constexpr std::size_t kAtOnce = 1000;
const Span kEver{UnixTime(0), UnixTime(4'000'000'000'000)};

template <class Value>
Value must(Result<Value> result) {
  EXPECT_TRUE(result.ok()) << result.error().message();
  return result.ok() ? *std::move(result) : Value();
}

energy::PeriodEnergy energy_of(const std::vector<StoredUse>& uses, const StoredRun& run) {
  std::map<AgentId, energy::PeriodEnergy::Shared> shared;
  std::map<std::pair<AgentId, UnixTime>, energy::SupplierLine> lines;
  for (const StoredUse& row : uses) {
    if (row.billed != run.period.from) continue;
    const AgentId& meter = row.use.meter;
    auto& sum = shared.try_emplace(meter, energy::PeriodEnergy::Shared{meter, {}, {}}).first->second;
    auto& line = lines.try_emplace({meter, row.slot}, energy::SupplierLine{meter, row.slot, {}, {}}).first->second;
    if (row.use.use == energy::Use::SharedIn) sum.usage += row.use.energy;
    if (row.use.use == energy::Use::SharedOut) sum.output += row.use.energy;
    if (row.use.use == energy::Use::FromSupplier) line.bought += row.use.energy;
    if (row.use.use == energy::Use::ToSupplier) line.sold += row.use.energy;
  }
  energy::PeriodEnergy found;
  for (auto& [meter, sum] : shared) found.shared.push_back(sum);
  for (auto& [key, line] : lines) found.lines.push_back(line);
  return found;
}

}  // namespace

Books::Books(Store& store) {
  for (std::int64_t after = 0;;) {
    const auto page = must(store.journal().accounts({{}, {}, {}, after, kAtOnce}));
    for (const journal::Account& account : page) accounts_.emplace(account.number, account);
    if (page.size() < kAtOnce) break;
    after = page.back().number;
  }
  for (StatementCursor after;;) {
    const auto page = must(store.journal().entries(after, kAtOnce));
    for (const journal::Entry& entry : page) {
      EXPECT_TRUE(known_.emplace(entry.id, entry).second) << to_text(entry.id) << " is there twice";
      const bool closes = entry.kind == Kind::Post || entry.kind == Kind::Void;
      const bool once = !closes || !entry.reserve || closed_by_.emplace(*entry.reserve, entry.id).second;
      EXPECT_TRUE(once) << to_text(entry.id) << " closes what is closed";
    }
    if (page.size() < kAtOnce) break;
    after = {page.back().commit, page.back().ordinal};
  }
  unexplained_ = known_;
}

bool Books::take(const SiteId& site, const energy::WireTransfer& wanted) {
  const auto found = known_.find(wanted.id);
  if (found == known_.end()) return false;
  const journal::Entry& entry = found->second;
  const std::string what = to_text(wanted.id);
  EXPECT_EQ(unexplained_.erase(wanted.id), 1U) << what << " was asked for twice";
  EXPECT_EQ(entry.kind, wanted.kind) << what;
  EXPECT_EQ(owner(entry.debit), wanted.payment.payer) << what;
  EXPECT_EQ(owner(entry.credit), wanted.payment.payee) << what;
  EXPECT_EQ(accounts_.at(entry.debit).asset, wanted.asset) << what;
  EXPECT_EQ(entry.amount, wanted.payment.amount) << what;
  EXPECT_EQ(entry.code, wanted.payment.code) << what;
  EXPECT_EQ(entry.reference, site.str() + " " + wanted.payment.reference) << what;
  EXPECT_EQ(entry.reserve, wanted.reserve) << what;
  EXPECT_EQ(entry.time_out, wanted.time_out) << what;
  ++counts_[std::string(name_of(wanted.kind))];
  return true;
}

void Books::explain(const Payer& payer) {
  EXPECT_EQ(payer.trouble(), "");
  for (const Asked& asked : payer.asked()) {
    std::size_t there = 0;
    for (const energy::WireTransfer& wanted : asked.transfers.transfers) there += take(asked.transfers.site, wanted);
    const std::size_t all = asked.transfers.transfers.size();
    const std::string what = encode(asked.transfers);
    switch (asked.told) {
      case Asked::Told::Made:
        EXPECT_EQ(there, all) << "acknowledged, and not there: " << what;
        break;
      case Asked::Told::Refused:
        EXPECT_EQ(there, 0U) << "refused, and there: " << what;
        ++counts_["refused"];
        break;
      case Asked::Told::Nothing:
        EXPECT_TRUE(there == 0 || there == all) << "in part: " << what;
        break;
    }
  }
}

void Books::explain_runs(Store& store, const Config& config, const SiteId& site) {
  auto runs = must(store.energy().runs(site, {}, 1'000'000));
  std::reverse(runs.begin(), runs.end());
  const auto uses = must(store.energy().uses(site, kEver, 10'000'000));
  const auto stations = must(store.energy().stations(site));
  std::vector<energy::Tariff> tariffs;
  for (const StoredTariff& each : must(store.energy().tariffs(site, kEver))) tariffs.push_back(each.tariff);
  const DeploymentId deployment = deployment_of(config.roster, site);
  energy::AllCarried carried;
  for (std::size_t i = 0; i < runs.size() && !testing::Test::HasFailure(); ++i) {
    const StoredRun& run = runs[i];
    EXPECT_EQ(run.paid, energy::Paid::Yes);
    EXPECT_EQ(run.period.to - run.period.from, config.billing.rules.period);
    EXPECT_TRUE(i == 0 || run.period.from == runs[i - 1].period.to) << "a period is missing, or there twice";
    const auto bill =
        must(energy::bill({site, run.period, stations, owners_of_site(site), energy_of(uses, run), {}, tariffs},
                          carried, config.billing.rules));
    EXPECT_EQ(bill.totals, run.totals) << "run " << i;
    EXPECT_EQ(bill.remainders, run.remainders) << "run " << i;
    for (const energy::Payment& payment : bill.payments)
      EXPECT_TRUE(take(site, {transfer_id(deployment, bill, payment), payment, bill.asset}))
          << "run " << i << " was billed and its payment of " << payment.reference << " is not in the journal";
    counts_["runs that paid"] += bill.payments.empty() ? 0 : 1;
    counts_["flushes"] += bill.remainders == energy::Remainders::Flush ? 1 : 0;
    ++counts_["runs"];
    carried = bill.carried;
  }
  if (runs.empty() || testing::Test::HasFailure()) return;
  const auto progress = must(store.energy().progress(site));
  EXPECT_EQ(progress.last, runs.back().period);
  EXPECT_EQ(progress.carried, carried);
  for (const auto& [number, account] : accounts_) {
    if (account.owner != owners_of_site(site).pool) continue;
    EXPECT_EQ(must(store.journal().balance(number, {})).posted(), carried.peer.pool) << "what lies in the pool";
  }
}

void Books::explain_rewards(Store& store, const SiteId& site) {
  for (const RewardSlot& slot : must(store.rewards().slots(site, kEver, 1'000'000))) {
    if (!slot.reserve) continue;
    const auto reserve = known_.find(*slot.reserve);
    if (reserve == known_.end()) {
      ADD_FAILURE() << "a price was shown, and nothing is set aside for it";
      continue;
    }
    EXPECT_EQ(unexplained_.erase(*slot.reserve), 1U);
    EXPECT_EQ(reserve->second.kind, Kind::Reserve);
    EXPECT_EQ(reserve->second.amount, slot.reserved);
    EXPECT_EQ(closed_by_.contains(*slot.reserve), slot.settled.has_value());
    if (slot.settled) take_closing(slot);
  }
}

void Books::take_closing(const RewardSlot& slot) {
  const auto closing = closed_by_.find(*slot.reserve);
  if (closing == closed_by_.end()) return;
  EXPECT_EQ(unexplained_.erase(closing->second), 1U);
  EXPECT_EQ(known_.at(closing->second).kind, Kind::Void) << "nothing was earned";
  ++counts_["quarter-hours settled"];
}

void Books::expect_all_explained() {
  for (const auto& [id, entry] : known_) {
    if (entry.code != journal::Code::TimeOut || !entry.reserve) continue;
    EXPECT_EQ(id, journal::time_out_of(*entry.reserve));
    EXPECT_TRUE(known_.at(*entry.reserve).time_out.has_value());
    unexplained_.erase(id);
    ++counts_["time-outs"];
  }
  for (const auto& [id, entry] : unexplained_)
    ADD_FAILURE() << to_text(id) << ", " << name_of(entry.kind) << " of " << entry.amount.units() << " for "
                  << name_of(entry.code) << " (" << entry.reference << "): nobody asked for it";
}

void expect_counted_once(Store& store, const SiteId& site,
                         const std::function<energy::Metered(const AgentId&, UnixTime)>& counted) {
  std::map<std::pair<UnixTime, AgentId>, energy::Metered> booked;
  for (const StoredUse& row : must(store.energy().uses(site, kEver, 10'000'000))) {
    auto& sum = booked.try_emplace({row.slot, row.use.meter}, energy::Metered{row.use.meter, {}, {}}).first->second;
    (energy::is_import(row.use.use) ? sum.imported : sum.exported) += row.use.energy;
  }
  for (const auto& [key, sum] : booked) {
    const energy::Metered wanted = counted(key.second, key.first);
    EXPECT_EQ(sum.imported, wanted.imported) << key.second.str() << ", slot " << key.first.ms();
    EXPECT_EQ(sum.exported, wanted.exported) << key.second.str() << ", slot " << key.first.ms();
  }
}

}  // namespace balans::api::test
