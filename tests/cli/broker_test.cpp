// A real mosquitto with the site's own configuration (pi/broker) and certificates: who gets in, and what they may.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "common/io/clock/clock.hpp"
#include "tests/cli/identity_places.hpp"
#include "tests/common/io/mqtt/event_recorder.hpp"
#include "tests/support/mosquitto.hpp"

namespace balans::cli {
namespace {

using balans::test::count_of;
using balans::test::EventRecorder;
using balans::test::Mosquitto;

/// A client of the broker, and what it has heard.
class Client {
 public:
  Client(int port, const std::string& id, std::optional<TlsFiles> tls) {
    BusOptions options = balans::test::options_for(port, id, {{"balans/#"}});
    options.broker.tls = std::move(tls);
    bus_ = make_bus(options, heard_.sink());
  }

  bool gets_in() { return heard_.wait_for_connections(1); }
  /// Has been told no, and not a single time yes.
  bool is_refused() { return heard_.wait_for_losses(1) && count_of<BusConnected>(heard_.events()) == 0; }
  bool loses_its_connection() { return heard_.wait_for_losses(1); }
  bool hears(const std::string& topic) { return heard_.wait_for_message(topic).has_value(); }
  [[nodiscard]] bool has_heard(const std::string& topic) const {
    const auto events = heard_.events();
    return std::ranges::any_of(events, [&](const BusEvent& event) {
      const auto* message = std::get_if<BusMessage>(&event);
      return message != nullptr && message->topic == topic;
    });
  }
  void say(const std::string& topic) { EXPECT_TRUE(bus_->publish({topic, "{}"})); }

 private:
  EventRecorder heard_;
  std::unique_ptr<Bus> bus_;  // last: its events go to the recorder
};

class SiteBroker : public testing::Test {
 protected:
  void SetUp() override {
    if (!Mosquitto::available()) GTEST_SKIP() << "needs mosquitto";
    machine_.places.now = [] { return SystemClock().utc(); };  // the broker has no other
    ASSERT_NO_FATAL_FAILURE(machine_.install({"127.0.0.1"}));
    for (const char* name : {"trafo", "charger-1", "charger-2"}) issue(name);
    ASSERT_TRUE(write_file_durably(places_.broker / "acl", *read_small_file("pi/broker/acl"), FileMode::Readable));
    broker_ = std::make_unique<Mosquitto>(site_config());
    machine_.places.run = [this](const std::string&) {
      broker_->kill();
      broker_->start();
      return 0;
    };
  }

  void issue(const char* name) {
    const auto issued = ca_issue(places_, {name, {}, {}, {}});
    ASSERT_TRUE(issued) << issued.error().message();
  }

  /// pi/broker/mosquitto.conf with this test's folder and port.
  [[nodiscard]] std::vector<std::string> site_config() const {
    std::vector<std::string> lines;
    std::ifstream config("pi/broker/mosquitto.conf");
    std::string line;
    while (std::getline(config, line)) {
      if (line.empty() || line.front() == '#' || line.starts_with("listener ")) continue;
      const std::string installed = "/etc/balans/broker";
      if (const std::size_t at = line.find(installed); at != std::string::npos)
        line.replace(at, installed.size(), places_.broker.string());
      lines.push_back(line);
    }
    EXPECT_THAT(lines, testing::Contains("require_certificate true"));
    return lines;
  }
  [[nodiscard]] TlsFiles files_of(const std::string& name) const {
    return {places_.tls / "ca.crt", places_.tls / (name + ".crt"), places_.tls / (name + ".key")};
  }
  [[nodiscard]] std::unique_ptr<Client> client(const std::string& name) const {
    return std::make_unique<Client>(broker_->port(), "elm-street-" + name, files_of(name));
  }

