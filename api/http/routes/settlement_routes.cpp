#include "api/http/routes/settlement_routes.hpp"

#include "api/app/settlement_requests.hpp"
#include "api/ledger/iota/address.hpp"

namespace balans::api {

OnStore at_the_desk(Services& services, Lane lane,
                    std::function<Answer(const SettlementDesk&, const Call&, Store&)> run) {
  return {lane, [&services, run = std::move(run)](const Call& call, Store& store) -> Answer {
            if (call.caller.grant.sites) return problem(problems::kNotEntitled, "this token is for some sites only");
            if (services.settlement == nullptr)
              return problem(problems::kNotFound, "no wallet is configured here: see settlement in api.yaml");
            return run(*services.settlement, call, store);
          }};
}

std::string person_of(const Call& call) { return call.caller.who.substr(0, settlement::kMostPerson); }

Response refusal_or_problem(const Error& error) {
  return is_refusal(error) ? problem(problems::kConflict, error.message()) : store_problem();
}

Result<settlement::Amount> parse_units(std::string_view text) {
  const auto units = whole_number(1, std::numeric_limits<std::int64_t>::max())(text);
  if (!units) return Error{"", "expected base units, 1 to 2^63 - 1"};
  return *settlement::Amount::of(*units);
}

Result<std::string> parse_wallet(std::string_view text) {
  const auto address = iota::parse_address(text);
  if (!address) return address.error();
  if (*address == iota::Address{}) return Error{"", "is nobody's address"};
  return to_text(*address);
}

}  // namespace balans::api
