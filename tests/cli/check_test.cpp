// The real `balans check` on a machine that is right, and on the same machine with one thing wrong.
#include <gmock/gmock.h>

#include <algorithm>

#include "cli/check/check.hpp"
#include "common/io/clock/clock.hpp"
#include "common/io/pki/certificate.hpp"
#include "common/io/revocation/revoked_keys.hpp"
#include "common/io/runtime/keys.hpp"
#include "tests/cli/machine.hpp"

namespace balans::cli::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr Millis kDay{86'400'000};
const UnixTime kNow = SystemClock().utc();  // `balans ca` signs by the same clock

/// Controller, one agent and api on one machine, with certificates: what `init` and `install.sh` leave.
class Check : public testing::Test, public Machine {
 protected:
  void SetUp() override {
    ASSERT_EQ(init(Words{"trafo"} + kSite +
                   Words{"--expect", "charger-1,max_a=16,failsafe_a=6,fallback_a=6,revert_s=60,node=feeder-1"})
                  .code,
              0);
    ca({"init", "--site", "elm-street"});
    ca({"issue", "broker", "--host", "127.0.0.1"});
    ca({"issue", "trafo"});
    const auto agent = init(
        {"chargepoint", "charger-1", "--device", "chargers/alfen_eve", "--host", "192.168.10.21", "--revert-s", "60"});
    ASSERT_EQ(agent.code, 0) << agent.err;
    ASSERT_EQ(init({"api"}).code, 0);
  }
  void ca(const Words& words) const {
    const auto done = balans(Words{"ca", "--ca", config("ca").string(), "--broker", config("broker").string(), "--tls",
                                   config("tls").string()} +
                             words);
    ASSERT_EQ(done.code, 0) << done.err;
  }
  /// All that is wrong, a line each, with its remedy.
  std::string wrong(UnixTime now = kNow, Grade least = Grade::Failure) const {
    const CheckPlaces places{config(), BALANS_PROGRAMS, now};
    std::string text;
    for (const Finding& finding : check_files(places, usual_files(places), Explain::No).findings)
      if (finding.grade >= least) text += finding.what + " -> " + finding.remedy + "\n";
    return text;
  }
  std::string doubtful(UnixTime now = kNow) const { return wrong(now, Grade::Warning); }
  /// `what` is in every text of it, and it goes on to the exit code.
  void expect_failure(const testing::Matcher<std::string>& what) const {
    EXPECT_THAT(wrong(), what);
    EXPECT_EQ(check().code, 1);
  }
};

TEST_F(Check, FindsNothingWrongWithWhatInitHasMade) {
  EXPECT_EQ(doubtful(), "");
  const auto done = check();
  EXPECT_EQ(done.code, 0) << done.out;
  EXPECT_THAT(done.out, AllOf(HasSubstr("site.yaml: balans-trafo would start with it"),
                              HasSubstr("its key is the one that is enrolled"),
                              HasSubstr("what it offers is what it is enrolled for"), HasSubstr("0 failures")));
}

TEST_F(Check, ExplainsTheSumsAndWhatSilenceDoes) {
  const auto done = check({"--explain"});
  EXPECT_THAT(done.out, HasSubstr("transformer, each phase: 6 A + base 160 A = 166 A of 362.3 A: fits, 196.3 A left"));
  EXPECT_THAT(done.out, HasSubstr("feeder-1, each phase: 6 A + base 30 A = 36 A of 50 A: fits, 14 A left"));
  EXPECT_THAT(done.out, HasSubstr("A limit holds 30 s (ttl_s)"));
  EXPECT_THAT(done.out, HasSubstr("its own watchdog acts within 60 s (revert_s)"));
}

