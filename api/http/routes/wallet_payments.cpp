// What goes in and out of wallets.
#include <charconv>

#include "api/http/routes/wallet_parts.hpp"

namespace balans::api {
namespace {

/// What is paid for a payment at most where nobody says: 0.05 IOTA.
constexpr settlement::Amount kUsualMostFee = *settlement::Amount::of(50'000'000);
constexpr const char* kUnits = "base units as a decimal text, more than 0";
constexpr std::string_view kSession = "balans-wallet-session";

struct Signature {
  std::string text;
};

/// Base units as a decimal text, as everywhere.
Result<settlement::Amount> parse_units(std::string_view text) {
  std::int64_t units = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), units);
  if (failure != std::errc{} || end != text.data() + text.size() || units <= 0) return Error{"", kUnits};
  return *settlement::Amount::of(units);
}

Result<std::string> parse_recipient(std::string_view text) {
  const auto address = iota::parse_address(text);
  if (!address) return address.error();
  return iota::to_text(*address);
}

Result<PaymentOrder> parse_order(const Call& call) {
  SecretBody body(call.request.body);
  PaymentOrder order;
  order.id = body.parsed("id", 32, journal::parse_id, "32 digits of 0-9 and a-f");
  order.payment.address = body.parsed("to", settlement::kMostAddress, parse_recipient, "0x and 64 digits");
  order.payment.amount = body.parsed("amount", 20, parse_units, kUnits);
  order.most_fee = body.has("most_fee") ? body.parsed("most_fee", 20, parse_units, kUnits) : kUsualMostFee;
  if (auto error = body.finish()) return *std::move(error);
  return order;
}

Result<Signature> parse_signature(const Call& call) {
  SecretBody body(call.request.body);
  Signature signature{body.text("signature", 200)};
  if (auto error = body.finish()) return *std::move(error);
  return signature;
}

Answer answered(const WalletService& wallets, const WalletOutcome<wallet::Transaction>& outcome, int status) {
  if (!outcome) return store_problem();
  if (const auto* why = std::get_if<WalletRefused>(&*outcome)) return refused(*why);
  const auto& transaction = std::get<wallet::Transaction>(*outcome);
  json::Writer w;
  write(w, transaction, wallets.payments.link_to(transaction.digest));
  return json_response(w.take(), status);
}

Answer post_transaction(const Services& services, const Call& call, Store& store, const WalletService& wallets,
                        const std::shared_ptr<PaymentOrder>& order) {
  if (auto reserved = refuse_reserved(order->id, "/id")) return *std::move(reserved);
  auto found = wallet_of(call, store);
  if (auto* unknown = std::get_if<Response>(&found)) return std::move(*unknown);
  const auto& wallet = std::get<wallet::Wallet>(found);
  const WalletCaller caller = caller_of(call, "POST /v1/wallets/{wallet}/transactions");
  std::shared_ptr<const Signer> signer;
  if (wallet.seal) {
    const auto secret = call.request.head.header(kSession);
    signer = wallets.sessions.find(wallet.id, caller.who, secret, services.clock.boot());
    if (signer == nullptr)
      return problem(problems::kNoSession, "open the wallet first, and send Balans-Wallet-Session");
  }
  return answered(wallets, wallets.payments.send(store, wallet, *order, signer.get(), caller), 201);
}

Answer put_signature(const Call& call, Store& store, const WalletService& wallets,
                     const std::shared_ptr<Signature>& signature) {
  auto found = wallet_of(call, store);
  if (auto* unknown = std::get_if<Response>(&found)) return std::move(*unknown);
  const auto& wallet = std::get<wallet::Wallet>(found);
  const auto transaction = store.wallets().by_digest(wallet.chain, call.path.at("digest"));
  if (!transaction) return store_problem();
  if (!*transaction || (*transaction)->wallet != wallet.id)
    return problem(problems::kNotFound, "the wallet has no transaction of this digest");
  const WalletCaller caller = caller_of(call, "PUT /v1/wallets/{wallet}/transactions/{digest}/signature");
  return answered(wallets, wallets.payments.sign(store, wallet, **transaction, signature->text, caller), 200);
}

/// `MADE.ID`
std::string encode(const WalletCursor& cursor) { return std::to_string(cursor.made.ms()) + "." + to_text(cursor.id); }

Result<std::optional<WalletCursor>> parse_cursor(std::string_view text) {
  const Error wrong{"", "expected the `next` of the page before"};
  const std::size_t point = text.find('.');
  if (point == std::string_view::npos) return wrong;
  const auto made = whole_number(0, std::numeric_limits<std::int64_t>::max())(text.substr(0, point));
  const auto id = journal::parse_id(text.substr(point + 1));
  if (!made || !id) return wrong;
  return std::optional(WalletCursor{UnixTime(*made), *id});
}

