// Money over REST: accounts, transfers, statements, who takes part, prices and payment runs. Every request and answer
// is held against the contract by `Api::ask`.
#include <boost/json/parse.hpp>

#include "api/app/bill_sites.hpp"
#include "api/app/local_energy.hpp"
#include "api/core/energy/json.hpp"
#include "api/core/rfc3339.hpp"
#include "common/io/sqlite/sqlite.hpp"
#include "tests/api/energy_quarters.hpp"
#include "tests/api/street.hpp"

namespace balans::api::test {
namespace {

constexpr const char* kAlice = "018f00000000000000000000000000a1";
constexpr const char* kCarol = "018f00000000000000000000000000c1";
constexpr const char* kBank = "018f00000000000000000000000000b1";

class Money : public testing::Test {
 protected:
  Request write(Method method, const std::string& target, const std::string& body, const std::string& key) const {
    Request request{{method, target, {}}, body};
    request.head.headers["idempotency-key"] = key;
    request.head.headers["content-type"] = "application/json";
    return with_token(request, api.all_powers);
  }
  Response posted(const std::string& target, const std::string& body) {
    return api.ask(write(Method::Post, target, body, "key-" + std::to_string(++keys_)));
  }
  boost::json::value got(const std::string& target) {
    const Response response = api.ask(with_token(get(target), api.all_powers));
    EXPECT_EQ(response.status, 200) << response.body;
    return boost::json::parse(response.body);
  }
  void open_accounts() {
    EXPECT_EQ(posted("/v1/accounts", account(kAlice, "alice", "household", R"(,"credit_limit":"0")")).status, 201);
    EXPECT_EQ(posted("/v1/accounts", account(kBank, "bank", "cash", "")).status, 201);
  }
  static std::string account(const std::string& id, const std::string& owner, const std::string& kind,
                             const std::string& rest) {
    return R"({"id":")" + id + R"(","asset":"EUR","kind":")" + kind + R"(","site":"elm-street","owner":")" + owner +
           "\"" + rest + "}";
  }
  static std::string transfer(const std::string& end, const std::string& payer, const std::string& payee,
                              const std::string& amount, const std::string& code = "deposit",
                              const std::string& rest = "") {
    return R"({"site":"elm-street","transfers":[{"id":"018f00000000000000000000000000)" + end +
           R"(","asset":"EUR","payer":")" + payer + R"(","payee":")" + payee + R"(","amount":")" + amount +
           R"(","code":")" + code + R"(","reference":"by hand")" + rest + "}]}";
  }
  /// One that is reserved under the id that ends so, or closes that reserve.
  static std::string phase(const std::string& end, const std::string& kind, const std::string& amount,
                           const std::string& reserve = "") {
    const std::string closes = R"(,"reserve":"018f00000000000000000000000000)" + reserve + "\"";
    return transfer(end, "alice", "bank", amount, "reservation",
                    R"(,"kind":")" + kind + "\"" + (reserve.empty() ? "" : closes));
  }
  /// A run of so many periods of ten minutes later, after which charger-1 owes that much.
  Response post_run(int periods, std::int64_t owed, const std::string& paid = "yes") {
    energy::PeriodBill bill;
    bill.site = *SiteId::parse("elm-street");
    bill.period.from = UnixTime(1'554'300'000'000) + periods * 10_min;
    bill.period.to = bill.period.from + 10_min;
    if (owed > 0) put(bill.carried, {*AgentId::parse("charger-1"), {0, owed, 0, 0}, 0});
    return posted("/v1/sites/elm-street/payment-runs?paid=" + paid, energy::encode(bill));
  }
  Response finish_run(int periods) {
    const UnixTime from = UnixTime(1'554'300'000'000) + periods * 10_min;
    return posted(
        "/v1/sites/elm-street/payment-runs/finish?from=" + to_rfc3339(from) + "&to=" + to_rfc3339(from + 10_min), "{}");
  }
  std::string balance_of(const std::string& id) {
    return std::string(got("/v1/accounts/" + id).at("balance").as_string());
  }

  Street street;
  Api api{street};

 private:
  int keys_ = 0;
};