  test::ControllerMachine machine_{"agents:\n  - id: charger-1\n    key: \"" + std::string(64, '1') + "\"\n"};
  const CaPlaces& places_ = machine_.places;
  std::unique_ptr<Mosquitto> broker_;
};

TEST_F(SiteBroker, LetsInWhoeverHasACertificateOfTheSite) {
  EXPECT_TRUE(client("trafo")->gets_in()) << broker_->log();
  EXPECT_TRUE(client("charger-1")->gets_in()) << broker_->log();
}

TEST_F(SiteBroker, LetsNobodyInWithoutACertificateOrWithoutTls) {
  EXPECT_TRUE(Client(broker_->port(), "nobody", TlsFiles{places_.tls / "ca.crt", {}, {}}).is_refused());
  EXPECT_TRUE(Client(broker_->port(), "nobody", {}).is_refused());
}

TEST_F(SiteBroker, LetsNobodyInWithAnotherAuthoritysCertificate) {
  test::ControllerMachine other;
  ASSERT_NO_FATAL_FAILURE(other.install());
  ASSERT_TRUE(ca_issue(other.places, {"charger-1", {}, {}, {}}));
  const TlsFiles files{places_.tls / "ca.crt", other.places.tls / "charger-1.crt", other.places.tls / "charger-1.key"};
  EXPECT_TRUE(Client(broker_->port(), "stranger", files).is_refused());
}

TEST_F(SiteBroker, TheBrokersCertificateOpensNoDoor) {
  const TlsFiles files{places_.tls / "ca.crt", places_.broker / "broker.crt", places_.broker / "broker.key"};
  EXPECT_TRUE(Client(broker_->port(), "broker", files).is_refused());
}

TEST_F(SiteBroker, AnAgentTrustsNoBrokerOfAnotherName) {
  ASSERT_TRUE(ca_issue(places_, {"broker", {"elsewhere.lan"}, {}, {}}));
  broker_->kill();
  broker_->start();
  EXPECT_TRUE(client("charger-1")->is_refused());
}

TEST_F(SiteBroker, HoldsADeviceToItsOwnTopics) {
  const auto trafo = client("trafo");
  const auto first = client("charger-1");
  const auto second = client("charger-2");
  ASSERT_TRUE(trafo->gets_in() && first->gets_in() && second->gets_in()) << broker_->log();
  // Refused ones first: when the last one has come, they would have.
  first->say("balans/elm-street/charger-2/status");
  first->say("balans/elm-street/trafo/state");
  first->say("balans/elm-street/charger-2/limit");
  first->say("balans/elm-street/charger-1/status");
  EXPECT_TRUE(trafo->hears("balans/elm-street/charger-1/status"));
  for (const char* topic :
       {"balans/elm-street/charger-2/status", "balans/elm-street/trafo/state", "balans/elm-street/charger-2/limit"})
    EXPECT_FALSE(trafo->has_heard(topic)) << topic;
}

TEST_F(SiteBroker, ADeviceHearsItsOwnLimitsAndNobodyElses) {
  const auto trafo = client("trafo");
  const auto first = client("charger-1");
  ASSERT_TRUE(trafo->gets_in() && first->gets_in()) << broker_->log();
  trafo->say("balans/elm-street/charger-2/limit");
  trafo->say("balans/elm-street/charger-1/limit");
  EXPECT_TRUE(first->hears("balans/elm-street/charger-1/limit"));
  EXPECT_FALSE(first->has_heard("balans/elm-street/charger-2/limit"));
}

TEST_F(SiteBroker, RefusesWhoeverWasRevokedAndKeepsTheOthers) {
  const auto thief = client("charger-1");
  ASSERT_TRUE(thief->gets_in()) << broker_->log();
  const auto report = ca_revoke(places_, "charger-1");
  ASSERT_TRUE(report && report->complete);
  EXPECT_TRUE(thief->loses_its_connection());
  EXPECT_TRUE(client("charger-1")->is_refused()) << broker_->log();
  EXPECT_TRUE(client("charger-2")->gets_in()) << broker_->log();
}

TEST_F(SiteBroker, LetsInWhoeverWasRenewed) {
  const auto old = *read_small_file(places_.tls / "charger-1.crt");
  ASSERT_TRUE(ca_renew(places_, Which::All));
  EXPECT_NE(*read_small_file(places_.tls / "charger-1.crt"), old);
  EXPECT_TRUE(client("charger-1")->gets_in()) << broker_->log();
}

}  // namespace
}  // namespace balans::cli
