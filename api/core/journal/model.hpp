#pragma once
// Double-entry book-keeping: accounts of one asset each, and transfers between two of them. Neither ever changes; what
// was wrong is put right by another transfer. The model is the one TigerBeetle has published.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/core/journal/id.hpp"
#include "common/crypto/crypto.hpp"
#include "common/ids.hpp"
#include "common/trade/amount.hpp"

namespace balans::api::journal {

using trade::Amount;
using trade::Asset;

inline constexpr std::size_t kMostOwner = 64;       ///< bytes
inline constexpr std::size_t kMostReference = 120;  ///< bytes
/// Accounts and transfers that one commit takes, all requests together.
inline constexpr std::size_t kMostInCommit = 10'000;
/// Reserves whose time is over that one commit frees, oldest first; the next goes on.
inline constexpr std::size_t kMostTimeOuts = 1'000;
/// Base units that an account may be overdrawn by where somebody from outside says so: sums with it fit, and every JSON
/// reader reads it exactly.
inline constexpr std::int64_t kMostCreditLimit = std::int64_t{1} << 53;
/// 100 years.
inline constexpr Millis kLongestTimeOut{3'155'760'000'000};

/// What an account is for. Stored as its name.
enum class AccountKind : std::uint8_t {
  Household,
  Device,
  Producer,
  Grid,
  Supplier,
  FlexibilityBudget,
  Dealer,  ///< converts assets
  Escrow,  ///< of a payment channel
  Cash,    ///< the outside: banks and chains
  Suspense,
  Fees
};
inline constexpr std::array<AccountKind, 11> kAccountKinds{
    AccountKind::Household, AccountKind::Device,   AccountKind::Producer,
    AccountKind::Grid,      AccountKind::Supplier, AccountKind::FlexibilityBudget,
    AccountKind::Dealer,    AccountKind::Escrow,   AccountKind::Cash,
    AccountKind::Suspense,  AccountKind::Fees};
std::string_view name_of(AccountKind kind);  // "household", "flexibility-budget" …
Result<AccountKind> parse_account_kind(std::string_view name);

/// What a client asks to have opened.
struct NewAccount {
  Id id;
  Asset asset = Asset::Eur;
  AccountKind kind = AccountKind::Household;
  std::optional<SiteId> site;
  std::string owner;  ///< opaque, at most kMostOwner bytes of printable ASCII; people live elsewhere
  /// Debits, posted and pending, exceed posted credits by at most this. Zero: debits must not exceed credits. More: a
  /// credit limit, down to which the account may be overdrawn. Absent: no bound.
  std::optional<Amount> debits_over;
  /// The same for credits over posted debits.
  std::optional<Amount> credits_over;
  bool operator==(const NewAccount&) const = default;
};

/// As it stands in the book. `number` counts accounts from 1; it is short where the id is long, and of this database.
struct Account : NewAccount {
  std::int64_t number = 0;
  std::int64_t commit = 0;  ///< the one that opened it
  UnixTime made;
  bool operator==(const Account&) const = default;
};

struct Balances {
  Amount debits_pending;
  Amount debits_posted;
  Amount credits_pending;
  Amount credits_posted;
  bool operator==(const Balances&) const = default;

