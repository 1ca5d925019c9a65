// The real `balans init`, and the real programs that judge what it writes.
#include <gmock/gmock.h>
#include <sys/stat.h>

#include <sstream>

#include "cli/init/init.hpp"
#include "cli/roster.hpp"
#include "common/io/modbus/server.hpp"
#include "common/io/runtime/keys.hpp"
#include "common/registers/image.hpp"
#include "tests/cli/machine.hpp"

namespace balans::cli::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

const Words kCharger = {"--expect", "charger-1,max_a=16,failsafe_a=6,fallback_a=6,revert_s=60,node=feeder-1"};
const Words kAlfen = {"chargepoint", "charger-1",     "--device",   "chargers/alfen_eve",
                      "--host",      "192.168.10.21", "--revert-s", "60"};

unsigned mode_of(const std::filesystem::path& file) {
  struct stat info {};
  EXPECT_EQ(::stat(file.c_str(), &info), 0) << file;
  return info.st_mode & 07777U;
}

/// What somebody types, a line each.
struct Typed {
  explicit Typed(const Words& lines) {
    for (const std::string& line : lines) in << line << '\n';
  }
  std::stringstream in;
  std::ostringstream out;
  Dialogue dialogue{Dialogue::Mode::Asks, in, out};
};

class Init : public testing::Test, public Machine {
 protected:
  InitPlaces places() const { return {config(), devices(), BALANS_PROGRAMS, false}; }
};

// ---- the controller ----

TEST_F(Init, WritesASiteThatTheControllerAccepts) {
  const auto done = init(Words{"trafo"} + kSite + kCharger + Words{"--api", "https://balans.example.org"});
  ASSERT_EQ(done.code, 0) << done.err;
  EXPECT_TRUE(accepts("balans-trafo", "site.yaml"));
  const auto site = read_site_facts(config("site.yaml"));
  ASSERT_TRUE(site) << site.error().message();
  EXPECT_EQ(site->site.str(), "elm-street");
  EXPECT_EQ(site->agents.front().key, kNobody);
  EXPECT_NE(site->deployment, DeploymentId{});
  EXPECT_EQ(mode_of(config("site.yaml")), 0640U);
  EXPECT_EQ(mode_of(config("keys/trafo.key")), 0600U);
  EXPECT_EQ(mode_of(config("keys")), 0711U);
  EXPECT_EQ(mode_of(config()), 0755U);
  EXPECT_THAT(done.out, HasSubstr("balans pair --listen --agent charger-1"));
}

TEST_F(Init, SendsReadingsNowhereInTheClear) {
  for (const char* url : {"http://balans.example.org", "balans.example.org", "http://localhost.example.org"}) {
    const auto refused = init(Words{"trafo"} + kSite + kCharger + Words{"--api", url});
    EXPECT_NE(refused.code, 0) << url;
    EXPECT_THAT(refused.err, HasSubstr("--api: '" + std::string(url) + "': expected https://")) << url;
  }
  EXPECT_EQ(init(Words{"trafo"} + kSite + kCharger + Words{"--api", "http://127.0.0.1:8080"}).code, 0);
}

TEST_F(Init, TwoSitesShareNoSecret) {
  const Machine other;
  ASSERT_EQ(init(Words{"trafo"} + kSite).code, 0);
  ASSERT_EQ(other.init(Words{"trafo"} + kSite).code, 0);
  EXPECT_NE(text("keys/trafo.key"), other.text("keys/trafo.key"));
  EXPECT_NE(text("keys/trafo.key"), text("keys/site.key"));
  EXPECT_NE(read_site_facts(config("site.yaml"))->deployment, read_site_facts(other.config("site.yaml"))->deployment);
}

TEST_F(Init, NotesTheImpedanceAsTheShortCircuitCurrentAndNothingElse) {
  ASSERT_EQ(init(Words{"trafo", "--impedance-percent", "4"} + kSite).code, 0);
  EXPECT_THAT(text("site.yaml"), HasSubstr("# impedance 4 %: a short circuit at its terminals draws at most 9.057 kA"));
}