TEST_F(Check, ShowsTheSumThatIsRefused) {
  change("site.yaml", "failsafe_a: 6", "failsafe_a: 16");
  change("site.yaml", "design_peak_base_a: 30", "design_peak_base_a: 40");
  const auto done = check({"--explain"});
  EXPECT_EQ(done.code, 1);
  EXPECT_THAT(done.out, HasSubstr("feeder-1, each phase: 16 A + base 40 A = 56 A of 50 A: refused, 6 A too much"));
  EXPECT_THAT(done.out, HasSubstr("failure  "));
  EXPECT_THAT(done.out, HasSubstr("= 56.0 A of 50.0 A"));
  EXPECT_THAT(done.out, HasSubstr("-> the devices' failsafes do not fit"));
}

TEST_F(Check, SaysThereIsNothingToCheck) {
  const Machine empty;
  const auto done = empty.check();
  EXPECT_EQ(done.code, 2);
  EXPECT_THAT(done.err, HasSubstr("balans init trafo"));
}

TEST_F(Check, TakesSingleFilesToo) {
  EXPECT_EQ(check({config("api.yaml").string()}).code, 0);
  write("shopping.yaml", "milk: 2\n");
  const auto done = check({config("shopping.yaml").string()});
  EXPECT_EQ(done.code, 1);
  EXPECT_THAT(done.out, HasSubstr("has neither `transformer`"));
}

TEST_F(Check, SpeaksJsonForPrograms) {
  EXPECT_THAT(check({"--json"}).out,
              AllOf(testing::StartsWith("{\"findings\":[{\"grade\":\"ok\""), HasSubstr("worst")));
}

// ---- by its own program ----

TEST_F(Check, NamesTheLineThatAProgramRefuses) {
  change("agents/charger-1.yaml", "max_a: 16", "max_a: sixteen");
  expect_failure(testing::ContainsRegex("agents/charger-1.yaml:[0-9]+:[0-9]+ max_a"));
}

TEST_F(Check, FindsMoreThanTheDeviceCanBeTold) {
  change("agents/charger-1.yaml", "max_a: 16", "max_a: 64");
  expect_failure(HasSubstr("max_a: the device is never told more than 32 A"));
}

TEST_F(Check, WarnsOfAProgramThatIsNotHere) {
  const CheckPlaces places{config(), root(), kNow};
  const auto findings = check_files(places, usual_files(places), Explain::No).findings;
  EXPECT_EQ(worst_of(findings), Grade::Warning);
  EXPECT_THAT(findings_text(findings), HasSubstr("balans-trafo is not installed here to judge it"));
}

// ---- agent and site ----

TEST_F(Check, FindsAnAgentThatIsNotEnrolled) {
  change("site.yaml", "id: charger-1", "id: charger-2");
  expect_failure(HasSubstr("agents/charger-1.yaml: charger-1 is not enrolled in"));
}

TEST_F(Check, FindsAnotherKey) {
  const std::string enrolled = to_hex(read_site_facts(config("site.yaml"))->agents.front().key.bytes);
  change("site.yaml", enrolled, std::string(64, '1'));
  expect_failure(
      AllOf(HasSubstr("enrols 11111111…: nothing it says would count"), HasSubstr("write key: \"" + enrolled)));
}

TEST_F(Check, FindsAnAgentThatIsNotPairedYet) {
  change("site.yaml", to_hex(read_site_facts(config("site.yaml"))->agents.front().key.bytes), std::string(64, '0'));
  EXPECT_THAT(doubtful(), HasSubstr("charger-1 has no key yet"));
}

TEST_F(Check, FindsAnotherDeploymentAndAnotherSite) {
  change("agents/charger-1.yaml", "deployment: \"", "deployment: \"" + std::string(64, '2') + "\"   # \"");
  change("agents/charger-1.yaml", "site: elm-street", "site: oak-street");
  expect_failure(AllOf(HasSubstr("deployment is 22222222…"), HasSubstr("site is oak-street")));
}

TEST_F(Check, FindsAnotherControllersKey) {
  change("agents/charger-1.yaml", "trafo: \"", "trafo: \"" + std::string(64, '3') + "\"   # \"");
  expect_failure(HasSubstr("keys.trafo is 33333333…"));
}

