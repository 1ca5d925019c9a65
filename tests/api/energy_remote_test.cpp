// A payment run whose four interfaces are elsewhere, over real sockets: the other side is an api's store behind the
// resources that the JSON is made for, and it fails as networks do.
#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <mutex>
#include <thread>

#include "api/app/allocate_energy.hpp"
#include "api/app/local_energy.hpp"
#include "api/core/rfc3339.hpp"
#include "api/http/server.hpp"
#include "api/remote/remote_energy.hpp"
#include "api/store/open.hpp"
#include "tests/api/energy_quarters.hpp"
#include "tests/api/senders.hpp"

namespace balans::api::test {
namespace {

const SiteId kElm = *SiteId::parse("elm");
const UnixTime kNoon = *parse_rfc3339("2024-05-06T12:00:00Z");
constexpr std::int64_t kUnit = 10'000;

/// The resources of energy on a store, as few lines as there can be.
class Resources final : public Handler {
 public:
  explicit Resources(Store& store) : store_(store) {
    rules.run_after = Millis();
    wallet.deployment.bytes.fill(7);
    wallet.credit_limit = 1'000'000'000;
  }
  std::variant<BodyLimit, Response> admit(const RequestHead&) override { return BodyLimit{1'000'000}; }
  void handle(Request request, Reply reply) override {
    ++requests;
    const std::lock_guard lock(mutex_);
    const std::string path = request.head.target.substr(0, request.head.target.find('?'));
    if (request.head.header("authorization") != "Bearer secret") return reply(Response{401, "text/plain", {}, "who?"});
    if (failures > 0 && failures-- > 0) return reply(Response{503, "text/plain", {}, "later"});
    if (request.head.method == Method::Post)
      posted[path].push_back(std::string(request.head.header("idempotency-key")));
    Result<std::string> answer = Error{"", "there is nothing at " + path};
    const auto done = store_.transaction([&]() -> Result<void> {
      answer = request.head.method == Method::Get ? get(path, request.head.target) : post(path, request);
      return answer ? Result<void>() : Result<void>(answer.error());
    });
    if (path == "/v1/transfers" && lost_answers > 0 && lost_answers-- > 0)
      return reply(Response{504, "text/plain", {}, "done, but nobody hears of it"});
    if (!done) return reply(Response{409, "text/plain", {}, done.error().message()});
    reply(Response{200, "application/json", {}, *answer});
  }

  std::atomic<int> requests = 0, failures = 0, lost_answers = 0;
  std::map<std::string, std::vector<std::string>> posted;  ///< keys, by path; read once the server has stopped
  energy::BillingRules rules;
  WalletRules wallet;

 private:
  Result<std::string> get(const std::string& path, const std::string& target) {
    LocalStrategy strategy(store_.energy(), rules);
    const auto text = [](auto result) -> Result<std::string> {
      if (!result) return result.error();
      return energy::encode(*result);
    };
    if (path == "/v1/sites/elm/energy/unbilled") return text(strategy.energy(kElm, {kNoon, kNoon + 20_min}));
    if (path == "/v1/sites/elm/energy/rules") return text(strategy.rules(kElm));
    if (path == "/v1/sites/elm/payment-runs/progress") return text(store_.energy().progress(kElm));
    if (path == "/v1/sites/elm/stations")
      return energy::encode(energy::Stations{*store_.energy().stations(kElm), owners_of_site(kElm)});
    if (path == "/v1/sites/elm/tariffs") return energy::encode_tariffs(*strategy.prices(kElm, {kNoon, kNoon + 1_min}));
    if (path == "/v1/accounts") return accounts(target.ends_with("&after=7"));
    return Error{"", "there is nothing at " + path};
  }
  /// As the api gives them: with more in them, and page by page.
  static Result<std::string> accounts(bool second_page) {
    const std::string car =
        R"({"owner":"car-owner","asset":"EUR","kind":"household","available":")" + std::to_string(90 * kUnit) + R"("})";
    const std::string roof = R"({"owner":"roof-owner","asset":"EUR","kind":"household","available":null})";
    return R"({"accounts":[)" + (second_page ? roof : car) + R"(],"next":)" + (second_page ? "null}" : R"("7"})");
  }
  Result<std::string> post(const std::string& path, const Request& request) {
    const auto told = [&]() -> Result<void> {
      if (path == "/v1/transfers") {
        const auto transfers = energy::decode_transfers(request.body);
        if (!transfers) return transfers.error();
        for (const energy::WireTransfer& each : transfers->transfers)
          if (each.id.is_derived()) return Error{"/transfers", "has an id that is not a client's"};
        const auto refused = LocalWallet(store_.journal(), wallet, kNoon).enter(*transfers);
        if (!refused) return refused.error();
        return *refused ? Error{"journal", (*refused)->what} : Result<void>();
      }
      if (path == "/v1/sites/elm/payment-runs") {
        const auto bill = energy::decode_bill(request.body);
        if (!bill) return bill.error();
        const bool paid = request.head.target.ends_with("?paid=yes");
        return store_.energy().add_run(*bill, paid ? energy::Paid::Yes : energy::Paid::No);
      }
      if (path == "/v1/sites/elm/payment-runs/finish")
        return store_.energy().finish_run(kElm, {kNoon + 10_min, kNoon + 20_min});
      if (path == "/v1/sites/elm/stations") {
        const auto station = energy::decode_station(request.body);
        if (!station) return station.error();
        return LocalRegistration(store_.energy()).put(kElm, *station);
      }
      if (path == "/v1/sites/elm/stations/roof/forget")
        return store_.energy().forget_station(kElm, *AgentId::parse("roof"));
      return Error{"", "there is nothing at " + path};
    }();
    if (!told) return told.error();
    return std::string("{}");
  }