TEST_F(Init, RefusesFailsafesThatDoNotFitWithTheSum) {
  Words eight;
  for (int i = 1; i <= 8; ++i)
    eight = eight + Words{"--expect", "charger-" + std::to_string(i) + ",max_a=16,failsafe_a=6,node=feeder-1"};
  const auto done = init(Words{"trafo"} + kSite + eight);
  EXPECT_EQ(done.code, 2);
  // The fourth is the first that does not fit.
  EXPECT_THAT(done.err,
              HasSubstr("--expect charger-4: feeder-1, each phase: 4 × 6 A + base 30 A = 54 A of 50 A: refused, "
                        "4 A too much"));
  EXPECT_THAT(done.err, HasSubstr("Choose a smaller\n  failsafe"));
  EXPECT_FALSE(has("site.yaml"));
  EXPECT_FALSE(has("keys/trafo.key"));
}

TEST_F(Init, SaysWhichFlagIsMissingWhereNobodyCanBeAsked) {
  const auto done = init({"trafo", "--site", "elm-street"});
  EXPECT_EQ(done.code, 2);
  EXPECT_THAT(done.err, HasSubstr("--kva: is missing: What does the transformer's name plate say"));
  const auto device = init(Words{"trafo"} + kSite + Words{"--expect", "charger-1,kind=charger"});
  EXPECT_THAT(device.err, HasSubstr("--expect charger-1,max_a="));
  EXPECT_FALSE(has("site.yaml"));
}

TEST_F(Init, RefusesWordsThatItDoesNotKnow) {
  EXPECT_THAT(init(Words{"trafo"} + kSite + Words{"--expect", "c,maxa=16"}).err, HasSubstr("'maxa=16' is not one of"));
  EXPECT_THAT(init(Words{"trafo"} + kSite + Words{"--expect", "c,max_a=16,node=feeder-9"}).err,
              HasSubstr("expected one of transformer, feeder-1"));
  EXPECT_THAT(init(Words{"trafo"} + kSite + Words{"--expect", "c,max_a=many"}).err,
              HasSubstr("expected a number of A"));
}

TEST_F(Init, NeverWritesOverAFileUnlessForcedAndThenKeepsWhoItIs) {
  ASSERT_EQ(init(Words{"trafo"} + kSite + kCharger).code, 0);
  ASSERT_EQ(init(kAlfen).code, 0);
  const std::string before = text("site.yaml"), key = text("keys/trafo.key");
  const auto refused = init(Words{"trafo"} + kSite);
  EXPECT_EQ(refused.code, 2);
  EXPECT_THAT(refused.err, HasSubstr("is there already"));
  EXPECT_EQ(text("site.yaml"), before);
  const auto first = read_site_facts(config("site.yaml"));
  const auto done = init(Words{"trafo", "--force"} + kSite + kCharger);
  ASSERT_EQ(done.code, 0) << done.err;
  const auto second = read_site_facts(config("site.yaml"));
  EXPECT_EQ(first->deployment, second->deployment);
  EXPECT_EQ(first->agents.front().key, second->agents.front().key);
  EXPECT_EQ(text("keys/trafo.key"), key);
  EXPECT_EQ(text("site.yaml.before"), before);
}

TEST_F(Init, KeepsEveryOlderSiteAlsoWhenDevicesAreEnrolledMeanwhile) {
  ASSERT_EQ(init(Words{"trafo"} + kSite + kCharger).code, 0);
  ASSERT_EQ(init(kAlfen).code, 0);
  const std::string first = text("site.yaml");
  ASSERT_EQ(init(Words{"trafo", "--force"} + kSite).code, 0);
  const std::string second = text("site.yaml");
  const auto done = init(Words{"trafo", "--force"} + kSite + kCharger);
  ASSERT_EQ(done.code, 0) << done.err;
  EXPECT_THAT(done.out, HasSubstr("site.yaml.before.2: the older one"));
  ASSERT_EQ(init(kAlfen + Words{"--force"}).code, 0);
  EXPECT_EQ(text("site.yaml.before"), first);
  EXPECT_EQ(text("site.yaml.before.2"), second);
  EXPECT_FALSE(has("site.yaml.before.3")) << "an enrolment adds no copy for good";
}