TEST_F(Money, IsPaidFromAccountToAccountAndShownInBothStatements) {
  open_accounts();
  EXPECT_EQ(posted("/v1/transfers", transfer("01", "bank", "alice", "5000000")).status, 201);
  EXPECT_EQ(posted("/v1/transfers", transfer("02", "alice", "bank", "1000000", "refund")).status, 201);
  EXPECT_EQ(balance_of(kAlice), "4000000");
  EXPECT_EQ(balance_of(kBank), "-4000000");
  const auto statement = got(std::string("/v1/statements/") + kAlice);
  ASSERT_EQ(statement.at("rows").as_array().size(), 2U);
  EXPECT_EQ(statement.at("rows").at(1).at("code").as_string(), "refund");
  EXPECT_EQ(statement.at("rows").at(1).at("side").as_string(), "debit");
  EXPECT_EQ(statement.at("rows").at(1).at("balance").as_string(), "4000000");
  const auto even = got("/v1/trial-balance");
  EXPECT_TRUE(even.at("assets").at(0).at("even").as_bool());
}

TEST_F(Money, IsNotPaidTwiceUnderAnotherKeyNorWithOtherFields) {
  open_accounts();
  EXPECT_EQ(posted("/v1/transfers", transfer("01", "bank", "alice", "5000000")).status, 201);
  EXPECT_EQ(posted("/v1/transfers", transfer("01", "bank", "alice", "5000000")).status, 201) << "it is there";
  EXPECT_EQ(balance_of(kAlice), "5000000");
  EXPECT_EQ(posted("/v1/transfers", transfer("01", "bank", "alice", "6000000")).status, 409);
  EXPECT_EQ(balance_of(kAlice), "5000000");
}

TEST_F(Money, ThatIsNotThereIsNotPaid) {
  open_accounts();
  const Response refused = posted("/v1/transfers", transfer("01", "alice", "bank", "1"));
  EXPECT_EQ(refused.status, 409);
  EXPECT_EQ(balance_of(kAlice), "0");
}

TEST_F(Money, IsSetAsideThenPaidInPartAndTheRestIsFreeAgain) {
  open_accounts();
  EXPECT_EQ(posted("/v1/transfers", transfer("01", "bank", "alice", "5000000")).status, 201);
  EXPECT_EQ(posted("/v1/transfers", phase("02", "reserve", "4000000")).status, 201);
  const auto alice = got(std::string("/v1/accounts/") + kAlice);
  EXPECT_EQ(alice.at("pending_out").as_string(), "4000000");
  EXPECT_EQ(alice.at("available").as_string(), "1000000");
  EXPECT_EQ(posted("/v1/transfers", transfer("03", "alice", "bank", "2000000", "refund")).status, 409) << "is taken";
  EXPECT_EQ(posted("/v1/transfers", phase("04", "post", "1500000", "02")).status, 201);
  EXPECT_EQ(posted("/v1/transfers", phase("04", "post", "1500000", "02")).status, 201) << "it is there";
  EXPECT_EQ(posted("/v1/transfers", phase("05", "void", "4000000", "02")).status, 409) << "is closed";
  EXPECT_EQ(balance_of(kAlice), "3500000");
  EXPECT_EQ(posted("/v1/transfers", phase("06", "reserve", "3500000")).status, 201);
  EXPECT_EQ(posted("/v1/transfers", phase("07", "void", "3500000", "06")).status, 201);
  EXPECT_EQ(got(std::string("/v1/accounts/") + kAlice).at("pending_out").as_string(), "0");
  EXPECT_EQ(balance_of(kAlice), "3500000");
  const auto shown = got("/v1/transfers/018f0000000000000000000000000004");
  EXPECT_EQ(shown.at("kind").as_string(), "post");
  EXPECT_EQ(shown.at("reserve").as_string(), "018f0000000000000000000000000002");
}

