// What is paid out on a chain, and what people ask of it.
#include "api/app/settlement_requests.hpp"
#include "api/http/routes/settlement_json.hpp"
#include "api/http/routes/settlement_routes.hpp"

namespace balans::api {
namespace {

using settlement::Settlement;

std::string encode(const SettlementCursor& cursor) {
  return std::to_string(cursor.made.ms()) + "." + to_text(cursor.id);
}

Result<std::optional<SettlementCursor>> parse_cursor(std::string_view text) {
  const std::size_t point = text.find('.');
  const Error wrong{"", "expected the `next` of the page before"};
  if (point == std::string_view::npos) return wrong;
  const auto made = whole_number(0, std::numeric_limits<std::int64_t>::max())(text.substr(0, point));
  const auto id = journal::parse_id(text.substr(point + 1));
  if (!made || !id) return wrong;
  return std::optional(SettlementCursor{UnixTime(*made), *id});
}

Result<std::string> parse_state(std::string_view text) {
  for (const char* state : {"open", "settled", "given-up"})
    if (text == state) return std::string(text);
  return Error{"", "expected open, settled or given-up"};
}

Answer get_settlements(const SettlementDesk& desk, const Call& call, Store& store) {
  std::optional<SettlementCursor> before;
  std::string state;
  std::int64_t limit = limits::kPageDefault;
  Parameters parameters(call);
  parameters.optional("state", parse_state, state);
  parameters.optional("before", parse_cursor, before);
  parameters.optional("limit", parse_page_limit, limit);
  if (parameters.wrong()) return *std::move(parameters.wrong());
  const auto all =
      store.settlements().settlements(desk.terms.books.chain, before, static_cast<std::size_t>(limit) + 1, state);
  if (!all) return store_problem();
  const std::size_t shown = std::min(all->size(), static_cast<std::size_t>(limit));
  json::Writer w;
  w.begin_object().key("settlements").begin_array();
  for (std::size_t i = 0; i < shown; ++i) write(w, (*all)[i], desk);
  w.end_array().key("next");
  all->size() > shown ? w.string(encode(cursor_after((*all)[shown - 1]))) : w.null();
  return json_response(w.end_object().take());
}

/// The settlement of the path, or a refusal.
std::variant<Settlement, Response> settlement_of(const SettlementDesk& desk, const Call& call, Store& store) {
  const Response unknown = problem(problems::kNotFound, "no settlement has this id");
  const auto id = journal::parse_id(call.path.at("settlement"));
  if (!id) return unknown;
  auto found = store.settlements().find(*id);
  if (!found) return store_problem();
  if (!*found || (*found)->chain != desk.terms.books.chain) return unknown;
  return **std::move(found);
}

Answer answer_with(const SettlementDesk& desk, const Call& call, Store& store, int status) {
  const auto found = settlement_of(desk, call, store);
  if (const auto* refused = std::get_if<Response>(&found)) return *refused;
  json::Writer w;
  write(w, std::get<Settlement>(found), desk);
  return json_response(w.take(), status);
}

Result<PayoutRequest> parse_request(std::string_view body) {
  const auto value = json::parse_strict(body, limits::kWriteBytes);
  if (!value) return value.error();
  std::optional<Error> error;
  json::ObjectReader r(*value, "", error, json::PathStyle::Pointer);
  PayoutRequest request;
  read_into(r, "id", journal::parse_id, request.id);
  read_into(r, "account", journal::parse_id, request.account);
  read_into(r, "amount", parse_units, request.amount);
  if (r.has("address")) read_into(r, "address", parse_wallet, request.address);
  r.finish();
  if (error) return *error;
  return request;
}

/// To the account's own address where no other is given.
Answer post_settlement(Services& services, const SettlementDesk& desk, const Call& call, Store& store) {
  auto asked = parse_request(call.request.body);
  if (!asked) return pointer_problem(problems::kInvalidBody, asked.error());
  if (asked->address.empty()) {
    const auto payee = store.settlements().payee_of(desk.terms.books.chain, asked->account);
    if (!payee) return store_problem();
    if (!*payee) return problem(problems::kConflict, "/account: has no address: expected one here, or a payee");
    asked->address = (*payee)->address;
  }
  if (asked->address == desk.wallets.hot)
    return problem(problems::kConflict, "/address: is the wallet's own: nothing would leave it");
  asked->by = person_of(call);
  JoinedStore joined(store);
  const auto made = request_payout(joined, desk.terms, *asked, services.clock.utc());
  if (!made) return refusal_or_problem(made.error());
  json::Writer w;
  write(w, *made, desk);
  return json_response(w.take(), 201);
}

Answer post_approval(Services& services, const SettlementDesk& desk, const Call& call, Store& store) {
  const auto found = settlement_of(desk, call, store);
  if (const auto* refused = std::get_if<Response>(&found)) return *refused;
  JoinedStore joined(store);
  const auto done = approve_settlement(joined, std::get<Settlement>(found).id, person_of(call), services.clock.utc());
  return done ? answer_with(desk, call, store, 200) : refusal_or_problem(done.error());
}

Answer post_withdrawal(Services& services, const SettlementDesk& desk, const Call& call, Store& store) {
  const auto found = settlement_of(desk, call, store);
  if (const auto* refused = std::get_if<Response>(&found)) return *refused;
  JoinedStore joined(store);
  const auto done =
      withdraw_settlement(joined, desk.terms, std::get<Settlement>(found).id, person_of(call), services.clock.utc());
  return done ? answer_with(desk, call, store, 200) : refusal_or_problem(done.error());
}

}  // namespace

std::vector<Route> settlement_routes(Services& services) {
  const auto get_one = [](const SettlementDesk& desk, const Call& call, Store& store) {
    return answer_with(desk, call, store, 200);
  };
  const auto with_services = [&services](Answer (*run)(Services&, const SettlementDesk&, const Call&, Store&)) {
    return [&services, run](const SettlementDesk& desk, const Call& call, Store& store) {
      return run(services, desk, call, store);
    };
  };
  return {
      {Method::Get,
       "/v1/settlements",
       Privilege::Read,
       0,
       {"state", "before", "limit"},
       at_the_desk(services, Lane::Read, get_settlements)},
      {Method::Post,
       "/v1/settlements",
       Privilege::Administer,
       limits::kWriteBytes,
       {},
       at_the_desk(services, Lane::Write, with_services(post_settlement)),
       Repeated::Keyed},
      {Method::Get, "/v1/settlements/{settlement}", Privilege::Read, 0, {}, at_the_desk(services, Lane::Read, get_one)},
      {Method::Post,
       "/v1/settlements/{settlement}/approve",
       Privilege::Administer,
       limits::kWriteBytes,
       {},
       at_the_desk(services, Lane::Write, with_services(post_approval)),
       Repeated::Keyed},
      {Method::Post,
       "/v1/settlements/{settlement}/withdraw",
       Privilege::Administer,
       limits::kWriteBytes,
       {},
       at_the_desk(services, Lane::Write, with_services(post_withdrawal)),
       Repeated::Keyed},
  };
}

}  // namespace balans::api
