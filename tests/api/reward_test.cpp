// From a controller's evidence and a car's signed readings to an account, on both engines: what flexibility earns is
// what the rule says, once, whatever is repeated, forged, late or missing.
#include "api/store/passed_on_store.hpp"
#include "tests/api/rewards.hpp"
#include "tests/api/two_writers.hpp"

namespace balans::api::test {
namespace {

INSTANTIATE_TEST_SUITE_P(Engines, Rewards, both_engines(), engine_of);

TEST_P(Rewards, ACarThatWasHeldBackEarnsWhatTheRuleSaysOnce) {
  fund();
  const auto shown = show(at(5));
  ASSERT_TRUE(shown.has_value());
  EXPECT_EQ(shown->slot, at(15));
  EXPECT_EQ(shown->price.units(), kPrice);
  EXPECT_EQ(shown->reserved.units(), kPrice * 10 + 2) << "10 kWh, and a unit for each device";
  EXPECT_EQ(show(at(6)), std::nullopt) << "is shown already";
  charge();
  EXPECT_TRUE(held_back().flawed.empty());
  EXPECT_TRUE(settle(at(30) + kDay - 1_ms).size() == 1) << "of noon; the time of the other has not come";
  const auto settled = settle();
  ASSERT_EQ(settled.size(), 1U);
  const Settled& slot = settled.at(at(15));
  ASSERT_EQ(slot.rewards.size(), 1U) << slot.refused;
  EXPECT_EQ(name_of(slot.rewards[0].verdict), "counts");
  EXPECT_EQ(slot.rewards[0].claimed.count(), kWithheldWh);
  EXPECT_EQ(slot.rewards[0].verified.count(), kWithheldWh);
  EXPECT_EQ(slot.rewards[0].amount.units(), kReward);
  EXPECT_EQ(slot.slot.paid.units(), kReward);
  const std::map<std::string, std::int64_t> paid{{"bank", -kFunds},
                                                 {"flexibility elm-street", kFunds - kReward},
                                                 {"flexibility-pool elm-street", 0},
                                                 {"device charger-1", kReward}};
  EXPECT_EQ(balances(), paid);
  EXPECT_EQ(open_reserves(), 0U) << "the rest is free again";
  EXPECT_TRUE(slot.rewards[0].transfer->is_derived() && slot.slot.reserve->is_derived()) << "no client can make them";
  const auto transfer = store->journal().transfer(*slot.rewards[0].transfer);
  EXPECT_EQ(transfer->value().entry.code, journal::Code::Reward);
  EXPECT_TRUE(settle().empty());
  reopen();
  EXPECT_TRUE(settle().empty());
  EXPECT_EQ(balances(), paid);
  const auto stored = store->rewards().rewards(street.site, {at(0), at(60)}, 10);
  ASSERT_EQ(stored->size(), 1U);
  EXPECT_EQ(stored->front().reward, slot.rewards[0]);
}

TEST_P(Rewards, AreThoseOfTheStationsOwner) {
  commit([&] { return LocalRegistration(store->energy()).put(street.site, {street.charger, "anna", {}}); });
  fund();
  show(at(5));
  charge();
  held_back();
  settle();
  EXPECT_EQ(balances().at("anna"), kReward);
  EXPECT_FALSE(LocalRegistration(store->energy()).put(street.site, {street.boiler, "flexibility elm-street", {}}).ok());
}

TEST_P(Rewards, OfAQuarterHourWhoseSettlementFailedArePaidWhenItIsRepeated) {
  fund();
  show(at(5));
  charge();
  held_back();
  reopen();
  EXPECT_EQ(open_reserves(), 1U) << "outlives the program";
  settle(at(15) + kDay);
  const auto due = store->rewards().oldest_unsettled(street.site);
  ASSERT_TRUE(due.ok() && *due);
  // The first try reaches everything but its commit.
  class Failing final : public PassedOnStore {
   public:
    using PassedOnStore::PassedOnStore;
    Result<void> transaction(const std::function<Result<void>()>& work) override { return and_fail(store_, work); }
  } failing(*store);
  EXPECT_FALSE(settle_next(failing, street.site, rules, kNoon + 2 * kDay).ok());
  EXPECT_EQ(balances(), untouched());
  EXPECT_EQ(open_reserves(), 1U);
  reopen();
  EXPECT_EQ(settle().at(at(15)).slot.paid.units(), kReward);
  EXPECT_EQ(balances().at("device charger-1"), kReward);
}

TEST_P(Rewards, AreNothingWhereTheBudgetDoesNotReach) {
  ASSERT_TRUE(show(at(5)).has_value());
  charge();
  held_back();
  const Settled settled = settle().at(at(15));
  ASSERT_EQ(settled.rewards.size(), 1U);
  EXPECT_EQ(settled.rewards[0].verified.count(), kWithheldWh) << "is told all the same";
  EXPECT_TRUE(settled.rewards[0].amount.is_zero());
  EXPECT_EQ(settled.rewards[0].transfer, std::nullopt);
  EXPECT_EQ(balances(),
            (std::map<std::string, std::int64_t>{{"flexibility elm-street", 0}, {"flexibility-pool elm-street", 0}}));
}

TEST_P(Rewards, OfAForgedAcknowledgementAreNothing) {
  fund();
  show(at(5));
  charge();
  EXPECT_EQ(keep(device(15, proof(at(20), *street.boiler_key, 1)), 15).flawed.size(), 1U);
  const Settled settled = settle().at(at(15));
  ASSERT_EQ(settled.rewards.size(), 1U);
  EXPECT_EQ(name_of(settled.rewards[0].verdict), "no-proof");
  EXPECT_EQ(balances(), untouched());
  EXPECT_EQ(open_reserves(), 0U);
}

TEST_P(Rewards, OfALimitThatHasBeenShownBeforeAreNothing) {
  fund();
  show(at(5));
  show(at(20));
  charge(45);
  held_back();
  // The same limit, acknowledged once more in the next quarter-hour.
  EXPECT_TRUE(keep(device(30, proof(at(33), *street.charger_key, 1)), 30).flawed.empty());
  EXPECT_EQ(settle(at(30) + kDay).at(at(15)).slot.paid.units(), kReward);
  reopen();
  const Settled again = settle().at(at(30));
  ASSERT_EQ(again.rewards.size(), 1U);
  EXPECT_EQ(name_of(again.rewards[0].verdict), "replayed");
  EXPECT_EQ(balances().at("device charger-1"), kReward);
}

TEST_P(Rewards, OfANewLimitInTheNextQuarterHourComeOnTop) {
  fund();
  show(at(5));
  show(at(20));
  charge(45);
  held_back();
  keep(device(30, proof(at(33), *street.charger_key, 2)), 30);
  settle();
  EXPECT_EQ(balances().at("device charger-1"), 2 * kReward);
}

TEST_P(Rewards, OfEvidenceThatComesWhenTheQuarterHourIsSettledAreNothing) {
  fund();
  show(at(5));
  charge();
  EXPECT_TRUE(settle().at(at(15)).rewards.empty());
  EXPECT_EQ(open_reserves(), 0U) << "nothing was withheld that anybody knew of";
  const auto kept = held_back();
  EXPECT_EQ(kept.late, std::vector<std::string>{"charger-1 2019-04-03T12:15:00.000Z"});
  EXPECT_TRUE(settle().empty());
  EXPECT_EQ(balances(), untouched());
}

TEST_P(Rewards, OfACarWithoutReadingsAreNothing) {
  fund();
  show(at(5));
  counters[0] = counters[16] = WattHours();
  held_back();
  const Settled settled = settle().at(at(15));
  ASSERT_EQ(settled.rewards.size(), 1U);
  EXPECT_EQ(name_of(settled.rewards[0].verdict), "no-reading");
  EXPECT_EQ(balances(), untouched());
}

TEST_P(Rewards, AreNoMoreThanIsBoughtInAQuarterHour) {
  fund();
  rules.terms.most = 1000_Wh;
  show(at(5));
  charge();
  held_back();
  const Settled settled = settle().at(at(15));
  EXPECT_EQ(settled.rewards.at(0).claimed.count(), kWithheldWh);
  EXPECT_EQ(settled.rewards.at(0).verified.count(), 1000);
  EXPECT_EQ(balances().at("device charger-1"), kPrice);
}

TEST_P(Rewards, CarryWhatIsLessThanAUnit) {
  rules.terms.per_kwh = *Amount::of(1);  // 1.035 units
  fund();
  show(at(5));
  show(at(20));
  charge(45);
  held_back();
  keep(device(30, proof(at(33), *street.charger_key, 2)), 30);
  const auto settled = settle();
  EXPECT_EQ(settled.at(at(15)).rewards.at(0).carried, 35);
  EXPECT_EQ(settled.at(at(30)).rewards.at(0).carried, 70);
  EXPECT_EQ(balances().at("device charger-1"), 2);
}

TEST_P(Rewards, CarryNothingFromOneAssetToAnother) {
  rules.terms.per_kwh = *Amount::of(1);
  fund();
  show(at(5));
  rules.asset = trade::Asset::Iota;
  show(at(20));
  rules.asset = trade::Asset::Eur;
  show(at(35));
  charge(60);
  held_back();
  keep(device(30, proof(at(33), *street.charger_key, 2)), 30);
  keep(device(45, proof(at(48), *street.charger_key, 3)), 45);
  const auto settled = settle();
  EXPECT_EQ(settled.at(at(15)).rewards.at(0).carried, 35);
  EXPECT_EQ(settled.at(at(30)).rewards.at(0).carried, 0) << "there is no budget in IOTA";
  EXPECT_EQ(settled.at(at(45)).rewards.at(0).verified.count(), 0) << "what it needed it would have had by then";
  EXPECT_EQ(settled.at(at(45)).rewards.at(0).carried, 35) << "and nothing is lost";
}

TEST_P(Rewards, EndWithTheReservationsTime) {
  fund();
  const auto shown = show(at(5));
  charge();
  held_back();
  const Settled settled = settle(shown->expires + 1_s).at(at(15));
  EXPECT_EQ(settled.rewards.at(0).verified.count(), kWithheldWh);
  EXPECT_TRUE(settled.slot.paid.is_zero());
  EXPECT_EQ(balances(), untouched());
}

class RewardsBesideAnother : public Rewards {};
INSTANTIATE_TEST_SUITE_P(Engines, RewardsBesideAnother, testing::Values(Kind::Postgres),
                         [](const auto&) { return "Postgres"; });

TEST_P(RewardsBesideAnother, GoToTheAccountThatTheOtherIsOpening) {
  fund();
  show(at(5));
  charge();
  held_back();
  settle(at(15) + kDay);
  const auto other = *open_store(address);
  const energy::Payment deposit{"bank of charger-1", "device charger-1", *Amount::of(5), journal::Code::Deposit, "x"};
  const energy::WireTransfers wanted{
      street.site, {{*journal::parse_id("018f0000000000000000000000000001"), deposit, trade::Asset::Eur}}};
  const WalletRules unbound{rules.wallet.deployment, 1000};
  meet(
      *other, std::get<PostgresUri>(address).text,
      [&]() -> Result<void> {
        const auto refused = LocalWallet(other->journal(), unbound, at(120)).enter(wanted);
        if (!refused) return refused.error();
        return *refused ? Error{"journal", (*refused)->what} : Result<void>();
      },
      [&] { settle(); });
  const auto accounts = store->journal().accounts({"device charger-1", street.site, {}, 0, 10});
  ASSERT_EQ(accounts->size(), 1U);
  EXPECT_EQ(balances().at("device charger-1"), kReward + 5);
}

}  // namespace
}  // namespace balans::api::test
