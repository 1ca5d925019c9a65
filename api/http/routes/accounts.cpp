// Accounts of the journal, what they hold now or held then, and their statements.
#include "api/app/journal.hpp"
#include "api/core/journal/effect.hpp"
#include "api/http/routes/answers.hpp"
#include "api/http/routes/money.hpp"
#include "api/http/routes/routes.hpp"
#include "common/messages/fields.hpp"
#include "common/messages/json.hpp"

namespace balans::api {
namespace {

using journal::Account;
using journal::Balances;

void write_bound(json::Writer& w, std::string_view key, const std::optional<trade::Amount>& bound) {
  w.key(key);
  bound ? w.string(std::to_string(bound->units())) : w.null();
}

void write(json::Writer& w, const Account& account, const Balances& balances) {
  w.begin_object().key("id").string(to_text(account.id)).key("asset").string(trade::name_of(account.asset));
  w.key("kind").string(name_of(account.kind)).key("site");
  account.site ? w.string(account.site->str()) : w.null();
  w.key("owner").string(account.owner).key("made").string(to_rfc3339(account.made));
  write_bound(w, "credit_limit", account.debits_over);
  w.key("balance").string(std::to_string(balances.posted()));
  w.key("pending_out").string(std::to_string(balances.debits_pending.units()));
  w.key("pending_in").string(std::to_string(balances.credits_pending.units()));
  const auto left = left_to_give(account, balances);
  w.key("available");
  left ? w.string(std::to_string(*left)) : w.null();
  w.end_object();
}

Answer get_accounts(const Call& call, Store& store) {
  AccountQuery query;
  std::int64_t limit = limits::kPageDefault;
  Parameters parameters(call);
  parameters.optional("site", SiteId::parse, query.site);
  parameters.optional("asset", trade::parse_asset, query.asset);
  parameters.optional("owner", parse_owner, query.owner);
  parameters.optional("after", parse_before, query.after);
  parameters.optional("limit", parse_page_limit, limit);
  confine_to_sites(call, query.site, parameters);
  if (parameters.wrong()) return *std::move(parameters.wrong());
  query.limit = static_cast<std::size_t>(limit) + 1;
  const auto accounts = store.journal().accounts(query);
  if (!accounts) return store_problem();
  const std::size_t shown = std::min(accounts->size(), static_cast<std::size_t>(limit));
  json::Writer w;
  w.begin_object().key("accounts").begin_array();
  for (std::size_t i = 0; i < shown; ++i) {
    const auto balances = store.journal().balance((*accounts)[i].number, std::nullopt);
    if (!balances) return store_problem();
    write(w, (*accounts)[i], *balances);
  }
  w.end_array().key("next");
  accounts->size() > shown ? w.string(std::to_string((*accounts)[shown - 1].number)) : w.null();
  return json_response(w.end_object().take());
}

/// The account of the path, if the caller may see it: nobody learns that there is one that is not theirs.
std::variant<Account, Response> account_of(const Call& call, Store& store) {
  const Response unknown = problem(problems::kNotFound, "no account has this id");
  const auto id = journal::parse_id(call.path.at("account"));
  if (!id) return unknown;
  auto account = store.journal().account(*id);
  if (!account) return store_problem();
  if (!*account || !may_see(call, (*account)->site)) return unknown;
  return **std::move(account);
}

Answer get_account(const Call& call, Store& store) {
  std::optional<UnixTime> at;
  Parameters parameters(call);
  parameters.optional("at", parse_rfc3339, at);
  if (parameters.wrong()) return *std::move(parameters.wrong());
  auto found = account_of(call, store);
  if (auto* refused = std::get_if<Response>(&found)) return std::move(*refused);
  const auto& account = std::get<Account>(found);
  const auto balances = store.journal().balance(account.number, at);
  if (!balances) return store_problem();
  json::Writer w;
  write(w, account, *balances);
  return json_response(w.take());
}

Result<journal::NewAccount> parse_new_account(std::string_view body) {
  const auto value = json::parse_strict(body, limits::kWriteBytes);
  if (!value) return value.error();
  std::optional<Error> error;
  json::ObjectReader r(*value, "", error, json::PathStyle::Pointer);
  journal::NewAccount account;
  const auto read = [&r](std::string_view key, auto parse, auto& into) {
    const auto parsed = parse(r.string(key, 64));
    if (!parsed) return r.fail(key, parsed.error().what);
    into = *parsed;
  };
  read("id", journal::parse_id, account.id);
  read("asset", trade::parse_asset, account.asset);
  read("kind", journal::parse_account_kind, account.kind);
  if (r.has("site")) read("site", SiteId::parse, account.site);
  account.owner = r.string("owner", journal::kMostOwner);
  if (r.has("credit_limit")) {
    const std::uint64_t limit = r.number("credit_limit");
    if (limit > static_cast<std::uint64_t>(journal::kMostCreditLimit))
      r.fail("credit_limit", "is above " + std::to_string(journal::kMostCreditLimit));
    else
      account.debits_over = trade::Amount::of(static_cast<std::int64_t>(limit));
  }
  r.finish();
  if (error) return *error;
  return account;
}

Answer post_account(Services& services, const Call& call, Store& store) {
  const auto asked = parse_new_account(call.request.body);
  if (!asked) return pointer_problem(problems::kInvalidBody, asked.error());
  if (!may_see(call, asked->site))
    return pointer_problem(problems::kInvalidBody, {"/site", "is not one that this token is for"});
  if (auto refused = refuse_reserved(asked->id, "/id")) return *std::move(refused);
  const auto outcome = open_account(store.journal(), *asked, services.clock.utc());
  if (!outcome) return store_problem();
  if (const auto* refused = std::get_if<journal::Refused>(&*outcome))
    return problem(problems::kConflict, std::string(name_of(refused->why)) + ": " + refused->what);
  const auto account = store.journal().account(asked->id);
  if (!account || !*account) return store_problem();
  const auto balances = store.journal().balance((*account)->number, std::nullopt);
  if (!balances) return store_problem();
  json::Writer w;
  write(w, **account, *balances);
  return json_response(w.take(), 201);
}

Answer get_trial_balance(const Call& call, Store& store) {
  if (call.caller.grant.sites) return problem(problems::kNotEntitled, "this token is for some sites only");
  std::optional<UnixTime> at;
  Parameters parameters(call);
  parameters.optional("at", parse_rfc3339, at);
  if (parameters.wrong()) return *std::move(parameters.wrong());
  const auto assets = store.journal().trial_balance(at);
  if (!assets) return store_problem();
  json::Writer w;
  w.begin_object().key("assets").begin_array();
  for (const TrialBalance& asset : *assets) {
    const auto units = [&w](std::string_view key, trade::Amount amount) {
      w.key(key).string(std::to_string(amount.units()));
    };
    w.begin_object().key("asset").string(trade::name_of(asset.asset)).key("accounts").integer(asset.accounts);
    units("debits", asset.sums.debits_posted);
    units("credits", asset.sums.credits_posted);
    units("pending_debits", asset.sums.debits_pending);
    units("pending_credits", asset.sums.credits_pending);
    w.key("even").boolean(asset.is_even()).end_object();
  }
  return json_response(w.end_array().end_object().take());
}

std::string to_csv(const StatementPage& page, trade::Asset asset) {
  std::string text = "at,transfer,kind,code,counterparty,asset,debit,credit,balance,reference\r\n";
  for (const StatementRow& row : page.rows) {
    const std::string amount = std::to_string(row.entry.amount.units());
    text += to_rfc3339(row.at) + "," + to_text(row.entry.id) + "," + std::string(name_of(row.entry.kind)) + "," +
            std::string(name_of(row.entry.code)) + "," + to_text(row.counterparty) + "," +
            std::string(trade::name_of(asset)) + "," + (row.side == Side::Debit ? amount : "") + "," +
            (row.side == Side::Credit ? amount : "") + "," + std::to_string(row.posted) + "," +
            csv_text(row.entry.reference) + "\r\n";
  }
  return text;
}

void write(json::Writer& w, const StatementRow& row) {
  w.begin_object().key("at").string(to_rfc3339(row.at)).key("transfer").string(to_text(row.entry.id));
  w.key("kind").string(name_of(row.entry.kind)).key("code").string(name_of(row.entry.code));
  w.key("side").string(row.side == Side::Debit ? "debit" : "credit");
  w.key("counterparty").string(to_text(row.counterparty));
  w.key("amount").string(std::to_string(row.entry.amount.units()));
  w.key("balance").string(std::to_string(row.posted)).key("reference").string(row.entry.reference).end_object();
}

std::string to_json(const StatementPage& page, const Account& account) {
  json::Writer w;
  w.begin_object().key("account").string(to_text(account.id)).key("asset").string(trade::name_of(account.asset));
  w.key("balance_before").string(std::to_string(page.posted_before)).key("rows").begin_array();
  for (const StatementRow& row : page.rows) write(w, row);
  w.end_array().key("next");
  page.next ? w.string(encode(*page.next)) : w.null();
  return w.end_object().take();
}

Result<bool> parse_is_csv(std::string_view text) {
  if (text == "csv" || text == "json") return text == "csv";
  return Error{"", "expected json or csv"};
}

Answer get_statement(const Call& call, Store& store) {
  StatementQuery query;
  std::int64_t limit = limits::kPageDefault;
  bool is_csv = false;
  Parameters parameters(call);
  parameters.optional("from", parse_rfc3339, query.from);
  parameters.optional("to", parse_rfc3339, query.to);
  parameters.optional("after", parse_statement_cursor, query.after);
  parameters.optional("limit", parse_page_limit, limit);
  parameters.optional("format", parse_is_csv, is_csv);
  if (parameters.wrong()) return *std::move(parameters.wrong());
  auto found = account_of(call, store);
  if (auto* refused = std::get_if<Response>(&found)) return std::move(*refused);
  const auto& account = std::get<Account>(found);
  query.account = account.number;
  query.limit = static_cast<std::size_t>(limit);
  const auto page = store.journal().statement(query);
  if (!page) return store_problem();
  if (!is_csv) return json_response(to_json(*page, account));
  Response response{200, "text/csv; charset=utf-8", {{"Cache-Control", "private, no-cache"}}, {}};
  response.body = to_csv(*page, account.asset);
  if (page->next) response.headers.emplace_back("Balans-Next", encode(*page->next));
  return response;
}

}  // namespace

std::vector<Route> account_routes(Services& services) {
  return {
      {Method::Get,
       "/v1/accounts",
       Privilege::Read,
       0,
       {"site", "asset", "owner", "after", "limit"},
       OnStore{Lane::Read, get_accounts}},
      {Method::Post,
       "/v1/accounts",
       Privilege::Administer,
       limits::kWriteBytes,
       {},
       OnStore{Lane::Write,
               [&services](const Call& call, Store& store) { return post_account(services, call, store); }},
       Repeated::Keyed},
      {Method::Get, "/v1/accounts/{account}", Privilege::Read, 0, {"at"}, OnStore{Lane::Read, get_account}},
      {Method::Get,
       "/v1/statements/{account}",
       Privilege::Read,
       0,
       {"from", "to", "after", "limit", "format"},
       OnStore{Lane::Read, get_statement}},
      {Method::Get, "/v1/trial-balance", Privilege::Read, 0, {"at"}, OnStore{Lane::Read, get_trial_balance}},
  };
}

}  // namespace balans::api