TEST_F(Init, RefusesWhereAHundredOlderSitesWouldLie) {
  ASSERT_EQ(init(Words{"trafo"} + kSite).code, 0);
  const std::string now = text("site.yaml");
  write("site.yaml.before", "first");
  for (int number = 2; number <= 99; ++number) write("site.yaml.before." + std::to_string(number), "older");
  const auto done = init(Words{"trafo", "--force"} + kSite + kCharger);
  EXPECT_EQ(done.code, 2);
  EXPECT_THAT(done.err, HasSubstr("site.yaml: 99 older ones (.before, .before.2 …) are there already"));
  EXPECT_EQ(text("site.yaml"), now);
  EXPECT_EQ(text("site.yaml.before"), "first");
}

TEST_F(Init, KeepsNothingWhenItsOwnKeyCannotBeUsed) {
  std::filesystem::create_directories(config("keys"));
  write("keys/trafo.key", std::string(64, '1') + "\n");
  std::filesystem::permissions(config("keys/trafo.key"), std::filesystem::perms(0644));
  const auto done = init(Words{"trafo"} + kSite);
  EXPECT_EQ(done.code, 2);
  EXPECT_THAT(done.err, HasSubstr("has mode 0644"));
  EXPECT_FALSE(has("site.yaml"));
  EXPECT_FALSE(has("site.yaml.checked"));
  EXPECT_FALSE(has("keys/site.key"));
}

TEST_F(Init, AsksInPlainWordsAndOnceMoreWhereSomethingIsWrong) {
  Typed typed({R"(Elm Street
elm-street
ten
250

192.168.10.5
no
meters/eastron_sdm630

400
160
feeder-1
50
30

charger-1

feeder-1

32
25



feeder-1

32
6



)"});
  const auto done = init_site(typed.dialogue, {}, places());
  ASSERT_TRUE(done) << done.error().message() << typed.out.str();
  EXPECT_TRUE(accepts("balans-trafo", "site.yaml"));
  const std::string said = typed.out.str();
  EXPECT_THAT(said, HasSubstr("'Elm Street' is not a name"));
  EXPECT_THAT(said, HasSubstr("transformer, each phase: base 400 A of 362.3 A: refused, 37.7 A too much"));
  EXPECT_THAT(said, HasSubstr("feeder-1, each phase: 25 A + base 30 A = 55 A of 50 A: refused, 5 A too much"));
  EXPECT_THAT(said, HasSubstr("feeder-1, each phase: 6 A + base 30 A = 36 A of 50 A: fits, 14 A left"));
  EXPECT_THAT(text("site.yaml"), HasSubstr("failsafe_a: 6 "));
}

TEST_F(Init, EndsWhenTheAnswersEnd) {
  Typed typed({"elm-street"});
  const auto done = init_site(typed.dialogue, {}, places());
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().message(), HasSubstr("was not answered"));
  EXPECT_FALSE(has("site.yaml"));
}

TEST_F(Init, FindsTheMeterThatAnswers) {
  const auto meter = load_device(devices(), "meters/eastron_sdm630");
  ASSERT_TRUE(meter);
  RegisterImage image(*meter);
  auto server = ModbusTcpServer::start({}, {{std::uint8_t{1}, &image}}, [](auto&&...) {});
  ASSERT_TRUE(server);
  Typed typed({});
  SiteAnswers answers;
  answers.site = "elm-street";
  answers.kva = "250";
  answers.base = "160";
  answers.meter.host = "127.0.0.1:" + std::to_string((*server)->port());
  Dialogue silent(Dialogue::Mode::Silent, typed.in, typed.out);
  const auto done = init_site(silent, answers, places());
  // A meter proves itself, or has to be named: it is never guessed.
  if (done)
    EXPECT_THAT(text("site.yaml"), HasSubstr("device: meters/eastron_sdm630"));
  else
    EXPECT_THAT(done.error().message(), HasSubstr("--meter: "));
  EXPECT_THAT(typed.out.str(), HasSubstr("127.0.0.1"));
}

TEST_F(Init, NobodysKeySignsNothing) {
  Signature forged;  // R the neutral point, S = 0: good under a key of small order, if those counted
  forged.bytes[0] = 1;
  for (int i = 0; i < 64; ++i) EXPECT_FALSE(verify(kNobody, "text " + std::to_string(i), forged));
  for (int i = 0; i < 64; ++i) EXPECT_FALSE(verify(kNobody, "text " + std::to_string(i), Signature{}));
}

