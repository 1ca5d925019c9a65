#include "common/io/mqtt/bus.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "tests/common/io/mqtt/event_recorder.hpp"
#include "tests/support/mosquitto.hpp"

namespace balans {
namespace {

using test::count_of;
using test::EventRecorder;
using test::Mosquitto;
using test::options_for;
using ::testing::HasSubstr;

class BusTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!Mosquitto::available()) GTEST_SKIP() << "this machine has no mosquitto";
    broker_ = std::make_unique<Mosquitto>();
  }
  [[nodiscard]] int port() const { return broker_->port(); }

  std::unique_ptr<Mosquitto> broker_;
};

TEST_F(BusTest, CarriesMessagesBetweenTwoPrograms) {
  EventRecorder at_a;
  EventRecorder at_b;
  const auto a = make_bus(options_for(port(), "a"), at_a.sink());
  const auto b = make_bus(options_for(port(), "b", {{"street/+/limit"}}), at_b.sink());
  ASSERT_TRUE(at_a.wait_for_connections(1));
  ASSERT_TRUE(at_b.wait_for_connections(1)) << broker_->log();
  ASSERT_TRUE(a->publish({"street/charger-1/limit", "six amps"}).ok());
  const auto message = at_b.wait_for_message("street/charger-1/limit");
  ASSERT_TRUE(message.has_value());
  EXPECT_EQ(message->payload, "six amps");
  EXPECT_EQ(message->retained, Retain::No);
}

TEST_F(BusTest, SaysConnectedBeforeAnyMessageOfThatConnection) {
  EventRecorder at_a;
  const auto a = make_bus(options_for(port(), "a"), at_a.sink());
  ASSERT_TRUE(at_a.wait_for_connections(1));
  Publication offer{"street/charger-1/offer", "offer"};
  offer.retain = Retain::Yes;
  ASSERT_TRUE(a->publish(offer).ok());
  EventRecorder probe;
  const auto p = make_bus(options_for(port(), "p", {{"street/#"}}), probe.sink());
  ASSERT_TRUE(probe.wait_for_message("street/charger-1/offer").has_value());
  EventRecorder at_b;
  const auto b = make_bus(options_for(port(), "b", {{"street/#"}}), at_b.sink());
  const auto message = at_b.wait_for_message("street/charger-1/offer");
  ASSERT_TRUE(message.has_value());
  EXPECT_EQ(message->retained, Retain::Yes);
  EXPECT_TRUE(std::holds_alternative<BusConnected>(at_b.events().front()));
}

TEST_F(BusTest, MakesItsConnectionAnewWhenAskedAndDiesForNobody) {
  EventRecorder probe;
  const auto p = make_bus(options_for(port(), "p", {{"a/#"}}), probe.sink());
  EventRecorder events;
  BusOptions options = options_for(port(), "a");
  options.will = Publication{"a/online", "no"};
  const auto bus = make_bus(options, events.sink());
  ASSERT_TRUE(probe.wait_for_connections(1) && events.wait_for_connections(1));
  bus->reconnect();
  ASSERT_TRUE(events.wait_for_connections(2));
  EXPECT_EQ(count_of<BusLost>(events.events()), 1U);
  ASSERT_TRUE(bus->publish({"a/after", "still here"}).ok());
  ASSERT_TRUE(probe.wait_for_message("a/after").has_value());
  EXPECT_EQ(count_of<BusMessage>(probe.events()), 1U) << "others were told that it has died";
}

TEST_F(BusTest, RefusesToPublishWhileThereIsNoConnection) {
  EventRecorder events;
  broker_->kill();
  const auto bus = make_bus(options_for(port(), "a"), events.sink());
  ASSERT_TRUE(events.wait_for_losses(1));
  EXPECT_FALSE(bus->connected());
  EXPECT_THAT(bus->publish({"t", "x"}).error().message(), HasSubstr("t: not connected to the broker"));
}

TEST_F(BusTest, RefusesPayloadsThatAreTooLargeBothWays) {
  EventRecorder at_a;
  EventRecorder at_b;
  const auto a = make_bus(options_for(port(), "a"), at_a.sink());
  BusOptions narrow = options_for(port(), "b", {{"t/#"}});
  narrow.max_payload = 10;
  const auto b = make_bus(narrow, at_b.sink());
  ASSERT_TRUE(at_a.wait_for_connections(1) && at_b.wait_for_connections(1));
  EXPECT_THAT(b->publish({"t/out", std::string(11, 'x')}).error().message(), HasSubstr("11 bytes are more than 10"));
  ASSERT_TRUE(a->publish({"t/large", std::string(11, 'x')}).ok());
  ASSERT_TRUE(a->publish({"t/small", std::string(10, 'x')}).ok());
  ASSERT_TRUE(at_b.wait_for_message("t/small").has_value());
  EXPECT_EQ(b->refused(), 1);
  EXPECT_EQ(count_of<BusMessage>(at_b.events()), 1U);
}

