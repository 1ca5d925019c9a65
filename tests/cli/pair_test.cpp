// `balans pair`, both ends: what lies on both machines before and after.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <future>
#include <map>

#include "cli/config_lock.hpp"
#include "cli/pairing_places.hpp"
#include "common/io/revocation/revoked_keys.hpp"
#include "tests/cli/identity_places.hpp"

namespace balans::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const AgentId kCharger = *AgentId::parse("charger-1");
const std::string kPlaceholder(64, '0');

/// Every file under a folder with its mode and content.
std::map<std::string, std::string> files_under(const std::filesystem::path& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
    if (entry.is_regular_file()) files[entry.path().string()] = *read_small_file(entry.path());
  return files;
}

class Pair : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_NO_FATAL_FAILURE(trafo_.install());
    places_ = {agent_ / "keys", agent_ / "tls", agent_ / "agents", {}};
  }

  struct Outcome {
    Result<pairing::Grant> agent;
    Result<AgentId> trafo;
  };
  Outcome pair(const char* typed = "111111", const EnrolWish& wish = {}, const AgentId& name = kCharger) {
    auto listening = pairing::Listening::open(0);
    const auto site = ready_to_enrol(trafo_.places, wish);
    if (!site) return {site.error(), site.error()};
    done_ = {};
    auto listened = std::async(std::launch::async, [&] {
      return pairing::enrol_one_agent(*listening, *pairing::Code::parse("111111"), site->site,
                                      make_registrar(trafo_.places, wish, done_), [](const std::string&) {});
    });
    const auto identity = AgentIdentity::load_or_make(places_, name);
    const auto store = [&](const pairing::Grant& grant) {
      const auto written = identity->write(grant);
      return written ? Result<void>() : Result<void>(written.error());
    };
    auto agent = pairing::ask_to_be_enrolled({"127.0.0.1", listening->port()}, *pairing::Code::parse(typed), name,
                                             identity->keys(), store);
    for (int i = 0; !agent && i < pairing::kTries - 1; ++i) spend_a_try(*listening);
    return {std::move(agent), listened.get()};
  }
  /// So that a listener ends at which nobody was paired.
  static void spend_a_try(const pairing::Listening& listening) {
    const pairing::Deadline deadline = std::chrono::steady_clock::now() + pairing::kConversation;
    auto wire = pairing::Wire::connect("127.0.0.1", listening.port(), deadline);
    EXPECT_FALSE(pairing::open_as_agent(*std::move(wire), *pairing::Code::parse("999999"), kCharger, deadline));
  }
  [[nodiscard]] PublicKey enrolled_key() const { return read_site_identity(trafo_.places.site)->find(kCharger)->key; }
  [[nodiscard]] PublicKey device_key() const { return (*load_signer(places_.keys / "charger-1.key"))->public_key(); }

  test::ControllerMachine trafo_{"agents:\n  - id: charger-1\n    key: \"" + kPlaceholder + "\"\n    kind: charger\n"};
  balans::test::TempFolder agent_;
  AgentPlaces places_;
  Enrolled done_;
};

TEST_F(Pair, GivesTheAgentAllItNeedsAndTheControllerItsKey) {
  const auto [agent, trafo] = pair();
  ASSERT_TRUE(agent) << agent.error().message();
  ASSERT_TRUE(trafo) << trafo.error().message();
  EXPECT_EQ(enrolled_key(), device_key());
  const auto certificate = pki::load_certificate(places_.tls / "charger-1.crt");
  EXPECT_EQ(certificate->name, "charger-1");
  EXPECT_TRUE(pki::signed_by(*certificate, *pki::load_certificate(places_.tls / "ca.crt")));
  EXPECT_TRUE(pki::PrivateKey::load(places_.tls / "charger-1.key")->matches(certificate->pem));
  const std::string config = *read_small_file(places_.agents / "charger-1.yaml");
  const PublicKey trafo_key = (*load_signer(trafo_.folder / "trafo.key"))->public_key();
  for (const std::string& part :
       {std::string("agent: charger-1\nsite: elm-street\n"), "deployment: \"" + std::string(64, '7') + "\"",
        "trafo: \"" + to_hex(trafo_key.bytes) + "\"", std::string("host: \"127.0.0.1\"\n  port: 8883")})
    EXPECT_THAT(config, HasSubstr(part));
}