// ---- an agent ----

TEST_F(Init, MakesAnAgentOfTheSameMachineAndEnrolsIt) {
  ASSERT_EQ(init(Words{"trafo"} + kSite + kCharger).code, 0);
  const auto done = init(kAlfen);
  ASSERT_EQ(done.code, 0) << done.err;
  EXPECT_TRUE(accepts("balans-chargepoint", "agents/charger-1.yaml"));
  EXPECT_TRUE(accepts("balans-trafo", "site.yaml"));
  const auto site = read_site_facts(config("site.yaml"));
  const auto signer = load_signer(config("keys/charger-1.key"));
  ASSERT_TRUE(signer);
  EXPECT_EQ(site->agents.front().key, (*signer)->public_key());
  EXPECT_EQ(mode_of(config("agents/charger-1.yaml")), 0640U);
  const std::string agent = text("agents/charger-1.yaml");
  EXPECT_THAT(agent, HasSubstr("max_a: 16 "));  // as it is enrolled
  EXPECT_THAT(agent, HasSubstr("failsafe_a: 6 "));
  EXPECT_THAT(agent, HasSubstr("device_fallback_a: 6 "));  // what the device's own file comes to
  EXPECT_THAT(agent, HasSubstr("# Its watchdog: falls back to what is set on the device itself"));
}

TEST_F(Init, EnrolsAnAgentThatTheSiteDoesNotKnowYet) {
  ASSERT_EQ(init(Words{"trafo"} + kSite).code, 0);
  const auto done = init(kAlfen + Words{"--max-a", "16", "--failsafe-a", "6", "--node", "feeder-1"});
  ASSERT_EQ(done.code, 0) << done.err;
  EXPECT_TRUE(accepts("balans-trafo", "site.yaml"));
  EXPECT_THAT(text("site.yaml"), HasSubstr("node: feeder-1"));
  EXPECT_THAT(text("site.yaml"), HasSubstr("revert_s: 60 "));
}

TEST_F(Init, RefusesAnAgentThatTheSumsHaveNoRoomFor) {
  ASSERT_EQ(init(Words{"trafo"} + kSite).code, 0);
  const std::string before = text("site.yaml");
  const auto done = init(kAlfen + Words{"--max-a", "32", "--failsafe-a", "25", "--node", "feeder-1"});
  EXPECT_EQ(done.code, 2);
  EXPECT_THAT(done.err, HasSubstr("= 55.0 A of 50.0 A"));
  EXPECT_EQ(text("site.yaml"), before);
  EXPECT_FALSE(has("agents/charger-1.yaml"));
  EXPECT_FALSE(has("keys/charger-1.key"));
}

TEST_F(Init, RefusesAnAgentThatWouldOfferMoreThanIsEnrolled) {
  ASSERT_EQ(init(Words{"trafo"} + kSite + kCharger).code, 0);
  const auto done = init(kAlfen + Words{"--max-a", "32"});
  EXPECT_EQ(done.code, 2);
  EXPECT_THAT(done.err, HasSubstr("max_a is 32 A, expected at most 16 A"));
  EXPECT_FALSE(has("agents/charger-1.yaml"));
}

TEST_F(Init, RefusesWhatTheDeviceCannotDoWithFileAndLine) {
  ASSERT_EQ(init(Words{"trafo"} + kSite + kCharger).code, 0);
  const auto done = init(kAlfen + Words{"--failsafe-a", "3"});
  EXPECT_EQ(done.code, 2);
  EXPECT_THAT(done.err,
              testing::ContainsRegex("agents/charger-1.yaml:[0-9]+:[0-9]+ failsafe_a: expected 0 or a value"));
  EXPECT_THAT(done.err, HasSubstr(config().string()));  // not the folder where it was tried
}

TEST_F(Init, DoesNotTakeTheNameOfADeviceElsewhere) {
  ASSERT_EQ(init(Words{"trafo"} + kSite + kCharger).code, 0);
  change("site.yaml", std::string(64, '0'), std::string(64, '1'));
  const auto refused = init(kAlfen);
  EXPECT_EQ(refused.code, 2);
  EXPECT_THAT(refused.err, HasSubstr("is enrolled in"));
  EXPECT_EQ(init(kAlfen + Words{"--force"}).code, 0);
}

