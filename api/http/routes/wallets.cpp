// Wallets: whose they are, how their keys are kept, and opening them. Bodies here hold passwords and backup words:
// nothing of one is repeated, and no answer of one is kept.
#include "api/http/routes/wallet_parts.hpp"

namespace balans::api {
namespace {

constexpr std::size_t kMostWords = 1000;
constexpr const char* kId = "32 digits of 0-9 and a-f";

/// What a request for a wallet says before its account was found.
struct WalletWish {
  journal::Id account;
  NewWallet wanted;
};
struct Password {
  SecretText text;
};
struct NewPassword {
  SecretText words, password;
};

OwnKey read_own_key(SecretBody& body) {
  OwnKey own;
  own.address = body.text("address", settlement::kMostAddress);
  own.key.bytes = body.parsed("public_key", 64, bytes32_from_hex, "64 digits of 0-9 and a-f");
  own.proof = body.text("proof", 200);
  return own;
}

SealedKey read_sealed_key(SecretBody& body) {
  SealedKey sealed;
  sealed.password = body.secret("password", wallet::kMostPassword);
  if (body.has("words")) sealed.words = body.secret("words", kMostWords);
  return sealed;
}

Result<WalletWish> parse_wish(const Call& call) {
  SecretBody body(call.request.body);
  WalletWish wish;
  wish.wanted.id = body.parsed("id", 32, journal::parse_id, kId);
  wish.account = body.parsed("account", 32, journal::parse_id, kId);
  wish.wanted.payout_mode = std::string(name_of(settlement::PayoutMode::OnRequest));
  if (body.has("payout"))
    wish.wanted.payout_mode = std::string(
        name_of(body.parsed("payout", 40, settlement::parse_payout_mode, "on-request, periodic or leaving")));
  const std::string kept = body.text("kept", 10);
  if (kept == "api")
    wish.wanted.key = read_sealed_key(body);
  else if (kept == "owner")
    wish.wanted.key = read_own_key(body);
  else
    body.fail("kept", "expected api or owner");
  if (auto error = body.finish()) return *std::move(error);
  return wish;
}

Result<Password> parse_password(const Call& call) {
  SecretBody body(call.request.body);
  Password password{body.secret("password", wallet::kMostPassword)};
  if (auto error = body.finish()) return *std::move(error);
  return password;
}

Result<NewPassword> parse_new_password(const Call& call) {
  SecretBody body(call.request.body);
  NewPassword asked;
  asked.words = body.secret("words", kMostWords);
  asked.password = body.secret("password", wallet::kMostPassword);
  if (auto error = body.finish()) return *std::move(error);
  return asked;
}

/// Kept by nobody: it may hold what is shown once.
Response secret_response(std::string body, int status) {
  return {status, "application/json", {{"Cache-Control", "no-store"}}, std::move(body)};
}

Answer post_wallet(const Call& call, Store& store, const WalletService& wallets,
                   const std::shared_ptr<WalletWish>& wish) {
  if (auto reserved = refuse_reserved(wish->wanted.id, "/id")) return *std::move(reserved);
  auto account = store.journal().account(wish->account);
  if (!account) return store_problem();
  if (!*account || !may_see(call, (*account)->site))
    return pointer_problem(problems::kInvalidBody, {"/account", "no account has this id"});
  wish->wanted.account = **std::move(account);
  // As with /v1/payees: whoever is there for some sites only decides nothing about what the hot wallet pays.
  if (call.caller.grant.sites) wish->wanted.payout_mode.reset();
  auto made = wallets.wallets.make(store, wish->wanted, caller_of(call, "POST /v1/wallets"));
  if (!made) return store_problem();
  if (const auto* why = std::get_if<WalletRefused>(&*made)) return refused(*why);
  const auto& [wallet, words] = std::get<MadeWallet>(*made);
  const auto payee = store.settlements().payee(wallet.chain, wallet.address);
  if (!payee) return store_problem();
  json::Writer w;
  w.begin_object();
  write_members(w, wallet);
  w.key("payee").boolean(*payee && (*payee)->account == wallet.account);
  if (words) w.key("words").string(words->str());
  return secret_response(w.end_object().take(), 201);
}

Answer get_wallets(const Services& services, const Call& call, Store& store) {
  if (services.wallets == nullptr) return problem(problems::kNoChain, "api.yaml has no section `settlement`");
  WalletQuery query;
  std::int64_t limit = limits::kPageDefault;
  Parameters parameters(call);
  parameters.optional("site", SiteId::parse, query.site);
  parameters.optional("account", journal::parse_id, query.account);
  parameters.optional("after", journal::parse_id, query.after);
  parameters.optional("limit", parse_page_limit, limit);
  confine_to_sites(call, query.site, parameters);
  if (parameters.wrong()) return *std::move(parameters.wrong());
  query.limit = static_cast<std::size_t>(limit) + 1;
  const auto found = store.wallets().wallets(query);
  if (!found) return store_problem();
  const std::size_t shown = std::min(found->size(), static_cast<std::size_t>(limit));
  const WalletTerms& terms = services.wallets->wallets.terms();
  json::Writer w;
  w.begin_object().key("deployment").string(to_hex(terms.deployment.bytes));
  w.key("chain").begin_object().key("name").string(terms.chain.str()).key("id").string(terms.network.chain);
  w.key("genesis").string(terms.network.genesis).end_object().key("wallets").begin_array();
  for (std::size_t i = 0; i < shown; ++i) {
    w.begin_object();
    write_members(w, (*found)[i]);
    w.end_object();
  }
  w.end_array().key("next");
  found->size() > shown ? w.string(to_text((*found)[shown - 1].id)) : w.null();
  return json_response(w.end_object().take());
}

Answer get_wallet(const Call& call, Store& store, const WalletService& wallets, const std::shared_ptr<NoBody>&) {
  auto found = wallet_of(call, store);
  if (auto* unknown = std::get_if<Response>(&found)) return std::move(*unknown);
  const auto& wallet = std::get<wallet::Wallet>(found);
  const auto holdings = wallets.payments.holdings(store, wallet);
  if (!holdings) return store_problem();
  json::Writer w;
  w.begin_object();
  write_members(w, wallet);
  w.key("balance");
  holdings->balance ? w.string(std::to_string(holdings->balance->units())) : w.null();
  w.key("epoch");
  holdings->epoch ? w.string(std::to_string(*holdings->epoch)) : w.null();
  w.key("pending_out").string(std::to_string(holdings->in_flight.out.units()));
  w.key("pending_in").string(std::to_string(holdings->in_flight.in.units()));
  return json_response(w.end_object().take());
}

Answer post_session(const Call& call, Store& store, const WalletService& wallets,
                    const std::shared_ptr<Password>& password) {
  auto found = wallet_of(call, store);
  if (auto* unknown = std::get_if<Response>(&found)) return std::move(*unknown);
  const auto opened = wallets.wallets.open(store, std::get<wallet::Wallet>(found), password->text.str(),
                                           caller_of(call, "POST /v1/wallets/{wallet}/session"));
  if (!opened) return store_problem();
  if (const auto* why = std::get_if<WalletRefused>(&*opened)) return refused(*why);
  json::Writer w;
  w.begin_object().key("session").string(std::get<OpenedWallet>(*opened).secret);
  w.key("ends").string(to_rfc3339(std::get<OpenedWallet>(*opened).ends)).end_object();
  return secret_response(w.take(), 201);
}

Answer delete_session(const Call& call, Store& store, const WalletService& wallets, const std::shared_ptr<NoBody>&) {
  auto found = wallet_of(call, store);
  if (auto* unknown = std::get_if<Response>(&found)) return std::move(*unknown);
  wallets.wallets.close(std::get<wallet::Wallet>(found), caller_of(call, ""));
  return no_content();
}

Answer post_restore(const Call& call, Store& store, const WalletService& wallets,
                    const std::shared_ptr<NewPassword>& asked) {
  auto found = wallet_of(call, store);
  if (auto* unknown = std::get_if<Response>(&found)) return std::move(*unknown);
  const auto restored =
      wallets.wallets.restore(store, std::get<wallet::Wallet>(found), asked->words.str(), asked->password.str(),
                              caller_of(call, "POST /v1/wallets/{wallet}/restore"));
  if (!restored) return store_problem();
  if (const auto* why = std::get_if<WalletRefused>(&*restored)) return refused(*why);
  json::Writer w;
  w.begin_object();
  write_members(w, std::get<wallet::Wallet>(*restored));
  return secret_response(w.end_object().take(), 200);
}

}  // namespace

std::vector<Route> wallet_routes(Services& services) {
  const auto turns = std::make_shared<Turns>();
  const auto keys = Lane::Read, chain = Lane::Write;
  return {
      {Method::Get,
       "/v1/wallets",
       Privilege::Read,
       0,
       {"site", "account", "after", "limit"},
       OnStore{Lane::Read, [&services](const Call& call, Store& store) { return get_wallets(services, call, store); }}},
      {Method::Post,
       "/v1/wallets",
       Privilege::Administer,
       limits::kWriteBytes,
       {},
       on_wallets<WalletWish>(services, turns, keys, parse_wish, post_wallet),
       Repeated::Harmless,
       Content::Secret},
      {Method::Get,
       "/v1/wallets/{wallet}",
       Privilege::Read,
       0,
       {},
       on_wallets<NoBody>(services, turns, chain, no_body, get_wallet)},
      {Method::Post,
       "/v1/wallets/{wallet}/session",
       Privilege::Operate,
       limits::kWriteBytes,
       {},
       on_wallets<Password>(services, turns, keys, parse_password, post_session),
       Repeated::Harmless,
       Content::Secret},
      {Method::Delete,
       "/v1/wallets/{wallet}/session",
       Privilege::Operate,
       0,
       {},
       on_wallets<NoBody>(services, turns, keys, no_body, delete_session)},
      {Method::Post,
       "/v1/wallets/{wallet}/restore",
       Privilege::Operate,
       limits::kWriteBytes,
       {},
       on_wallets<NewPassword>(services, turns, keys, parse_new_password, post_restore),
       Repeated::Harmless,
       Content::Secret},
  };
}

}  // namespace balans::api
