#pragma once
// How settlements, attempts and deposits lie in rows.

#include "api/core/settlement/model.hpp"
#include "api/store/settlement_store.hpp"
#include "api/store/sql.hpp"

namespace balans::api::settlement_rows {

#define BALANS_SETTLEMENT_COLUMNS \
  "id, chain, asset, purpose, made_utc, requested_by, approved_by, approved_utc, state, ended_utc, why"
#define BALANS_ATTEMPT_COLUMNS                                                                                         \
  "n, digest, bytes, signature, most_fee, expiry_epoch, made_utc, state, fee, checkpoint, used_object, used_version, " \
  "proof"
#define BALANS_DEPOSIT_COLUMNS "chain, digest, output, sender, amount, checkpoint, seen_utc, account, settlement"
#define BALANS_PAYEE_COLUMNS "chain, address, account, mode, held, planned_utc"

/// Without its payouts and attempts.
Result<settlement::Settlement> settlement_of(const sql::Rows& row);
/// account, address, amount, reserve
Result<settlement::Payout> payout_of(const sql::Rows& row);
/// Without its inputs.
Result<settlement::Attempt> attempt_of(const sql::Rows& row);
Result<settlement::Deposit> deposit_of(const sql::Rows& row);
Result<settlement::Payee> payee_of(const sql::Rows& row);
/// chain, deployment, chain_id, genesis, position, wait_epoch
Result<LedgerCursor> cursor_of(const sql::Rows& row);

/// The columns in which an attempt's state is kept.
struct AttemptColumns {
  std::string_view state = "live";
  std::optional<std::int64_t> fee;
  std::optional<std::int64_t> checkpoint;
  std::optional<std::string> used_object;
  std::optional<std::int64_t> used_version;
  std::string proof;
};
AttemptColumns columns_of(const settlement::AttemptState& state);

/// Lower-case hexadecimal of raw bytes.
std::string hex_of(std::string_view bytes);
Result<std::string> bytes_of(std::string_view hex);

}  // namespace balans::api::settlement_rows
