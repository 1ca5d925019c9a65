// Accounts that somebody opens by hand, on both engines: an owner has one of each asset at a site.
#include <gtest/gtest.h>

#include "api/app/journal.hpp"
#include "tests/api/both_engines.hpp"
#include "tests/api/journal_accounts.hpp"
#include "tests/api/two_writers.hpp"

namespace balans::api::test {
namespace {

using journal::Asset;
using journal::NewAccount;
using journal::Outcome;
using journal::Refusal;

const SiteId kElm = *SiteId::parse("elm-street");
const SiteId kOak = *SiteId::parse("oak-street");

class OpenAccount : public OnBothEngines {
 protected:
  static NewAccount account(std::uint64_t number, const std::string& owner, std::optional<SiteId> site = kElm,
                            Asset asset = Asset::Eur) {
    NewAccount account = bounded(number, 0, asset);
    account.owner = owner;
    account.site = std::move(site);
    return account;
  }
  Outcome opened(const NewAccount& account) {
    Outcome outcome;
    const auto done = store->transaction([&]() -> Result<void> {
      auto result = open_account(store->journal(), account, now);
      if (!result) return result.error();
      outcome = *std::move(result);
      return {};
    });
    EXPECT_TRUE(done.ok()) << done.error().message();
    return outcome;
  }
  std::size_t accounts_of(const std::string& owner) {
    return store->journal().accounts({owner, std::nullopt, std::nullopt, 0, 10})->size();
  }

  const UnixTime now{1'760'000'000'000};
};

INSTANTIATE_TEST_SUITE_P(Engines, OpenAccount, both_engines(), engine_of);

TEST_P(OpenAccount, RefusesASecondOneOfAnOwnerAndNamesTheFirst) {
  EXPECT_TRUE(done(opened(account(1, "anna"))));
  const Outcome second = opened(account(2, "anna"));
  ASSERT_EQ(refusal(second), Refusal::OwnerHasAnother);
  const std::string& what = std::get<journal::Refused>(second).what;
  EXPECT_NE(what.find(to_text(id(1))), std::string::npos) << what;
  EXPECT_NE(what.find("'anna'"), std::string::npos) << what;
  EXPECT_EQ(accounts_of("anna"), 1U);
}

TEST_P(OpenAccount, AnswersTheSameAgainAsBefore) {
  EXPECT_TRUE(done(opened(account(1, "anna"))));
  EXPECT_TRUE(exists(opened(account(1, "anna"))));
  EXPECT_EQ(refusal(opened(account(1, "bert"))), Refusal::IdTaken) << "the id with other fields";
  EXPECT_EQ(accounts_of("bert"), 0U);
}

TEST_P(OpenAccount, LetsAnOwnerHaveOneOfEachAssetAtEachSite) {
  EXPECT_TRUE(done(opened(account(1, "anna"))));
  EXPECT_TRUE(done(opened(account(2, "anna", kElm, Asset::Iota))));
  EXPECT_TRUE(done(opened(account(3, "anna", kOak))));
  EXPECT_TRUE(done(opened(account(4, "bert"))));
  EXPECT_EQ(refusal(opened(account(5, "anna", kOak))), Refusal::OwnerHasAnother);
}

/// They are found by their ids alone.
TEST_P(OpenAccount, LetsAnOwnerHaveSeveralOfNoSite) {
  EXPECT_TRUE(done(opened(account(1, "anna", std::nullopt))));
  EXPECT_TRUE(done(opened(account(2, "anna", std::nullopt))));
  EXPECT_TRUE(done(opened(account(3, "anna"))));
}

/// Of a database from before there was this rule.
TEST_P(OpenAccount, AnswersForTheYoungerOfTwoThatAreThere) {
  const journal::Batch both{{account(1, "anna"), account(2, "anna")}, {}};
  ASSERT_TRUE(post_transfers(*store, {&both, 1}, now)->front().all_there());
  EXPECT_TRUE(exists(opened(account(2, "anna"))));
  EXPECT_EQ(refusal(opened(account(3, "anna"))), Refusal::OwnerHasAnother);
}

class OpenAccountBesideAnother : public OpenAccount {};
INSTANTIATE_TEST_SUITE_P(Engines, OpenAccountBesideAnother, testing::Values(Kind::Postgres),
                         [](const auto&) { return "Postgres"; });

TEST_P(OpenAccountBesideAnother, OpensOneOfTwoThatAreAskedForAtATime) {
  const auto other = *open_store(address);
  std::optional<Outcome> first, second;
  meet(
      *store, std::get<PostgresUri>(address).text,
      [&]() -> Result<void> {
        auto result = open_account(store->journal(), account(1, "anna"), now);
        if (!result) return result.error();
        first = *std::move(result);
        return {};
      },
      [&] {
        const auto done = other->transaction([&]() -> Result<void> {
          auto result = open_account(other->journal(), account(2, "anna"), now);
          if (!result) return result.error();
          second = *std::move(result);
          return {};
        });
        EXPECT_TRUE(done.ok()) << done.error().message();
      });
  ASSERT_TRUE(first && second);
  EXPECT_TRUE(done(*first));
  EXPECT_EQ(refusal(*second), Refusal::OwnerHasAnother);
  EXPECT_EQ(accounts_of("anna"), 1U);
}

}  // namespace
}  // namespace balans::api::test
