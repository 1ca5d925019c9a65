#include "api/store/sql_settlement_rows.hpp"

#include <charconv>

namespace balans::api::settlement_rows {
namespace {

using namespace settlement;

template <class T>
Result<T> in_table(const char* table, Result<T> value) {
  if (!value) return value.error().within(std::string("table ") + table);
  return value;
}

Result<Amount> amount_in(const sql::Rows& row, int column, const char* table) {
  const auto amount = Amount::of(row.integer(column));
  if (!amount) return Error{std::string("table ") + table, "an amount is below zero"};
  return *amount;
}

Result<std::optional<journal::Id>> id_in(const sql::Rows& row, int column) {
  const auto text = row.optional_text(column);
  if (!text) return std::optional<journal::Id>();
  const auto id = in_table("deposit", journal::parse_id(*text));
  if (!id) return id.error();
  return std::optional(*id);
}

Result<Purpose> parse_purpose(std::string_view name) {
  for (const Purpose purpose : kPurposes)
    if (name_of(purpose) == name) return purpose;
  return Error{"table settlement", "'" + std::string(name) + "' is no purpose"};
}

/// From `state` on: state, ended_utc, why.
State state_in(const sql::Rows& row, int column) {
  const std::string name = row.text(column);
  if (name == "settled") return Settled{UnixTime(row.integer(column + 1))};
  if (name == "given-up") return GivenUp{UnixTime(row.integer(column + 1)), row.text(column + 2)};
  return Open{};
}

/// From `state` on: state, fee, checkpoint, used_object, used_version, proof.
Result<AttemptState> attempt_state_in(const sql::Rows& row, int column) {
  const std::string name = row.text(column);
  if (name == "live") return AttemptState(Live{});
  const std::int64_t checkpoint = row.optional_integer(column + 2).value_or(0);
  const std::string proof = row.text(column + 5);
  if (name == "input-used")
    return AttemptState(DeadByInput{
        {row.optional_text(column + 3).value_or(""), row.optional_integer(column + 4).value_or(0)}, proof, checkpoint});
  if (name == "expired") return AttemptState(DeadByEpoch{checkpoint});
  const auto fee = Amount::of(row.optional_integer(column + 1).value_or(0));
  if (!fee) return Error{"table settlement_attempt", "a fee is below zero"};
  if (name == "paid") return AttemptState(Paid{*fee, checkpoint});
  return AttemptState(DeadInVain{*fee, checkpoint, proof});
}

struct StateColumns {
  AttemptColumns operator()(const Live&) const { return {}; }
  AttemptColumns operator()(const Paid& paid) const { return {"paid", paid.fee.units(), paid.checkpoint, {}, {}, ""}; }
  AttemptColumns operator()(const DeadInVain& dead) const {
    return {"in-vain", dead.fee.units(), dead.checkpoint, {}, {}, dead.why};
  }
  AttemptColumns operator()(const DeadByInput& dead) const {
    return {"input-used", {}, dead.checkpoint, dead.input.object, dead.input.version, dead.by};
  }
  /// The epoch stands where others have their checkpoint.
  AttemptColumns operator()(const DeadByEpoch& dead) const { return {"expired", {}, dead.epoch, {}, {}, ""}; }
};

}  // namespace

Result<Settlement> settlement_of(const sql::Rows& row) {
  constexpr const char* kTable = "settlement";
  Settlement settlement;
  const auto id = in_table(kTable, journal::parse_id(row.text(0)));
  const auto chain = in_table(kTable, ChainName::parse(row.text(1)));
  const auto asset = in_table(kTable, trade::parse_asset(row.text(2)));
  const auto purpose = parse_purpose(row.text(3));
  if (!id) return id.error();
  if (!chain) return chain.error();
  if (!asset) return asset.error();
  if (!purpose) return purpose.error();
  settlement.id = *id;
  settlement.chain = *chain;
  settlement.asset = *asset;
  settlement.purpose = *purpose;
  settlement.made = UnixTime(row.integer(4));
  settlement.requested_by = row.text(5);
  if (!row.is_null(6)) settlement.approval = Approval{row.text(6), UnixTime(row.integer(7))};
  settlement.state = state_in(row, 8);
  return settlement;
}

Result<Payout> payout_of(const sql::Rows& row) {
  constexpr const char* kTable = "settlement_transfer";
  const auto account = in_table(kTable, journal::parse_id(row.text(0)));
  const auto amount = amount_in(row, 2, kTable);
  const auto reserve = in_table(kTable, journal::parse_id(row.text(3)));
  if (!account) return account.error();
  if (!amount) return amount.error();
  if (!reserve) return reserve.error();
  return Payout{*account, row.text(1), *amount, *reserve};
}

Result<Attempt> attempt_of(const sql::Rows& row) {
  constexpr const char* kTable = "settlement_attempt";
  Attempt attempt;
  attempt.number = row.integer(0);
  attempt.transaction.digest = row.text(1);
  auto bytes = in_table(kTable, bytes_of(row.text(2))), signature = in_table(kTable, bytes_of(row.text(3)));
  const auto most_fee = amount_in(row, 4, kTable);
  const auto state = attempt_state_in(row, 7);
  if (!bytes) return bytes.error();
  if (!signature) return signature.error();
  if (!most_fee) return most_fee.error();
  if (!state) return state.error();
  attempt.transaction.bytes = *std::move(bytes);
  attempt.transaction.signature = *std::move(signature);
  attempt.transaction.most_fee = *most_fee;
  attempt.transaction.expiry_epoch = row.optional_integer(5);
  attempt.made = UnixTime(row.integer(6));
  attempt.state = *state;
  return attempt;
}

Result<Deposit> deposit_of(const sql::Rows& row) {
  const auto chain = in_table("deposit", ChainName::parse(row.text(0)));
  const auto amount = amount_in(row, 4, "deposit");
  const auto account = id_in(row, 7), returned = id_in(row, 8);
  if (!chain) return chain.error();
  if (!amount) return amount.error();
  if (!account) return account.error();
  if (!returned) return returned.error();
  return Deposit{{*chain, row.text(1), row.integer(2)},
                 row.text(3),
                 *amount,
                 row.integer(5),
                 UnixTime(row.integer(6)),
                 *account,
                 *returned};
}

Result<Payee> payee_of(const sql::Rows& row) {
  constexpr const char* kTable = "ledger_payee";
  const auto chain = in_table(kTable, ChainName::parse(row.text(0)));
  const auto account = in_table(kTable, journal::parse_id(row.text(2)));
  const auto mode = in_table(kTable, parse_payout_mode(row.text(3)));
  if (!chain) return chain.error();
  if (!account) return account.error();
  if (!mode) return mode.error();
  return Payee{*chain, row.text(1), *account, *mode, row.text(4), UnixTime(row.integer(5))};
}

Result<LedgerCursor> cursor_of(const sql::Rows& row) {
  constexpr const char* kTable = "ledger_cursor";
  const auto chain = in_table(kTable, ChainName::parse(row.text(0)));
  const auto deployment = in_table(kTable, bytes32_from_hex(row.text(1)));
  if (!chain) return chain.error();
  if (!deployment) return deployment.error();
  return LedgerCursor{
      *chain, {{*deployment}, {row.text(2), row.text(3)}}, row.text(4), row.optional_integer(5), row.optional_text(6)};
}

AttemptColumns columns_of(const AttemptState& state) { return std::visit(StateColumns(), state); }

std::string hex_of(std::string_view bytes) {
  std::string hex;
  hex.reserve(bytes.size() * 2);
  for (const char byte : bytes) {
    const auto value = static_cast<unsigned char>(byte);
    hex += "0123456789abcdef"[value >> 4U];
    hex += "0123456789abcdef"[value & 15U];
  }
  return hex;
}

Result<std::string> bytes_of(std::string_view hex) {
  std::string bytes;
  bytes.reserve(hex.size() / 2);
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    unsigned value = 0;
    const auto [end, failure] = std::from_chars(hex.data() + i, hex.data() + i + 2, value, 16);
    if (failure != std::errc{} || end != hex.data() + i + 2) return Error{"", "bytes are not hexadecimal"};
    bytes += static_cast<char>(value);
  }
  if (hex.size() % 2 != 0) return Error{"", "bytes are cut off in the middle of one"};
  return bytes;
}

}  // namespace balans::api::settlement_rows
