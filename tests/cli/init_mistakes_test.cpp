// What goes wrong on a real evening: a name that is taken, a comma, two runs at once, a key that was revoked.
#include <gmock/gmock.h>

#include <sstream>

#include "cli/init/init.hpp"
#include "tests/cli/machine.hpp"

namespace balans::cli::test {
namespace {

using testing::HasSubstr;

const Words kCharger = {"--expect", "charger-1,max_a=16,failsafe_a=6,fallback_a=6,revert_s=60,node=feeder-1"};
const Words kAgent = {"chargepoint", "charger-1",     "--device",   "chargers/alfen_eve",
                      "--host",      "192.168.10.21", "--revert-s", "60"};

/// What somebody types, a line each.
struct Typed {
  explicit Typed(const Words& lines) {
    for (const std::string& line : lines) in << line << '\n';
  }
  std::stringstream in;
  std::ostringstream out;
  Dialogue dialogue{Dialogue::Mode::Asks, in, out};
};

class InitMistakes : public testing::Test, public Machine {
 protected:
  InitPlaces places() const { return {config(), devices(), BALANS_PROGRAMS, false}; }
};

TEST_F(InitMistakes, NeverGuessesWhereADeviceIsConnectedNorThatItsWatchdogWorks) {
  ASSERT_EQ(init(Words{"trafo"} + kSite).code, 0);
  const Words keba = {"chargepoint", "charger-1", "--device", "chargers/keba_p30",
                      "--host",      "127.0.0.1", "--max-a",  "16"};
  const auto nowhere = init(keba);
  EXPECT_EQ(nowhere.code, 2);
  EXPECT_THAT(nowhere.err, HasSubstr("--node: is missing: charger-1 is not in"));
  EXPECT_THAT(init(keba + Words{"--node", "feeder-9"}).err, HasSubstr("expected one of transformer, feeder-1"));
  const auto done = init(keba + Words{"--node", "transformer"});
  ASSERT_EQ(done.code, 0) << done.err;
  EXPECT_THAT(text("site.yaml"), HasSubstr("revert_s: none"));
  EXPECT_THAT(done.out, HasSubstr("Once `balans commission` has proved it, write revert_s: 60 there"));
}

TEST_F(InitMistakes, TwoAtOnceDoNotUndoEachOther) {
  ASSERT_EQ(init(Words{"trafo"} + kSite).code, 0);
  const std::string before = text("site.yaml");
  Placing first(places());
  ASSERT_TRUE(first.begin());
  const auto second = init(kAgent + Words{"--max-a", "16", "--node", "feeder-1"});
  EXPECT_EQ(second.code, 2);
  EXPECT_THAT(second.err, HasSubstr("another command is writing there"));
  EXPECT_EQ(text("site.yaml"), before);
  EXPECT_FALSE(has("keys/charger-1.key"));
}

TEST_F(InitMistakes, RefusesAKeyThatWasRevoked) {
  ASSERT_EQ(init(Words{"trafo"} + kSite + kCharger).code, 0);
  ASSERT_EQ(init(kAgent).code, 0);
  const auto key = read_site_facts(config("site.yaml"))->agents[0].key;
  write("revoked", to_hex(key.bytes) + " 1790000000 charger-1\n");
  const auto again = init(kAgent + Words{"--force"});
  EXPECT_EQ(again.code, 2);
  EXPECT_THAT(again.err, HasSubstr("charger-1.key: was revoked"));
  EXPECT_TRUE(has("keys/charger-1.key"));
}

TEST_F(InitMistakes, NamesTheDevicesThatAForcedRunForgets) {
  ASSERT_EQ(init(Words{"trafo"} + kSite + kCharger).code, 0);
  const auto forced = init(Words{"trafo", "--force"} + kSite);
  ASSERT_EQ(forced.code, 0) << forced.err;
  EXPECT_THAT(forced.out, HasSubstr("NO LONGER ENROLLED, because not named this time: charger-1"));
}

TEST_F(InitMistakes, AsksAgainForAPlaceAndANameThatCannotBe) {
  Typed typed({"elm-street",
               "250,5",
               "250",
               "4,5",
               "4.5 %",
               "10.0.0.5:99999",
               "nowhere host",
               "10.0.0.5",
               "no",
               "meters/eastron_sdm630",
               "",
               "160",
               "transformer",
               "feeder-1",
               "50",
               "30",
               "feeder-1",
               "",
               "",
               ""});
  const auto done = init_site(typed.dialogue, {}, places());
  ASSERT_TRUE(done) << done.error().message() << typed.out.str();
  EXPECT_THAT(typed.out.str(), HasSubstr("with a point and no comma"));
  EXPECT_THAT(typed.out.str(), HasSubstr("'transformer': is taken"));
  EXPECT_THAT(typed.out.str(), HasSubstr("'feeder-1': is taken"));
  EXPECT_THAT(text("site.yaml"), HasSubstr("# impedance 4.5 %"));
}

TEST_F(InitMistakes, WritesPathsThatYamlWouldCutOff) {
  ASSERT_EQ(init(Words{"trafo"} + kSite).code, 0);
  ASSERT_EQ(init({"api", "--database", "/var/lib/balans/api/a # b"}).code, 0);
  EXPECT_THAT(text("api.yaml"), HasSubstr("database: \"/var/lib/balans/api/a # b\""));
}

}  // namespace
}  // namespace balans::cli::test
