#pragma once
// Settlements, in either engine.

#include "api/store/settlement_store.hpp"
#include "api/store/sql.hpp"

namespace balans::api {

class SqlSettlements final : public SettlementStore {
 public:
  explicit SqlSettlements(sql::Connection& connection) : connection_(connection) {}

  Result<std::optional<std::int64_t>> lead(const settlement::ChainName& chain) override;
  Result<std::optional<LedgerCursor>> cursor(const settlement::ChainName& chain) override;
  Result<void> put_cursor(const LedgerCursor& cursor) override;
  Result<void> put_position(const settlement::ChainName& chain, const std::string& position) override;
  Result<void> note_restored() override;

  Result<void> put_payee(const settlement::Payee& payee) override;
  Result<void> note_planned(const settlement::ChainName& chain, const std::string& address, UnixTime at) override;
  Result<void> hold_payee(const settlement::ChainName& chain, const std::string& address, const journal::Id& account,
                          const std::string& why) override;
  Result<void> forget_payee(const settlement::ChainName& chain, const std::string& address) override;
  Result<std::optional<settlement::Payee>> payee(const settlement::ChainName& chain,
                                                 const std::string& address) override;
  Result<std::optional<settlement::Payee>> payee_of(const settlement::ChainName& chain,
                                                    const journal::Id& account) override;
  Result<std::vector<settlement::Payee>> payees(const settlement::ChainName& chain, const std::string& after,
                                                std::size_t limit) override;
  Result<std::vector<settlement::Payee>> due_payees(const settlement::ChainName& chain, UnixTime before,
                                                    std::size_t limit) override;

  Result<void> add(const settlement::Settlement& settlement) override;
  Result<std::optional<settlement::Settlement>> find(const journal::Id& id) override;
  Result<std::vector<settlement::Settlement>> open_settlements(const settlement::ChainName& chain,
                                                               const std::optional<SettlementCursor>& after,
                                                               std::size_t limit) override;
  Result<std::vector<settlement::Settlement>> settlements(const settlement::ChainName& chain,
                                                          const std::optional<SettlementCursor>& before,
                                                          std::size_t limit, std::string_view state) override;
  Result<bool> approve(const journal::Id& id, const settlement::Approval& approval) override;
  Result<void> add_attempt(const settlement::Settlement& settlement, const settlement::Attempt& attempt) override;
  Result<void> end_attempt(const journal::Id& settlement, const settlement::Attempt& attempt) override;
  Result<void> end(const journal::Id& id, const settlement::State& state) override;
  Result<settlement::Amount> signed_since(const settlement::ChainName& chain, UnixTime after,
                                          const journal::Id& but) override;
  Result<std::vector<settlement::Input>> inputs_in_use(const settlement::ChainName& chain) override;
  Result<std::optional<settlement::Attempt>> attempt(const settlement::ChainName& chain,
                                                     const std::string& digest) override;

  Result<void> add(const settlement::Deposit& deposit) override;
  Result<std::optional<settlement::Deposit>> deposit(const settlement::DepositKey& key) override;
  Result<void> settle(const settlement::Deposit& deposit) override;
  Result<std::optional<settlement::Deposit>> returned_by(const journal::Id& settlement) override;
  Result<std::vector<settlement::Deposit>> in_suspense(const settlement::ChainName& chain, std::size_t limit) override;

 private:
  using Settlements = std::vector<settlement::Settlement>;
  Result<Settlements> with_parts(const Result<std::unique_ptr<sql::Rows>>& rows);
  Result<void> load_payouts(settlement::Settlement& settlement);
  Result<void> load_attempts(settlement::Settlement& settlement);
  Result<void> load_inputs(const settlement::Settlement& settlement, settlement::Attempt& attempt);
  Result<void> add_inputs(const settlement::Settlement& settlement, const settlement::Attempt& attempt);

  sql::Connection& connection_;
};

}  // namespace balans::api
