// What both engines promise of wallets.
#include "api/app/journal.hpp"
#include "tests/api/both_engines.hpp"
#include "tests/api/settlements.hpp"

namespace balans::api::test {
namespace {

std::string chain_address(char digit) { return "0x" + std::string(64, digit); }

wallet::Wallet wallet_of(std::uint64_t number, char digit) {
  wallet::Wallet made;
  made.id = id(number);
  made.account = id(number + 100);
  made.site = *SiteId::parse("elm-street");
  made.chain = kChain;
  made.address = chain_address(digit);
  made.key.bytes.fill(static_cast<std::uint8_t>(number));
  made.seal = SealedSecret{{1, 8192}, {}, "sealed"};
  made.made = kMonday;
  return made;
}

wallet::Transaction payment_of(std::uint64_t number, const wallet::Wallet& from, const std::string& object,
                               wallet::State state = wallet::Pending{}) {
  wallet::Transaction made;
  made.id = id(number);
  made.wallet = from.id;
  made.chain = kChain;
  made.digest = "digest-" + std::to_string(number);
  made.bytes = std::string("by\0tes", 6);
  if (!std::holds_alternative<wallet::Unsigned>(state)) made.signature = "signature";
  made.inputs = {{object, 7}};
  made.payment = {chain_address('d'), units(1000)};
  made.most_fee = units(30);
  made.last_epoch = 8;
  made.made = UnixTime(kMonday.ms() + static_cast<std::int64_t>(number));
  made.state = state;
  return made;
}

class WalletStores : public OnBothEngines {
 protected:
  void keep(const wallet::Wallet& wallet) {
    commit([&] { return store->wallets().add(wallet, "on-request"); });
  }
  void keep(const wallet::Transaction& transaction) {
    commit([&] { return store->wallets().add(transaction); });
  }
  template <class What>
  bool refuses(const What& what) {
    return !store->transaction([&]() -> Result<void> {
      if constexpr (std::is_same_v<What, wallet::Wallet>)
        return store->wallets().add(what, "on-request");
      else
        return store->wallets().add(what);
    });
  }
  const wallet::Wallet first = wallet_of(1, 'a'), second = wallet_of(2, 'b');
};
INSTANTIATE_TEST_SUITE_P(, WalletStores, both_engines(), engine_of);

TEST_P(WalletStores, KeepAWalletAsItIs) {
  keep(first);
  wallet::Wallet bare = second;
  bare.seal.reset();
  bare.site.reset();
  keep(bare);
  EXPECT_EQ(**store->wallets().find(first.id), first);
  EXPECT_EQ(**store->wallets().of_account(kChain, bare.account), bare);
  EXPECT_EQ(**store->wallets().of_address(kChain, first.address), first);
  EXPECT_EQ(*store->wallets().find(id(9)), std::nullopt);
  EXPECT_EQ(store->wallets().wallets({std::nullopt, std::nullopt, std::nullopt, 10})->size(), 2U);
  EXPECT_EQ(store->wallets().wallets({*SiteId::parse("elm-street"), std::nullopt, std::nullopt, 10})->size(), 1U);
  EXPECT_EQ(store->wallets().wallets({std::nullopt, bare.account, std::nullopt, 10})->size(), 1U);
  EXPECT_EQ(store->wallets().wallets({std::nullopt, std::nullopt, first.id, 10})->front().id, second.id);
}

TEST_P(WalletStores, KeepTriesSealsAndTheFirstOpening) {
  keep(first);
  const SealedSecret other{{2, 8192}, {}, "another"};
  commit([&] { return store->wallets().put_seal(first.id, other); });
  commit([&] { return store->wallets().put_strangers(first.id, {4, kMonday}); });
  commit([&] { return store->wallets().note_opened(first.id, kMonday); });
  commit([&] { return store->wallets().note_opened(first.id, kMonday + 1_s); });
  const wallet::Wallet found = **store->wallets().find(first.id);
  EXPECT_EQ(found.seal, other);
  EXPECT_EQ(found.strangers, (wallet::StrangersTries{4, kMonday}));
  EXPECT_EQ(found.opened, kMonday);
  EXPECT_FALSE(store->wallets().put_strangers(id(9), {}));
}

TEST_P(WalletStores, KeepTheTriesOfEachTokenAndForgetStrangersFirst) {
  keep(first);
  const auto put = [&](const std::string& who, UnixTime at, bool has_opened) {
    commit([&] { return store->wallets().put_tries(first.id, who, {{3, at}, has_opened}); });
  };
  const auto kept = [&](const std::string& who) { return *store->wallets().tries_of(first.id, who); };
  put("token owner", kMonday, true);
  EXPECT_EQ(kept("token owner"), (wallet::TokenTries{{3, kMonday}, true}));
  EXPECT_EQ(kept("token other"), wallet::TokenTries{});
  for (std::int64_t i = 1; i <= WalletStore::kMostTokens; ++i)
    put("token " + std::to_string(i), kMonday + i * 1_s, false);
  EXPECT_EQ(kept("token owner").tries.wrong, 3) << "older than all, and it has opened it";
  EXPECT_EQ(kept("token 1"), wallet::TokenTries{}) << "the oldest stranger";
  EXPECT_EQ(kept("token 2").tries.wrong, 3);
  EXPECT_EQ(kept("token " + std::to_string(WalletStore::kMostTokens)).tries.wrong, 3);
  commit([&] { return store->wallets().put_seal(first.id, *first.seal); });
  EXPECT_EQ(kept("token owner"), (wallet::TokenTries{{3, kMonday}, false})) << "not with this password";
}

TEST_P(WalletStores, KeepHowACopyStands) {
  EXPECT_EQ(*store->wallets().restored(), Restored{});
  commit([&] { return store->settlements().note_restored(); });
  EXPECT_EQ(*store->wallets().restored(), (Restored{Restored::kUnasked, std::nullopt}));
  commit([&] { return store->wallets().go_on(Restored::kUnasked, {std::nullopt, kMonday}); });
  EXPECT_EQ(*store->wallets().restored(), (Restored{std::nullopt, kMonday}));
  commit([&] { return store->settlements().note_restored(); });
  EXPECT_EQ(*store->wallets().restored(), (Restored{Restored::kUnasked, kMonday})) << "once more";
}

TEST_P(WalletStores, RefuseASecondWalletOfAnAccountOrAnAddress) {
  keep(first);
  wallet::Wallet same_account = second, same_address = second;
  same_account.account = first.account;
  same_address.address = first.address;
  EXPECT_TRUE(refuses(same_account));
  EXPECT_TRUE(refuses(same_address));
  EXPECT_FALSE(refuses(second));
}

TEST_P(WalletStores, KeepATransactionInEveryState) {
  keep(first);
  std::uint64_t number = 20;
  for (const wallet::State& state :
       {wallet::State(wallet::Unsigned{}), wallet::State(wallet::Pending{}), wallet::State(wallet::Paid{units(5), 7}),
        wallet::State(wallet::Failed{units(5), 7, "why"}), wallet::State(wallet::Expired{9})}) {
    const std::string object = "object-" + std::to_string(++number);
    const bool is_unsigned = std::holds_alternative<wallet::Unsigned>(state);
    wallet::Transaction made =
        payment_of(number, first, object, is_unsigned ? state : wallet::State(wallet::Pending{}));
    keep(made);
    made.state = state;
    if (!wallet::is_open(made)) commit([&] { return store->wallets().end(made); });
    EXPECT_EQ(**store->wallets().transaction(made.id), made) << wallet::name_of(state);
    EXPECT_EQ(**store->wallets().by_digest(kChain, made.digest), made);
  }
  EXPECT_EQ(store->wallets().open(std::nullopt, std::nullopt, 10)->size(), 2U);
  EXPECT_EQ(store->wallets().open(second.id, std::nullopt, 10)->size(), 0U);
  EXPECT_EQ(store->wallets().open(first.id, WalletCursor{kMonday + Millis(21), id(21)}, 10)->front().id, id(22));
  EXPECT_EQ(store->wallets().open_to(kChain, chain_address('d'), 10)->size(), 2U);
  EXPECT_EQ(store->wallets().open_to(kChain, chain_address('e'), 10)->size(), 0U);
  EXPECT_EQ(store->wallets().transactions(first.id, std::nullopt, 10)->front().id, id(25));
  EXPECT_EQ(store->wallets().transactions(first.id, WalletCursor{kMonday + Millis(22), id(22)}, 10)->size(), 1U);
}

TEST_P(WalletStores, RefuseTwoLiveTransactionsOnOneObject) {
  keep(first);
  keep(second);
  wallet::Transaction one = payment_of(21, first, "object");
  keep(one);
  EXPECT_TRUE(refuses(payment_of(22, first, "object")));
  EXPECT_TRUE(refuses(payment_of(22, second, "object")));
  EXPECT_EQ(*store->wallets().used_objects(first.id), (std::vector<UsedObject>{{"object", std::nullopt}}));
  one.state = wallet::Expired{9};
  commit([&] { return store->wallets().end(one); });
  EXPECT_EQ(*store->wallets().used_objects(first.id), std::vector<UsedObject>{});
  wallet::Transaction next = payment_of(22, first, "object");
  keep(next);
  next.state = wallet::Paid{units(1), 5};
  commit([&] { return store->wallets().end(next); });
  EXPECT_EQ(*store->wallets().used_objects(first.id), (std::vector<UsedObject>{{"object", 7}}));
}

TEST_P(WalletStores, EndATransactionOnceAndSignItOnce) {
  keep(first);
  wallet::Transaction one = payment_of(21, first, "object", wallet::Unsigned{});
  keep(one);
  const auto sign = [&](const char* text) {
    bool signed_now = false;
    commit([&]() -> Result<void> {
      const auto done = store->wallets().sign(one.id, text);
      signed_now = done.ok() && *done;
      return {};
    });
    return signed_now;
  };
  EXPECT_TRUE(sign("the first"));
  EXPECT_FALSE(sign("the second"));
  EXPECT_EQ((*store->wallets().transaction(one.id))->signature, "the first");
  one.state = wallet::Paid{units(1), 5};
  commit([&] { return store->wallets().end(one); });
  one.state = wallet::Expired{9};
  commit([&] { return store->wallets().end(one); });
  EXPECT_EQ((*store->wallets().transaction(one.id))->state, wallet::State(wallet::Paid{units(1), 5}));
}

TEST_P(WalletStores, AddUpWhatIsInFlight) {
  keep(first);
  wallet::Wallet recipient = wallet_of(3, 'd');
  keep(recipient);
  keep(payment_of(21, first, "one"));
  keep(payment_of(22, first, "two"));
  keep(payment_of(23, first, "three", wallet::Unsigned{}));
  settlement::Settlement paying = settlement_of({payout(1, 500)});
  paying.payouts[0].address = recipient.address;
  commit([&] { return store->settlements().add(paying); });
  EXPECT_EQ(store->wallets().in_flight(recipient)->in.units(), 2000) << "not signed yet";
  commit([&] { return store->settlements().add_attempt(paying, attempt_of(1, "signed")); });
  EXPECT_EQ(store->wallets().in_flight(first)->out.units(), 2060);
  EXPECT_EQ(store->wallets().in_flight(recipient)->in.units(), 2500);
  EXPECT_EQ(store->wallets().in_flight(recipient)->out.units(), 0);
}

}  // namespace
}  // namespace balans::api::test
