#include "api/store/sql_settlements.hpp"

#include <limits>

#include "api/store/sql_settlement_rows.hpp"

namespace balans::api {

using namespace settlement_rows;
using settlement::Amount;
using settlement::Attempt;
using settlement::ChainName;
using settlement::Settlement;

namespace {

constexpr std::int64_t kFirst = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kLast = std::numeric_limits<std::int64_t>::max();

/// Exactly one row has to be changed by it.
Result<void> one(const Result<std::int64_t>& changed, const std::string& where, const char* otherwise) {
  if (!changed) return changed.error();
  if (*changed != 1) return Error{where, otherwise};
  return {};
}

Result<void> done(const Result<std::int64_t>& changed) { return changed ? Result<void>() : changed.error(); }

std::string name_of(const journal::Id& id) { return "settlement " + to_text(id); }

}  // namespace

Result<void> SqlSettlements::add(const Settlement& settlement) {
  const auto added =
      connection_.run("store a settlement",
                      "INSERT INTO settlement (id, chain, asset, purpose, total, made_utc, requested_by, state, why) "
                      "VALUES ($1, $2, $3, $4, $5, $6, $7, 'open', '')",
                      {to_text(settlement.id), settlement.chain.str(), trade::name_of(settlement.asset),
                       settlement::name_of(settlement.purpose), total_of(settlement).units(), settlement.made.ms(),
                       settlement.requested_by});
  if (!added) return added.error();
  std::int64_t n = 0;
  for (const settlement::Payout& payout : settlement.payouts) {
    const auto kept = connection_.run(
        "store a payout",
        "INSERT INTO settlement_transfer (settlement, n, account, address, amount, reserve) VALUES ($1, $2, $3, $4, "
        "$5, $6)",
        {to_text(settlement.id), n++, to_text(payout.account), payout.address, payout.amount.units(),
         to_text(payout.reserve)});
    if (!kept) return kept.error();
  }
  return {};
}

Result<std::vector<Settlement>> SqlSettlements::with_parts(const Result<std::unique_ptr<sql::Rows>>& rows) {
  Settlements all;
  const auto read = sql::each_row(rows, [&](const sql::Rows& row) -> Result<void> {
    auto settlement = settlement_of(row);
    if (!settlement) return settlement.error();
    all.push_back(*std::move(settlement));
    return {};
  });
  if (!read) return read.error();
  for (Settlement& settlement : all) {
    if (const auto loaded = load_payouts(settlement); !loaded) return loaded.error();
    if (const auto loaded = load_attempts(settlement); !loaded) return loaded.error();
  }
  return all;
}

Result<void> SqlSettlements::load_payouts(Settlement& settlement) {
  return sql::each_row(
      connection_.query("read payouts",
                        "SELECT account, address, amount, reserve FROM settlement_transfer WHERE settlement = $1 "
                        "ORDER BY n",
                        {to_text(settlement.id)}),
      [&](const sql::Rows& row) -> Result<void> {
        auto payout = payout_of(row);
        if (!payout) return payout.error();
        settlement.payouts.push_back(*std::move(payout));
        return {};
      });
}

Result<void> SqlSettlements::load_attempts(Settlement& settlement) {
  const auto read = sql::each_row(
      connection_.query("read attempts",
                        "SELECT " BALANS_ATTEMPT_COLUMNS " FROM settlement_attempt WHERE settlement = $1 ORDER BY n",
                        {to_text(settlement.id)}),
      [&](const sql::Rows& row) -> Result<void> {
        auto attempt = attempt_of(row);
        if (!attempt) return attempt.error();
        settlement.attempts.push_back(*std::move(attempt));
        return {};
      });
  if (!read) return read;
  for (Attempt& attempt : settlement.attempts)
    if (auto loaded = load_inputs(settlement, attempt); !loaded) return loaded;
  return {};
}

Result<void> SqlSettlements::load_inputs(const Settlement& settlement, Attempt& attempt) {
  return sql::each_row(
      connection_.query("read inputs",
                        "SELECT object, version FROM settlement_input WHERE settlement = $1 AND n = $2 "
                        "ORDER BY object, version",
                        {to_text(settlement.id), attempt.number}),
      [&](const sql::Rows& row) -> Result<void> {
        attempt.transaction.inputs.push_back({row.text(0), row.integer(1)});
        return {};
      });
}

Result<std::optional<Settlement>> SqlSettlements::find(const journal::Id& id) {
  auto found = with_parts(connection_.query(
      "find a settlement", "SELECT " BALANS_SETTLEMENT_COLUMNS " FROM settlement WHERE id = $1", {to_text(id)}));
  if (!found) return found.error();
  return found->empty() ? std::optional<Settlement>() : std::optional(std::move(found->front()));
}

Result<std::vector<Settlement>> SqlSettlements::open_settlements(const ChainName& chain,
                                                                 const std::optional<SettlementCursor>& after,
                                                                 std::size_t limit) {
  const SettlementCursor from = after.value_or(SettlementCursor{UnixTime(kFirst), {}});
  return with_parts(
      connection_.query("list open settlements",
                        "SELECT " BALANS_SETTLEMENT_COLUMNS
                        " FROM settlement WHERE chain = $1 AND state = 'open' AND (made_utc, id) > "
                        "($2, $3) ORDER BY made_utc, id LIMIT $4",
                        {chain.str(), from.made.ms(), to_text(from.id), static_cast<std::int64_t>(limit)}));
}

Result<std::vector<Settlement>> SqlSettlements::settlements(const ChainName& chain,
                                                            const std::optional<SettlementCursor>& before,
                                                            std::size_t limit, std::string_view state) {
  const SettlementCursor from = before.value_or(SettlementCursor{UnixTime(kLast), {}});
  return with_parts(
      connection_.query("list settlements",
                        "SELECT " BALANS_SETTLEMENT_COLUMNS
                        " FROM settlement WHERE chain = $1 AND (made_utc, id) < ($2, $3) AND ($5 = '' OR state = $5) "
                        "ORDER BY made_utc DESC, id DESC LIMIT $4",
                        {chain.str(), from.made.ms(), to_text(from.id), static_cast<std::int64_t>(limit), state}));
}

Result<bool> SqlSettlements::approve(const journal::Id& id, const settlement::Approval& approval) {
  const auto changed = connection_.run("approve a settlement",
                                       "UPDATE settlement SET approved_by = $1, approved_utc = $2 WHERE id = $3 "
                                       "AND state = 'open' AND approved_by IS NULL",
                                       {approval.by, approval.at.ms(), to_text(id)});
  if (!changed) return changed.error();
  return *changed == 1;
}

Result<void> SqlSettlements::add_attempt(const Settlement& settlement, const Attempt& attempt) {
  const auto& [digest, bytes, signature, inputs, most_fee, expiry] = attempt.transaction;
  const AttemptColumns state = columns_of(attempt.state);
  const auto marked = connection_.run("note that it is signed",
                                      "UPDATE settlement SET signed_utc = COALESCE(signed_utc, $1) WHERE id = $2 "
                                      "AND state = 'open'",
                                      {attempt.made.ms(), to_text(settlement.id)});
  if (auto fine = one(marked, name_of(settlement.id), "is not open"); !fine) return fine;
  const auto added =
      connection_.run("store an attempt",
                      "INSERT INTO settlement_attempt (settlement, chain, " BALANS_ATTEMPT_COLUMNS
                      ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
                      {to_text(settlement.id), settlement.chain.str(), attempt.number, digest, hex_of(bytes),
                       hex_of(signature), most_fee.units(), expiry, attempt.made.ms(), state.state, state.fee,
                       state.checkpoint, state.used_object, state.used_version, state.proof});
  if (!added) return added.error();
  return add_inputs(settlement, attempt);
}

Result<void> SqlSettlements::add_inputs(const Settlement& settlement, const Attempt& attempt) {
  const int live = std::holds_alternative<settlement::Live>(attempt.state) ? 1 : 0;
  for (const settlement::Input& input : attempt.transaction.inputs) {
    const auto added = connection_.run(
        "store an input",
        "INSERT INTO settlement_input (settlement, n, chain, object, version, live) VALUES ($1, $2, $3, $4, $5, $6)",
        {to_text(settlement.id), attempt.number, settlement.chain.str(), input.object, input.version, live});
    if (!added) return added.error();
  }
  return {};
}

Result<void> SqlSettlements::end_attempt(const journal::Id& id, const Attempt& attempt) {
  const AttemptColumns state = columns_of(attempt.state);
  const auto ended = connection_.run(
      "end an attempt",
      "UPDATE settlement_attempt SET state = $1, fee = $2, checkpoint = $3, used_object = $4, used_version = $5, "
      "proof = $6 WHERE settlement = $7 AND n = $8 AND state = 'live'",
      {state.state, state.fee, state.checkpoint, state.used_object, state.used_version, state.proof, to_text(id),
       attempt.number});
  if (auto fine = one(ended, name_of(id), "has no such live attempt"); !fine) return fine;
  return done(connection_.run("free inputs", "UPDATE settlement_input SET live = 0 WHERE settlement = $1 AND n = $2",
                              {to_text(id), attempt.number}));
}

Result<void> SqlSettlements::end(const journal::Id& id, const settlement::State& state) {
  const auto* settled = std::get_if<settlement::Settled>(&state);
  const auto* given_up = std::get_if<settlement::GivenUp>(&state);
  if (settled == nullptr && given_up == nullptr) return Error{name_of(id), "does not end by being open"};
  const UnixTime at = settled != nullptr ? settled->at : given_up->at;
  return one(connection_.run("end a settlement",
                             "UPDATE settlement SET state = $1, ended_utc = $2, why = $3 WHERE id = $4 AND state = "
                             "'open'",
                             {settled != nullptr ? "settled" : "given-up", at.ms(),
                              given_up != nullptr ? std::string_view(given_up->why) : std::string_view(), to_text(id)}),
             name_of(id), "is not open");
}

Result<Amount> SqlSettlements::signed_since(const ChainName& chain, UnixTime after, const journal::Id& but) {
  const auto found = sql::first_row(
      connection_.query("add up what was signed",
                        "SELECT CAST(COALESCE(sum(total), 0) AS BIGINT) FROM settlement WHERE chain = $1 AND "
                        "signed_utc > $2 AND id <> $3",
                        {chain.str(), after.ms(), to_text(but)}),
      [](const sql::Rows& row) { return row.integer(0); });
  if (!found) return found.error();
  const auto total = Amount::of(found->value_or(0));
  if (!total) return Error{"table settlement", "its totals do not add up"};
  return *total;
}

Result<std::vector<settlement::Input>> SqlSettlements::inputs_in_use(const ChainName& chain) {
  std::vector<settlement::Input> inputs;
  const auto read =
      sql::each_row(connection_.query("list inputs in use",
                                      "SELECT object, version FROM settlement_input WHERE chain = $1 AND live = 1 "
                                      "ORDER BY object, version",
                                      {chain.str()}),
                    [&](const sql::Rows& row) -> Result<void> {
                      inputs.push_back({row.text(0), row.integer(1)});
                      return {};
                    });
  if (!read) return read.error();
  return inputs;
}

Result<std::optional<Attempt>> SqlSettlements::attempt(const ChainName& chain, const std::string& digest) {
  const auto found = sql::first_row(
      connection_.query("find an attempt",
                        "SELECT " BALANS_ATTEMPT_COLUMNS " FROM settlement_attempt WHERE chain = $1 AND digest = $2",
                        {chain.str(), digest}),
      [](const sql::Rows& row) { return attempt_of(row); });
  if (!found) return found.error();
  if (!*found) return std::optional<Attempt>();
  if (!**found) return (*found)->error();
  return std::optional(***found);
}

}  // namespace balans::api
