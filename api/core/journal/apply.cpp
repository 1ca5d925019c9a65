#include "api/core/journal/apply.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "api/core/journal/effect.hpp"
#include "api/core/journal/fields.hpp"

namespace balans::api::journal {
namespace {

/// One commit in the making. Whatever is refused has changed nothing; a chain is taken back as a whole.
class Making {
 public:
  Making(Book book, UnixTime now) : book_(std::move(book)) {
    commit_.head = book_.head;
    commit_.head.commit += 1;
    commit_.head.at = commit_time(book_.head, now);
  }

  Result<void> void_what_is_over();
  Outcomes take(const Batch& batch);
  std::optional<Commit> finish();

 private:
  /// What an entry has changed.
  struct Undo {
    Id id;
    Sides before;
    std::optional<OpenReserve> closed;
  };

  Outcomes refuse_all(const Batch& batch, std::size_t size) const;
  Outcome open(const NewAccount& asked);
  Outcome make(const Transfer& asked);
  Outcome make_first(const Transfer& asked);
  Outcome make_second(const Transfer& asked);
  void make_chain(std::span<const Transfer> chain, std::vector<Outcome>& outcomes);
  Outcome enter(Entry entry, Amount reserved);
  void undo_to(std::size_t size);
  [[nodiscard]] Refused no_reserve(const Id& id) const;
  [[nodiscard]] std::optional<Refused> out_of_bounds(const Entry& entry, const Sides& sides) const;
  [[nodiscard]] std::int64_t number_of(const Id& id) const;
  void note_balances();
  void note_reserves();