TEST_F(Pair, ItsKeysAreReadableByNobodyElse) {
  ASSERT_TRUE(pair().agent);
  for (const auto& key : {places_.keys / "charger-1.key", places_.tls / "charger-1.key"}) {
    struct stat status {};
    ASSERT_EQ(::stat(key.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U) << key;
  }
}

TEST_F(Pair, WithAWrongCodeNothingIsWrittenOnEitherMachine) {
  const auto trafo_before = files_under(trafo_.folder.path());
  const auto [agent, trafo] = pair("111112");
  EXPECT_FALSE(agent);
  EXPECT_FALSE(trafo);
  EXPECT_THAT(files_under(agent_.path()), IsEmpty());
  EXPECT_EQ(files_under(trafo_.folder.path()), trafo_before);
}

TEST_F(Pair, PairingAgainKeepsTheKeysAndTakesTheOldCertificateBack) {
  ASSERT_TRUE(pair().agent);
  EXPECT_FALSE(done_.took_back);
  const PublicKey key = device_key();
  const auto tls_key = *read_small_file(places_.tls / "charger-1.key");
  ASSERT_TRUE(pair().agent);
  EXPECT_EQ(device_key(), key);
  EXPECT_EQ(*read_small_file(places_.tls / "charger-1.key"), tls_key);
  EXPECT_TRUE(done_.took_back);
  int good = 0;
  const auto issued = ca_list(trafo_.places);
  for (const pki::Issued& one : *issued)
    if (one.certificate.name == "charger-1" && !one.revoked) ++good;
  EXPECT_EQ(good, 1);
}

TEST_F(Pair, AConfigThatIsThereStaysAsItIs) {
  ASSERT_TRUE(make_open_folder(places_.agents));
  ASSERT_TRUE(replace_file(places_.agents / "charger-1.yaml", "agent: charger-1\n", FileMode::Readable));
  ASSERT_TRUE(pair().agent);
  EXPECT_EQ(*read_small_file(places_.agents / "charger-1.yaml"), "agent: charger-1\n");
}

TEST_F(Pair, RefusesAKeyThatWasRevoked) {
  ASSERT_TRUE(pair().agent);
  ASSERT_TRUE(ca_revoke(trafo_.places, "charger-1"));
  const auto agent = pair().agent;
  ASSERT_FALSE(agent);
  EXPECT_THAT(agent.error().message(), HasSubstr("a device key that was revoked"));
  std::filesystem::remove(places_.keys / "charger-1.key");
  EXPECT_TRUE(pair().agent) << "with a new one";
  EXPECT_EQ(enrolled_key(), device_key());
}

TEST_F(Pair, EnrolsNobodyWhileAnotherCommandWritesThere) {
  const std::string before = *read_small_file(trafo_.places.site);
  const auto lock = ConfigLock::take(trafo_.places.site.parent_path());
  ASSERT_TRUE(lock);
  const auto outcome = pair();
  EXPECT_FALSE(outcome.trafo);
  EXPECT_EQ(*read_small_file(trafo_.places.site), before);
}

TEST_F(Pair, TakesOnlyTheAgentItIsToldToTake) {
  EnrolWish wish;
  wish.only = kCharger;
  const auto agent = pair("111111", wish, *AgentId::parse("charger-2")).agent;
  ASSERT_FALSE(agent);
  EXPECT_THAT(agent.error().message(), HasSubstr("is not the agent that is waited for"));
}

TEST_F(Pair, NobodyBecomesTheControllerOrTheBroker) {
  for (const char* name : {"trafo", "broker"}) {
    EnrolWish wish;
    wish.device = NewDevice{"charger", "[L1]", "16", ""};
    const auto agent = pair("111111", wish, *AgentId::parse(name)).agent;
    ASSERT_FALSE(agent);
    EXPECT_THAT(agent.error().message(), HasSubstr("a name of the site's own services"));
  }
}

TEST_F(Pair, AnAgentThatIsNotEnrolledNeedsWhatIsKnownOfItsDevice) {
  const AgentId boiler = *AgentId::parse("boiler-1");
  EXPECT_THAT(pair("111111", {}, boiler).agent.error().message(), HasSubstr("listen with --kind"));
  EnrolWish wish;
  wish.device = NewDevice{"boiler", "[L2]", "13", ""};
  const auto agent = pair("111111", wish, boiler).agent;
  ASSERT_TRUE(agent) << agent.error().message();
  EXPECT_THAT(read_site_identity(trafo_.places.site)->roster, SizeIs(2));
}

TEST_F(Pair, SaysBeforeItListensWhatIsMissing) {
  EnrolWish wish;
  wish.only = *AgentId::parse("boiler-1");
  EXPECT_THAT(ready_to_enrol(trafo_.places, wish).error().message(), HasSubstr("boiler-1: is not in"));
  wish.only = {};
  wish.broker_host = "elsewhere.lan";
  EXPECT_THAT(ready_to_enrol(trafo_.places, wish).error().message(),
              HasSubstr("balans ca issue broker --host elsewhere.lan"));
  std::filesystem::remove(trafo_.places.broker / "broker.crt");
  wish.broker_host = "";
  EXPECT_THAT(ready_to_enrol(trafo_.places, wish).error().message(), HasSubstr("broker.crt"));
}

TEST_F(Pair, SendsAgentsToANameThatTheBrokersCertificateHas) {
  ASSERT_TRUE(ca_issue(trafo_.places, {"broker", {"localhost", "trafo.lan"}, {}, {}}));
  EXPECT_EQ(pair().agent->broker_host, "trafo.lan") << "127.0.0.1 is not in it";
}

TEST_F(Pair, AMachineBelongsToOneSite) {
  ASSERT_TRUE(make_open_folder(places_.tls));
  ASSERT_TRUE(replace_file(places_.tls / "ca.crt", "another\n", FileMode::Readable));
  const auto agent = pair().agent;
  ASSERT_FALSE(agent);
  EXPECT_THAT(agent.error().message(), HasSubstr("belongs to another site"));
  EXPECT_FALSE(std::filesystem::exists(places_.keys / "charger-1.key"));
  EXPECT_EQ(to_hex(enrolled_key().bytes), kPlaceholder);
}

}  // namespace
}  // namespace balans::cli
