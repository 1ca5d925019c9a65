#pragma once
// What the routes of settlements, payees and deposits share.

#include <string>

#include "api/http/routes/answers.hpp"
#include "api/http/routes/routes.hpp"
#include "api/store/joined_store.hpp"
#include "common/messages/fields.hpp"
#include "common/messages/json.hpp"

namespace balans::api {

/// Where a chain is configured, and for tokens of all sites: a wallet pays accounts of every site.
OnStore at_the_desk(Services& services, Lane lane,
                    std::function<Answer(const SettlementDesk&, const Call&, Store&)> run);

/// Who asks, as it is kept with a settlement.
std::string person_of(const Call& call);

/// A no of the rules or of the journal is told as it is; what the database says is nobody's business.
Response refusal_or_problem(const Error& error);

/// Above zero.
Result<settlement::Amount> parse_units(std::string_view text);
/// All 64 digits, as it is written everywhere.
Result<std::string> parse_wallet(std::string_view text);

template <class Parse, class Value>
void read_into(json::ObjectReader& r, std::string_view key, Parse parse, Value& into) {
  auto parsed = parse(r.string(key, 100));
  if (!parsed) return r.fail(key, parsed.error().what);
  into = *std::move(parsed);
}

}  // namespace balans::api
