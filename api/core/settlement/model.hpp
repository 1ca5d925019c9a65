#pragma once
// A settlement pays what the journal owes to people outside of it. It has payouts, which never change, and attempts:
// signed transactions, of which at most one can still be executed.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "api/core/journal/id.hpp"
#include "api/core/settlement/chain.hpp"

namespace balans::api::settlement {

using trade::Asset;

inline constexpr std::size_t kMostPayouts = 256;  ///< of one settlement
inline constexpr std::size_t kMostAttempts = 50;  ///< of one settlement
inline constexpr std::size_t kMostPerson = 64;    ///< bytes of who has asked or approved

/// What settlements on one chain are made and signed by; from the configuration.
struct Rules {
  Amount threshold;                     ///< nobody is paid less, unless they leave
  Millis period = 24 * 60 * 1_min;      ///< each payee is looked at once in it
  std::int64_t most_fee_permille = 10;  ///< of each payout: its share of the fee, at most
  std::size_t most_payouts = 50;        ///< of one settlement
  Amount cap;                           ///< the wallet should hold no more
  Amount daily_limit;                   ///< signed in any 24 hours
  Amount approve_above;                 ///< a settlement of more waits for a second person
  Millis resubmit_after = 30'000_ms;
  std::int64_t expiry_epochs = 1;  ///< an attempt can be executed in the epoch it is made in, and in so many more
  std::size_t most_failures = 3;   ///< attempts that are executed in vain before it is given up
};
/// Refuses numbers that do not fit together.
Result<void> check(const Rules& rules);

/// Only in this deployment, and only on this chain, anything is signed.
struct Pin {
  DeploymentId deployment;
  ChainIdentity chain;
  bool operator==(const Pin&) const = default;
};
/// Refuses a chain that is another than the pinned one.
Result<void> check(const Pin& pin, const ChainIdentity& found);

enum class Purpose : std::uint8_t {
  Periodic,   ///< what payees have earned
  Requested,  ///< by a person
  Refund      ///< a deposit that nobody could be found for goes back
};
inline constexpr std::array<Purpose, 3> kPurposes{Purpose::Periodic, Purpose::Requested, Purpose::Refund};
std::string_view name_of(Purpose purpose);  // "periodic", "requested", "refund"

/// One account that is paid out, and the reserve that holds its amount until then.
struct Payout {
  journal::Id account;
  std::string address;
  Amount amount;
  journal::Id reserve;
  bool operator==(const Payout&) const = default;
};

// How an attempt stands. Only a proof makes it dead.

struct Live {
  bool operator==(const Live&) const = default;
};
struct Paid {
  Amount fee;
  std::int64_t checkpoint = 0;
  bool operator==(const Paid&) const = default;
};
/// Executed, and it has paid nobody.
struct DeadInVain {
  Amount fee;
  std::int64_t checkpoint = 0;
  std::string why;
  bool operator==(const DeadInVain&) const = default;
};
/// Another final transaction has used its input.
struct DeadByInput {
  Input input;
  std::string by;
  std::int64_t checkpoint = 0;
  bool operator==(const DeadByInput&) const = default;
};
/// It was unknown at a final checkpoint of an epoch after its last.
struct DeadByEpoch {
  std::int64_t epoch = 0;
  bool operator==(const DeadByEpoch&) const = default;
};
using Death = std::variant<DeadInVain, DeadByInput, DeadByEpoch>;
using AttemptState = std::variant<Live, Paid, DeadInVain, DeadByInput, DeadByEpoch>;

struct Attempt {
  std::int64_t number = 0;  ///< from 1
  SignedTransaction transaction;
  UnixTime made;
  AttemptState state;
  bool operator==(const Attempt&) const = default;
};

// How a settlement stands.

/// Its reserves hold.
struct Open {
  bool operator==(const Open&) const = default;
};
/// Its reserves are posted.
struct Settled {
  UnixTime at;
  bool operator==(const Settled&) const = default;
};
/// Its reserves are void: every attempt is dead.
struct GivenUp {
  UnixTime at;
  std::string why;
  bool operator==(const GivenUp&) const = default;
};
using State = std::variant<Open, Settled, GivenUp>;

struct Approval {
  std::string by;
  UnixTime at;
  bool operator==(const Approval&) const = default;
};

struct Settlement {
  journal::Id id;
  ChainName chain;
  Asset asset = Asset::Iota;
  Purpose purpose = Purpose::Periodic;
  UnixTime made;
  std::string requested_by;  ///< a person; empty: nobody, it was made by the rules
  std::vector<Payout> payouts;
  std::optional<Approval> approval;
  std::vector<Attempt> attempts;  ///< by number
  State state;
  bool operator==(const Settlement&) const = default;
};

/// Of all payouts. They have been added up before it was made.
Amount total_of(const Settlement& settlement);
Amount smallest_of(const Settlement& settlement);
bool is_open(const Settlement& settlement);
/// The attempt that may still be executed, or nothing.
const Attempt* live_attempt(const Settlement& settlement);
std::vector<Payment> payments_of(const Settlement& settlement);

/// When an account is paid out by itself.
enum class PayoutMode : std::uint8_t {
  OnRequest,
  Periodic,  ///< once a period, from the threshold on
  Leaving    ///< once a period, whatever it has, as long as the fee allows it
};
inline constexpr std::array<PayoutMode, 3> kPayoutModes{PayoutMode::OnRequest, PayoutMode::Periodic,
                                                        PayoutMode::Leaving};
std::string_view name_of(PayoutMode mode);  // "on-request", "periodic", "leaving"
Result<PayoutMode> parse_payout_mode(std::string_view name);

/// Whose address it is: payouts go to it, and deposits from it are credited to its account. An account has one address
/// on a chain, and an address one account.
struct Payee {
  ChainName chain;
  std::string address;
  journal::Id account;
  PayoutMode mode = PayoutMode::OnRequest;
  std::string held;  ///< why it is not paid out until somebody has looked; empty: it is
  UnixTime planned;  ///< when it was last looked at
  bool operator==(const Payee&) const = default;
};

/// Known by its chain, transaction and output.
struct DepositKey {
  ChainName chain;
  std::string digest;
  std::int64_t output = 0;
  auto operator<=>(const DepositKey&) const = default;
};

struct Deposit {
  DepositKey key;
  std::string sender;
  Amount amount;
  std::int64_t checkpoint = 0;
  UnixTime seen;
  std::optional<journal::Id> account;   ///< whom it was credited to; absent: it is in suspense, or went back
  std::optional<journal::Id> returned;  ///< the settlement by which it goes back
  bool operator==(const Deposit&) const = default;
};

}  // namespace balans::api::settlement
