#include "api/app/journal_audit.hpp"

#include <fmt/format.h>

#include <deque>
#include <map>

#include "api/core/journal/replay.hpp"

namespace balans::api {
namespace {

constexpr std::size_t kCommitsAtOnce = 500;
constexpr std::size_t kEntriesAtOnce = 5'000;
constexpr std::size_t kReservesAtOnce = 1'000;
/// Balances that are compared together: each account's in one query.
constexpr std::size_t kBalancesAtOnce = 20'000;

using journal::ChangedBalance;

class Audit {
 public:
  explicit Audit(JournalStore& store) : store_(store) {}

  /// Up to the newest commit there is.
  Result<void> go_on();
  /// Inside a transaction, so that nothing is added meanwhile.
  Result<void> finish();
  Result<void> count_rows();
  AuditReport report() const;

 private:
  struct Expected {
    std::int64_t commit = 0;
    std::int64_t era = 0;
    ChangedBalance balance;
  };

  Result<void> take(const StoredCommit& stored, std::deque<journal::Account>& opened);
  Result<void> check_place(const StoredCommit& stored, std::size_t balances);
  Result<std::vector<journal::Entry>> entries_of(std::int64_t commit);
  Result<void> refill();
  Result<void> compare_balances();
  Result<void> compare_account(std::int64_t account, const std::vector<Expected>& expected, std::int64_t last);
  Result<void> compare_eras(std::int64_t account, const std::vector<Expected>& expected, std::int64_t last);
  Result<void> compare_reserves();
  Result<void> compare_totals();