  /// Posted credits less posted debits: what the account is owed.
  [[nodiscard]] std::int64_t posted() const { return credits_posted.units() - debits_posted.units(); }
  /// What is left when every reserve on the debit side is posted in full.
  [[nodiscard]] std::int64_t available() const { return posted() - debits_pending.units(); }
};

/// Stored as these numbers.
enum class Kind : std::uint8_t {
  Transfer = 1,
  Reserve = 2,  ///< sets an amount aside: the first of two phases
  Post = 3,     ///< the second: all or part of the reserve is paid, the rest is free again
  Void = 4      ///< or: all of it is free again
};
inline constexpr std::array<Kind, 4> kKinds{Kind::Transfer, Kind::Reserve, Kind::Post, Kind::Void};
std::string_view name_of(Kind kind);  // "transfer", "reserve", "post", "void"
Result<Kind> parse_kind(std::string_view name);

/// Why. Stored as these numbers.
enum class Code : std::uint8_t {
  Energy = 1,
  GridShare = 2,
  ProducerShare = 3,
  Reward = 4,
  Deposit = 5,
  Payout = 6,
  Fee = 7,
  Refund = 8,
  Correction = 9,
  Conversion = 10,
  Reservation = 11,
  Channel = 12,  ///< into and out of a payment channel's escrow
  Trade = 13,
  Tariff = 14,
  TimeOut = 15  ///< the journal's own
};
inline constexpr std::array<Code, 15> kCodes{Code::Energy,     Code::GridShare,  Code::ProducerShare, Code::Reward,
                                             Code::Deposit,    Code::Payout,     Code::Fee,           Code::Refund,
                                             Code::Correction, Code::Conversion, Code::Reservation,   Code::Channel,
                                             Code::Trade,      Code::Tariff,     Code::TimeOut};
std::string_view name_of(Code code);  // "energy", "grid-share" …
Result<Code> parse_code(std::string_view name);

/// Whether a transfer stands or falls with the one after it in its batch: all of a chain are made, or none.
enum class Link : std::uint8_t { None = 0, WithNext = 1 };

/// What a client asks for; `transfer`, `reserve`, `post` and `void_of` below fill in what belongs to each kind.
struct Transfer {
  Id id;
  Kind kind = Kind::Transfer;
  Id debit;                        ///< the account that pays. Of a post or void: none, or the reserve's
  Id credit;                       ///< the account that is paid. Of a post or void: none, or the reserve's
  Amount amount;                   ///< above zero. Of a post: at most the reserve's; of a void: zero, or the reserve's
  std::optional<Id> reserve;       ///< of a post or void: which
  std::optional<Millis> time_out;  ///< of a reserve: after so long it is void. Absent: never
  Code code = Code::Energy;
  std::string reference;  ///< opaque, at most kMostReference bytes of printable ASCII
  Link link = Link::None;
  bool operator==(const Transfer&) const = default;
};

/// `debit` pays `credit`.
Transfer transfer(const Id& id, const Id& debit, const Id& credit, Amount amount, Code code,
                  std::string reference = "");
Transfer reserve(const Id& id, const Id& debit, const Id& credit, Amount amount, std::optional<Millis> time_out,
                 Code code, std::string reference = "");
/// `amount` of the reserve is paid.
Transfer post(const Id& id, const Id& reserve, Amount amount, Code code, std::string reference = "");
Transfer void_of(const Id& id, const Id& reserve, Code code, std::string reference = "");

/// A transfer as it stands in the book: nothing is left out, and accounts go by their numbers.
struct Entry {
  std::int64_t commit = 0;
  std::int64_t ordinal = 0;  ///< its place in the commit, from 1
  Id id;
  Kind kind = Kind::Transfer;
  std::int64_t debit = 0;   ///< account number
  std::int64_t credit = 0;  ///< account number
  Amount amount;            ///< of a void: the reserve's
  std::optional<Id> reserve;
  std::optional<Millis> time_out;
  Code code = Code::Energy;
  std::string reference;
  Link link = Link::None;
  bool operator==(const Entry&) const = default;
};

/// A reserve that is neither posted nor void yet.
struct OpenReserve {
  Id id;
  std::int64_t debit = 0;   ///< account number
  std::int64_t credit = 0;  ///< account number
  Amount amount;
  std::optional<UnixTime> expires;  ///< from then on it is over
  bool operator==(const OpenReserve&) const = default;
};

/// The newest commit, or the state before the first.
struct Head {
  std::int64_t commit = 0;    ///< rises by one
  UnixTime at;                ///< never falls from one commit to the next
  Digest digest;              ///< over all that was committed; all zeros before the first
  std::int64_t accounts = 0;  ///< opened so far
  bool operator==(const Head&) const = default;
};

}  // namespace balans::api::journal
