#pragma once
// Settlements, payees and deposits as the api writes them.

#include <string>

#include "api/app/settlement_desk.hpp"
#include "common/messages/json.hpp"

namespace balans::api {

/// With all its payouts and attempts.
void write(json::Writer& w, const settlement::Settlement& settlement, const SettlementDesk& desk);
void write(json::Writer& w, const settlement::Payee& payee);
void write(json::Writer& w, const settlement::Deposit& deposit);

/// "open", "settled", "given-up"
std::string_view name_of(const settlement::State& state);
/// "live", "paid", "in-vain", "input-used", "expired"
std::string_view attempt_state_name(const settlement::AttemptState& state);

}  // namespace balans::api