  JournalStore& store_;
  journal::Replay replay_;
  std::deque<journal::Entry> entries_;  ///< read ahead
  StatementCursor read_to_;
  std::map<std::int64_t, std::vector<Expected>> expected_;  ///< by account
  std::size_t waiting_ = 0;                                 ///< in `expected_`
  std::int64_t compared_to_ = 0;                            ///< commit
  EraPlace place_;                                          ///< of the newest commit
  std::map<std::int64_t, std::int64_t> newest_era_;         ///< of each account, of what was compared
  std::int64_t eras_ = 0;                                   ///< of all accounts together
  std::int64_t transfers_ = 0;
  std::int64_t balances_ = 0;
  std::vector<TrialBalance> totals_;
};

Result<void> Audit::go_on() {
  while (true) {
    const auto page = store_.commits(replay_.head().commit, kCommitsAtOnce);
    if (!page) return page.error();
    if (page->empty()) return compare_balances();
    const auto opened = store_.opened_by(page->front().number, page->back().number);
    if (!opened) return opened.error();
    std::deque<journal::Account> accounts(opened->begin(), opened->end());
    for (const StoredCommit& stored : *page)
      if (auto taken = take(stored, accounts); !taken) return taken;
    if (!accounts.empty())
      return Error{fmt::format("account {}", accounts.front().number), "belongs to no commit, or stands out of order"};
  }
}

Result<void> Audit::take(const StoredCommit& stored, std::deque<journal::Account>& opened) {
  journal::Commit commit;
  commit.head = {stored.number, stored.at, stored.digest, 0};
  for (; !opened.empty() && opened.front().commit == stored.number; opened.pop_front())
    commit.accounts.push_back(opened.front());
  auto entries = entries_of(stored.number);
  if (!entries) return entries.error();
  commit.entries = *std::move(entries);
  const auto changed = replay_.take(commit);
  if (!changed) return changed.error();
  if (auto fits = check_place(stored, changed->size()); !fits) return fits;
  transfers_ += static_cast<std::int64_t>(commit.entries.size());
  waiting_ += changed->size();
  for (const ChangedBalance& each : *changed)
    expected_[each.account].push_back({stored.number, stored.place.era, each});
  return waiting_ < kBalancesAtOnce ? Result<void>() : compare_balances();
}

/// How large an era becomes is the writer's affair; but it is the one before's, or begins with this commit.
Result<void> Audit::check_place(const StoredCommit& stored, std::size_t balances) {
  const auto added = static_cast<std::int64_t>(balances);
  const EraPlace same{place_.era, place_.rows + added}, another{stored.number, added};
  if (stored.place != another && (place_.era == 0 || stored.place != same))
    return Error{fmt::format("commit {}", stored.number),
                 fmt::format("stands in era {} with {} balances: expected era {} with {}, or an era of its own with {}",
                             stored.place.era, stored.place.rows, same.era, same.rows, added)};
  place_ = stored.place;
  return {};
}

Result<void> Audit::refill() {
  const auto page = store_.entries(read_to_, kEntriesAtOnce);
  if (!page) return page.error();
  entries_.insert(entries_.end(), page->begin(), page->end());
  if (!page->empty()) read_to_ = {page->back().commit, page->back().ordinal};
  return {};
}

Result<std::vector<journal::Entry>> Audit::entries_of(std::int64_t commit) {
  std::vector<journal::Entry> all;
  while (true) {
    if (entries_.empty())
      if (const auto filled = refill(); !filled) return filled.error();
    if (entries_.empty() || entries_.front().commit > commit) return all;
    if (entries_.front().commit < commit)
      return Error{"transfer " + to_text(entries_.front().id),
                   fmt::format("belongs to commit {}, which is not there", entries_.front().commit)};
    all.push_back(std::move(entries_.front()));
    entries_.pop_front();
  }
}

Result<void> Audit::compare_balances() {
  const std::int64_t last = replay_.head().commit;
  for (const auto& [account, expected] : expected_) {
    if (auto same = compare_eras(account, expected, last); !same) return same;
    if (auto same = compare_account(account, expected, last); !same) return same;
  }
  balances_ += static_cast<std::int64_t>(waiting_);
  expected_.clear();
  waiting_ = 0;
  compared_to_ = last;
  return {};
}

std::string text_of(const journal::Balances& balances) {
  return fmt::format("debits {} pending, {} posted, credits {} pending, {} posted", balances.debits_pending.units(),
                     balances.debits_posted.units(), balances.credits_pending.units(), balances.credits_posted.units());
}

Result<void> Audit::compare_account(std::int64_t account, const std::vector<Expected>& expected, std::int64_t last) {
  const auto stored = store_.balances(account, compared_to_ + 1, last);
  if (!stored) return stored.error();
  const auto place = [account](std::int64_t commit) {
    return fmt::format("balance of account {} after commit {}", account, commit);
  };
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const auto& [commit, era, balance] = expected[i];
    if (i >= stored->size() || (*stored)[i].commit > commit) return Error{place(commit), "is missing"};
    const StoredBalance& found = (*stored)[i];
    if (found.commit < commit) return Error{place(found.commit), "is there, and nothing was moved"};
    if (found.era != era) return Error{place(commit), fmt::format("lies in era {}: expected {}", found.era, era)};
    if (found.balances != balance.balances)
      return Error{place(commit), "is " + text_of(found.balances) + ": expected " + text_of(balance.balances)};
    if (found.first != balance.first || found.last != balance.last || found.debits_over != balance.debits_over ||
        found.credits_over != balance.credits_over)
      return Error{place(commit), "its bounds or places do not fit the account and the commit's transfers"};
  }
  if (stored->size() > expected.size())
    return Error{place((*stored)[expected.size()].commit), "is there, and nothing was moved"};
  return {};
}

/// Before the balances, which are found by them.
Result<void> Audit::compare_eras(std::int64_t account, const std::vector<Expected>& expected, std::int64_t last) {
  const auto stored = store_.eras(account, compared_to_ + 1, last);
  if (!stored) return stored.error();
  std::vector<StoredEra> begun;
  std::int64_t& newest = newest_era_[account];
  for (const Expected& each : expected) {
    if (each.era != newest) begun.push_back({each.era, each.commit});
    newest = each.era;
  }
  const auto place = [account](const StoredEra& era) {
    return fmt::format("era {} of account {}, from commit {}", era.era, account, era.first_commit);
  };
  for (std::size_t i = 0; i < begun.size(); ++i) {
    if (i >= stored->size() || begun[i].era < (*stored)[i].era) return Error{place(begun[i]), "is missing"};
    if (begun[i] != (*stored)[i]) return Error{place((*stored)[i]), "is there: expected " + place(begun[i])};
  }
  if (stored->size() > begun.size())
    return Error{place((*stored)[begun.size()]), "is there, and no balance begins there"};
  eras_ += static_cast<std::int64_t>(begun.size());
  return {};
}

Result<void> Audit::count_rows() {
  const auto balances = store_.count_balances(replay_.head().commit);
  if (!balances) return balances.error();
  if (*balances != balances_)
    return Error{"balances", fmt::format("{} are stored: expected {}; some belong to accounts that were not touched",
                                         *balances, balances_)};
  const auto eras = store_.count_eras(replay_.head().commit);
  if (!eras) return eras.error();
  if (*eras == eras_) return {};
  return Error{"eras of accounts", fmt::format("{} are stored: expected {}; some hold no balance", *eras, eras_)};
}

Result<void> Audit::compare_reserves() {
  std::map<journal::Id, journal::OpenReserve> left = replay_.open_reserves();
  std::optional<journal::Id> after;
  while (true) {
    const auto page = store_.open_reserves(after, kReservesAtOnce);
    if (!page) return page.error();
    if (page->empty()) break;
    for (const journal::OpenReserve& stored : *page) {
      const auto expected = left.find(stored.id);
      if (expected == left.end()) return Error{"open reserve " + to_text(stored.id), "is not open"};
      if (expected->second != stored) return Error{"open reserve " + to_text(stored.id), "differs from its transfer"};
      left.erase(expected);
    }
    after = page->back().id;
  }
  if (left.empty()) return {};
  return Error{"open reserve " + to_text(left.begin()->first), "is missing"};
}

Result<void> Audit::compare_totals() {
  auto totals = store_.trial_balance(std::nullopt);
  if (!totals) return totals.error();
  for (const TrialBalance& total : *totals)
    if (!total.is_even())
      return Error{"trial balance of " + std::string(trade::name_of(total.asset)),
                   "debits and credits differ: " + text_of(total.sums)};
  totals_ = *std::move(totals);
  return {};
}

Result<void> Audit::finish() {
  // Waits for whoever writes, and keeps others from it.
  if (const auto locked = store_.load({}, UnixTime()); !locked) return locked.error();
  if (auto gone = go_on(); !gone) return gone;
  if (const auto rest = refill(); !rest) return rest;
  if (!entries_.empty())
    return Error{"transfer " + to_text(entries_.front().id),
                 fmt::format("belongs to commit {}, which is not there", entries_.front().commit)};
  if (auto same = compare_reserves(); !same) return same;
  return compare_totals();
}

AuditReport Audit::report() const {
  return {replay_.head(), transfers_, balances_, static_cast<std::int64_t>(replay_.open_reserves().size()), totals_};
}

}  // namespace

Result<AuditReport> audit_journal(Store& store) {
  Audit audit(store.journal());
  if (const auto done = audit.go_on(); !done) return done.error();
  if (const auto done = audit.count_rows(); !done) return done.error();
  const auto done = store.transaction([&] { return audit.finish(); });
  if (!done) return done.error();
  return audit.report();
}

}  // namespace balans::api