Answer get_transactions(const Call& call, Store& store, const WalletService& wallets, const std::shared_ptr<NoBody>&) {
  std::optional<WalletCursor> before;
  std::int64_t limit = limits::kPageDefault;
  Parameters parameters(call);
  parameters.optional("before", parse_cursor, before);
  parameters.optional("limit", parse_page_limit, limit);
  if (parameters.wrong()) return *std::move(parameters.wrong());
  auto found = wallet_of(call, store);
  if (auto* unknown = std::get_if<Response>(&found)) return std::move(*unknown);
  const auto& wallet = std::get<wallet::Wallet>(found);
  if (const auto done = wallets.payments.refresh(store, wallet.id); !done) return store_problem();
  const auto page = store.wallets().transactions(wallet.id, before, static_cast<std::size_t>(limit) + 1);
  if (!page) return store_problem();
  const std::size_t shown = std::min(page->size(), static_cast<std::size_t>(limit));
  json::Writer w;
  w.begin_object().key("transactions").begin_array();
  for (std::size_t i = 0; i < shown; ++i) write(w, (*page)[i], wallets.payments.link_to((*page)[i].digest));
  w.end_array().key("next");
  page->size() > shown ? w.string(encode({(*page)[shown - 1].made, (*page)[shown - 1].id})) : w.null();
  return json_response(w.end_object().take());
}

void write(json::Writer& w, const WalletEntry& entry, const std::optional<std::string>& link) {
  w.begin_object().key("digest").string(entry.digest).key("checkpoint").string(std::to_string(entry.checkpoint));
  w.key("at").string(to_rfc3339(entry.at)).key("change").string(std::to_string(entry.change)).key("fee");
  entry.fee ? w.string(std::to_string(entry.fee->units())) : w.null();
  w.key("failed").boolean(entry.failed).key("others").begin_array();
  for (const std::string& other : entry.others) w.string(other);
  w.end_array().key("link");
  link ? w.string(*link) : w.null();
  w.end_object();
}

Result<std::string> parse_position(std::string_view text) {
  const auto position = parse_wallet_position(text);
  if (!position) return position.error();
  return to_text(*position);
}

Answer get_history(const Call& call, Store& store, const WalletService& wallets, const std::shared_ptr<NoBody>&) {
  std::string position;
  Parameters parameters(call);
  parameters.optional("after", parse_position, position);
  if (parameters.wrong()) return *std::move(parameters.wrong());
  auto found = wallet_of(call, store);
  if (auto* unknown = std::get_if<Response>(&found)) return std::move(*unknown);
  const auto outcome = wallets.payments.history(std::get<wallet::Wallet>(found), position);
  if (!outcome) return store_problem();
  if (const auto* why = std::get_if<WalletRefused>(&*outcome)) return refused(*why);
  const auto& page = std::get<WalletHistory>(*outcome);
  json::Writer w;
  w.begin_object().key("entries").begin_array();
  for (const WalletEntry& entry : page.entries) write(w, entry, wallets.payments.link_to(entry.digest));
  w.end_array().key("next");
  page.next.empty() ? w.null() : w.string(page.next);
  return json_response(w.end_object().take());
}

}  // namespace

std::vector<Route> wallet_payment_routes(Services& services) {
  const auto turns = std::make_shared<Turns>();
  const auto chain = Lane::Write;
  return {
      {Method::Get,
       "/v1/wallets/{wallet}/history",
       Privilege::Read,
       0,
       {"after"},
       on_wallets<NoBody>(services, turns, chain, no_body, get_history)},
      {Method::Get,
       "/v1/wallets/{wallet}/transactions",
       Privilege::Read,
       0,
       {"before", "limit"},
       on_wallets<NoBody>(services, turns, chain, no_body, get_transactions)},
      {Method::Post,
       "/v1/wallets/{wallet}/transactions",
       Privilege::Operate,
       limits::kWriteBytes,
       {},
       on_wallets<PaymentOrder>(services, turns, chain, parse_order,
                                [&services](const Call& call, Store& store, const WalletService& wallets,
                                            const std::shared_ptr<PaymentOrder>& order) {
                                  return post_transaction(services, call, store, wallets, order);
                                })},
      {Method::Put,
       "/v1/wallets/{wallet}/transactions/{digest}/signature",
       Privilege::Operate,
       limits::kWriteBytes,
       {},
       on_wallets<Signature>(services, turns, chain, parse_signature, put_signature)},
  };
}

}  // namespace balans::api
