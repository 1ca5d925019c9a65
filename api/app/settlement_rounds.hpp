#pragma once
// The loop of settlements as it runs beside requests: one round after the other, what came of them told once, and a
// pause that grows while the chain does not answer.

#include <optional>
#include <set>
#include <string>
#include <utility>

#include "api/app/metrics.hpp"
#include "api/app/settlement_sweep.hpp"
#include "common/io/runtime/event_log.hpp"

namespace balans::api {

class SettlementRounds {
 public:
  /// All outlive this. `every`: from the end of one round to the next.
  SettlementRounds(const SettlementTerms& terms, OwnWallets wallets, Millis every, Ledger& ledger, EventLog& events,
                   Metrics& metrics)
      : terms_(terms),
        wallets_(std::move(wallets)),
        every_(every),
        events_(events),
        metrics_(metrics),
        ledger_(ledger),
        settlements_(std::in_place, terms, ledger) {}

  /// One round, where this process is the one that runs them. Gives how long to wait for the next.
  Millis step(Store& store, UnixTime now);

  /// After so long it is tried again, however often it has failed.
  static constexpr Millis kLongestPause = 300_s;

 private:
  Result<bool> lead(Store& store);
  Result<void> run(Store& store, UnixTime now);
  Result<void> sweep_sometimes(Store& store, const SettlementRound& round, UnixTime now);
  void tell(const SettlementRound& round);
  void measure(const SettlementRound& round, UnixTime now);
  Millis pause_after(const Result<void>& done);

  const SettlementTerms& terms_;
  const OwnWallets wallets_;
  const Millis every_;
  EventLog& events_;
  Metrics& metrics_;
  Ledger& ledger_;
  std::optional<Settlements> settlements_;
  bool has_asked_ = false;
  std::optional<std::int64_t> session_;  ///< in which it leads
  bool knows_wallets_ = false;
  std::optional<UnixTime> swept_;
  std::set<std::pair<std::string, std::string>> told_;  ///< in the last round
  bool above_cap_ = false;
  std::string failure_;  ///< of the last round; empty: it was complete
  Millis pause_ = 0_ms;
};

}  // namespace balans::api
