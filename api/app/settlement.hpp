#pragma once
// Use case: settlements between the journal and one chain. The only loop between database and ledger. Each of its steps
// is one transaction of the database or one call to the chain, never both, and what is next follows from what the
// database has: so it may stop anywhere and begin again. docs/settlement.md has the whole way.

#include <map>
#include <string>
#include <vector>

#include "api/core/settlement/next.hpp"
#include "api/core/settlement/postings.hpp"
#include "api/ledger/ledger.hpp"
#include "api/store/store.hpp"

namespace balans::api {

struct SettlementTerms {
  settlement::Books books;
  settlement::ChainIdentity pinned;  ///< from the configuration
  settlement::Rules rules;
};

/// Something that somebody should be told.
struct SettlementNotice {
  std::string what;  ///< "settlement-settled", "deposit-in-suspense" …
  std::string text;
};

/// What a round has found and done.
struct SettlementRound {
  std::vector<SettlementNotice> notices;
  settlement::Amount holdings;  ///< as the chain says
  settlement::FeeQuote fee;     ///< as the chain says
  settlement::Reconciled reconciled = settlement::Reconciled::No;
  std::size_t open = 0;                          ///< settlements that it looked at
  std::map<settlement::Hold, std::size_t> held;  ///< of them, why nothing was done
  [[nodiscard]] bool is_above(settlement::Amount cap) const { return holdings > cap; }
};

class Settlements {
 public:
  /// Both outlive this. One of a chain at a time: a second one would be refused by the database, not by the chain.
  Settlements(const SettlementTerms& terms, Ledger& ledger) : terms_(terms), ledger_(ledger) {}

  /// One round: the chain's history, each open settlement as far as it goes now, and payees whose turn has come. An
  /// error means that the chain or the database gave no answer, or that the chain is not what is pinned: then nothing
  /// more was done in this round, and nothing is lost.
  Result<SettlementRound> round(Store& store, UnixTime now);

 private:
  enum class Blocked : std::uint8_t { No, Yes };
  enum class Go : std::uint8_t { On, Enough };

  // ---- settlement.cpp ----
  Result<void> open_books(Store& store, const settlement::Tip& tip, UnixTime now);
  Result<void> advance_all(Store& store, const settlement::Tip& tip, UnixTime now, SettlementRound& round);
  Result<void> advance(Store& store, settlement::Settlement settlement, const settlement::Tip& tip, UnixTime now,
                       SettlementRound& round);
  Result<settlement::Action> next_of(Store& store, const settlement::Settlement& settlement, UnixTime now);
  Result<settlement::View> view_of(Store& store, const settlement::Settlement& settlement, UnixTime now);
  Result<Go> act(Store& store, const settlement::Settlement& settlement, const settlement::Action& action,
                 const settlement::Tip& tip, UnixTime now, SettlementRound& round);
  Result<Go> build(Store& store, const settlement::Settlement& settlement, const settlement::Tip& tip, UnixTime now,
                   SettlementRound& round);
  Result<Go> keep(Store& store, const settlement::Settlement& settlement, const settlement::Attempt& attempt,
                  UnixTime now);
  Result<Go> submit(const settlement::Attempt& attempt, UnixTime now, SettlementRound& round);
  Result<void> bury(Store& store, const settlement::Settlement& settlement, const settlement::Death& death,
                    UnixTime now);
  Result<void> finish(Store& store, const settlement::Settlement& settlement, const settlement::Paid& paid,
                      UnixTime now);
  Result<void> plan(Store& store, const settlement::Tip& tip, UnixTime now, SettlementRound& round);

  // ---- settlement_history.cpp ----
  /// Goes on with the history of our own addresses. From then on, when it is complete, things may be signed.
  Result<void> follow(Store& store, UnixTime now, SettlementRound& round);
  Result<Blocked> take_page(Store& store, const settlement::History& history, UnixTime now, SettlementRound& round);
  Result<Blocked> take(Store& store, const settlement::Movement& movement, UnixTime now, SettlementRound& round);
  Result<void> credit(Store& store, const settlement::Movement& movement, const settlement::Output& output,
                      UnixTime now, SettlementRound& round);
  Result<Blocked> take_own(Store& store, const settlement::Movement& movement, UnixTime now, SettlementRound& round);
  Result<Blocked> take_unknown(Store& store, const settlement::Movement& movement, UnixTime now,
                               SettlementRound& round);
  Result<void> adopt(Store& store, const settlement::Settlement& settlement, const settlement::Movement& movement,
                     UnixTime now);
  Result<void> charge(Store& store, const settlement::Movement& movement, UnixTime now);
  Result<void> note_complete(Store& store, const settlement::History& history);

  const SettlementTerms& terms_;
  Ledger& ledger_;
  std::optional<UnixTime> started_;  ///< the first round
  settlement::Reconciled reconciled_ = settlement::Reconciled::No;
  std::map<std::string, UnixTime> submitted_;  ///< live attempts by digest, when they were last submitted
};

/// Whether that address may be the hot wallet: another one's history is another, and so are its attempts.
Result<void> check_address(const LedgerCursor& cursor, const std::string& address);
/// Inside a transaction: the reserves of a settlement are void, and it is over. What was to go back is in suspense
/// again.
Result<void> give_up(Store& store, const settlement::Books& books, const settlement::Settlement& settlement,
                     const std::string& why, UnixTime now);
/// Inside a transaction: a new settlement, with the reserves of its payouts.
Result<void> open_settlement(Store& store, const settlement::Books& books, const settlement::Settlement& settlement,
                             UnixTime now);

}  // namespace balans::api