TEST_F(Money, ThatIsSetAsideForATimeIsFreeAfterIt) {
  open_accounts();
  EXPECT_EQ(posted("/v1/transfers", transfer("01", "bank", "alice", "5000000")).status, 201);
  const std::string timed = R"(,"kind":"reserve","time_out_s":60)";
  EXPECT_EQ(posted("/v1/transfers", transfer("02", "alice", "bank", "4000000", "reservation", timed)).status, 201);
  api.clock.now = api.clock.now + 60_s;
  EXPECT_EQ(posted("/v1/transfers", phase("03", "post", "1000000", "02")).status, 409);
  EXPECT_EQ(posted("/v1/transfers", transfer("04", "alice", "bank", "5000000", "refund")).status, 201);
}

TEST_F(Money, OfTwoPhasesIsRefusedWhereAPhaseLacksSomething) {
  open_accounts();
  const auto refused = [this](const std::string& rest, const std::string& where) {
    const Response response = std::get<Response>(api.answer_to(
        write(Method::Post, "/v1/transfers", transfer("01", "alice", "bank", "1", "reservation", rest), "k")));
    EXPECT_EQ(response.status, 400) << rest;
    EXPECT_NE(response.body.find("/transfers/0/" + where), std::string::npos) << response.body;
  };
  refused(R"(,"kind":"post")", "reserve");
  refused(R"(,"kind":"gift")", "kind");
  refused(R"(,"reserve":"018f0000000000000000000000000002")", "reserve");
  refused(R"(,"kind":"void","reserve":"018f0000000000000000000000000002","time_out_s":1)", "time_out_s");
  refused(R"(,"kind":"reserve","time_out_s":0)", "time_out_s");
}

TEST_F(Money, OfAMomentIsWhatItWasThen) {
  open_accounts();
  EXPECT_EQ(posted("/v1/transfers", transfer("01", "bank", "alice", "5000000")).status, 201);
  const std::string then = to_rfc3339(api.clock.utc());
  api.clock.now = api.clock.now + 60_s;
  EXPECT_EQ(posted("/v1/transfers", transfer("02", "bank", "alice", "1000000")).status, 201);
  EXPECT_EQ(got(std::string("/v1/accounts/") + kAlice + "?at=" + then).at("balance").as_string(), "5000000");
  EXPECT_EQ(balance_of(kAlice), "6000000");
}

TEST_F(Money, OfAnotherSiteIsNotSeen) {
  open_accounts();
  EXPECT_EQ(posted("/v1/transfers", transfer("01", "bank", "alice", "5000000")).status, 201);
  const std::string stranger = api.token(Scope::Administer, std::set<SiteId>{*SiteId::parse("oak-street")});
  const auto status = [&](const std::string& target) { return api.ask(with_token(get(target), stranger)).status; };
  EXPECT_EQ(status(std::string("/v1/accounts/") + kAlice), 404);
  EXPECT_EQ(status(std::string("/v1/statements/") + kAlice), 404);
  EXPECT_EQ(status("/v1/transfers/018f0000000000000000000000000001"), 404);
  EXPECT_EQ(status("/v1/accounts?site=elm-street"), 400);
  EXPECT_EQ(status("/v1/trial-balance"), 403);
  const auto own = boost::json::parse(api.ask(with_token(get("/v1/accounts"), stranger)).body);
  EXPECT_TRUE(own.at("accounts").as_array().empty());
}