  Store& store_;
  std::mutex mutex_;
};

class RemoteEnergy : public testing::Test {
 protected:
  RemoteEnergy() {
    EXPECT_TRUE(migrate(DatabaseAddress(folder / "balans.sqlite")).ok());
    store = *open_store(DatabaseAddress(folder / "balans.sqlite"));
    server = *Server::listen({});
    resources = std::make_unique<Resources>(*store);
    RestOptions options;
    options.base_url = "http://127.0.0.1:" + std::to_string(server->port());
    options.token = "secret";
    client = std::make_unique<RestClient>(options, [this](Millis wait) { waits.push_back(wait.count()); });
    registration = std::make_unique<RemoteRegistration>(*client, [this] { return "key-" + std::to_string(++keys); });
  }
  ~RemoteEnergy() override { stop(); }
  /// Two stations and a slot in which all that one used came from the other.
  void prepare(std::int64_t used_wh) {
    const auto put = store->transaction([&]() -> Result<void> {
      for (const std::string station : {"car", "roof"}) {
        const energy::Station each{*AgentId::parse(station), station + "-owner", {}};
        if (const auto done = LocalRegistration(store->energy()).put(kElm, each); !done) return done;
      }
      return put_quarters(*store, kElm, kNoon, {{"car", used_wh}, {"roof", 0, used_wh}});
    });
    ASSERT_TRUE(put.ok()) << put.error().message();
    ASSERT_TRUE(allocate_some(*store, {}, kNoon + 15_min, 10).ok());
    thread = std::jthread([this] { server->run(*resources, [] {}); });
  }
  Result<PaymentStep> run() {
    PaymentRuns runs(
        {strategy(), storage(), *registration, purse()}, [](const auto& work) { return work(); }, Paying::Apart);
    return runs.next(kElm, kNoon + 20_min);
  }
  RemoteStrategy& strategy() { return strategy_.emplace(*client); }
  RemoteStorage& storage() { return storage_.emplace(*client); }
  RemoteWallet& purse() { return wallet_.emplace(*client, Bytes32{5}); }
  std::int64_t balance(const std::string& owner) {
    const auto accounts = store->journal().accounts({owner, kElm, {}, 0, 10});
    return accounts->empty() ? 0 : store->journal().balance(accounts->front().number, {})->posted();
  }
  void stop() {
    if (!thread.joinable()) return;
    server->stop();
    thread.join();
  }

  Folder folder;
  std::unique_ptr<Store> store;
  std::unique_ptr<Server> server;
  std::unique_ptr<Resources> resources;
  std::unique_ptr<RestClient> client;
  std::unique_ptr<RemoteRegistration> registration;
  std::vector<std::int64_t> waits;
  int keys = 0;
  std::jthread thread;

