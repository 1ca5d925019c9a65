// The bus when its broker dies, freezes or is not there.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/io/mqtt/bus.hpp"
#include "tests/common/io/mqtt/event_recorder.hpp"
#include "tests/support/mosquitto.hpp"

namespace balans {
namespace {

using test::count_of;
using test::EventRecorder;
using test::Mosquitto;
using test::options_for;

class BusFaults : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!Mosquitto::available()) GTEST_SKIP() << "this machine has no mosquitto";
    broker_ = std::make_unique<Mosquitto>();
  }
  [[nodiscard]] int port() const { return broker_->port(); }

  std::unique_ptr<Mosquitto> broker_;
};

TEST_F(BusFaults, ReconnectsAndSubscribesAgainWhenTheBrokerReturns) {
  EventRecorder events;
  const auto bus = make_bus(options_for(port(), "a", {{"t/#"}}), events.sink());
  ASSERT_TRUE(events.wait_for_connections(1));
  broker_->kill();
  ASSERT_TRUE(events.wait_for_losses(1));
  EXPECT_FALSE(bus->connected());
  broker_->start();
  ASSERT_TRUE(events.wait_for_connections(2)) << broker_->log();
  ASSERT_TRUE(bus->publish({"t/again", "x"}).ok());
  EXPECT_TRUE(events.wait_for_message("t/again").has_value());
}

TEST_F(BusFaults, SurvivesABrokerThatComesAndGoes) {
  EventRecorder events;
  const auto bus = make_bus(options_for(port(), "a", {{"t/#"}}), events.sink());
  for (std::size_t round = 1; round <= 5; ++round) {
    ASSERT_TRUE(events.wait_for_connections(round)) << "round " << round << "\n" << broker_->log();
    broker_->kill();
    ASSERT_TRUE(events.wait_for_losses(round));
    broker_->start();
  }
  ASSERT_TRUE(events.wait_for_connections(6));
}

TEST_F(BusFaults, FindsABrokerThatStartsLater) {
  broker_->kill();
  EventRecorder events;
  const auto bus = make_bus(options_for(port(), "a"), events.sink());
  ASSERT_TRUE(events.wait_for_losses(1));
  broker_->start();
  EXPECT_TRUE(events.wait_for_connections(1));
}

TEST_F(BusFaults, ConnectsWithANewClientAfterALongTimeAway) {
  broker_->kill();
  EventRecorder events;
  BusOptions options = options_for(port(), "a", {{"t/#"}});
  options.replace_client_after = std::chrono::seconds(0);  // at every attempt
  const auto bus = make_bus(options, events.sink());
  ASSERT_TRUE(events.wait_for_losses(1));
  broker_->start();
  ASSERT_TRUE(events.wait_for_connections(1));
  ASSERT_TRUE(bus->publish({"t/x", "x"}).ok());
  EXPECT_TRUE(events.wait_for_message("t/x").has_value());
}

TEST_F(BusFaults, NoticesAHalfOpenConnectionAndComesBack) {
  EventRecorder events;
  BusOptions options = options_for(port(), "a");
  options.keepalive = std::chrono::seconds(1);
  const auto bus = make_bus(options, events.sink());
  ASSERT_TRUE(events.wait_for_connections(1));
  broker_->freeze();
  ASSERT_TRUE(events.wait_for_losses(1));
  broker_->thaw();
  EXPECT_TRUE(events.wait_for_connections(2)) << broker_->log();
}

TEST_F(BusFaults, LetsTheBrokerSpeakTheWillOfAProgramThatVanishes) {
  EventRecorder watching;
  const auto watcher = make_bus(options_for(port(), "w", {{"a/online"}}), watching.sink());
  ASSERT_TRUE(watching.wait_for_connections(1));
  BusOptions options = options_for(port(), "a");
  options.will = Publication{"a/online", "gone", Qos::AtLeastOnce, Retain::Yes, std::nullopt};
  EventRecorder first_events;
  const auto first = make_bus(options, first_events.sink());
  ASSERT_TRUE(first_events.wait_for_connections(1));
  // Another client of the same name throws it out: for the broker the first one has vanished.
  EventRecorder second_events;
  const auto second = make_bus(options_for(port(), "a"), second_events.sink());
  const auto message = watching.wait_for_message("a/online");
  ASSERT_TRUE(message.has_value());
  EXPECT_EQ(message->payload, "gone");
  EXPECT_TRUE(first_events.wait_for_losses(1));
}

TEST_F(BusFaults, TellsALastingFailureOnce) {
  broker_->kill();
  EventRecorder events;
  BusOptions options = options_for(port(), "a");
  options.first_retry = options.last_retry = std::chrono::milliseconds(1);
  const auto bus = make_bus(options, events.sink());
  ASSERT_TRUE(events.wait_for_losses(1));
  broker_->start();
  ASSERT_TRUE(events.wait_for_connections(1));
  EXPECT_LE(count_of<BusLost>(events.events()), 2U);
}

}  // namespace
}  // namespace balans
