#include "api/app/wallets.hpp"

#include <algorithm>

#include "api/app/time_tail.hpp"
#include "api/core/settlement/postings.hpp"
#include "api/core/time_id.hpp"
#include "api/core/wallet/next.hpp"
#include "api/ledger/iota/signing.hpp"
#include "common/io/runtime/keys.hpp"

namespace balans::api {
namespace {

using wallet::Wallet;
using Why = WalletRefused::Why;

WalletRefused invalid(std::string pointer, std::string what) {
  return {Why::Invalid, std::move(what), std::move(pointer)};
}

WalletRefused wrong_password() {
  return {Why::WrongPassword, "the password is wrong, or what was kept is damaged", ""};
}

SealSalt fresh_salt() {
  SealSalt salt;
  const Bytes32 first = random_bytes32(), second = random_bytes32();
  std::copy_n(first.begin(), salt.salt.size(), salt.salt.begin());
  std::copy_n(second.begin(), salt.nonce.size(), salt.nonce.begin());
  return salt;
}

Secret<32> fresh_entropy() {
  Bytes32 random = random_bytes32();
  Secret<32> entropy(random);
  wipe(random.data(), random.size());
  return entropy;
}

std::optional<WalletRefused> refuse_password(std::string_view password) {
  if (password.size() >= wallet::kLeastPassword && password.size() <= wallet::kMostPassword) return std::nullopt;
  return invalid("/password", "expected " + std::to_string(wallet::kLeastPassword) + " to " +
                                  std::to_string(wallet::kMostPassword) + " bytes");
}

/// Why an account cannot have this wallet, decided in the transaction that would add it.
Result<std::optional<WalletRefused>> refuse_wallet(Store& store, const Wallet& wanted) {
  const auto of_account = store.wallets().of_account(wanted.chain, wanted.account);
  if (!of_account) return of_account.error();
  if (*of_account)
    return std::optional(WalletRefused{Why::Conflict, "the account has wallet " + to_text((*of_account)->id), ""});
  const auto of_address = store.wallets().of_address(wanted.chain, wanted.address);
  if (!of_address) return of_address.error();
  if (*of_address) return std::optional(WalletRefused{Why::Conflict, "another account has this address", ""});
  return std::optional<WalletRefused>();
}

WalletRefused wait_for(Millis time, const std::string& why) {
  return {Why::TooManyTries, why + "; try again in " + std::to_string((time + 999_ms) / 1_s) + " s", ""};
}

/// One more of this caller, and, where it has never opened the wallet, of all such; or how long it has to wait. What it
/// has opened it opens however many strangers there are.
Result<std::optional<WalletRefused>> count_try(Store& store, const Wallet& wallet, const wallet::TokenTries& own,
                                               const WalletCaller& caller, UnixTime now) {
  if (const Millis wait = wallet::pause_left(own.tries, now); wait > 0_ms)
    return std::optional(wait_for(wait, "wrong passwords"));
  if (!own.has_opened) {
    if (const Millis wait = wallet::day_left(wallet.strangers, now); wait > 0_ms)
      return std::optional(wait_for(wait, "wrong passwords of too many tokens that have never opened it"));
    const auto counted = store.wallets().put_strangers(wallet.id, wallet::one_more(wallet.strangers, now));
    if (!counted) return counted.error();
  }
  const auto counted = store.wallets().put_tries(wallet.id, caller.who, {{own.tries.wrong + 1, now}, own.has_opened});
  if (!counted) return counted.error();
  return std::optional<WalletRefused>();
}

/// This caller knows the password.
Result<void> note_right(Store& store, const Wallet& wallet, const WalletCaller& caller, UnixTime now) {
  if (!wallet.seal) return {};
  return store.wallets().put_tries(wallet.id, caller.who, {{0, now}, true});
}

}  // namespace

Result<void> note(Store& store, const WalletCaller& caller, const Wallet& wallet, UnixTime now) {
  return store.audit().add({time_id(now, time_tail()), now, caller.who, caller.what,
                            wallet.site ? wallet.site->str() : "", "wallet " + to_text(wallet.id)});
}

Result<SealedSecret> Wallets::sealed(std::string_view entropy, std::string_view password, const journal::Id& id,
                                     const iota::Address& address) const {
  return seal(entropy, password, iota::seal_context(terms_.deployment, to_text(id), address), terms_.cost,
              fresh_salt());
}

Result<std::variant<Wallet, WalletRefused>> Wallets::with_own_key(const NewWallet& wanted, const OwnKey& own) const {
  const auto address = iota::parse_address(own.address);
  if (!address) return std::variant<Wallet, WalletRefused>(invalid("/address", address.error().what));
  const std::string text = iota::possession_text(terms_.deployment, to_text(wanted.account.id), *address);
  const auto signer = iota::verify_message(text, own.proof);
  if (!signer || *signer != *address || iota::address_of(own.key) != *address)
    return std::variant<Wallet, WalletRefused>(
        invalid("/proof", "is not the signature of that key and address over this deployment and account"));
  Wallet made;
  made.address = iota::to_text(*address);
  made.key = own.key;
  return std::variant<Wallet, WalletRefused>(std::move(made));
}

Result<std::variant<MadeWallet, WalletRefused>> Wallets::with_sealed_key(const NewWallet& wanted,
                                                                         const SealedKey& key) const {
  using Either = std::variant<MadeWallet, WalletRefused>;
  if (auto refused = refuse_password(key.password.str())) return Either(*std::move(refused));
  SecretText words = key.words ? SecretText(std::string_view(key.words->str())) : iota::words_of(fresh_entropy());
  const auto entropy = iota::entropy_of_words(words.str());
  if (!entropy) return Either(invalid("/words", entropy.error().what));
  const auto signer = iota::signer_of_entropy(entropy->str());
  if (!signer) return signer.error();
  MadeWallet made;
  made.wallet.key = (*signer)->public_key();
  const iota::Address address = iota::address_of(made.wallet.key);
  made.wallet.address = iota::to_text(address);
  auto seal = sealed(entropy->str(), key.password.str(), wanted.id, address);
  if (!seal) return seal.error();
  made.wallet.seal = *std::move(seal);
  if (!key.words) made.words = std::move(words);
  return Either(std::move(made));
}

WalletOutcome<MadeWallet> Wallets::made_before(Store& store, const NewWallet& wanted, const Wallet& there,
                                               const WalletCaller& caller) {
  using Either = std::variant<MadeWallet, WalletRefused>;
  const auto conflict = [](const char* what) { return Either(WalletRefused{Why::Conflict, what, ""}); };
  const auto* key = std::get_if<SealedKey>(&wanted.key);
  if (there.account != wanted.account.id || there.seal.has_value() != (key != nullptr))
    return conflict("there is another wallet of this id");
  MadeWallet made;
  made.wallet = there;
  if (key == nullptr) {
    if (std::get<OwnKey>(wanted.key).address != there.address) return conflict("there is another wallet of this id");
    return Either(std::move(made));
  }
  if (there.opened) return conflict("it was made and opened; its words are not shown again");
  auto entropy = try_password(store, there.id, key->password.str(), caller);
  if (!entropy) return entropy.error();
  if (auto* refused = std::get_if<WalletRefused>(&*entropy)) return Either(std::move(*refused));
  auto words = iota::words_of_entropy(std::get<SecretText>(*entropy).str());
  if (!words) return words.error();
  made.words = *std::move(words);
  return Either(std::move(made));
}

WalletOutcome<MadeWallet> Wallets::make(Store& store, const NewWallet& wanted, const WalletCaller& caller) {
  using Either = std::variant<MadeWallet, WalletRefused>;
  const auto there = store.wallets().find(wanted.id);
  if (!there) return there.error();
  if (*there) return made_before(store, wanted, **there, caller);
  if (wanted.account.asset != trade::Asset::Iota)
    return Either(WalletRefused{Why::Conflict, "the account is not one of IOTA", ""});
  if (settlement::is_the_operators({terms_.deployment, terms_.chain}, wanted.account.id))
    return Either(WalletRefused{Why::Conflict, "the account is the operator's own", ""});
  MadeWallet made;
  if (const auto* own = std::get_if<OwnKey>(&wanted.key)) {
    auto built = with_own_key(wanted, *own);
    if (!built) return built.error();
    if (auto* refused = std::get_if<WalletRefused>(&*built)) return Either(std::move(*refused));
    made.wallet = std::get<Wallet>(*std::move(built));
  } else {
    auto built = with_sealed_key(wanted, std::get<SealedKey>(wanted.key));
    if (!built) return built.error();
    if (auto* refused = std::get_if<WalletRefused>(&*built)) return Either(std::move(*refused));
    made = std::get<MadeWallet>(*std::move(built));
  }
  const UnixTime now = clock_.utc();
  made.wallet.id = wanted.id;
  made.wallet.account = wanted.account.id;
  made.wallet.site = wanted.account.site;
  made.wallet.chain = terms_.chain;
  made.wallet.made = now;
  if (made.wallet.address == terms_.operator_address)
    return Either(WalletRefused{Why::Conflict, "this address is the api's own", ""});
  std::optional<WalletRefused> refused;
  const auto done = store.transaction([&]() -> Result<void> {
    auto why = refuse_wallet(store, made.wallet);
    if (!why) return why.error();
    refused = *std::move(why);
    if (refused) return {};
    if (auto added = store.wallets().add(made.wallet, wanted.payout_mode); !added) return added;
    if (auto known = note_right(store, made.wallet, caller, now); !known) return known;
    return note(store, caller, made.wallet, now);
  });
  if (!done) return done.error();
  if (refused) return Either(*std::move(refused));
  return Either(std::move(made));
}

WalletOutcome<Wallet> Wallets::restore(Store& store, const Wallet& there, std::string_view words,
                                       std::string_view password, const WalletCaller& caller) {
  using Either = std::variant<Wallet, WalletRefused>;
  if (!there.seal) return Either(WalletRefused{Why::Conflict, "its owner's agent keeps the key", ""});
  if (auto refused = refuse_password(password)) return Either(*std::move(refused));
  const auto entropy = iota::entropy_of_words(words);
  if (!entropy) return Either(invalid("/words", entropy.error().what));
  const auto signer = iota::signer_of_entropy(entropy->str());
  if (!signer) return signer.error();
  const iota::Address address = iota::address_of((*signer)->public_key());
  if (iota::to_text(address) != there.address) return Either(invalid("/words", "are those of another address"));
  const auto seal = sealed(entropy->str(), password, there.id, address);
  if (!seal) return seal.error();
  const UnixTime now = clock_.utc();
  const auto done = store.transaction([&]() -> Result<void> {
    if (auto put = store.wallets().put_seal(there.id, *seal); !put) return put;
    if (auto known = note_right(store, there, caller, now); !known) return known;
    // Whoever has restored it has the words.
    if (auto noted = store.wallets().note_opened(there.id, now); !noted) return noted;
    return note(store, caller, there, now);
  });
  if (!done) return done.error();
  sessions_.close_all(there.id);
  const auto found = store.wallets().find(there.id);
  if (!found) return found.error();
  return Either(found->value_or(there));
}

WalletOutcome<SecretText> Wallets::try_password(Store& store, const journal::Id& id, std::string_view password,
                                                const WalletCaller& caller) {
  using Either = std::variant<SecretText, WalletRefused>;
  const UnixTime now = clock_.utc();
  std::optional<Wallet> found;
  std::optional<WalletRefused> refused;
  const auto counted = store.transaction([&]() -> Result<void> {
    const auto own = store.wallets().tries_of(id, caller.who);
    if (!own) return own.error();
    auto there = store.wallets().find(id);
    if (!there) return there.error();
    found = *std::move(there);
    if (!found || !found->seal) return {};
    auto why = count_try(store, *found, *own, caller, now);
    if (!why) return why.error();
    refused = *std::move(why);
    return {};
  });
  if (!counted) return counted.error();
  if (!found || !found->seal) return Either(WalletRefused{Why::Conflict, "the api does not keep its key", ""});
  if (refused) return Either(*std::move(refused));
  const auto address = iota::parse_address(found->address);
  if (!address) return address.error();
  auto entropy = open_sealed(*found->seal, password, iota::seal_context(terms_.deployment, to_text(id), *address));
  if (!entropy) return Either(wrong_password());
  const auto forgiven = store.transaction([&] { return note_right(store, *found, caller, now); });
  if (!forgiven) return forgiven.error();
  return Either(*std::move(entropy));
}

WalletOutcome<OpenedWallet> Wallets::open(Store& store, const Wallet& there, std::string_view password,
                                          const WalletCaller& caller) {
  using Either = std::variant<OpenedWallet, WalletRefused>;
  auto entropy = try_password(store, there.id, password, caller);
  if (!entropy) return entropy.error();
  if (auto* refused = std::get_if<WalletRefused>(&*entropy)) return Either(std::move(*refused));
  auto signer = iota::signer_of_entropy(std::get<SecretText>(*entropy).str());
  if (!signer) return signer.error();
  if (iota::to_text(iota::address_of((*signer)->public_key())) != there.address) return Either(wrong_password());
  const UnixTime now = clock_.utc();
  const auto noted = store.transaction([&]() -> Result<void> {
    if (auto opened = store.wallets().note_opened(there.id, now); !opened) return opened;
    return note(store, caller, there, now);
  });
  if (!noted) return noted.error();
  auto secret = sessions_.open(there.id, caller.who, *std::move(signer), clock_.boot());
  if (!secret) return Either(WalletRefused{Why::TooManySessions, "too many wallets are open", ""});
  return Either(OpenedWallet{*std::move(secret), now + WalletSessions::kLength});
}

}  // namespace balans::api
