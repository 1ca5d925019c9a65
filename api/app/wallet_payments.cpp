#include "api/app/wallet_payments.hpp"

#include "api/ledger/iota/signing.hpp"

namespace balans::api {
namespace {

using wallet::Transaction;
using wallet::Wallet;
using Why = WalletRefused::Why;
using Either = std::variant<Transaction, WalletRefused>;

constexpr int kMostSteps = 4;

WalletRefused no_answer(const Error& error) { return {Why::NoAnswer, error.message().substr(0, 300), ""}; }

std::string iota_of(settlement::Amount amount) { return trade::to_decimal(amount, trade::Asset::Iota) + " IOTA"; }

WalletRefused refusal_of(const Draft& draft) {
  if (const auto* little = std::get_if<TooLittle>(&draft))
    return {Why::TooLittle, "the wallet can pay " + iota_of(little->holds) + " at most, fee included", ""};
  if (const auto* dear = std::get_if<TooDear>(&draft))
    return {Why::TooDear, "its fee may be " + iota_of(dear->fee) + ", which is more than was allowed", ""};
  return {Why::CoinsBusy, "its coins belong to a transaction that may still be executed", ""};
}

Transaction transaction_of(const Wallet& wallet, const PaymentOrder& order, Drafted drafted, UnixTime now) {
  Transaction made;
  made.id = order.id;
  made.wallet = wallet.id;
  made.chain = wallet.chain;
  made.digest = std::move(drafted.digest);
  made.bytes = std::move(drafted.bytes);
  made.inputs = std::move(drafted.inputs);
  made.payment = order.payment;
  made.most_fee = drafted.most_fee;
  made.last_epoch = drafted.last_epoch;
  made.made = now;
  return made;
}

/// Whatever made the bytes: they are looked at before they are signed.
Result<void> check_bytes(const Wallet& wallet, const Transaction& transaction) {
  const auto from = iota::parse_address(wallet.address);
  if (!from) return from.error();
  const auto to = iota::parse_address(transaction.payment.address);
  if (!to) return to.error();
  return iota::check_payment(
      transaction.bytes, *from, {*to, static_cast<std::uint64_t>(transaction.payment.amount.units())},
      {static_cast<std::uint64_t>(transaction.most_fee.units()), static_cast<std::uint64_t>(transaction.last_epoch)});
}

/// What nobody has signed is over with its epoch, wherever its coins have gone.
AskedAfter asked_after(const Transaction& transaction) {
  const auto sent = iota::decode_transaction(transaction.bytes);
  AskedAfter asked{transaction.digest, transaction.last_epoch, {}, sent ? sent->sender : iota::Address{}};
  if (!std::holds_alternative<wallet::Unsigned>(transaction.state)) asked.inputs = transaction.inputs;
  return asked;
}

/// Orders that may be ones that a restore has made this database forget.
std::optional<WalletRefused> refuse_order(const journal::Id& id, const Restored& restored, UnixTime now) {
  const UnixTime at = wallet::time_of(id);
  if (at > now + wallet::kMostAhead)
    return WalletRefused{Why::Invalid, "begins with a time that is more than an hour ahead of the api's clock", "/id"};
  if (restored.wait_epoch)
    return WalletRefused{Why::CoinsBusy,
                         "this database is an older copy: nothing is paid until what it has forgotten cannot be "
                         "executed any more, which takes about two days, or longer where expiry_epochs says so",
                         ""};
  if (restored.ids_from && at < *restored.ids_from)
    return WalletRefused{
        Why::Conflict,
        "/id: is of before this database was put back from an older copy, and may have been paid: look "
        "at the wallet's history, and ask with a new id for what has not been (if this one is new, the clock that "
        "made it is behind)",
        ""};
  return std::nullopt;
}

/// Once the chain was asked. Orders that are forgotten came before what it shows now, whatever the clock says.
Restored asked_at(const NewestCheckpoint& newest, std::int64_t wait_epochs, const Restored& before, UnixTime now) {
  const UnixTime ids_from = std::max(newest.at, now) + wallet::kMostAhead;
  return {newest.epoch + wait_epochs, std::max(ids_from, before.ids_from.value_or(ids_from))};
}

}  // namespace

/// A node that lags behind could tell an epoch that was over when the last payment was signed: only what it has seen
/// since this process knows of the restore counts. A clock that was ahead and is set back has known of it since then;
/// one that is behind is waited for.
Result<Restored> WalletPayments::look_after_restore(Store& store) {
  auto restored = store.wallets().restored();
  const bool is_unasked = restored && restored->wait_epoch == Restored::kUnasked;
  if (!is_unasked) copy_seen_.reset();
  if (!restored || !restored->wait_epoch) return restored;
  const UnixTime now = clock_.utc();
  if (is_unasked) copy_seen_ = std::min(copy_seen_.value_or(now), now);
  const auto newest = chain_.newest();
  if (!newest) return restored;
  Restored next = *restored;
  if (is_unasked) {
    if (newest->at < *copy_seen_ || newest->at > now + wallet::kMostAhead) return restored;
    copy_seen_.reset();
    next = asked_at(*newest, wait_epochs_, *restored, now);
  } else {
    if (newest->epoch < *next.wait_epoch) return restored;
    next.wait_epoch.reset();
  }
  const auto gone = store.transaction([&] { return store.wallets().go_on(*restored->wait_epoch, next); });
  if (!gone) return gone.error();
  return store.wallets().restored();
}

Result<std::vector<KeptObject>> WalletPayments::kept_objects(Store& store, const Wallet& wallet) const {
  const auto used = store.wallets().used_objects(wallet.id);
  if (!used) return used.error();
  std::vector<KeptObject> kept;
  for (const UsedObject& each : *used) kept.push_back({each.object, each.up_to});
  const auto settling = store.settlements().inputs_in_use(name_);
  if (!settling) return settling.error();
  for (const settlement::Input& each : *settling) kept.push_back({each.object, std::nullopt});
  return kept;
}

WalletOutcome<Transaction> WalletPayments::ordered_before(Store& store, const Wallet& wallet, const PaymentOrder& order,
                                                          const Transaction& there) {
  if (there.wallet != wallet.id || !(there.payment == order.payment))
    return Either(WalletRefused{Why::Conflict, "there is another transaction of this id", ""});
  auto now_is = advance(store, there, std::nullopt);
  if (!now_is) return now_is.error();
  return Either(*std::move(now_is));
}

WalletOutcome<Transaction> WalletPayments::send(Store& store, const Wallet& wallet, const PaymentOrder& order,
                                                const Signer* signer, const WalletCaller& caller) {
  const auto there = store.wallets().transaction(order.id);
  if (!there) return there.error();
  if (*there) return ordered_before(store, wallet, order, **there);
  const auto restored = look_after_restore(store);
  if (!restored) return restored.error();
  const UnixTime now = clock_.utc();
  if (auto refused = refuse_order(order.id, *restored, now)) return Either(*std::move(refused));
  auto kept = kept_objects(store, wallet);
  if (!kept) return kept.error();
  auto draft = chain_.draft({wallet.address, order.payment, *std::move(kept), order.most_fee}, now);
  if (!draft) return Either(no_answer(draft.error()));
  auto* drafted = std::get_if<Drafted>(&*draft);
  if (drafted == nullptr) return Either(refusal_of(*draft));
  Transaction made = transaction_of(wallet, order, std::move(*drafted), now);
  if (const auto sound = check_bytes(wallet, made); !sound) return Either(no_answer(sound.error()));
  if (signer != nullptr) {
    made.signature = iota::sign_bytes(*signer, made.bytes);
    made.state = wallet::Pending{};
  }
  const auto stored = store.transaction([&]() -> Result<void> {
    if (auto added = store.wallets().add(made); !added) return added;
    return note(store, caller, wallet, now);
  });
  if (!stored) return stored.error();
  if (signer == nullptr) return Either(std::move(made));
  const settlement::Status fresh = settlement::Unknown{made.last_epoch};
  auto now_is = advance(store, std::move(made), fresh);
  if (!now_is) return now_is.error();
  return Either(*std::move(now_is));
}

WalletOutcome<Transaction> WalletPayments::sign(Store& store, const Wallet& wallet, const Transaction& unsigned_one,
                                                const std::string& signature, const WalletCaller& caller) {
  const auto signer = iota::verify_transaction(unsigned_one.bytes, signature);
  if (!signer || iota::to_text(*signer) != wallet.address)
    return Either(WalletRefused{Why::Invalid, "is not the wallet's signature over these bytes", "/signature"});
  const UnixTime now = clock_.utc();
  const auto stored = store.transaction([&]() -> Result<void> {
    const auto kept = store.wallets().sign(unsigned_one.id, signature);
    if (!kept) return kept.error();
    return *kept ? note(store, caller, wallet, now) : Result<void>();
  });
  if (!stored) return stored.error();
  auto found = store.wallets().transaction(unsigned_one.id);
  if (!found) return found.error();
  if (!*found) return Error{"transaction " + to_text(unsigned_one.id), "is not there"};
  auto now_is = advance(store, **std::move(found), std::nullopt);
  if (!now_is) return now_is.error();
  return Either(*std::move(now_is));
}

Result<Transaction> WalletPayments::advance(Store& store, Transaction transaction,
                                            std::optional<settlement::Status> status) {
  for (int step = 0; step < kMostSteps; ++step) {
    const UnixTime now = clock_.utc();
    const auto known = submitted_.find(transaction.digest);
    const auto submitted = known == submitted_.end() ? std::nullopt : std::optional(known->second);
    const wallet::Action action = wallet::next(transaction, {status, submitted}, now);
    if (std::holds_alternative<wallet::Wait>(action)) return transaction;
    if (std::holds_alternative<wallet::Ask>(action)) {
      auto answer = chain_.status(asked_after(transaction));
      is_silent_ = !answer.ok();
      if (is_silent_) return transaction;
      status = *std::move(answer);
    } else if (std::holds_alternative<wallet::Submit>(action)) {
      submitted_[transaction.digest] = now;
      // Its answer proves nothing either way: the chain is asked.
      static_cast<void>(chain_.submit(transaction.bytes, transaction.signature.value_or("")).ok());
      status.reset();
    } else {
      transaction.state = std::get<wallet::End>(action).state;
      const auto ended = store.transaction([&] { return store.wallets().end(transaction); });
      if (!ended) return ended.error();
      submitted_.erase(transaction.digest);
    }
  }
  return transaction;
}

Result<WalletHoldings> WalletPayments::holdings(Store& store, const Wallet& wallet) {
  if (auto done = refresh(store, wallet.id); !done) return done.error();
  // What has arrived is part of the balance, and no longer on its way.
  auto coming = store.wallets().open_to(wallet.chain, wallet.address, kRefreshedAtOnce);
  if (!coming) return coming.error();
  if (!is_silent_)
    if (auto done = advance_all(store, *std::move(coming)); !done) return done.error();
  WalletHoldings holdings;
  if (!is_silent_) {
    const auto balance = chain_.balance(wallet.address);
    if (balance) holdings.balance = *balance;
    const auto epoch = balance ? chain_.epoch() : Result<std::int64_t>(balance.error());
    if (epoch) holdings.epoch = *epoch;
  }
  auto in_flight = store.wallets().in_flight(wallet);
  if (!in_flight) return in_flight.error();
  holdings.in_flight = *std::move(in_flight);
  return holdings;
}

WalletOutcome<WalletHistory> WalletPayments::history(const Wallet& wallet, const std::string& position) {
  using Pages = std::variant<WalletHistory, WalletRefused>;
  auto page = chain_.history(wallet.address, position);
  if (!page) return Pages(no_answer(page.error()));
  return Pages(*std::move(page));
}

Result<void> WalletPayments::advance_all(Store& store, std::vector<Transaction> open) {
  for (Transaction& each : open) {
    if (auto done = advance(store, std::move(each), std::nullopt); !done) return done.error();
    if (is_silent_) break;
  }
  return {};
}

Result<void> WalletPayments::refresh(Store& store, const std::optional<journal::Id>& wallet) {
  is_silent_ = false;
  if (!wallet)
    if (const auto looked = look_after_restore(store); !looked) return looked.error();
  const auto after = wallet ? std::nullopt : refreshed_;
  auto open = store.wallets().open(wallet, after, kRefreshedAtOnce);
  if (!open) return open.error();
  if (!wallet) refreshed_.reset();
  if (!wallet && open->size() == kRefreshedAtOnce) refreshed_ = WalletCursor{open->back().made, open->back().id};
  return advance_all(store, *std::move(open));
}

}  // namespace balans::api