  Book book_;
  Commit commit_;
  std::size_t taken_ = 0;   ///< accounts and transfers asked for so far
  std::vector<Undo> undo_;  ///< as many as entries
};

std::int64_t Making::number_of(const Id& id) const {
  const auto found = book_.numbers.find(id);
  return found == book_.numbers.end() ? 0 : found->second;
}

Result<void> Making::void_what_is_over() {
  std::vector<OpenReserve> over;
  for (const auto& [id, reserve] : book_.reserves)
    if (reserve.expires && *reserve.expires <= commit_.head.at) over.push_back(reserve);
  std::sort(over.begin(), over.end(), [](const OpenReserve& a, const OpenReserve& b) {
    return std::tie(*a.expires, a.id) < std::tie(*b.expires, b.id);
  });
  for (const OpenReserve& reserve : over) {
    Entry entry;
    entry.id = time_out_of(reserve.id);
    entry.kind = Kind::Void;
    entry.debit = reserve.debit;
    entry.credit = reserve.credit;
    entry.amount = reserve.amount;
    entry.reserve = reserve.id;
    entry.code = Code::TimeOut;
    const Outcome outcome = enter(std::move(entry), reserve.amount);
    if (const auto* refused = std::get_if<Refused>(&outcome))
      return Error{"reserve " + to_text(reserve.id), "cannot be made void: " + refused->what};
  }
  return {};
}

Outcomes Making::refuse_all(const Batch& batch, std::size_t size) const {
  const Refused refused{
      Refusal::BatchTooLong,
      fmt::format("{} accounts and transfers in one commit: expected at most {}", size, kMostInCommit)};
  Outcomes outcomes;
  outcomes.accounts.assign(batch.accounts.size(), refused);
  outcomes.transfers.assign(batch.transfers.size(), refused);
  return outcomes;
}

Outcomes Making::take(const Batch& batch) {
  const std::size_t size = taken_ + batch.accounts.size() + batch.transfers.size();
  if (size > kMostInCommit) return refuse_all(batch, size);
  taken_ = size;
  Outcomes outcomes;
  for (const NewAccount& account : batch.accounts) outcomes.accounts.push_back(open(account));
  std::span<const Transfer> left = batch.transfers;
  while (!left.empty()) {
    const auto last =
        std::find_if(left.begin(), left.end(), [](const Transfer& each) { return each.link == Link::None; });
    if (last == left.end()) {
      outcomes.transfers.resize(batch.transfers.size(),
                                Refused{Refusal::ChainOpen, "the last transfer is linked to a next: there is none"});
      break;
    }
    const auto length = static_cast<std::size_t>(last - left.begin()) + 1;
    make_chain(left.first(length), outcomes.transfers);
    left = left.subspan(length);
  }
  return outcomes;
}

Outcome Making::open(const NewAccount& asked) {
  if (auto refused = check_fields(asked)) return *refused;
  if (const std::int64_t number = number_of(asked.id); number != 0) {
    const Account& there = book_.accounts.at(number).account;
    if (auto refused = check_same(asked, there)) return *refused;
    return Exists{there.commit, there.made};
  }
  Account account;
  static_cast<NewAccount&>(account) = asked;
  account.number = ++commit_.head.accounts;
  account.commit = commit_.head.commit;
  account.made = commit_.head.at;
  book_.numbers.emplace(account.id, account.number);
  book_.accounts.emplace(account.number, AccountState{account, {}});
  commit_.accounts.push_back(std::move(account));
  return Done{commit_.head.commit, commit_.head.at};
}

void Making::make_chain(std::span<const Transfer> chain, std::vector<Outcome>& outcomes) {
  const std::size_t entries = commit_.entries.size();
  const std::size_t first = outcomes.size();
  std::optional<std::size_t> failed;
  for (const Transfer& each : chain) {
    outcomes.push_back(make(each));
    if (std::holds_alternative<Refused>(outcomes.back())) failed = outcomes.size() - 1;
    if (failed) break;
  }
  const std::size_t made = commit_.entries.size() - entries;
  if (!failed && (made == 0 || made == chain.size())) return;
  undo_to(entries);
  outcomes.resize(first + chain.size());
  for (std::size_t i = 0; i < chain.size(); ++i) {
    if (failed && first + i == *failed) continue;
    if (failed)
      outcomes[first + i] =
          Refused{Refusal::ChainFailed, fmt::format("transfer {} of the chain was refused", *failed - first + 1)};
    else if (!book_.entries.contains(chain[i].id))
      outcomes[first + i] = Refused{Refusal::ChainKnown, "another of the chain was made before, without this one"};
  }
}

Outcome Making::make(const Transfer& asked) {
  if (auto refused = check_fields(asked)) return *refused;
  if (const auto known = book_.entries.find(asked.id); known != book_.entries.end()) {
    const auto& [entry, at] = known->second;
    if (auto refused = check_same(asked, number_of(asked.debit), number_of(asked.credit), entry)) return *refused;
    return Exists{entry.commit, at};
  }
  return asked.kind == Kind::Transfer || asked.kind == Kind::Reserve ? make_first(asked) : make_second(asked);
}

Entry entry_of(const Transfer& asked, std::int64_t debit, std::int64_t credit, Amount amount) {
  return {0,
          0,
          asked.id,
          asked.kind,
          debit,
          credit,
          amount,
          asked.reserve,
          asked.time_out,
          asked.code,
          asked.reference,
          asked.link};
}

Outcome Making::make_first(const Transfer& asked) {
  const std::int64_t debit = number_of(asked.debit), credit = number_of(asked.credit);
  if (debit == 0)
    return Refused{Refusal::DebitUnknown, fmt::format("there is no account {} to debit", to_text(asked.debit))};
  if (credit == 0)
    return Refused{Refusal::CreditUnknown, fmt::format("there is no account {} to credit", to_text(asked.credit))};
  const Asset from = book_.accounts.at(debit).account.asset, to = book_.accounts.at(credit).account.asset;
  if (from != to)
    return Refused{Refusal::AssetsDiffer,
                   fmt::format("the debit account is of {}, the credit account of {}: expected one asset",
                               trade::name_of(from), trade::name_of(to))};
  return enter(entry_of(asked, debit, credit, asked.amount), {});
}

Refused Making::no_reserve(const Id& id) const {
  const auto known = book_.entries.find(id);
  if (known == book_.entries.end() || known->second.entry.kind != Kind::Reserve)
    return {Refusal::ReserveUnknown, fmt::format("there is no reserve {}", to_text(id))};
  if (book_.entries.contains(time_out_of(id)))
    return {Refusal::ReserveTimedOut, fmt::format("the time of reserve {} is over", to_text(id))};
  return {Refusal::ReserveClosed, fmt::format("reserve {} was posted or made void before", to_text(id))};
}

Outcome Making::make_second(const Transfer& asked) {
  const auto found = book_.reserves.find(*asked.reserve);
  if (found == book_.reserves.end()) return no_reserve(*asked.reserve);
  const OpenReserve reserve = found->second;
  const auto other = [this](const Id& id, std::int64_t number) { return !id.is_none() && number_of(id) != number; };
  if (other(asked.debit, reserve.debit) || other(asked.credit, reserve.credit))
    return Refused{Refusal::ReserveDiffers, "the accounts are not those of the reserve"};
  if (asked.kind == Kind::Void) {
    if (!asked.amount.is_zero() && asked.amount != reserve.amount)
      return Refused{Refusal::ReserveDiffers, fmt::format("a void of {} units: the reserve has {}",
                                                          asked.amount.units(), reserve.amount.units())};
    return enter(entry_of(asked, reserve.debit, reserve.credit, reserve.amount), reserve.amount);
  }
  if (asked.amount > reserve.amount)
    return Refused{Refusal::AmountAboveReserve,
                   fmt::format("a post of {} units: the reserve has {}", asked.amount.units(), reserve.amount.units())};
  return enter(entry_of(asked, reserve.debit, reserve.credit, asked.amount), reserve.amount);
}

std::optional<Refused> Making::out_of_bounds(const Entry& entry, const Sides& sides) const {
  const Account& debit = book_.accounts.at(entry.debit).account;
  const Account& credit = book_.accounts.at(entry.credit).account;
  if (!debits_within_bound(debit, sides.debit))
    return Refused{Refusal::DebitsAboveBound,
                   fmt::format("{} units: account {} has {} to give", entry.amount.units(), to_text(debit.id),
                               *left_to_give(debit, book_.accounts.at(entry.debit).balances))};
  if (!credits_within_bound(credit, sides.credit))
    return Refused{Refusal::CreditsAboveBound,
                   fmt::format("{} units: account {} has room for {}", entry.amount.units(), to_text(credit.id),
                               *left_to_take(credit, book_.accounts.at(entry.credit).balances))};
  return {};
}

Outcome Making::enter(Entry entry, Amount reserved) {
  AccountState& debit = book_.accounts.at(entry.debit);
  AccountState& credit = book_.accounts.at(entry.credit);
  const Sides before{debit.balances, credit.balances};
  const auto sides = after(before, entry.kind, entry.amount, reserved);
  if (!sides) return Refused{Refusal::Overflow, "a balance would not fit into 63 bits"};
  const bool first = entry.kind == Kind::Transfer || entry.kind == Kind::Reserve;
  if (first)
    if (auto refused = out_of_bounds(entry, *sides)) return *refused;
  debit.balances = sides->debit;
  credit.balances = sides->credit;
  Undo undo{entry.id, before, {}};
  if (entry.kind == Kind::Reserve) {
    const auto expires = entry.time_out ? std::optional(commit_.head.at + *entry.time_out) : std::nullopt;
    book_.reserves.emplace(entry.id, OpenReserve{entry.id, entry.debit, entry.credit, entry.amount, expires});
  } else if (!first) {
    undo.closed = book_.reserves.extract(*entry.reserve).mapped();
  }
  entry.commit = commit_.head.commit;
  entry.ordinal = static_cast<std::int64_t>(commit_.entries.size()) + 1;
  book_.entries.emplace(entry.id, KnownEntry{entry, commit_.head.at});
  commit_.entries.push_back(std::move(entry));
  undo_.push_back(std::move(undo));
  return Done{commit_.head.commit, commit_.head.at};
}

void Making::undo_to(std::size_t size) {
  for (; commit_.entries.size() > size; commit_.entries.pop_back(), undo_.pop_back()) {
    const Entry& entry = commit_.entries.back();
    const Undo& undo = undo_.back();
    book_.accounts.at(entry.debit).balances = undo.before.debit;
    book_.accounts.at(entry.credit).balances = undo.before.credit;
    book_.entries.erase(undo.id);
    if (entry.kind == Kind::Reserve) book_.reserves.erase(undo.id);
    if (undo.closed) book_.reserves.emplace(undo.closed->id, *undo.closed);
  }
}

void Making::note_balances() {
  std::map<std::int64_t, ChangedBalance> changed;
  for (const Entry& entry : commit_.entries) {
    for (const std::int64_t account : {entry.debit, entry.credit}) {
      ChangedBalance& each = changed[account];
      if (each.first == 0) each.first = entry.ordinal;
      each.last = entry.ordinal;
    }
  }
  for (auto& [account, each] : changed) {
    each.account = account;
    const AccountState& state = book_.accounts.at(account);
    each.balances = state.balances;
    each.debits_over = state.account.debits_over;
    each.credits_over = state.account.credits_over;
    commit_.balances.push_back(each);
  }
}

/// A reserve that was opened and closed in one commit was never open.
void Making::note_reserves() {
  std::set<Id> opened;
  for (const Entry& entry : commit_.entries) {
    if (entry.kind == Kind::Reserve) {
      opened.insert(entry.id);
      if (const auto open = book_.reserves.find(entry.id); open != book_.reserves.end())
        commit_.opened.push_back(open->second);
    } else if (entry.reserve && !opened.contains(*entry.reserve)) {
      commit_.closed.push_back(*entry.reserve);
    }
  }
}

std::optional<Commit> Making::finish() {
  if (commit_.accounts.empty() && commit_.entries.empty()) return std::nullopt;
  note_balances();
  note_reserves();
  commit_.head.digest = next_digest(book_.head.digest, commit_);
  return std::move(commit_);
}

}  // namespace

bool Outcomes::all_there() const { return first_refused() == nullptr; }

const Refused* Outcomes::first_refused() const {
  for (const auto* each : {&accounts, &transfers})
    for (const Outcome& outcome : *each)
      if (const auto* refused = std::get_if<Refused>(&outcome)) return refused;
  return nullptr;
}

UnixTime commit_time(const Head& head, UnixTime now) { return std::max(head.at, now); }

Result<Applied> apply(std::span<const Batch> batches, Book book, UnixTime now) {
  Making making(std::move(book), now);
  if (const auto done = making.void_what_is_over(); !done) return done.error();
  Applied applied;
  for (const Batch& batch : batches) applied.outcomes.push_back(making.take(batch));
  applied.commit = making.finish();
  return applied;
}

}  // namespace balans::api::journal