TEST_F(Check, FindsWhatGoesBeyondItsEnrolment) {
  const std::string good = text("agents/charger-1.yaml");
  for (const auto& [what, by, found] : std::vector<std::tuple<std::string, std::string, std::string>>{
           {"max_a: 16", "max_a: 20", "max_a is 20 A, expected at most 16 A"},
           {"failsafe_a: 6", "failsafe_a: 8", "failsafe_a is 8 A, expected at most 6 A"},
           {"device_fallback_a: 6", "device_fallback_a: 8", "device_fallback_a is 8 A, expected at most 6 A"},
           {"revert_s: 60", "revert_s: 90", "revert_s is 90 s, expected at most 60 s"},
           {"kind: charger", "kind: boiler", "kind is boiler, expected charger"}}) {
    write("agents/charger-1.yaml", good);
    change("agents/charger-1.yaml", what, by);
    EXPECT_THAT(wrong(), HasSubstr("offers what it is not enrolled for: " + found)) << what;
  }
  write("agents/charger-1.yaml", good);
  change("site.yaml", "phases: [L1, L2, L3]              # that", "phases: [L1]   # that");
  EXPECT_THAT(wrong(), HasSubstr("phases are L1, L2, L3, expected only L1"));
}

TEST_F(Check, FindsARevokedKey) {
  const auto entry = read_site_facts(config("site.yaml"))->agents.front();
  ASSERT_TRUE(add_revoked_key(config("revoked"), {entry.key, kNow, entry.id}));
  expect_failure(HasSubstr("this key was revoked"));
}

// ---- keys and certificates ----

TEST_F(Check, FindsKeysThatOthersCanRead) {
  for (const char* key : {"keys/trafo.key", "keys/charger-1.key", "tls/trafo.key", "tls/charger-1.key"}) {
    std::filesystem::permissions(config(key), std::filesystem::perms(0640));
    EXPECT_THAT(wrong(), AllOf(HasSubstr(key), HasSubstr("0640"), HasSubstr("chmod 600"))) << key;
    std::filesystem::permissions(config(key), std::filesystem::perms(0600));
  }
  EXPECT_EQ(wrong(), "");
}

TEST_F(Check, FindsAnAuthorityOrAConfigurationThatIsOpenToAll) {
  std::filesystem::permissions(config("ca"), std::filesystem::perms(0755));
  std::filesystem::permissions(config("ca/ca.key"), std::filesystem::perms(0644));
  std::filesystem::permissions(config("broker/broker.key"), std::filesystem::perms(0640));
  std::filesystem::permissions(config("site.yaml"), std::filesystem::perms(0666));
  expect_failure(AllOf(HasSubstr("ca: mode 0755"), HasSubstr("ca.key: mode 0644"), HasSubstr("broker.key: mode 0640"),
                       HasSubstr("site.yaml: mode 0666, so anybody can change it")));
}

TEST_F(Check, FindsTwoAgentsAtOneDeviceButNotAtTwoSocketsOfIt) {
  ASSERT_EQ(init({"chargepoint", "charger-2", "--node", "feeder-1", "--device", "chargers/alfen_eve", "--host",
                  "192.168.10.21", "--max-a", "6", "--revert-s", "60"})
                .code,
            0);
  EXPECT_THAT(wrong(), HasSubstr("is that of charger-1 too -> write under device:"));
  change("agents/charger-2.yaml", "  unit: 1\n", "  unit: 1\n  socket: 2\n");
  EXPECT_THAT(wrong(), Not(HasSubstr("is that of charger-1 too")));
}

TEST_F(Check, SaysWhatANewKeyOfTheControllerWouldMean) {
  std::filesystem::remove(config("keys/trafo.key"));
  expect_failure(HasSubstr("put it back from a backup"));
}

