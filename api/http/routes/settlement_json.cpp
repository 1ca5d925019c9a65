#include "api/http/routes/settlement_json.hpp"

#include "api/core/rfc3339.hpp"

namespace balans::api {

using namespace settlement;

namespace {

void write_units(json::Writer& w, std::string_view key, Amount amount) {
  w.key(key).string(std::to_string(amount.units()));
}

/// A fee, a checkpoint and a reason, as far as the state has them.
struct StateFields {
  std::string_view name;
  std::optional<Amount> fee;
  std::optional<std::int64_t> checkpoint;
  std::string why;
};

StateFields fields_of(const AttemptState& state) {
  if (const auto* paid = std::get_if<Paid>(&state)) return {"paid", paid->fee, paid->checkpoint, ""};
  if (const auto* vain = std::get_if<DeadInVain>(&state)) return {"in-vain", vain->fee, vain->checkpoint, vain->why};
  if (const auto* used = std::get_if<DeadByInput>(&state))
    return {"input-used", std::nullopt, used->checkpoint,
            used->input.object + " in version " + std::to_string(used->input.version) + " was used by " + used->by};
  if (const auto* over = std::get_if<DeadByEpoch>(&state))
    return {"expired", std::nullopt, std::nullopt, "unknown in epoch " + std::to_string(over->epoch)};
  return {"live", std::nullopt, std::nullopt, ""};
}

void write_link(json::Writer& w, const std::string& digest, std::string page) {
  w.key("explorer");
  const std::size_t at = page.find("{digest}");
  if (page.empty() || at == std::string::npos) return void(w.null());
  w.string(page.replace(at, 8, digest));
}

void write(json::Writer& w, const Attempt& attempt, const std::string& explorer) {
  const StateFields state = fields_of(attempt.state);
  w.begin_object().key("number").integer(attempt.number).key("digest").string(attempt.transaction.digest);
  w.key("made").string(to_rfc3339(attempt.made)).key("state").string(state.name);
  write_units(w, "most_fee", attempt.transaction.most_fee);
  w.key("expiry_epoch");
  attempt.transaction.expiry_epoch ? w.integer(*attempt.transaction.expiry_epoch) : w.null();
  w.key("fee");
  state.fee ? w.string(std::to_string(state.fee->units())) : w.null();
  w.key("checkpoint");
  state.checkpoint ? w.integer(*state.checkpoint) : w.null();
  w.key("why");
  state.why.empty() ? w.null() : w.string(state.why);
  write_link(w, attempt.transaction.digest, explorer);
  w.end_object();
}

void write_text(json::Writer& w, std::string_view key, const std::string& text) {
  w.key(key);
  text.empty() ? w.null() : w.string(text);
}

void write_end(json::Writer& w, const State& state) {
  const auto* settled = std::get_if<Settled>(&state);
  const auto* given_up = std::get_if<GivenUp>(&state);
  w.key("ended");
  if (settled == nullptr && given_up == nullptr)
    w.null();
  else
    w.string(to_rfc3339(settled != nullptr ? settled->at : given_up->at));
  write_text(w, "why", given_up != nullptr ? given_up->why : "");
}

}  // namespace

std::string_view name_of(const State& state) {
  if (std::holds_alternative<Settled>(state)) return "settled";
  return std::holds_alternative<GivenUp>(state) ? "given-up" : "open";
}

std::string_view attempt_state_name(const AttemptState& state) { return fields_of(state).name; }

void write(json::Writer& w, const Settlement& settlement, const SettlementDesk& desk) {
  w.begin_object().key("id").string(to_text(settlement.id)).key("chain").string(settlement.chain.str());
  w.key("asset").string(trade::name_of(settlement.asset)).key("purpose").string(name_of(settlement.purpose));
  w.key("made").string(to_rfc3339(settlement.made));
  write_text(w, "requested_by", settlement.requested_by);
  w.key("approved_by");
  settlement.approval ? w.string(settlement.approval->by) : w.null();
  const Amount total = total_of(settlement);
  write_units(w, "total", total);
  w.key("waits_for_approval")
      .boolean(is_open(settlement) && !settlement.approval && live_attempt(settlement) == nullptr &&
               total > desk.terms.rules.approve_above);
  w.key("state").string(name_of(settlement.state));
  write_end(w, settlement.state);
  w.key("payouts").begin_array();
  for (const Payout& payout : settlement.payouts) {
    w.begin_object().key("account").string(to_text(payout.account)).key("address").string(payout.address);
    write_units(w, "amount", payout.amount);
    w.end_object();
  }
  w.end_array().key("attempts").begin_array();
  for (const Attempt& attempt : settlement.attempts) write(w, attempt, desk.explorer);
  w.end_array().end_object();
}

void write(json::Writer& w, const Payee& payee) {
  w.begin_object().key("account").string(to_text(payee.account)).key("chain").string(payee.chain.str());
  w.key("address").string(payee.address).key("mode").string(name_of(payee.mode)).key("held").string(payee.held);
  w.end_object();
}

void write(json::Writer& w, const Deposit& deposit) {
  w.begin_object().key("chain").string(deposit.key.chain.str()).key("digest").string(deposit.key.digest);
  w.key("output").integer(deposit.key.output).key("sender").string(deposit.sender);
  write_units(w, "amount", deposit.amount);
  w.key("checkpoint").integer(deposit.checkpoint).key("seen").string(to_rfc3339(deposit.seen)).end_object();
}

}  // namespace balans::api
