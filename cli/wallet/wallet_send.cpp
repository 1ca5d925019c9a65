// balans wallet send: the bytes that are signed here are read here.
#include <fmt/format.h>

#include <boost/json/serialize.hpp>
#include <charconv>

#include "api/ledger/iota/base58.hpp"
#include "api/ledger/iota/signing.hpp"
#include "cli/wallet/own_key.hpp"
#include "cli/wallet/secret_input.hpp"
#include "cli/wallet/wallet_commands.hpp"
#include "common/crypto/base64.hpp"
#include "common/messages/json.hpp"
#include "common/trade/amount.hpp"

namespace balans::cli {
namespace {

using boost::json::object;

constexpr std::uint64_t kMostEpoch = 1'000'000'000;

/// What is to be paid, as it was typed.
struct Order {
  std::string wallet, id;
  iota::Address to;
  trade::Amount amount, most_fee;

  [[nodiscard]] std::string body() const {
    json::Writer w;
    w.begin_object().key("id").string(id).key("to").string(iota::to_text(to));
    w.key("amount").string(std::to_string(amount.units()));
    return w.key("most_fee").string(std::to_string(most_fee.units())).end_object().take();
  }
  [[nodiscard]] std::string path(const std::string& rest) const { return "/v1/wallets/" + wallet + rest; }
};

Result<Order> order_of(const WalletArguments& arguments) {
  const auto wallet = wallet_named_by(arguments);
  if (!wallet) return wallet.error();
  const auto to = iota::parse_address(arguments.to);
  if (!to) return to.error().within("--to");
  const auto amount = trade::parse_decimal(arguments.amount, trade::Asset::Iota);
  if (!amount) return amount.error().within("--amount");
  if (amount->is_zero()) return Error{"--amount", "is nothing"};
  const auto most_fee = trade::parse_decimal(arguments.most_fee, trade::Asset::Iota);
  if (!most_fee) return most_fee.error().within("--most-fee");
  std::string id = fresh_id();
  if (!arguments.id.empty()) {
    const auto again = parse_wallet_id(arguments.id);
    if (!again) return again.error().within("--id");
    id = *again;
  }
  return Order{*wallet, id, *to, *amount, *most_fee};
}

Result<void> ask_whether(const WalletArguments& arguments, const std::string& what) {
  if (arguments.yes || confirmed(what)) return {};
  return Error{"", "nothing was paid"};
}

std::string question(const Order& order, trade::Amount fee) {
  return fmt::format("{} IOTA to {}, with a fee of at most {} IOTA. Pay?",
                     shown_amount(std::to_string(order.amount.units())), iota::to_text(order.to),
                     shown_amount(std::to_string(fee.units())));
}

/// Also where nobody is asked.
void show_epochs(std::uint64_t now, std::uint64_t last) {
  fmt::print(stderr, "The api says that this is epoch {}; the payment can be executed until the end of epoch {}.\n",
             now, last);
}

Result<void> say(const WalletArguments& arguments, const object& transaction) {
  if (arguments.json) {
    fmt::print("{}\n", boost::json::serialize(transaction));
    return {};
  }
  const auto state = text_of(transaction, "state");
  const auto digest = text_of(transaction, "digest");
  if (!state) return state.error();
  if (!digest) return digest.error();
  fmt::print("{} {}\n", *state, *digest);
  if (const auto link = text_of(transaction, "link")) fmt::print("{}\n", *link);
  if (*state == "failed" || *state == "expired") return Error{*digest, "has paid nobody"};
  return {};
}

Error once_more(const Error& error, const Order& order) {
  return {error.where, error.what + "; the same payment once more: --id " + order.id};
}

Result<object> asked_for(WalletApi& api, const Order& order, const std::string& session = "") {
  auto answer = api.post(order.path("/transactions"), order.body(), session);
  if (!answer) return once_more(answer.error(), order);
  return answer;
}

/// The api keeps the key: it signs while the wallet is open.
Result<void> send_by_the_api(const WalletArguments& arguments, WalletApi& api, const Order& order) {
  if (auto wanted = ask_whether(arguments, question(order, order.most_fee)); !wanted) return wanted;
  const auto password = ask_secret("Password of the wallet", arguments.password_file);
  if (!password) return password.error();
  json::Writer w;
  w.begin_object().key("password").string(password->str()).end_object();
  auto opened = api.post(order.path("/session"), w.take());
  if (!opened) return opened.error();
  auto session = text_of(*opened, "session");
  if (!session) return session.error();
  const SecretText secret(std::move(*session));
  const auto paid = asked_for(api, order, secret.str());
  const auto closed = api.remove(order.path("/session"));
  if (!paid) return paid.error();
  // It is paid, whatever became of the session, which ends by itself.
  if (!closed)
    fmt::print(stderr, "balans wallet: the session stays open for its ten minutes: {}\n", closed.error().message());
  return say(arguments, *paid);
}

/// The chain's epoch, as the api says: the machine here asks no node.
Result<std::uint64_t> epoch_of(WalletApi& api, const Order& order) {
  const auto wallet = api.get(order.path(""));
  if (!wallet) return wallet.error();
  const auto text = text_of(*wallet, "epoch");
  std::uint64_t epoch = 0;
  const char* end = text ? text->data() + text->size() : nullptr;
  if (!text || std::from_chars(text->data(), end, epoch).ptr != end || epoch > kMostEpoch)
    return Error{"the api", "does not say which epoch it is: nothing is signed"};
  return epoch;
}

/// What the api wants signed, once it has been read: it pays exactly what was ordered, and its fee is what was shown.
struct Readable {
  std::string bytes;
  trade::Amount fee;
  std::uint64_t last_epoch;
};
Result<Readable> read_bytes(const object& draft, const OwnKey& key, const Order& order, std::uint64_t epoch) {
  const auto text = text_of(draft, "bytes");
  if (!text) return text.error();
  auto bytes = from_base64(*text, iota::kMostTransactionBytes);
  if (!bytes) return bytes.error().within("the api's bytes");
  const auto nanos = static_cast<std::uint64_t>(order.amount.units());
  const auto most_fee = static_cast<std::uint64_t>(order.most_fee.units());
  if (const auto sound = iota::check_payment(*bytes, key.address, {order.to, nanos}, {most_fee, epoch + 1}); !sound)
    return Error{"the api's bytes", sound.error().what + ": they are not signed"};
  const auto transaction = iota::decode_transaction(*bytes);
  if (!transaction) return transaction.error();
  const auto fee = trade::Amount::of(static_cast<std::int64_t>(transaction->gas.budget));
  if (!fee) return Error{"the api's bytes", "their fee does not fit"};
  return Readable{*std::move(bytes), *fee, *transaction->last_epoch};
}

Result<void> check_home(WalletApi& api, const OwnKey& key) {
  const auto home = api.home(key.account);
  if (!home) return home.error();
  if (!(home->deployment == key.deployment) || home->chain != key.chain)
    return Error{"the api", "is of another deployment or chain than the key: nothing is signed"};
  return {};
}

Result<void> send_by_own_key(const WalletArguments& arguments, WalletApi& api, const Order& order) {
  const auto key = read_own_key(*arguments.key);
  if (!key) return key.error();
  if (auto right = check_home(api, *key); !right) return right;
  const auto draft = asked_for(api, order);
  if (!draft) return draft.error();
  if (const auto state = text_of(*draft, "state"); state && *state != "unsigned") return say(arguments, *draft);
  const auto epoch = epoch_of(api, order);
  if (!epoch) return once_more(epoch.error(), order);
  const auto readable = read_bytes(*draft, *key, order, *epoch);
  if (!readable) return readable.error();
  show_epochs(*epoch, readable->last_epoch);
  if (auto wanted = ask_whether(arguments, question(order, readable->fee)); !wanted) return wanted;
  const auto passphrase = ask_secret("Passphrase of " + arguments.key->string(), arguments.password_file);
  if (!passphrase) return passphrase.error();
  const auto signer = open_own_key(*key, passphrase->str());
  if (!signer) return signer.error().within(arguments.key->string());
  const std::string digest = iota::to_base58(iota::digest_of(readable->bytes));
  if (auto noted = note_signed(*arguments.key, order.id, digest); !noted) return noted;
  json::Writer w;
  w.begin_object().key("signature").string(iota::sign_bytes(**signer, readable->bytes)).end_object();
  const auto sent = api.put(order.path("/transactions/" + digest + "/signature"), w.take());
  if (!sent) return once_more(sent.error(), order);
  return say(arguments, *sent);
}

}  // namespace

Result<void> send_from_wallet(const WalletArguments& arguments) {
  const auto order = order_of(arguments);
  if (!order) return order.error();
  auto api = WalletApi::open(arguments.api);
  if (!api) return api.error();
  return arguments.key ? send_by_own_key(arguments, *api, *order) : send_by_the_api(arguments, *api, *order);
}

}  // namespace balans::cli