TEST_F(Check, FindsCertificatesThatAreMissingOrAnothersOrForeign) {
  const std::string mine = text("tls/charger-1.crt");
  std::filesystem::remove(config("tls/charger-1.crt"));
  expect_failure(AllOf(HasSubstr("tls/charger-1.crt: cannot be opened"), HasSubstr("balans ca issue charger-1")));
  write("tls/charger-1.crt", text("tls/trafo.crt"));
  EXPECT_THAT(wrong(), HasSubstr("is of 'trafo'"));
  write("tls/charger-1.crt", mine);
  std::filesystem::remove(config("tls/charger-1.key"));
  ca({"issue", "charger-2"});
  std::filesystem::rename(config("tls/charger-2.key"), config("tls/charger-1.key"));
  EXPECT_THAT(wrong(), HasSubstr("is not of the key in"));
}

TEST_F(Check, FindsAnotherAuthority) {
  const Machine other;
  const auto made =
      other.balans({"ca", "--ca", other.config("ca").string(), "--broker", other.config("broker").string(), "--tls",
                    other.config("tls").string(), "init", "--site", "elm-street"});
  ASSERT_EQ(made.code, 0) << made.err;
  write("tls/other.crt", other.text("tls/ca.crt"));
  change("agents/charger-1.yaml", "../tls/ca.crt", "../tls/other.crt");
  expect_failure(AllOf(HasSubstr("was not signed by the authority in"), HasSubstr("other.crt"),
                       HasSubstr("the agent would not trust the broker")));
}

TEST_F(Check, FindsCertificatesThatAreDueOrHaveEnded) {
  const UnixTime made = pki::load_certificate(config("tls/trafo.crt"))->begins;
  EXPECT_EQ(doubtful(made + 300 * kDay), "");
  EXPECT_THAT(doubtful(made + 12 * 365 * kDay), AllOf(HasSubstr("days left"), HasSubstr("balans ca renew")));
  EXPECT_THAT(wrong(made + 16 * 365 * kDay), HasSubstr("tls/trafo.crt: has ended"));
  EXPECT_THAT(wrong(made + 16 * 365 * kDay), HasSubstr("broker/broker.crt: has ended"));
}

TEST_F(Check, FindsABrokerThatIsReachedByANameItDoesNotHave) {
  change("agents/charger-1.yaml", "host: \"127.0.0.1\"", "host: \"trafo.lan\"");
  expect_failure(HasSubstr("the broker's certificate does not name trafo.lan"));
}

// ---- what only one may have ----

TEST_F(Check, FindsALineThatTwoProgramsWouldUse) {
  change("site.yaml", "tcp: { host: \"192.168.10.5\", port: 502 }",
         "serial: { port: /dev/balans/A, baud: 9600, format: 8N1 }");
  EXPECT_EQ(wrong(), "");
  change("agents/charger-1.yaml", "tcp: { host: \"192.168.10.21\", port: 502 }",
         "serial: { port: /dev/balans/A, baud: 9600, format: 8N1 }");
  expect_failure(HasSubstr("the transformer's meter and charger-1 share the serial line /dev/balans/A"));
}

TEST_F(Check, FindsTwoAgentsWithOneNameOrOneFolder) {
  write("agents/charger-2.yaml", text("agents/charger-1.yaml"));
  expect_failure(AllOf(HasSubstr("has the state_dir of charger-1"), HasSubstr("is called charger-1 as that of")));
}

// ---- the api ----

TEST_F(Check, FindsAnApiThatWouldRefuseTheReadings) {
  const auto site = read_site_facts(config("site.yaml"));
  const std::string agent = to_hex(site->agents.front().key.bytes);
  const std::string good = text("api.yaml");
  change("api.yaml", agent, std::string(64, '4'));
  EXPECT_THAT(doubtful(), HasSubstr("has another key of charger-1, so its readings would be refused"));
  write("api.yaml", good);
  change("api.yaml", to_hex((*load_signer(config("keys/site.key")))->public_key().bytes), std::string(64, '5'));
  expect_failure(HasSubstr("the key of elm-street is not the public half of"));
  write("api.yaml", good);
  change("api.yaml", "deployment: \"", "deployment: \"" + std::string(64, '6') + "\"   # \"");
  expect_failure(HasSubstr("api.yaml: deployment is not that of"));
}

}  // namespace
}  // namespace balans::cli::test