TEST_F(Money, StatementsComePageByPageAndAsCsv) {
  open_accounts();
  for (const std::string end : {"01", "02", "03"})
    EXPECT_EQ(posted("/v1/transfers", transfer(end, "bank", "alice", "1000000")).status, 201);
  const std::string path = std::string("/v1/statements/") + kAlice;
  const auto first = got(path + "?limit=2");
  EXPECT_EQ(first.at("rows").as_array().size(), 2U);
  const auto second = got(path + "?limit=2&after=" + std::string(first.at("next").as_string()));
  ASSERT_EQ(second.at("rows").as_array().size(), 1U);
  EXPECT_EQ(second.at("rows").at(0).at("balance").as_string(), "3000000");
  EXPECT_TRUE(second.at("next").is_null());
  const Response csv = std::get<Response>(api.answer_to(with_token(get(path + "?format=csv"), api.all_powers)));
  EXPECT_EQ(csv.content_type, "text/csv; charset=utf-8");
  EXPECT_EQ(std::count(csv.body.begin(), csv.body.end(), '\n'), 4);
  EXPECT_NE(csv.body.find(",EUR,,1000000,3000000,elm-street by hand\r\n"), std::string::npos) << csv.body;
}

/// Otherwise whoever guesses the id of a payment that a run is going to make could take it first.
TEST_F(Money, IsNotMovedUnderAnIdThatOnlyARunMakes) {
  open_accounts();
  for (const char first : {'4', '7', '8', 'f'}) {
    std::string of_a_run = transfer("01", "bank", "alice", "5000000");
    of_a_run.replace(of_a_run.find("018f"), 4, std::string(1, first) + "18f");
    const Response refused = std::get<Response>(api.answer_to(write(Method::Post, "/v1/transfers", of_a_run, "run")));
    EXPECT_EQ(refused.status, 409) << refused.body;
    EXPECT_NE(refused.body.find("/transfers/0/id"), std::string::npos) << refused.body;
    std::string id = kAlice;
    id[0] = first;
    const Response closed = std::get<Response>(
        api.answer_to(write(Method::Post, "/v1/accounts", account(id, "anna", "household", ""), "account")));
    EXPECT_EQ(closed.status, 409) << closed.body;
    EXPECT_NE(closed.body.find("/id"), std::string::npos) << closed.body;
  }
  EXPECT_EQ(balance_of(kAlice), "0");
}

/// Of two accounts of one owner only the older would ever be paid.
TEST_F(Money, HasOneAccountForAnOwnerAtASite) {
  open_accounts();
  const Response second = posted("/v1/accounts", account(kCarol, "alice", "household", R"(,"credit_limit":"0")"));
  EXPECT_EQ(second.status, 409);
  EXPECT_NE(second.body.find(kAlice), std::string::npos) << second.body;
  EXPECT_EQ(got("/v1/accounts?owner=alice").at("accounts").as_array().size(), 1U);
  EXPECT_EQ(posted("/v1/accounts", account(kAlice, "alice", "household", R"(,"credit_limit":"0")")).status, 201)
      << "the same again";
}

TEST_F(Money, ACreditLimitIsNoMoreThanSumsWithItFit) {
  const auto asked = [&](const std::string& limit) {
    return std::get<Response>(
        api.answer_to(write(Method::Post, "/v1/accounts",
                            account(kAlice, "alice", "household", R"(,"credit_limit":")" + limit + "\""), limit)));
  };
  for (const std::string limit : {"9007199254740993", "9223372036854775807", "18446744073709551615"}) {
    const Response refused = asked(limit);
    EXPECT_EQ(refused.status, 400) << limit;
    EXPECT_NE(refused.body.find("/credit_limit"), std::string::npos) << refused.body;
    EXPECT_NE(refused.body.find("9007199254740992"), std::string::npos) << refused.body;
  }
  EXPECT_EQ(asked("9007199254740992").status, 201);
  EXPECT_EQ(got(std::string("/v1/accounts/") + kAlice).at("available").as_string(), "9007199254740992");
}

