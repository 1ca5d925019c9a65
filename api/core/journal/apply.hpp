#pragma once
// The rules of the journal, pure: what a group of batches does to the accounts it is given.

#include <map>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "api/core/journal/model.hpp"

namespace balans::api::journal {

/// One client's request: accounts are opened first, then transfers are made in their order.
struct Batch {
  std::vector<NewAccount> accounts;
  std::vector<Transfer> transfers;
};

/// Why something was not done. Nothing of it is kept: the same id may be tried again.
enum class Refusal : std::uint8_t {
  IdMissing,
  IdOfTheJournal,  ///< begins with the bit that only the journal sets
  IdTaken,         ///< by something with other fields
  TextNotAllowed,  ///< owner or reference: too long, or not printable ASCII
  CodeOfTheJournal,
  FieldNotAllowed,  ///< one that does not belong to the kind
  AmountMissing,
  TimeOutNotAllowed,
  SameAccount,
  DebitUnknown,
  CreditUnknown,
  AssetsDiffer,
  ReserveUnknown,
  ReserveTimedOut,
  ReserveClosed,
  ReserveDiffers,  ///< accounts or amount given with a post or void are not the reserve's
  AmountAboveReserve,
  DebitsAboveBound,   ///< the debit account would be overdrawn
  CreditsAboveBound,  ///< the credit account would be filled beyond its bound
  Overflow,
  ChainOpen,    ///< the last transfer of a batch is linked to one that is not there
  ChainFailed,  ///< another of its chain was refused
  ChainKnown,   ///< part of its chain was made before, part was not
  BatchTooLong,
  OwnerHasAnother  ///< account of that asset at that site
};
inline constexpr std::size_t kRefusals = 25;
std::string_view name_of(Refusal refusal);  // "debits-above-bound" …

/// It was done, by this commit.
struct Done {
  std::int64_t commit = 0;
  UnixTime at;
  bool operator==(const Done&) const = default;
};
/// It had been done before, with the same fields, by that commit: the first outcome, once more.
struct Exists {
  std::int64_t commit = 0;
  UnixTime at;
  bool operator==(const Exists&) const = default;
};
struct Refused {
  Refusal why = Refusal::IdMissing;
  std::string what;  ///< a sentence: what was found and what was expected
  bool operator==(const Refused&) const = default;
};
using Outcome = std::variant<Done, Exists, Refused>;

/// In the order of the batch.
struct Outcomes {
  std::vector<Outcome> accounts;
  std::vector<Outcome> transfers;
  /// Whether everything of the batch stands in the book now.
  [[nodiscard]] bool all_there() const;
  /// The first refusal, or nothing.
  [[nodiscard]] const Refused* first_refused() const;
};

struct AccountState {
  Account account;
  Balances balances;
};

struct KnownEntry {
  Entry entry;
  UnixTime at;
};

/// What is loaded of the journal for one group: the head, and whatever the batches touch. An account, id or reserve
/// that is not here is taken as not there at all.
struct Book {
  Head head;
  std::map<std::int64_t, AccountState> accounts;  ///< by number: those named, and those of the reserves below
  std::map<Id, std::int64_t> numbers;             ///< account id → number
  std::map<Id, KnownEntry>
      entries;  ///< ids of the batches' transfers; reserves they post or void, and those' time-outs
  std::map<Id, OpenReserve> reserves;  ///< that they post or void, and those whose time is over
};

/// A balance after a commit, and which of the commit's transfers touched it: all between `first` and `last` at most.
struct ChangedBalance {
  std::int64_t account = 0;
  Balances balances;
  std::int64_t first = 0;  ///< ordinals
  std::int64_t last = 0;
  std::optional<Amount> debits_over;  ///< the account's bounds, so that the database can hold them too
  std::optional<Amount> credits_over;
};

/// What is to be written, all of it or nothing.
struct Commit {
  Head head;  ///< after it
  std::vector<Account> accounts;
  std::vector<Entry> entries;            ///< time-outs first
  std::vector<ChangedBalance> balances;  ///< by account number, each account once
  std::vector<OpenReserve> opened;
  std::vector<Id> closed;
};

struct Applied {
  std::vector<Outcomes> outcomes;  ///< of each batch
  std::optional<Commit> commit;    ///< absent where there is nothing to write
};

/// The time of the next commit: `now`, but never before the last one.
UnixTime commit_time(const Head& head, UnixTime now);

/// Judges the batches one after the other, as if each came alone, and makes one commit of them. Reserves whose time is
/// over at the time of the commit are void before anything else. An error where the book contradicts itself.
Result<Applied> apply(std::span<const Batch> batches, Book book, UnixTime now);

/// The commit's own bytes, from which its link of the chain is made. `head.digest` does not count.
std::string canonical_bytes(const Commit& commit);
/// head_n = BLAKE2b(head_{n−1} ‖ canonical bytes of commit n).
Digest next_digest(const Digest& before, const Commit& commit);

}  // namespace balans::api::journal
