// Transfers between the accounts of a site.
#include "api/app/local_energy.hpp"
#include "api/core/energy/json.hpp"
#include "api/http/routes/money.hpp"
#include "api/http/routes/routes.hpp"
#include "common/messages/json.hpp"

namespace balans::api {
namespace {

Answer post_transfers(Services& services, const Call& call, Store& store) {
  const auto asked = energy::decode_transfers(call.request.body);
  if (!asked) return pointer_problem(problems::kInvalidBody, asked.error());
  if (!may_see(call, asked->site) || !call.access->roster.sites.contains(asked->site))
    return pointer_problem(problems::kInvalidBody, {"/site", "no site is called '" + asked->site.str() + "'"});
  for (std::size_t i = 0; i < asked->transfers.size(); ++i)
    if (auto refused = refuse_reserved(asked->transfers[i].id, "/transfers/" + std::to_string(i) + "/id"))
      return *std::move(refused);
  const WalletRules rules{deployment_of(call.access->roster, asked->site), services.billing.credit_limit};
  LocalWallet wallet(store.journal(), rules, services.clock.utc());
  const auto refused = wallet.enter(*asked);
  if (!refused) return store_problem();
  if (*refused) return problem(problems::kConflict, std::string(name_of((*refused)->why)) + ": " + (*refused)->what);
  json::Writer w;
  w.begin_object().key("transfers").begin_array();
  for (const energy::WireTransfer& transfer : asked->transfers) w.string(to_text(transfer.id));
  return json_response(w.end_array().end_object().take(), 201);
}

void write_account(json::Writer& w, std::string_view key, const journal::Account& account) {
  w.key(key).begin_object().key("id").string(to_text(account.id)).key("owner").string(account.owner).end_object();
}

std::optional<journal::Account> numbered(Store& store, std::int64_t number) {
  const auto found = store.journal().accounts({std::nullopt, std::nullopt, std::nullopt, number - 1, 1});
  return found && !found->empty() ? std::optional(found->front()) : std::nullopt;
}

Answer get_transfer(const Call& call, Store& store) {
  const Response unknown = problem(problems::kNotFound, "no transfer has this id");
  const auto id = journal::parse_id(call.path.at("transfer"));
  if (!id) return unknown;
  const auto found = store.journal().transfer(*id);
  if (!found) return store_problem();
  if (!*found) return unknown;
  const journal::Entry& entry = (*found)->entry;
  const auto debit = numbered(store, entry.debit);
  const auto credit = numbered(store, entry.credit);
  if (!debit || !credit) return store_problem();
  if (!may_see(call, debit->site) && !may_see(call, credit->site)) return unknown;
  json::Writer w;
  w.begin_object().key("id").string(to_text(entry.id)).key("at").string(to_rfc3339((*found)->at));
  w.key("commit").integer(entry.commit).key("kind").string(name_of(entry.kind)).key("code").string(name_of(entry.code));
  w.key("asset").string(trade::name_of(debit->asset)).key("amount").string(std::to_string(entry.amount.units()));
  write_account(w, "debit", *debit);
  write_account(w, "credit", *credit);
  w.key("reserve");
  entry.reserve ? w.string(to_text(*entry.reserve)) : w.null();
  return json_response(w.key("reference").string(entry.reference).end_object().take());
}

}  // namespace

std::vector<Route> transfer_routes(Services& services) {
  return {
      {Method::Post,
       "/v1/transfers",
       Privilege::Administer,
       limits::kTransferBytes,
       {},
       OnStore{Lane::Write,
               [&services](const Call& call, Store& store) { return post_transfers(services, call, store); }},
       Repeated::Keyed},
      {Method::Get, "/v1/transfers/{transfer}", Privilege::Read, 0, {}, OnStore{Lane::Read, get_transfer}},
  };
}

}  // namespace balans::api