TEST_F(Money, AStationThatCarriesSomethingIsNotForgotten) {
  const std::string stations = "/v1/sites/elm-street/stations";
  EXPECT_EQ(posted(stations, R"({"station":"charger-1","owner":"alice"})").status, 204);
  EXPECT_EQ(post_run(0, 1).status, 204);
  const Response refused = posted(stations + "/charger-1/forget", "{}");
  EXPECT_EQ(refused.status, 409);
  EXPECT_NE(refused.body.find("something is carried"), std::string::npos) << refused.body;
  EXPECT_EQ(got(stations).at("stations").as_array().size(), 1U);
  EXPECT_EQ(post_run(1, 0).status, 204);
  EXPECT_EQ(posted(stations + "/charger-1/forget", "{}").status, 204);
  EXPECT_TRUE(got(stations).at("stations").as_array().empty());
}

TEST_F(Money, RunsThatAreMadeElsewhereFollowOneAnother) {
  EXPECT_EQ(post_run(0, 5, "no").status, 204);
  EXPECT_EQ(post_run(1, 0).status, 409) << "the one before is not paid";
  EXPECT_EQ(finish_run(1).status, 409);
  EXPECT_EQ(finish_run(0).status, 204);
  EXPECT_EQ(finish_run(0).status, 204) << "once more";
  for (const int periods : {-1, 0, 2}) EXPECT_EQ(post_run(periods, 0).status, 409) << periods;
  EXPECT_EQ(post_run(1, 0).status, 204);
}

/// Nobody could pay it: each run of the site would fail.
TEST_F(Money, AnOwnerThatTheJournalDoesNotTakeIsNoStations) {
  const auto refused = posted("/v1/sites/elm-street/stations", R"({"station":"charger-1","owner":"Jürgen"})");
  EXPECT_EQ(refused.status, 400);
  EXPECT_NE(refused.body.find("/owner"), std::string::npos) << refused.body;
  EXPECT_NE(refused.body.find("printable ASCII"), std::string::npos) << refused.body;
}

/// What the journal refuses is a conflict; that the database fails is not, and nobody learns how.
TEST_F(Money, OfADatabaseThatFailsNothingIsTold) {
  open_accounts();
  EXPECT_EQ(posted("/v1/sites/elm-street/stations", R"({"station":"x","owner":"grid elm-street"})").status, 409);
  auto database = *sqlite::Database::open(api.folder / "balans.sqlite");
  const auto refused = [&](const std::string& table, const std::string& target, const std::string& body,
                           Method method = Method::Post) {
    ASSERT_TRUE(database.execute("ALTER TABLE " + table + " RENAME TO gone", "break").ok());
    const Response response = api.ask(write(method, target, body, table));
    EXPECT_EQ(response.status, 503) << response.body;
    EXPECT_EQ(response.body.find(table), std::string::npos) << response.body;
    ASSERT_TRUE(database.execute("ALTER TABLE gone RENAME TO " + table, "mend").ok());
  };
  refused("energy_station", "/v1/sites/elm-street/stations", R"({"station":"charger-1","owner":"alice"})");
  refused("energy_tariff", "/v1/sites/elm-street/tariffs/usual",
          R"({"kind":"import","asset":"EUR","from":"2019-01-01T00:00:00Z","until":"2040-01-01T00:00:00Z",)"
          R"("per_kwh":1})",
          Method::Put);
  refused("open_reserve", "/v1/transfers", transfer("01", "bank", "alice", "5"));
  EXPECT_EQ(posted("/v1/transfers", transfer("01", "bank", "alice", "5")).status, 201);
}

TEST_F(Money, BadRequestsNameTheirPlace) {
  const Response no_amount = posted("/v1/transfers", transfer("01", "bank", "alice", "0"));
  EXPECT_EQ(no_amount.status, 400);
  EXPECT_NE(no_amount.body.find("/transfers/0/amount"), std::string::npos) << no_amount.body;
  const Response bad_id =
      std::get<Response>(api.answer_to(write(Method::Post, "/v1/accounts", account("12", "a", "cash", ""), "k")));
  EXPECT_EQ(bad_id.status, 400);
  EXPECT_NE(bad_id.body.find("/id"), std::string::npos) << bad_id.body;
}

