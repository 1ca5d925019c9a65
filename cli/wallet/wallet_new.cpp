// balans wallet new, restore.
#include <fmt/format.h>

#include <cstdio>

#include "api/ledger/iota/signing.hpp"
#include "cli/wallet/own_key.hpp"
#include "cli/wallet/secret_input.hpp"
#include "cli/wallet/wallet_commands.hpp"
#include "common/io/runtime/keys.hpp"
#include "common/messages/json.hpp"

namespace balans::cli {
namespace {

void say_words(std::string_view words) {
  fmt::print(
      "\n  {}\n\nWrite these words down, in this order, and keep them where nobody else finds them. They are not "
      "shown again. Whoever has them has the wallet.\n",
      words);
}

Result<std::optional<SecretText>> words_asked_for(const WalletArguments& arguments, bool restoring) {
  if (!restoring) return std::optional<SecretText>();
  auto words = ask_secret("Backup words", arguments.words_file);
  if (!words) return words.error();
  return std::optional<SecretText>(*std::move(words));
}

Result<std::string> id_of_new(const WalletArguments& arguments) {
  if (arguments.id.empty()) return fresh_id();
  auto again = parse_wallet_id(arguments.id);
  if (!again) return again.error().within("--id");
  return again;
}

/// At the api: it keeps the key, sealed with the password.
Result<void> make_at_the_api(const WalletArguments& arguments, WalletApi& api, bool restoring) {
  const auto wanted = id_of_new(arguments);
  if (!wanted) return wanted.error();
  const auto words = words_asked_for(arguments, restoring);
  if (!words) return words.error();
  const auto password = ask_new_secret("Password of the wallet, at least 10 characters", arguments.password_file);
  if (!password) return password.error();
  json::Writer w;
  w.begin_object().key("id").string(*wanted).key("account").string(arguments.account).key("kept").string("api");
  w.key("payout").string(arguments.payout).key("password").string(password->str());
  if (*words) w.key("words").string((*words)->str());
  // Before it is asked for: with its id, the words of an answer that was lost can be asked for again.
  fmt::print("wallet {}\n", *wanted);
  std::fflush(stdout);
  auto made = api.post("/v1/wallets", w.end_object().take());
  if (!made) return Error{made.error().where, made.error().what + "; the same wallet once more: --id " + *wanted};
  const auto address = text_of(*made, "address");
  if (!address) return address.error();
  fmt::print("address {}\n", *address);
  if (auto shown = text_of(*made, "words")) say_words(SecretText(std::move(*shown)).str());
  return {};
}

Result<void> register_key(const WalletArguments& arguments, WalletApi& api, const OwnKey& key, const Signer& signer) {
  const std::string proof = iota::possession_text(key.deployment, key.account, key.address);
  json::Writer w;
  w.begin_object().key("id").string(key.wallet).key("account").string(key.account).key("kept").string("owner");
  w.key("payout").string(arguments.payout).key("address").string(iota::to_text(key.address));
  w.key("public_key").string(to_hex(signer.public_key().bytes));
  w.key("proof").string(iota::sign_message(signer, proof)).end_object();
  const auto made = api.post("/v1/wallets", w.take());
  if (!made) return made.error();
  fmt::print("wallet {}\naddress {}\nIts key is in {}, and nowhere else.\n", key.wallet, iota::to_text(key.address),
             arguments.key->string());
  return {};
}

/// The file is there before the api knows of the key: registering it may be done again.
Result<void> register_again(const WalletArguments& arguments, WalletApi& api) {
  const auto key = read_own_key(*arguments.key);
  if (!key) return key.error();
  if (key->account != arguments.account) return Error{arguments.key->string(), "is the key of another account"};
  const auto passphrase = ask_secret("Passphrase of " + arguments.key->string(), arguments.password_file);
  if (!passphrase) return passphrase.error();
  const auto signer = open_own_key(*key, passphrase->str());
  if (!signer) return signer.error().within(arguments.key->string());
  return register_key(arguments, api, *key, **signer);
}

Result<void> make_here(const WalletArguments& arguments, WalletApi& api, bool restoring) {
  std::error_code ignored;
  if (!restoring && std::filesystem::exists(*arguments.key, ignored)) return register_again(arguments, api);
  const auto home = api.home(arguments.account);
  if (!home) return home.error();
  const auto typed = words_asked_for(arguments, restoring);
  if (!typed) return typed.error();
  Bytes32 random = random_bytes32();
  const SecretText fresh = iota::words_of(Secret<32>(random));
  wipe(random.data(), random.size());
  const auto entropy = iota::entropy_of_words(*typed ? (*typed)->str() : fresh.str());
  if (!entropy) return entropy.error();
  const auto passphrase = ask_new_secret("Passphrase for " + arguments.key->string(), arguments.password_file);
  if (!passphrase) return passphrase.error();
  OwnKey wanted;
  const auto id = id_of_new(arguments);
  if (!id) return id.error();
  wanted.wallet = *id;
  if (home->wallet) {
    const auto there = text_of(*home->wallet, "id");
    if (!there) return there.error();
    wanted.wallet = *there;
  }
  wanted.account = arguments.account;
  wanted.deployment = home->deployment;
  wanted.chain = home->chain;
  const auto key = sealed_own_key(wanted, entropy->str(), passphrase->str());
  if (!key) return key.error();
  if (home->wallet) {
    const auto address = text_of(*home->wallet, "address");
    if (!address || *address != iota::to_text(key->address))
      return Error{"account " + arguments.account, "has a wallet with another address"};
  }
  if (auto written = write_own_key(*arguments.key, *key); !written) return written;
  if (!*typed) say_words(fresh.str());
  const auto signer = open_own_key(*key, passphrase->str());
  if (!signer) return signer.error();
  return register_key(arguments, api, *key, **signer);
}

/// Another password for a wallet whose key the api keeps.
Result<void> reseal(const WalletArguments& arguments, WalletApi& api) {
  const auto id = parse_wallet_id(arguments.wallet);
  if (!id) return id.error().within("--wallet");
  const auto words = ask_secret("Backup words", arguments.words_file);
  if (!words) return words.error();
  const auto password = ask_new_secret("New password, at least 10 characters", arguments.password_file);
  if (!password) return password.error();
  json::Writer w;
  w.begin_object().key("words").string(words->str()).key("password").string(password->str()).end_object();
  const auto restored = api.post("/v1/wallets/" + *id + "/restore", w.take());
  if (!restored) return restored.error();
  fmt::print("wallet {} has a new password\n", *id);
  return {};
}

Result<void> make(const WalletArguments& arguments, WalletApi& api, bool restoring) {
  if (const auto account = parse_wallet_id(arguments.account); !account) return account.error().within("--account");
  return arguments.key ? make_here(arguments, api, restoring) : make_at_the_api(arguments, api, restoring);
}

}  // namespace

Result<void> make_wallet(const WalletArguments& arguments) {
  auto api = WalletApi::open(arguments.api);
  if (!api) return api.error();
  return make(arguments, *api, false);
}

Result<void> restore_wallet(const WalletArguments& arguments) {
  auto api = WalletApi::open(arguments.api);
  if (!api) return api.error();
  if (!arguments.wallet.empty() && !arguments.account.empty())
    return Error{"", "expected --wallet (another password) or --account (its key again), not both"};
  return arguments.wallet.empty() ? make(arguments, *api, true) : reseal(arguments, *api);
}

}  // namespace balans::cli
