// Whose addresses are known, what came in from others, and what the operator's wallet has in the journal.
#include "api/app/settlement_requests.hpp"
#include "api/http/routes/settlement_json.hpp"
#include "api/http/routes/settlement_routes.hpp"

namespace balans::api {
namespace {

using settlement::Payee;

// ---- payees ----

Result<std::string> parse_after(std::string_view text) { return parse_wallet(text); }

Answer get_payees(const SettlementDesk& desk, const Call& call, Store& store) {
  std::string after;
  std::int64_t limit = limits::kPageDefault;
  Parameters parameters(call);
  parameters.optional("after", parse_after, after);
  parameters.optional("limit", parse_page_limit, limit);
  if (parameters.wrong()) return *std::move(parameters.wrong());
  const auto all = store.settlements().payees(desk.terms.books.chain, after, static_cast<std::size_t>(limit) + 1);
  if (!all) return store_problem();
  const std::size_t shown = std::min(all->size(), static_cast<std::size_t>(limit));
  json::Writer w;
  w.begin_object().key("payees").begin_array();
  for (std::size_t i = 0; i < shown; ++i) write(w, (*all)[i]);
  w.end_array().key("next");
  all->size() > shown ? w.string((*all)[shown - 1].address) : w.null();
  return json_response(w.end_object().take());
}

struct Wish {
  std::string address;
  settlement::PayoutMode mode = settlement::PayoutMode::OnRequest;
  std::optional<std::string> held;
};

Result<Wish> parse_wish(std::string_view body) {
  const auto value = json::parse_strict(body, limits::kWriteBytes);
  if (!value) return value.error();
  std::optional<Error> error;
  json::ObjectReader r(*value, "", error, json::PathStyle::Pointer);
  Wish wish;
  read_into(r, "address", parse_wallet, wish.address);
  read_into(r, "mode", settlement::parse_payout_mode, wish.mode);
  if (r.has("held")) wish.held = r.string("held", 200);
  r.finish();
  if (error) return *error;
  return wish;
}

/// The account of the path, where the chain can pay it.
std::variant<journal::Id, Response> account_of(const SettlementDesk& desk, const Call& call, Store& store) {
  const auto id = journal::parse_id(call.path.at("account"));
  if (!id) return problem(problems::kNotFound, "no account has this id");
  const auto account = store.journal().account(*id);
  if (!account) return store_problem();
  if (!*account) return problem(problems::kNotFound, "no account has this id");
  if ((*account)->asset != desk.terms.books.asset)
    return problem(problems::kConflict, "the account is of " + std::string(trade::name_of((*account)->asset)) +
                                            ": expected " + std::string(trade::name_of(desk.terms.books.asset)));
  if (is_the_operators(desk.terms.books, *id)) return problem(problems::kConflict, "the account is the operator's own");
  return *id;
}

Answer put_payee(const SettlementDesk& desk, const Call& call, Store& store) {
  const auto found = account_of(desk, call, store);
  if (const auto* refused = std::get_if<Response>(&found)) return *refused;
  const auto wish = parse_wish(call.request.body);
  if (!wish) return pointer_problem(problems::kInvalidBody, wish.error());
  // The loop looks at payees while nobody else writes to the journal.
  if (const auto alone = store.journal().hold(); !alone) return store_problem();
  SettlementStore& all = store.settlements();
  const settlement::ChainName& chain = desk.terms.books.chain;
  const auto there = all.payee(chain, wish->address);
  const auto before = all.payee_of(chain, std::get<journal::Id>(found));
  if (!there || !before) return store_problem();
  const bool is_ours = wish->address == desk.wallets.hot || wish->address == desk.wallets.cold;
  if (is_ours || (*there && (*there)->account != std::get<journal::Id>(found)))
    return problem(problems::kConflict, "/address: belongs to another account");
  Payee payee = *before ? **before : Payee{chain, "", std::get<journal::Id>(found), {}, "", UnixTime(0)};
  if (*before && payee.address != wish->address)
    if (const auto forgotten = all.forget_payee(chain, payee.address); !forgotten) return store_problem();
  payee.address = wish->address;
  payee.mode = wish->mode;
  if (wish->held) payee.held = *wish->held;
  if (const auto put = all.put_payee(payee); !put) return store_problem();
  json::Writer w;
  write(w, payee);
  return json_response(w.take());
}

Answer delete_payee(const SettlementDesk& desk, const Call& call, Store& store) {
  const auto found = account_of(desk, call, store);
  if (const auto* refused = std::get_if<Response>(&found)) return *refused;
  if (const auto alone = store.journal().hold(); !alone) return store_problem();
  const auto payee = store.settlements().payee_of(desk.terms.books.chain, std::get<journal::Id>(found));
  if (!payee) return store_problem();
  if (!*payee) return problem(problems::kNotFound, "this account has no address");
  const auto forgotten = store.settlements().forget_payee(desk.terms.books.chain, (*payee)->address);
  return forgotten ? no_content() : store_problem();
}

// ---- deposits ----

Answer get_deposits(const SettlementDesk& desk, const Call& call, Store& store) {
  std::int64_t limit = limits::kPageDefault;
  Parameters parameters(call);
  parameters.optional("limit", parse_page_limit, limit);
  if (parameters.wrong()) return *std::move(parameters.wrong());
  const auto all = store.settlements().in_suspense(desk.terms.books.chain, static_cast<std::size_t>(limit));
  if (!all) return store_problem();
  json::Writer w;
  w.begin_object().key("deposits").begin_array();
  for (const settlement::Deposit& deposit : *all) write(w, deposit);
  return json_response(w.end_array().end_object().take());
}

struct DepositWish {
  settlement::DepositKey key;
  journal::Id account;
};
enum class Whose : std::uint8_t { Named, NotAsked };

Result<DepositWish> parse_deposit(std::string_view body, const settlement::ChainName& chain, Whose whose) {
  const auto value = json::parse_strict(body, limits::kWriteBytes);
  if (!value) return value.error();
  std::optional<Error> error;
  json::ObjectReader r(*value, "", error, json::PathStyle::Pointer);
  DepositWish wish;
  wish.key = {chain, r.string("digest", settlement::kMostDigest), r.integer("output", 0, 1'000'000)};
  if (whose == Whose::Named) read_into(r, "account", journal::parse_id, wish.account);
  r.finish();
  if (error) return *error;
  return wish;
}

Answer post_assignment(Services& services, const SettlementDesk& desk, const Call& call, Store& store) {
  const auto wish = parse_deposit(call.request.body, desk.terms.books.chain, Whose::Named);
  if (!wish) return pointer_problem(problems::kInvalidBody, wish.error());
  JoinedStore joined(store);
  const auto done = assign_deposit(joined, desk.terms, wish->key, wish->account, services.clock.utc());
  return done ? no_content() : refusal_or_problem(done.error());
}

Answer post_return(Services& services, const SettlementDesk& desk, const Call& call, Store& store) {
  const auto wish = parse_deposit(call.request.body, desk.terms.books.chain, Whose::NotAsked);
  if (!wish) return pointer_problem(problems::kInvalidBody, wish.error());
  JoinedStore joined(store);
  const auto made = return_deposit(joined, desk.terms, wish->key, person_of(call), services.clock.utc());
  if (!made) return refusal_or_problem(made.error());
  json::Writer w;
  write(w, *made, desk);
  return json_response(w.take(), 201);
}

// ---- the operator's own ----

bool write_own(json::Writer& w, std::string_view key, const journal::Id& id, Store& store) {
  w.key(key).begin_object().key("account").string(to_text(id)).key("balance");
  const auto account = store.journal().account(id);
  if (!account) return false;
  if (!*account) return w.string("0").end_object(), true;  // before the first round
  const auto balances = store.journal().balance((*account)->number, std::nullopt);
  if (!balances) return false;
  w.string(std::to_string(balances->posted())).end_object();
  return true;
}

Answer get_hot_wallet(const SettlementDesk& desk, const Call&, Store& store) {
  const settlement::Books& books = desk.terms.books;
  json::Writer w;
  w.begin_object().key("chain").string(books.chain.str()).key("asset").string(trade::name_of(books.asset));
  w.key("address").string(desk.wallets.hot).key("cold_address");
  desk.wallets.cold.empty() ? w.null() : w.string(desk.wallets.cold);
  w.key("cap").string(std::to_string(desk.terms.rules.cap.units()));
  w.key("daily_limit").string(std::to_string(desk.terms.rules.daily_limit.units()));
  w.key("approve_above").string(std::to_string(desk.terms.rules.approve_above.units()));
  const bool read = write_own(w, "custody", custody_of(books), store) && write_own(w, "fees", fees_of(books), store) &&
                    write_own(w, "suspense", suspense_of(books), store) && write_own(w, "cold", cold_of(books), store);
  return read ? json_response(w.end_object().take()) : store_problem();
}

}  // namespace

std::vector<Route> payee_routes(Services& services) {
  const auto with_services = [&services](Answer (*run)(Services&, const SettlementDesk&, const Call&, Store&)) {
    return [&services, run](const SettlementDesk& desk, const Call& call, Store& store) {
      return run(services, desk, call, store);
    };
  };
  return {
      {Method::Get,
       "/v1/payees",
       Privilege::Read,
       0,
       {"after", "limit"},
       at_the_desk(services, Lane::Read, get_payees)},
      {Method::Put,
       "/v1/payees/{account}",
       Privilege::Administer,
       limits::kWriteBytes,
       {},
       at_the_desk(services, Lane::Write, put_payee),
       Repeated::Keyed},
      {Method::Delete,
       "/v1/payees/{account}",
       Privilege::Administer,
       0,
       {},
       at_the_desk(services, Lane::Write, delete_payee),
       Repeated::Keyed},
      {Method::Get, "/v1/hot-wallet", Privilege::Read, 0, {}, at_the_desk(services, Lane::Read, get_hot_wallet)},
      {Method::Get, "/v1/deposits", Privilege::Read, 0, {"limit"}, at_the_desk(services, Lane::Read, get_deposits)},
      {Method::Post,
       "/v1/deposits/assign",
       Privilege::Administer,
       limits::kWriteBytes,
       {},
       at_the_desk(services, Lane::Write, with_services(post_assignment)),
       Repeated::Keyed},
      {Method::Post,
       "/v1/deposits/return",
       Privilege::Administer,
       limits::kWriteBytes,
       {},
       at_the_desk(services, Lane::Write, with_services(post_return)),
       Repeated::Keyed},
  };
}

}  // namespace balans::api