TEST_F(Init, AnAgentWithoutASiteIsToldToPair) {
  const auto done = init(kAlfen);
  EXPECT_EQ(done.code, 2);
  EXPECT_THAT(done.err, HasSubstr("balans pair HOST --name charger-1"));
}

TEST_F(Init, CompletesWhatPairingHasBegun) {
  std::filesystem::create_directories(config("agents"));
  std::filesystem::create_directories(config("keys"));
  ASSERT_TRUE(create_key_file(config("keys/charger-1.key")));
  const std::string key = text("keys/charger-1.key"), hex(64, '7');
  write("agents/charger-1.yaml",
        "agent: charger-1\nsite: elm-street\ndeployment: \"" + hex + "\"\nkeys:\n  device: " +
            config("keys/charger-1.key").string() + "\n  trafo: \"" + hex + "\"\nbroker:\n  host: \"192.168.10.2\"\n" +
            "  port: 8883\n  tls: { ca: /a/ca.crt, cert: /a/c.crt, key: /a/c.key }\n# device: to come\n");
  const auto done = init(kAlfen + Words{"--max-a", "16", "--failsafe-a", "6"});
  ASSERT_EQ(done.code, 0) << done.err;
  EXPECT_TRUE(accepts("balans-chargepoint", "agents/charger-1.yaml"));
  EXPECT_EQ(text("keys/charger-1.key"), key);
  EXPECT_THAT(text("agents/charger-1.yaml"), HasSubstr("host: \"192.168.10.2\""));
  EXPECT_THAT(text("agents/charger-1.yaml"), HasSubstr("cert: /a/c.crt"));
  EXPECT_EQ(init(kAlfen + Words{"--max-a", "16"}).code, 2);  // it is complete now
}

// ---- the api ----

TEST_F(Init, MakesTheApiOfTheSameMachineAndOfAnother) {
  ASSERT_EQ(init(Words{"trafo"} + kSite + kCharger).code, 0);
  ASSERT_EQ(init(kAlfen).code, 0);
  const auto here = init({"api"});
  ASSERT_EQ(here.code, 0) << here.err;
  EXPECT_TRUE(accepts("balans-api", "api.yaml"));
  const auto api = read_api_facts(config("api.yaml"));
  ASSERT_TRUE(api);
  ASSERT_EQ(api->sites.size(), 1U);
  EXPECT_EQ(api->sites.front().key, (*load_signer(config("keys/site.key")))->public_key());
  EXPECT_EQ(api->sites.front().agents.size(), 1U);

  const Machine server;
  const std::string hex(64, '7');
  EXPECT_THAT(server.init({"api"}).err, HasSubstr("--site: is missing"));
  const auto there = server.init({"api", "--site", "elm-street", "--site-key", hex, "--deployment", hex, "--agent",
                                  "charger-1=" + hex, "--listen", "127.0.0.1:9000"});
  ASSERT_EQ(there.code, 0) << there.err;
  EXPECT_TRUE(server.accepts("balans-api", "api.yaml"));
}

// ---- answers ----

TEST(Answers, AreReadAsPeopleWriteThem) {
  EXPECT_EQ(*parse_amps("16 A"), 16_A);
  EXPECT_EQ(*parse_amps("16.5"), 16'500_mA);
  EXPECT_FALSE(parse_amps("-1"));
  EXPECT_EQ(*parse_kva("250 kVA"), 250_kVA);
  EXPECT_FALSE(parse_kva("0"));
  EXPECT_EQ(*parse_revert("none"), std::nullopt);
  EXPECT_EQ(*parse_revert("60 s"), std::optional(60_s));
  EXPECT_THAT(*parse_phase_list("L2+L1"), ElementsAre(Phase::L2, Phase::L1));
  EXPECT_THAT(*parse_phase_list("[L1, L2, L3]"), ElementsAre(Phase::L1, Phase::L2, Phase::L3));
  EXPECT_FALSE(parse_phase_list("L1,L1"));
  EXPECT_FALSE(parse_phase_list("L4"));
}

}  // namespace
}  // namespace balans::cli::test
