// Evidence on its whole way: seen by the controller's core, queued on its disk, sent by its recorder, kept by the
// running api, asked for over REST.
#include <boost/json/parse.hpp>
#include <fstream>

#include "common/io/runtime/mailbox.hpp"
#include "tests/api/program.hpp"
#include "tests/api/street.hpp"
#include "tests/trafo/core/evidence_bench.hpp"
#include "trafo/shell/recorder.hpp"

namespace balans::api::test {
namespace {

class EvidenceUplink : public testing::Test {
 protected:
  EvidenceUplink() {
    std::ofstream(folder / "api.yaml") << "deployment: \"" << to_hex(street.roster.deployment.bytes)
                                       << "\"\nlisten: { host: 127.0.0.1, port: 0 }\ndatabase: balans.sqlite\nsites:\n"
                                       << "  - { id: elm-street, key: \"" << to_hex(street.site_key->public_key().bytes)
                                       << "\", agents: [ { id: charger-1, key: \""
                                       << to_hex(street.charger_key->public_key().bytes) << "\" } ] }\n";
    token = first_line_of("token add test --scope read", folder / "api.yaml");
    bench.deployment = street.roster.deployment;
    bench.keys[0] = make_ed25519_signer(seed_of(2));  // the charger's
    bench.first = UnixTime((system.utc() - 120 * 60_min).ms() / kEvidenceSlot.count() * kEvidenceSlot.count());
  }
  std::unique_ptr<Recorder> recorder(std::uint16_t port) {
    OutboxLimits at_once;
    at_once.commit_every = Millis(0);
    const ApiAddress address{"http://127.0.0.1:" + std::to_string(port), street.site, street.roster.deployment,
                             street.site_key.get()};
    return std::make_unique<Recorder>(
        *Outbox::open(folder / "outbox.sqlite", at_once), folder / "refused.jsonl", address, system,
        [this](TrafoEvent event) { mailbox.push(std::move(event), WhenFull::Keep); },
        *Outbox::open(folder / "evidence.sqlite", at_once));
  }
  /// The next answer of the api about evidence; ticks until it comes.
  UplinkReport report(Recorder& recorder) {
    while (reports.empty()) {
      recorder.tick(encode(street.state(system.utc().ms())));
      for (TrafoEvent& event : mailbox.wait_until(system, system.boot() + 20_ms))
        if (const auto* said = std::get_if<UplinkReport>(&event); said != nullptr && said->what == "evidence")
          reports.push_back(*said);
    }
    const UplinkReport first = reports.front();
    reports.pop_front();
    return first;
  }
  boost::json::value asked(std::uint16_t port) const {
    const auto response = HttpClient().send(over_http(with_token(get("/v1/sites/elm-street/evidence"), token), port));
    EXPECT_TRUE(response.ok());
    EXPECT_EQ(response->status, 200) << response->body;
    return boost::json::parse(response->body);
  }

  Street street;
  Folder folder;
  SystemClock system;
  std::string token;
  EvidenceBench bench{1, 20_A, 10_A};
  Mailbox<TrafoEvent> mailbox{1000};
  std::deque<UplinkReport> reports;
};

TEST_F(EvidenceUplink, WhatTheControllerHasSeenArrivesOnceAndHolds) {
  Program program(folder / "api.yaml", folder / "events.jsonl");
  const std::uint16_t port = program.port();
  auto batches = bench.minutes(46);
  ASSERT_EQ(batches.size(), 3U);
  {
    const auto uplink = recorder(port);
    uplink->keep(batches);
    for (int i = 0; i < 3; ++i) {
      const UplinkReport said = report(*uplink);
      EXPECT_EQ(said.delivered, 1) << said.error;
    }
    const auto waits = [&] { return Outbox::open(folder / "evidence.sqlite")->rows() > 0; };
    for (int tries = 0; waits() && tries < 1000; ++tries) uplink->tick(encode(street.state(system.utc().ms())));
    EXPECT_FALSE(waits()) << "what the api has need not wait here";
  }
  const auto page = asked(port).at("devices").as_array();
  ASSERT_EQ(page.size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(page[i].at("flaw"), "");
    EXPECT_EQ(page[i].at("record"), boost::json::parse(encode(batches[i].devices.at(0))));
  }
  EXPECT_TRUE(reports.empty()) << "each was sent once";
}

TEST_F(EvidenceUplink, WhatTheApiWillNeverTakeIsPutAsideAndTheRestGoesOn) {
  Program program(folder / "api.yaml", folder / "events.jsonl");
  const std::uint16_t port = program.port();
  auto batches = bench.minutes(31);
  ASSERT_EQ(batches.size(), 2U);
  batches[0].devices[0].minutes.clear();
  const auto uplink = recorder(port);
  uplink->keep(batches);
  EXPECT_NE(report(*uplink).error.find("put aside"), std::string::npos);
  EXPECT_EQ(report(*uplink).delivered, 1);
  EXPECT_EQ(asked(port).at("devices").as_array().size(), 1U);
  std::ifstream refused(folder / "refused.jsonl");
  std::string line;
  ASSERT_TRUE(std::getline(refused, line));
  EXPECT_TRUE(parse_signed(line).ok());
}

}  // namespace
}  // namespace balans::api::test
