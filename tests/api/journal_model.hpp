#pragma once
// The journal as simply as it can be said, to hold the real one against: one transfer after the other, copies instead
// of undoing, plain numbers.

#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include "tests/api/journal_accounts.hpp"

namespace balans::api::test {

enum class Verdict : std::uint8_t { Done, Exists, Refused };

inline Verdict verdict_of(const journal::Outcome& outcome) {
  return done(outcome) ? Verdict::Done : exists(outcome) ? Verdict::Exists : Verdict::Refused;
}

struct Model {
  struct Holder {
    journal::NewAccount account;
    std::int64_t debits_pending = 0, debits = 0, credits_pending = 0, credits = 0;
    [[nodiscard]] bool fine() const {
      return (!account.debits_over || debits + debits_pending <= credits + account.debits_over->units()) &&
             (!account.credits_over || credits + credits_pending <= debits + account.credits_over->units());
    }
  };
  struct Held {
    journal::Transfer reserve;
    std::optional<UnixTime> expires;
  };
  void open(const journal::NewAccount& account) { holders[account.id].account = account; }

  void free(const Held& each) {
    holders.at(each.reserve.debit).debits_pending -= each.reserve.amount.units();
    holders.at(each.reserve.credit).credits_pending -= each.reserve.amount.units();
  }

  /// What the journal does by itself when a commit at this time begins.
  void begin(UnixTime now) {
    at = std::max(at, now);
    for (auto each = held.begin(); each != held.end();) {
      if (each->second.expires && *each->second.expires <= at) {
        free(each->second);
        ++timed_out;
        each = held.erase(each);
      } else {
        ++each;
      }
    }
  }

  /// All of a chain, or nothing of it.
  std::vector<Verdict> chain(const std::vector<journal::Transfer>& transfers) {
    const auto holders_before = holders;
    std::vector<std::pair<journal::Id, std::optional<Held>>> held_before;
    std::vector<journal::Id> added;
    std::vector<Verdict> verdicts;
    for (const journal::Transfer& each : transfers) {
      const journal::Id reserve = each.reserve.value_or(each.id);
      const auto there = held.find(reserve);
      held_before.emplace_back(reserve, there == held.end() ? std::nullopt : std::optional(there->second));
      verdicts.push_back(one(each));
      if (verdicts.back() == Verdict::Done) added.push_back(each.id);
    }
    const auto all = [&](Verdict verdict) {
      return std::all_of(verdicts.begin(), verdicts.end(), [=](Verdict each) { return each == verdict; });
    };
    if (all(Verdict::Done) || all(Verdict::Exists)) return verdicts;
    holders = holders_before;
    for (auto each = held_before.rbegin(); each != held_before.rend(); ++each) {
      held.erase(each->first);
      if (each->second) held.emplace(each->first, *each->second);
    }
    for (const journal::Id& id : added) made.erase(id);
    const bool refused = std::find(verdicts.begin(), verdicts.end(), Verdict::Refused) != verdicts.end();
    for (std::size_t i = 0; i < verdicts.size(); ++i)
      if (refused || !made.contains(transfers[i].id)) verdicts[i] = Verdict::Refused;
    return verdicts;
  }

  Verdict one(const journal::Transfer& asked) {
    if (const auto known = made.find(asked.id); known != made.end())
      return known->second == asked ? Verdict::Exists : Verdict::Refused;
    const auto before = holders;
    if (!move(asked)) return holders = before, Verdict::Refused;
    made.emplace(asked.id, asked);
    return Verdict::Done;
  }

  bool move(const journal::Transfer& asked) {
    if (asked.reserve) return move_held(asked);
    const auto debit = holders.find(asked.debit), credit = holders.find(asked.credit);
    if (debit == holders.end() || credit == holders.end() || debit == credit) return false;
    if (debit->second.account.asset != credit->second.account.asset) return false;
    const bool hold = asked.kind == journal::Kind::Reserve;
    (hold ? debit->second.debits_pending : debit->second.debits) += asked.amount.units();
    (hold ? credit->second.credits_pending : credit->second.credits) += asked.amount.units();
    if (!debit->second.fine() || !credit->second.fine()) return false;
    if (hold) {
      const auto expires = asked.time_out ? std::optional(at + *asked.time_out) : std::nullopt;
      held.emplace(asked.id, Held{asked, expires});
    }
    return true;
  }

  bool move_held(const journal::Transfer& asked) {
    const auto found = held.find(*asked.reserve);
    if (found == held.end() || asked.amount > found->second.reserve.amount) return false;
    free(found->second);
    holders.at(found->second.reserve.debit).debits += asked.amount.units();
    holders.at(found->second.reserve.credit).credits += asked.amount.units();
    held.erase(found);
    return true;
  }

  std::map<journal::Id, Holder> holders;
  std::map<journal::Id, Held> held;
  std::map<journal::Id, journal::Transfer> made;
  UnixTime at;
  std::size_t timed_out = 0;
};

}  // namespace balans::api::test
