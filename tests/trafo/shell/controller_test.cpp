// The controller's loop between its files, its meters and a broker that only listens. Time stands still but for what a
// test moves it.
#include "trafo/shell/controller.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>
#include <thread>

#include "common/io/runtime/files.hpp"
#include "common/io/runtime/keys.hpp"
#include "common/messages/signed.hpp"
#include "common/messages/topics.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/trafo/shell/site_text.hpp"

namespace balans {
namespace {

using test::SiteText;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class ListeningBus final : public Bus {
 public:
  Result<void> publish(const Publication& publication) override {
    if (!publication.topic.ends_with("/state")) return {};
    const std::lock_guard lock(mutex_);
    state_ = publication.payload;
    ++states_;
    changed_.notify_all();
    return {};
  }
  [[nodiscard]] bool connected() const override { return true; }
  void reconnect() override { ++reconnects_; }
  [[nodiscard]] int reconnects() const { return reconnects_; }
  [[nodiscard]] std::int64_t refused() const override { return 0; }

  /// The next state after `seen` of them.
  TrafoState state_after(int seen) {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(changed_.wait_for(lock, std::chrono::seconds(30), [&] { return states_ > seen; })) << "no tick";
    const auto state = decode<TrafoState>(state_);
    EXPECT_TRUE(state) << state.error().message();
    return state ? *state : TrafoState{};
  }
  [[nodiscard]] int states() {
    const std::lock_guard lock(mutex_);
    return states_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::string state_;
  int states_ = 0;
  std::atomic<int> reconnects_ = 0;
};

class ControllerTest : public testing::Test {
 protected:
  void begin(const SiteText& text) {
    auto file = text.load();
    ASSERT_TRUE(file) << file.error().message();
    file_ = *std::move(file);
    file_.state_dir = folder_.path();
    if (file_.limits_file) file_.limits_file = folder_ / "orders.json";
    file_.revoked_file = folder_ / "revoked";
    ASSERT_TRUE(create_key_file(folder_ / "trafo.key"));
    const auto agent = create_key_file(folder_ / "agent.key");
    ASSERT_TRUE(agent);
    file_.site.agents.at(0).key = *agent;
    signer_ = *load_signer(folder_ / "trafo.key");
    agent_ = *load_signer(folder_ / "agent.key");
    start();
  }
  void start() {
    bus_ = std::make_unique<ListeningBus>();
    mailbox_ = std::make_unique<Mailbox<TrafoEvent>>(1000);
    log_ = std::move(*EventLog::open(folder_ / "events.jsonl", clock_));
    recorder_ = std::make_unique<Recorder>(*Outbox::open(folder_ / "outbox.sqlite"), folder_ / "refused.jsonl",
                                           std::nullopt, clock_, [](TrafoEvent) {});
    controller_ = std::make_unique<Controller>(file_, *signer_, *EpochCounter::start(folder_ / "epoch"), clock_, *log_,
                                               *mailbox_, *recorder_);
    thread_ = std::jthread([this] { controller_->run(*bus_, supervisor_); });
    (void)bus_->state_after(0);
  }
  void stop() {
    mailbox_->stop();
    thread_.join();
    recorder_.reset();
  }
  void TearDown() override {
    if (thread_.joinable()) stop();
  }

  /// A second later, with a sample of each of `meters`.
  TrafoState tick(const std::vector<std::size_t>& meters, Milliamps current = 50_A, Millis later = 1_s) {
    const int seen = bus_->states();
    clock_.advance(later);
    for (std::size_t meter : meters) {
      MeterSample sample;
      sample.taken = clock_.boot();
      sample.current = PerPhase<Milliamps>::all(current);
      sample.life = static_cast<std::uint64_t>(clock_.boot().ms());
      mailbox_->push(MeterPolled{meter, sample});
    }
    mailbox_->push(AmbientPolled{Error{"", "wakes the loop"}});
    return bus_->state_after(seen);
  }
  void order(const std::string& json) {
    ASSERT_TRUE(replace_file(folder_ / "orders.json", json, FileMode::Readable).ok());
  }
  [[nodiscard]] std::string events() const { return *read_small_file(folder_ / "events.jsonl"); }
  /// Statuses that an agent of another controller's lease would send.
  void hear_of_epoch(std::uint64_t epoch) {
    Status status;
    status.at = AgentTime(1000);
    status.nonce = Nonce{7};
    status.state = AgentState::Following;
    status.ack = Ack{Epoch{epoch}, BootId{1}, Seq{1}, {}, AckStage::Effective};
    const AgentId& id = file_.site.agents.at(0).id;
    const std::string topic = topics::status(file_.site.id, id);
    mailbox_->push(
        BusEvent{BusMessage{topic, seal(*agent_, file_.deployment, topic, "status", encode(status)), Retain::No}});
  }

  test::TempFolder folder_;
  test::ManualClock clock_;
  SiteFile file_;
  std::unique_ptr<Signer> signer_;
  std::unique_ptr<Signer> agent_;
  std::unique_ptr<ListeningBus> bus_;
  std::unique_ptr<Mailbox<TrafoEvent>> mailbox_;
  std::unique_ptr<EventLog> log_;
  std::unique_ptr<Recorder> recorder_;
  std::unique_ptr<Controller> controller_;
  Supervisor supervisor_;
  std::jthread thread_;
};

const char* const kSpare = "meters: [{ name: spare, device: meters/any, tcp: { host: 10.0.0.6 } }]\n";
const char* const kOrders = "nodes: [{ name: feeder-1, design_peak_base_a: 9 }]\nlimits_file: orders.json\n";
const char* const kOrder = R"([{"node":"feeder-1","source":"dso","max_ma":[40000,40000,40000],"until_ms":)";

TEST_F(ControllerTest, AMeterStandsInForAnotherOfItsNode) {
  ASSERT_NO_FATAL_FAILURE(begin({"static", "", kSpare, ""}));
  const TrafoState state = tick({1}, 50_A);
  ASSERT_EQ(state.meters.size(), 2U);
  EXPECT_EQ(state.meters[0].quality, MeterQuality::Missing);
  EXPECT_EQ(state.meters[1].quality, MeterQuality::Good);
  EXPECT_EQ(state.nodes.at(0).quality, MeterQuality::Good);
  EXPECT_EQ(state.nodes.at(0).load, PerPhase<Milliamps>::all(50_A));
  EXPECT_THAT(events(), HasSubstr(R"("event":"meter-quality","meter":"spare","from":"missing","to":"good")"));
}

TEST_F(ControllerTest, MetersOfOneNodeThatDifferAreSaid) {
  ASSERT_NO_FATAL_FAILURE(begin({"static", "", kSpare, ""}));
  (void)tick({1}, 50_A);
  (void)tick({0}, 150_A);
  EXPECT_THAT(events(), HasSubstr(R"("event":"meters-disagree","node":"transformer")"));
}

TEST_F(ControllerTest, AMeterThatFailsIsSaidOnceByName) {
  ASSERT_NO_FATAL_FAILURE(begin({"static", "", kSpare, ""}));
  for (int i = 0; i < 3; ++i) mailbox_->push(MeterPolled{1, Error{"register 52", "timeout"}});
  (void)tick({0});
  EXPECT_EQ(events().find("\"meter-fails\""), events().rfind("\"meter-fails\""));
  EXPECT_THAT(events(), HasSubstr(R"("event":"meter-fails","meter":"spare","error":"register 52: timeout")"));
}

TEST_F(ControllerTest, AnOrderHoldsFromTheNextTickToItsEnd) {
  ASSERT_NO_FATAL_FAILURE(begin({"static", "", kOrders, ""}));
  const UnixTime end = clock_.utc() + 60_s;
  order(kOrder + std::to_string(end.ms()) + "}]");
  const TrafoState during = tick({0});
  ASSERT_EQ(during.outside.size(), 1U);
  EXPECT_EQ(during.outside[0].source, Reason::Dso);
  EXPECT_EQ(during.nodes.at(1).rating, PerPhase<Milliamps>::all(40_A));
  EXPECT_EQ(during.nodes.at(1).source, Reason::Dso);

  const TrafoState after = tick({0}, 50_A, 60_s);
  EXPECT_THAT(after.outside, IsEmpty());
  EXPECT_EQ(after.nodes.at(1).source, Reason::Capacity);
  EXPECT_THAT(events(), HasSubstr(R"("event":"outside-limit-begins","node":"feeder-1","source":"dso")"));
  EXPECT_THAT(events(), HasSubstr(R"("event":"outside-limit-ends","node":"feeder-1","source":"dso")"));
}

TEST_F(ControllerTest, ABadOrdersFileIsAnAlarmAndTakesNothingBack) {
  ASSERT_NO_FATAL_FAILURE(begin({"static", "", kOrders, ""}));
  order(std::string(kOrder) + "null}]");
  ASSERT_EQ(tick({0}).outside.size(), 1U);
  order(R"([{"node":"feeder-1","source":"dso","max_ma":[1],"until_ms":null}])");
  const TrafoState bad = tick({0});
  EXPECT_EQ(bad.outside.size(), 1U);
  EXPECT_THAT(bad.alarms, Contains(HasSubstr("orders.json /0/max_ma: expected three integers")));
  EXPECT_THAT(events(), HasSubstr("limits-file-refused"));
  std::filesystem::remove(folder_ / "orders.json");
  const TrafoState gone = tick({0});
  EXPECT_EQ(gone.outside.size(), 1U);
  EXPECT_THAT(gone.alarms, Contains(HasSubstr("orders.json: is not there")));
  order("[]");
  const TrafoState good = tick({0});
  EXPECT_THAT(good.outside, IsEmpty());
  EXPECT_THAT(good.alarms, Not(Contains(HasSubstr("orders.json"))));
}

TEST_F(ControllerTest, TheHeatOutlivesARestart) {
  ASSERT_NO_FATAL_FAILURE(begin({"dynamic", "", "", ""}));
  const TrafoState before = tick({0});
  ASSERT_TRUE(before.temperatures);
  for (int minute = 0; minute < 60; ++minute) (void)tick({0}, 50_A, 60_s);
  const TrafoState cooler = tick({0});
  EXPECT_LT(cooler.temperatures->top_oil_mdeg, before.temperatures->top_oil_mdeg - 5000);
  stop();
  EXPECT_TRUE(std::filesystem::exists(folder_ / "thermal.json"));
  start();
  const TrafoState after = tick({0});
  EXPECT_NEAR(static_cast<double>(after.temperatures->top_oil_mdeg),
              static_cast<double>(cooler.temperatures->top_oil_mdeg), 200);
  EXPECT_THAT(events(), HasSubstr("thermal-state-resumed"));
}

TEST_F(ControllerTest, AHigherEpochForgetsTheAgentsButNotTheMetersNorTheHeat) {
  ASSERT_NO_FATAL_FAILURE(begin({"dynamic", "", "", ""}));
  for (int minute = 0; minute < 60; ++minute) (void)tick({0}, 50_A, 60_s);
  const TrafoState before = tick({0});
  hear_of_epoch(99);
  (void)tick({0});
  const TrafoState after = tick({0});
  EXPECT_GT(after.epoch.value, 99U);
  EXPECT_THAT(events(), HasSubstr("epoch-moved"));
  EXPECT_EQ(after.meters.at(0).quality, MeterQuality::Good);
  EXPECT_EQ(events().find("meter-quality"), events().rfind("meter-quality")) << "it never became unknown";
  EXPECT_LE(after.temperatures->top_oil_mdeg, before.temperatures->top_oil_mdeg);
}

TEST_F(ControllerTest, TheThermometerCounts) {
  ASSERT_NO_FATAL_FAILURE(begin({"dynamic", "  ambient: { source: sensor, file: /nowhere }\n", "", ""}));
  EXPECT_EQ(tick({0}).temperatures->ambient_mdeg, 40'000) << "the design maximum until it has been read";
  mailbox_->push(AmbientPolled{AmbientReading{MilliCelsius(25'000), clock_.boot()}});
  EXPECT_EQ(tick({0}).temperatures->ambient_mdeg, 25'000);
}

TEST_F(ControllerTest, ARevokedKeyIsNotHeardAndWhatItsDeviceMayDrawStaysEnrolled) {
  ASSERT_NO_FATAL_FAILURE(begin(SiteText{}));
  const PublicKey key = file_.site.agents.at(0).key;
  ASSERT_TRUE(add_revoked_key(file_.revoked_file, {key, UnixTime(0), file_.site.agents.at(0).id}));
  const TrafoState state = tick({0});
  EXPECT_THAT(state.alarms, Contains(HasSubstr("charger-1 is revoked")));
  EXPECT_EQ(state.devices.size(), 1U);
  hear_of_epoch(100);
  (void)tick({0});
  EXPECT_THAT(events(), HasSubstr("its key is revoked"));
  EXPECT_THAT(events(), Not(HasSubstr("epoch-moved")));
}

TEST_F(ControllerTest, AKeyThatWasRevokedWhileItWasAwayIsNotHeardFromTheStart) {
  ASSERT_NO_FATAL_FAILURE(begin(SiteText{}));
  stop();
  const PublicKey key = file_.site.agents.at(0).key;
  ASSERT_TRUE(add_revoked_key(file_.revoked_file, {key, UnixTime(0), file_.site.agents.at(0).id}));
  start();
  hear_of_epoch(100);
  (void)tick({0});
  EXPECT_THAT(events(), HasSubstr("its key is revoked"));
}

TEST_F(ControllerTest, SighupMakesTheConnectionAnewAndSaysWhatItDoesNot) {
  ASSERT_NO_FATAL_FAILURE(begin({"static", "", "", ""}));
  mailbox_->push(ReloadAsked{"changed: used from the next start"}, WhenFull::Keep);
  (void)tick({0});
  EXPECT_EQ(bus_->reconnects(), 1);
  EXPECT_THAT(events(), HasSubstr(R"("event":"reloaded")"));
  EXPECT_THAT(events(), HasSubstr(R"("config":"changed: used from the next start")"));
}

}  // namespace
}  // namespace balans