/// A quarter-hour in which one station used what the other put out is billed, shown and paid.
TEST_F(Money, AQuarterHourOfEnergyIsBookedBilledAndShown) {
  for (const std::string station : {"charger-1", "heat-pump-1"})
    EXPECT_EQ(posted("/v1/sites/elm-street/stations",
                     R"({"station":")" + station + R"(","owner":"owner-of-)" + station + "\"}")
                  .status,
              204);
  EXPECT_EQ(got("/v1/sites/elm-street/stations").at("stations").as_array().size(), 2U);
  EXPECT_EQ(
      api.ask(write(Method::Put, "/v1/sites/elm-street/tariffs/usual",
                    R"({"kind":"import","asset":"EUR","from":"2019-01-01T00:00:00Z","until":"2040-01-01T00:00:00Z",)"
                    R"("per_kwh":250000})",
                    "tariff"))
          .status,
      204);
  EXPECT_EQ(got("/v1/sites/elm-street/tariffs?from=2019-04-01T00:00:00Z&to=2019-05-01T00:00:00Z")
                .at("tariffs")
                .as_array()
                .size(),
            1U);
  EXPECT_EQ(got("/v1/sites/elm-street/energy/rules").at("units_per_kwh").as_int64(), 5);
  EXPECT_EQ(posted("/v1/accounts", account(kAlice, "owner-of-charger-1", "household", R"(,"credit_limit":"0")")).status,
            201);
  EXPECT_EQ(posted("/v1/accounts", account(kBank, "bank", "cash", "")).status, 201);
  EXPECT_EQ(posted("/v1/transfers", transfer("01", "bank", "owner-of-charger-1", "5000000")).status, 201);
  const UnixTime slot(1'554'300'000'000);
  const auto put = api.store->transaction([&] {
    return put_quarters(*api.store, *SiteId::parse("elm-street"), slot,
                        {{"charger-1", 10'000}, {"heat-pump-1", 0, 10'000}});
  });
  ASSERT_TRUE(put.ok()) << put.error().message();
  CreditStops stops(api.give_order, [] {});
  BillSites bills(api.billing, api.access, stops, *api.events);
  for (int steps = 0; steps < 20; ++steps) ASSERT_TRUE(bills.step(*api.store, slot + 31_min).ok());
  const auto runs = got("/v1/sites/elm-street/payment-runs").at("runs").as_array();
  const auto paid =
      std::find_if(runs.begin(), runs.end(), [](const auto& run) { return run.at("billed").as_string() != "0"; });
  ASSERT_NE(paid, runs.end());
  EXPECT_EQ(paid->at("billed").as_string(), "500000") << "10 kWh of 5 units of 0.01 EUR";
  EXPECT_EQ(paid->at("grid_share").as_string(), "100000");
  EXPECT_EQ(paid->at("to_producers").as_string(), "400000");
  EXPECT_EQ(balance_of(kAlice), "4500000");
  EXPECT_EQ(got("/v1/accounts?owner=owner-of-heat-pump-1").at("accounts").at(0).at("balance").as_string(), "400000");
  EXPECT_TRUE(got("/v1/trial-balance").at("assets").at(0).at("even").as_bool());
  got("/v1/sites/elm-street/payment-runs/progress");
  got("/v1/sites/elm-street/energy/unbilled?ended=2019-05-01T00:00:00Z");
  EXPECT_EQ(got("/v1/sites/elm-street/energy/book?from=2019-04-01T00:00:00Z&to=2019-04-30T00:00:00Z")
                .at("uses")
                .as_array()
                .size(),
            2U);
}

}  // namespace
}  // namespace balans::api::test