TEST_F(BusTest, BoundsWhatTheBrokerHasNotAcknowledged) {
  EventRecorder events;
  BusOptions options = options_for(port(), "a");
  options.max_in_flight = 5;
  const auto bus = make_bus(options, events.sink());
  ASSERT_TRUE(events.wait_for_connections(1));
  broker_->freeze();
  int accepted = 0;
  Result<void> last;
  while (accepted < 100 && (last = bus->publish({"t", "x"})).ok()) ++accepted;
  broker_->thaw();
  EXPECT_LE(accepted, 5);
  ASSERT_FALSE(last.ok());
}

TEST_F(BusTest, SpeaksTheLastWordsAtAnOrderlyEnd) {
  EventRecorder watching;
  const auto watcher = make_bus(options_for(port(), "w", {{"a/online"}}), watching.sink());
  ASSERT_TRUE(watching.wait_for_connections(1));
  BusOptions options = options_for(port(), "a");
  options.will = Publication{"a/online", "false", Qos::AtLeastOnce, Retain::Yes, std::nullopt};
  {
    EventRecorder events;
    const auto bus = make_bus(options, events.sink());
    ASSERT_TRUE(events.wait_for_connections(1));
  }
  const auto message = watching.wait_for_message("a/online");
  ASSERT_TRUE(message.has_value());
  EXPECT_EQ(message->payload, "false");
}

TEST_F(BusTest, LetsTheBrokerForgetWhatHasExpired) {
  EventRecorder at_a;
  const auto a = make_bus(options_for(port(), "a"), at_a.sink());
  ASSERT_TRUE(at_a.wait_for_connections(1));
  ASSERT_TRUE(a->publish({"t/brief", "x", Qos::AtLeastOnce, Retain::Yes, std::chrono::seconds(1)}).ok());
  ASSERT_TRUE(a->publish({"t/lasting", "x", Qos::AtLeastOnce, Retain::Yes, std::chrono::seconds(3600)}).ok());
  // The broker judges by its own clock and says nothing: ask until the message is gone.
  bool forgotten = false;
  for (int ask = 0; ask < 200 && !forgotten; ++ask) {
    EventRecorder events;
    const auto bus = make_bus(options_for(port(), "b", {{"t/brief"}, {"t/lasting"}}), events.sink());
    ASSERT_TRUE(events.wait_for_message("t/lasting").has_value());
    forgotten = count_of<BusMessage>(events.events()) == 1;
  }
  EXPECT_TRUE(forgotten);
}

TEST(Bus, SaysWhyTheBrokerRefusesIt) {
  if (!Mosquitto::available()) GTEST_SKIP() << "this machine has no mosquitto";
  const Mosquitto broker({"allow_anonymous false"});
  EventRecorder events;
  const auto bus = make_bus(options_for(broker.port(), "a"), events.sink());
  ASSERT_TRUE(events.wait_for_losses(1));
  EXPECT_THAT(std::get<BusLost>(events.events().front()).reason, HasSubstr("127.0.0.1"));
  EXPECT_FALSE(bus->connected());
}

TEST(Bus, IsNotConnectedWithoutTheSubscriptionsItAskedFor) {
  if (!Mosquitto::available()) GTEST_SKIP() << "this machine has no mosquitto";
  const Mosquitto broker;
  EventRecorder events;
  const auto bus = make_bus(options_for(broker.port(), "a", {{"not/#/valid"}}), events.sink());
  ASSERT_TRUE(events.wait_for_losses(1));
  EXPECT_THAT(std::get<BusLost>(events.events().front()).reason, HasSubstr("subscribe not/#/valid"));
  EXPECT_FALSE(bus->connected());
  EXPECT_EQ(count_of<BusConnected>(events.events()), 0U);
}

TEST(Bus, EndsWhileItIsTryingToConnect) {
  EventRecorder events;
  const auto bus = make_bus(options_for(test::free_port(), "a"), events.sink());
  ASSERT_TRUE(events.wait_for_losses(1));
}

}  // namespace
}  // namespace balans