 private:
  std::optional<RemoteStrategy> strategy_;
  std::optional<RemoteStorage> storage_;
  std::optional<RemoteWallet> wallet_;
};

TEST_F(RemoteEnergy, MakesThePaymentsOfAPeriodOverHttp) {
  prepare(20'000);
  const auto step = run();
  ASSERT_TRUE(step.ok()) << step.error().message();
  EXPECT_FALSE(run()->bill) << "the next period is not over";
  stop();
  // 20 kWh are 100 units; the car has 90, so 75 are paid; the grid keeps 15, and 60 hold one block.
  EXPECT_EQ(balance("car-owner"), -75 * kUnit);
  EXPECT_EQ(balance("grid elm"), 15 * kUnit);
  EXPECT_EQ(balance("roof-owner"), 40 * kUnit);
  EXPECT_EQ(balance("energy-pool elm"), 20 * kUnit);
  EXPECT_EQ(store->energy().runs(kElm, {}, 10)->front().paid, energy::Paid::Yes);
}

TEST_F(RemoteEnergy, AsksAgainWithTheSameKeyWhenAnAnswerIsLostAndPaysOnce) {
  prepare(20'000);
  resources->lost_answers = 2;
  const auto step = run();
  ASSERT_TRUE(step.ok()) << step.error().message();
  EXPECT_EQ(waits, (std::vector<std::int64_t>{200, 400}));
  stop();
  const auto& sent = resources->posted["/v1/transfers"];
  ASSERT_EQ(sent.size(), 3U);
  EXPECT_EQ(sent[0], sent[1]);
  EXPECT_EQ(sent[0], sent[2]);
  EXPECT_EQ(balance("car-owner"), -75 * kUnit);
}

TEST_F(RemoteEnergy, GoesOnWithARunWhosePaymentsHaveFailedForGood) {
  prepare(20'000);
  resources->lost_answers = 4;
  const auto failed = run();
  ASSERT_FALSE(failed.ok());
  EXPECT_NE(failed.error().message().find("answered 504"), std::string::npos) << failed.error().message();
  EXPECT_NE(failed.error().message().find("(4 tries)"), std::string::npos);
  const auto step = run();
  ASSERT_TRUE(step.ok()) << step.error().message();
  stop();
  EXPECT_EQ(balance("car-owner"), -75 * kUnit);
  EXPECT_EQ(store->energy().runs(kElm, {}, 10)->size(), 1U);
  EXPECT_EQ(store->energy().runs(kElm, {}, 10)->front().paid, energy::Paid::Yes);
}

TEST_F(RemoteEnergy, RidesOutATimeOfFailuresAndGivesUpWhereAnotherTryIsOfNoUse) {
  prepare(0);
  resources->failures = 3;
  EXPECT_TRUE(strategy().rules(kElm).ok());
  EXPECT_EQ(waits.size(), 3U);
  const int before = resources->requests;
  const auto refused = registration->put(kElm, {*AgentId::parse("x"), "grid elm", {}});
  ASSERT_FALSE(refused.ok());
  EXPECT_NE(refused.error().message().find("its owner is one of the site's own"), std::string::npos);
  EXPECT_EQ(resources->requests, before + 1);
}

TEST_F(RemoteEnergy, RegistersAndForgetsStations) {
  prepare(0);
  ASSERT_TRUE(registration->put(kElm, {*AgentId::parse("roof"), "roof-owner", kNoon}).ok());
  EXPECT_EQ(*registration->stations(kElm),
            (std::vector<energy::Station>{{*AgentId::parse("car"), "car-owner", {}},
                                          {*AgentId::parse("roof"), "roof-owner", kNoon}}));
  ASSERT_TRUE(registration->forget(kElm, *AgentId::parse("roof")).ok());
  EXPECT_EQ(registration->stations(kElm)->size(), 1U);
  EXPECT_EQ(*registration->owners(kElm), owners_of_site(kElm));
}

TEST_F(RemoteEnergy, SaysWhereAnAnswerIsNotWhatWasExpected) {
  const auto wrong = [](const std::string& json) { return energy::decode_tariff(json).error().message(); };
  EXPECT_EQ(wrong(R"({"kind":"import","asset":"EUR","from":"2024-01-01T00:00:00Z","until":"2025-01-01T00:00:00Z",)"
                  R"("rows":[{"from_minute":0,"per_kwh":1},{"from_minute":0,"per_kwh":1}]})"),
            "/rows/1/from_minute: is not after the row before");
  EXPECT_NE(energy::decode_stations("{}").error().message().find("/stations"), std::string::npos);
  EXPECT_NE(
      energy::decode_transfers(R"({"site":"elm","transfers":[{"id":"00"}]})").error().message().find("/transfers/0/id"),
      std::string::npos);
}

TEST_F(RemoteEnergy, EverythingComesBackAsItWasSent) {
  energy::PeriodBill bill;
  bill.site = kElm;
  bill.period = {kNoon, kNoon + 10_min};
  bill.remainders = energy::Remainders::Flush;
  bill.payments = {{"a", "b", *trade::Amount::of(INT64_MAX), journal::Code::Refund, "car"}};
  bill.carried.peer = {{{*AgentId::parse("car"), {-3, 4, -5, 6}}}, 7, 2};
  bill.carried.supplier = {{*AgentId::parse("roof"), -8}};
  bill.totals = {{1, 2, -3, 4, 5, 6, 7}, {8, 9, 10, 11}};
  bill.through = 12;
  const auto back = energy::decode_bill(encode(bill));
  ASSERT_TRUE(back.ok()) << back.error().message();
  EXPECT_EQ(encode(*back), encode(bill));
  EXPECT_EQ(back->carried, bill.carried);
  EXPECT_EQ(back->totals, bill.totals);
  const energy::PeriodEnergy energy{
      {{*AgentId::parse("a"), 1_Wh, WattHours(-2)}}, {{*AgentId::parse("b"), kNoon, 3_Wh, 4_Wh}}, 5};
  EXPECT_EQ(*energy::decode_energy(encode(energy)), energy);
  energy::BillingRules rules;
  rules.zone = {60_min, energy::SummerTime::European};
  EXPECT_EQ(*energy::decode_rules(encode(rules)), rules);
  const energy::Progress progress{Span{kNoon, kNoon + 1_min}, bill.carried, bill, trade::Asset::Iota};
  EXPECT_EQ(encode(*energy::decode_progress(encode(progress))), encode(progress));
  EXPECT_EQ(energy::decode_progress(encode(progress))->asset, trade::Asset::Iota);
}

}  // namespace
}  // namespace balans::api::test
