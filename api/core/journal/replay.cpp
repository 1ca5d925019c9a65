#include "api/core/journal/replay.hpp"

#include <fmt/format.h>

#include "api/core/journal/effect.hpp"

namespace balans::api::journal {
namespace {

std::string place_of(const Entry& entry) {
  return fmt::format("commit {}, transfer {} ({})", entry.commit, entry.ordinal, to_text(entry.id));
}

bool is_first(const Entry& entry) { return entry.kind == Kind::Transfer || entry.kind == Kind::Reserve; }

}  // namespace

Result<std::vector<ChangedBalance>> Replay::take(const Commit& commit) {
  if (const auto fine = check_commit(commit); !fine) return fine.error();
  for (const Account& account : commit.accounts)
    if (const auto taken = take_account(account, commit.head); !taken) return taken.error();
  std::map<std::int64_t, ChangedBalance> changed;
  std::int64_t ordinal = 0;
  for (const Entry& entry : commit.entries) {
    if (const auto taken = take_entry(entry, commit.head, ++ordinal); !taken)
      return taken.error().within(place_of(entry));
    for (const std::int64_t account : {entry.debit, entry.credit}) {
      ChangedBalance& each =
          changed.try_emplace(account, ChangedBalance{account, {}, ordinal, 0, {}, {}}).first->second;
      each.last = ordinal;
    }
  }
  head_ = commit.head;
  head_.accounts = static_cast<std::int64_t>(accounts_.size());
  std::vector<ChangedBalance> all;
  for (auto& [account, each] : changed) {
    const AccountState& state = *find(account);
    each.balances = state.balances;
    each.debits_over = state.account.debits_over;
    each.credits_over = state.account.credits_over;
    all.push_back(each);
  }
  return all;
}

Result<void> Replay::check_commit(const Commit& commit) const {
  const std::string place = fmt::format("commit {}", commit.head.commit);
  if (commit.head.commit != head_.commit + 1)
    return Error{place, fmt::format("expected commit {}: what lies between is missing", head_.commit + 1)};
  if (commit.head.at < head_.at) return Error{place, "its time is before that of the commit before it"};
  if (next_digest(head_.digest, commit) != commit.head.digest)
    return Error{place, "its rows do not give its link of the chain: one of them, or the link, was changed"};
  return {};
}

Result<void> Replay::take_account(const Account& account, const Head& head) {
  const std::string place = fmt::format("account {} ({})", account.number, to_text(account.id));
  if (account.number != static_cast<std::int64_t>(accounts_.size()) + 1)
    return Error{place, fmt::format("expected account {}", accounts_.size() + 1)};
  if (account.made != head.at) return Error{place, "its time is not that of its commit"};
  accounts_.push_back({account, {}});
  return {};
}

AccountState* Replay::find(std::int64_t number) {
  if (number < 1 || number > static_cast<std::int64_t>(accounts_.size())) return nullptr;
  return &accounts_[static_cast<std::size_t>(number - 1)];
}

Result<void> Replay::take_entry(const Entry& entry, const Head& head, std::int64_t ordinal) {
  if (entry.ordinal != ordinal) return Error{"", fmt::format("expected transfer {} of the commit", ordinal)};
  const AccountState* debit = find(entry.debit);
  const AccountState* credit = find(entry.credit);
  if (debit == nullptr || credit == nullptr || debit == credit)
    return Error{"", fmt::format("accounts {} and {}: expected two that are there", entry.debit, entry.credit)};
  if (debit->account.asset != credit->account.asset) return Error{"", "joins accounts of two assets"};
  if (entry.amount.is_zero()) return Error{"", "moves nothing"};
  const auto reserved = reserved_for(entry, head);
  if (!reserved) return reserved.error();
  if (auto moved = move(entry, *reserved); !moved) return moved;
  note_reserve(entry, head);
  return {};
}

Result<Amount> Replay::reserved_for(const Entry& entry, const Head& head) const {
  if (is_first(entry)) return entry.reserve ? Result<Amount>(Error{"", "names a reserve"}) : Amount();
  if (!entry.reserve) return Error{"", "names no reserve"};
  const auto found = reserves_.find(*entry.reserve);
  if (found == reserves_.end()) return Error{"", "reserve " + to_text(*entry.reserve) + " is not open"};
  const OpenReserve& reserve = found->second;
  if (entry.debit != reserve.debit || entry.credit != reserve.credit)
    return Error{"", "its accounts are not the reserve's"};
  if (entry.amount > reserve.amount || (entry.kind == Kind::Void && entry.amount != reserve.amount))
    return Error{"", fmt::format("its amount does not fit the reserve's {}", reserve.amount.units())};
  const bool over = reserve.expires && *reserve.expires <= head.at;
  const bool by_journal = entry.code == Code::TimeOut && entry.id == time_out_of(reserve.id);
  if (over != by_journal)
    return Error{"", over ? "the reserve's time was over" : "the reserve's time was not over yet"};
  if (!over && (entry.code == Code::TimeOut || entry.id.is_of_the_journal()))
    return Error{"", "looks like a time-out and is none"};
  return reserve.amount;
}

Result<void> Replay::move(const Entry& entry, Amount reserved) {
  AccountState& debit = *find(entry.debit);
  AccountState& credit = *find(entry.credit);
  const auto sides = after({debit.balances, credit.balances}, entry.kind, entry.amount, reserved);
  if (!sides) return Error{"", "a balance does not fit"};
  if (is_first(entry) && !debits_within_bound(debit.account, sides->debit))
    return Error{"", fmt::format("account {} is overdrawn", entry.debit)};
  if (is_first(entry) && !credits_within_bound(credit.account, sides->credit))
    return Error{"", fmt::format("account {} is filled beyond its bound", entry.credit)};
  debit.balances = sides->debit;
  credit.balances = sides->credit;
  return {};
}

void Replay::note_reserve(const Entry& entry, const Head& head) {
  if (entry.reserve) reserves_.erase(*entry.reserve);
  if (entry.kind != Kind::Reserve) return;
  const auto expires = entry.time_out ? std::optional(head.at + *entry.time_out) : std::nullopt;
  reserves_.emplace(entry.id, OpenReserve{entry.id, entry.debit, entry.credit, entry.amount, expires});
}

}  // namespace balans::api::journal
