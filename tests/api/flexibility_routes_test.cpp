// What was paid for flexibility, as it is given out.
#include <boost/json/parse.hpp>

#include "api/app/reward_run.hpp"
#include "tests/api/street.hpp"

namespace balans::api::test {
namespace {

constexpr const char* kPath = "/v1/sites/elm-street/flexibility";

class FlexibilityRoutes : public testing::Test {
 protected:
  boost::json::value asked(const std::string& query) {
    const Response response = api.ask(get(kPath + query));
    EXPECT_EQ(response.status, 200) << response.body;
    return boost::json::parse(response.body);
  }
  template <class Work>
  void commit(Work work) {
    const auto done = api.store->transaction([&]() -> Result<void> { return work(api.store->rewards()); });
    ASSERT_TRUE(done.ok()) << done.error().message();
  }
  [[nodiscard]] RewardSlot slot(UnixTime at) const {
    RewardSlot made;
    made.site = street.site;
    made.slot = at;
    made.price = *trade::Amount::of(200'000);
    made.reserved = *trade::Amount::of(2'000'002);
    made.most = 10'000_Wh;
    made.expires = at + 60_min;
    return made;
  }

  const Street street;
  Api api{street};
  const UnixTime begin = floor_to(15_min, api.clock.utc());
};

TEST_F(FlexibilityRoutes, GiveOutQuarterHoursWithTheirDevices) {
  DeviceReward reward;
  reward.device = street.charger;
  reward.owner = "anna";
  reward.verdict = flexibility::Verdict::Counts;
  reward.node = "feeder";
  reward.claimed = 1380_Wh;
  reward.verified = 1000_Wh;
  reward.amount = *trade::Amount::of(200'000);
  reward.transfer = journal::id_from(begin, "reward");
  reward.batch = {street.site, {{3}, {0xfedc'ba98'7654'3210}}, 12};
  RewardSlot settled = slot(begin);
  settled.settled = begin + 60_min;
  settled.paid = reward.amount;
  commit([&](RewardStore& store) -> Result<void> {
    for (const UnixTime at : {begin, begin + 15_min})
      if (const auto added = store.add(slot(at)); !added) return added;
    return store.settle(settled, std::span(&reward, 1));
  });
  const auto page = asked("?from=2019-04-03T00:00:00Z&to=2019-04-04T00:00:00Z");
  ASSERT_EQ(page.at("slots").as_array().size(), 2U);
  const auto& first = page.at("slots").at(0);
  EXPECT_EQ(first.at("paid"), "200000");
  ASSERT_EQ(first.at("devices").as_array().size(), 1U);
  EXPECT_EQ(first.at("devices").at(0).at("verdict"), "counts");
  EXPECT_EQ(first.at("devices").at(0).at("verified_wh"), 1000);
  EXPECT_EQ(first.at("devices").at(0).at("transfer").as_string(), to_text(*reward.transfer));
  EXPECT_EQ(first.at("devices").at(0).at("batch").at("number"), 12);
  EXPECT_TRUE(page.at("slots").at(1).at("settled").is_null());
  EXPECT_TRUE(page.at("next").is_null());
  const auto half = asked("?from=2019-04-03T00:00:00Z&to=2019-04-04T00:00:00Z&limit=1");
  EXPECT_EQ(half.at("slots").as_array().size(), 1U);
  EXPECT_EQ(half.at("next"), page.at("slots").at(1).at("slot"));
  EXPECT_EQ(api.ask(get(kPath)).status, 400) << "from and to are missing";
}

TEST_F(FlexibilityRoutes, TellTheBudgetAndThePriceOfThisQuarterHour) {
  const auto before = asked("/budget");
  EXPECT_TRUE(before.at("account").is_null());
  EXPECT_EQ(before.at("price_per_kwh"), "0");
  RewardRules rules;
  rules.terms.per_kwh = *trade::Amount::of(5);
  rules.asset = api.billing.rules.peer.asset;
  ASSERT_TRUE(show_price(*api.store, street.site, rules, 2, begin - 1_min).ok());
  const auto after = asked("/budget");
  EXPECT_TRUE(after.at("account").is_string());
  EXPECT_EQ(after.at("available"), "0");
  EXPECT_EQ(after.at("price_per_kwh"), "0") << "the budget does not reach";
}

TEST_F(FlexibilityRoutes, AreForThoseWhoMayReadTheSite) {
  const std::string other = api.token(Scope::Read, std::set{*SiteId::parse("oak-street")});
  EXPECT_NE(api.ask(with_token(get(std::string(kPath) + "/budget"), other)).status, 200);
}

}  // namespace
}  // namespace balans::api::test
