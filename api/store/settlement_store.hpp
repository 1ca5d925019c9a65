#pragma once
// Aggregate of settlements: wallets, payees, what is paid out with its attempts, and deposits. Payouts and bytes are
// added and never changed; the database refuses two attempts of one settlement that could both be executed, one input
// in two of them, and a deposit twice.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "api/core/settlement/model.hpp"

namespace balans::api {

/// What is kept of a chain.
struct LedgerCursor {
  settlement::ChainName chain;
  settlement::Pin pin;
  std::string position;  ///< of the history; empty: its beginning
  /// After a restore: nothing is signed before that epoch, because what the copy has forgotten may still be executed.
  /// kUnasked: the chain has not been asked since. Absent: no restore.
  std::optional<std::int64_t> wait_epoch;
  static constexpr std::int64_t kUnasked = -1;
  /// Of the hot wallet, pinned as the chain is. Absent: no round has been complete since it is kept.
  std::optional<std::string> address = std::nullopt;
  bool operator==(const LedgerCursor&) const = default;
};

/// Where a page of settlements ended. Ids of the rules' own rise apart from those of people's requests.
struct SettlementCursor {
  UnixTime made;
  journal::Id id;
};
inline SettlementCursor cursor_after(const settlement::Settlement& settlement) {
  return {settlement.made, settlement.id};
}

class SettlementStore {
 public:
  virtual ~SettlementStore() = default;

  // ---- chains ----
  /// Nothing where another connection runs the loop of that chain. On PostgreSQL it is the first that asks, for as long
  /// as it lasts; to be asked before each round, because a connection that comes back may be another one, of another
  /// server too: then the number is another. A file of SQLite belongs to one process.
  virtual Result<std::optional<std::int64_t>> lead(const settlement::ChainName& chain) = 0;
  virtual Result<std::optional<LedgerCursor>> cursor(const settlement::ChainName& chain) = 0;
  /// The pin of a chain that is there already stays as it was, and so does its address once there is one.
  virtual Result<void> put_cursor(const LedgerCursor& cursor) = 0;
  /// Of a chain that is there. Leaves all else alone: somebody may just have set it.
  virtual Result<void> put_position(const settlement::ChainName& chain, const std::string& position) = 0;
  /// This database is an older copy of itself: no chain has been asked since, neither for settlements nor for wallets.
  virtual Result<void> note_restored() = 0;

  // ---- payees ----
  virtual Result<void> put_payee(const settlement::Payee& payee) = 0;
  /// That it was looked at; nothing where it is gone.
  virtual Result<void> note_planned(const settlement::ChainName& chain, const std::string& address, UnixTime at) = 0;
  /// It is not paid out until somebody has looked; nothing where the address is no longer that account's.
  virtual Result<void> hold_payee(const settlement::ChainName& chain, const std::string& address,
                                  const journal::Id& account, const std::string& why) = 0;
  virtual Result<void> forget_payee(const settlement::ChainName& chain, const std::string& address) = 0;
  virtual Result<std::optional<settlement::Payee>> payee(const settlement::ChainName& chain,
                                                         const std::string& address) = 0;
  /// The one of that account.
  virtual Result<std::optional<settlement::Payee>> payee_of(const settlement::ChainName& chain,
                                                            const journal::Id& account) = 0;
  /// By address, after that one; at most `limit`.
  virtual Result<std::vector<settlement::Payee>> payees(const settlement::ChainName& chain, const std::string& after,
                                                        std::size_t limit) = 0;
  /// Whose turn has come: paid out by themselves, not held, and last looked at before that time. At most `limit`.
  virtual Result<std::vector<settlement::Payee>> due_payees(const settlement::ChainName& chain, UnixTime before,
                                                            std::size_t limit) = 0;

  // ---- settlements ----
  /// With its payouts; it has no attempts yet.
  virtual Result<void> add(const settlement::Settlement& settlement) = 0;
  virtual Result<std::optional<settlement::Settlement>> find(const journal::Id& id) = 0;
  /// Oldest first, after that one; at most `limit`.
  virtual Result<std::vector<settlement::Settlement>> open_settlements(const settlement::ChainName& chain,
                                                                       const std::optional<SettlementCursor>& after,
                                                                       std::size_t limit) = 0;
  /// Newest first, before that one; at most `limit`. `state` as `name_of` has it; empty: all.
  virtual Result<std::vector<settlement::Settlement>> settlements(const settlement::ChainName& chain,
                                                                  const std::optional<SettlementCursor>& before,
                                                                  std::size_t limit, std::string_view state = "") = 0;
  /// Of an open one that nobody has approved; false where there is none.
  virtual Result<bool> approve(const journal::Id& id, const settlement::Approval& approval) = 0;
  /// Of an open settlement. Its inputs are taken if it is live.
  virtual Result<void> add_attempt(const settlement::Settlement& settlement, const settlement::Attempt& attempt) = 0;
  /// Of a live attempt; its inputs are free again.
  virtual Result<void> end_attempt(const journal::Id& settlement, const settlement::Attempt& attempt) = 0;
  /// Of an open settlement.
  virtual Result<void> end(const journal::Id& id, const settlement::State& state) = 0;
  /// The sum of what was signed for the first time after that, but for that settlement.
  virtual Result<settlement::Amount> signed_since(const settlement::ChainName& chain, UnixTime after,
                                                  const journal::Id& but) = 0;
  /// Of all live attempts.
  virtual Result<std::vector<settlement::Input>> inputs_in_use(const settlement::ChainName& chain) = 0;
  /// The attempt, dead or not, that has that digest; without its inputs.
  virtual Result<std::optional<settlement::Attempt>> attempt(const settlement::ChainName& chain,
                                                             const std::string& digest) = 0;

  // ---- deposits ----
  virtual Result<void> add(const settlement::Deposit& deposit) = 0;
  virtual Result<std::optional<settlement::Deposit>> deposit(const settlement::DepositKey& key) = 0;
  /// Of one that is in suspense: whom it is credited to, or how it goes back. Or it is in suspense again.
  virtual Result<void> settle(const settlement::Deposit& deposit) = 0;
  /// The one that goes back by that settlement.
  virtual Result<std::optional<settlement::Deposit>> returned_by(const journal::Id& settlement) = 0;
  /// In suspense, oldest first; at most `limit`.
  virtual Result<std::vector<settlement::Deposit>> in_suspense(const settlement::ChainName& chain,
                                                               std::size_t limit) = 0;
};

}  // namespace balans::api
