// Both sides of pairing, with a real authority.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/io/pairing/trafo_side.hpp"
#include "common/io/pki/authority.hpp"
#include "tests/common/io/pairing/two_ends.hpp"
#include "tests/support/temp_folder.hpp"

namespace balans::pairing {
namespace {

using namespace test;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr UnixTime kNow(1'790'000'000'000);

class Pairing : public testing::Test {
 protected:
  Pairing() : listening_(*Listening::open(0)), authority_(*pki::Authority::create(folder_ / "ca", "elm-street", kNow)) {
    registrar_.grant = [this](const Request& request, const std::string& address) -> Result<Grant> {
      granted_.push_back(request.agent.str());
      const auto certificate = authority_.issue_for_request(request.agent.str(), request.request, kNow);
      if (!certificate) return certificate.error();
      Grant grant{site_named("elm-street"), {}, {}, address, 8883, authority_.certificate().pem, certificate->pem};
      return change_ ? change_(grant) : grant;
    };
    registrar_.enrol = [this](const Request& request) -> Result<void> {
      enrolled_.push_back(request.device_key);
      return enrol_;
    };
  }

  std::future<Result<AgentId>> listen(ListenOptions options = {}) {
    return std::async(std::launch::async, [this, options] {
      return enrol_one_agent(
          listening_, code_of("111111"), site_named("elm-street"), registrar_,
          [this](const std::string& event) { events_.push_back(event); }, options);
    });
  }
  Result<Grant> ask(const char* code, const char* name = "charger-1") {
    return ask_to_be_enrolled({"127.0.0.1", listening_.port()}, code_of(code), agent_named(name), {*device_, tls_},
                              [this](const Grant& grant) -> Result<void> {
                                stored_.push_back(grant.certificate);
                                return store_;
                              });
  }

  balans::test::TempFolder folder_;
  Listening listening_;
  pki::Authority authority_;
  std::unique_ptr<Signer> device_ = make_ed25519_signer(Bytes32{5});
  pki::PrivateKey tls_ = pki::PrivateKey::generate();
  Registrar registrar_;
  std::function<Grant(Grant)> change_;
  Result<void> enrol_, store_;
  std::vector<std::string> granted_, stored_, events_;
  std::vector<PublicKey> enrolled_;
};

TEST_F(Pairing, EnrolsAnAgentWithTheCode) {
  auto listened = listen();
  const auto grant = ask("111111");
  ASSERT_TRUE(grant) << grant.error().message();
  EXPECT_EQ(listened.get()->str(), "charger-1");
  EXPECT_THAT(enrolled_, ElementsAre(device_->public_key()));
  EXPECT_THAT(stored_, ElementsAre(grant->certificate));
  EXPECT_EQ(grant->broker_host, "127.0.0.1") << "what the agent has reached us by";
}

TEST_F(Pairing, WithAWrongCodeNothingIsGrantedStoredOrEnrolled) {
  auto listened = listen();
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(ask("222222"));
  const auto end = listened.get();
  ASSERT_FALSE(end);
  EXPECT_THAT(end.error().message(), HasSubstr("three tries are spent"));
  EXPECT_THAT(granted_, IsEmpty());
  EXPECT_THAT(stored_, IsEmpty());
  EXPECT_THAT(enrolled_, IsEmpty());
  EXPECT_THAT(*authority_.issued(), IsEmpty());
}

TEST_F(Pairing, AfterThreeTriesTheRightCodeComesTooLate) {
  auto listened = listen();
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(ask("222222"));
  EXPECT_FALSE(listened.get());
  // Nobody takes the connection any more; the command's end closes the port as well.
  const auto late = ask_to_be_enrolled(
      {"127.0.0.1", listening_.port()}, code_of("111111"), agent_named("charger-1"), {*device_, tls_},
      [](const Grant&) { return Result<void>(); }, std::chrono::milliseconds(200));
  EXPECT_FALSE(late);
  EXPECT_THAT(enrolled_, IsEmpty());
}

TEST_F(Pairing, ATypingErrorLeavesTwoMoreTries) {
  auto listened = listen();
  EXPECT_FALSE(ask("222222"));
  EXPECT_FALSE(ask("111112"));
  EXPECT_TRUE(ask("111111"));
  EXPECT_TRUE(listened.get());
  EXPECT_THAT(events_, SizeIs(2));
  EXPECT_THAT(events_.back(), HasSubstr("Tries left: 1"));
}

TEST_F(Pairing, WhoeverKnocksWithoutSpeakingSpendsNoTry) {
  auto listened = listen();
  for (int i = 0; i < 10; ++i) (void)connected_to(listening_);
  EXPECT_TRUE(ask("111111"));
  EXPECT_TRUE(listened.get());
}

TEST_F(Pairing, ClosesWhenItsTimeIsUp) {
  const auto end = listen({std::chrono::milliseconds(50), kConversation}).get();
  ASSERT_FALSE(end);
  EXPECT_THAT(end.error().message(), HasSubstr("time is up"));
}

TEST_F(Pairing, ItsTimeEndsAlsoWhileSomebodyHoldsTheLine) {
  auto listened = listen({std::chrono::milliseconds(100), std::chrono::hours(1)});
  const Wire silent = connected_to(listening_);
  EXPECT_FALSE(listened.get());
}

TEST_F(Pairing, EnrolsNobodyWhoCouldNotWriteItDown) {
  store_ = Error{"/etc/balans", "is full"};
  auto listened = listen();
  const auto grant = ask("111111");
  ASSERT_FALSE(grant);
  EXPECT_THAT(grant.error().message(), HasSubstr("is full"));
  store_ = {};
  EXPECT_TRUE(ask("111111")) << "the next try is taken";
  EXPECT_TRUE(listened.get());
  EXPECT_THAT(enrolled_, SizeIs(1));
}

TEST_F(Pairing, EnrolsNobodyWhoseConnectionIsCutBeforeItHasStored) {
  auto listened = listen();
  {
    auto channel = open_as_agent(connected_to(listening_), code_of("111111"), agent_named("charger-1"), soon());
    ASSERT_TRUE(channel);
    const Request request{agent_named("charger-1"), device_->public_key(),
                          device_->sign(proof_text(channel->binding(), agent_named("charger-1"))),
                          tls_.request("charger-1")};
    ASSERT_TRUE(channel->send(encode(request), soon()));
    ASSERT_TRUE(channel->receive(soon()));
  }
  EXPECT_TRUE(ask("111111"));
  EXPECT_TRUE(listened.get());
  EXPECT_THAT(enrolled_, SizeIs(1));
}

TEST_F(Pairing, TellsTheAgentWhyItIsNotEnrolled) {
  enrol_ = Error{"site.yaml", "cannot be written"};
  auto listened = listen();
  const auto grant = ask("111111");
  ASSERT_FALSE(grant);
  EXPECT_THAT(grant.error().message(), HasSubstr("site.yaml: cannot be written"));
  EXPECT_THAT(grant.error().message(), HasSubstr("pair once more"));
  enrol_ = {};
  EXPECT_TRUE(ask("111111"));
  EXPECT_TRUE(listened.get());
}

TEST_F(Pairing, RefusesADeviceKeyThatIsNotThere) {
  auto listened = listen();
  auto channel = open_as_agent(connected_to(listening_), code_of("111111"), agent_named("charger-1"), soon());
  ASSERT_TRUE(channel);
  const Request request{agent_named("charger-1"), make_ed25519_signer(Bytes32{9})->public_key(),
                        device_->sign(proof_text(channel->binding(), agent_named("charger-1"))),
                        tls_.request("charger-1")};
  ASSERT_TRUE(channel->send(encode(request), soon()));
  EXPECT_THAT(decode_grant(*channel->receive(soon())).error().message(), HasSubstr("is not of the device key"));
  EXPECT_TRUE(ask("111111"));
  EXPECT_TRUE(listened.get());
  EXPECT_THAT(granted_, SizeIs(1));
}

TEST_F(Pairing, RefusesANameThatWasNotConfirmedWithTheCode) {
  auto listened = listen();
  auto channel = open_as_agent(connected_to(listening_), code_of("111111"), agent_named("charger-1"), soon());
  ASSERT_TRUE(channel);
  const Request request{agent_named("charger-2"), device_->public_key(),
                        device_->sign(proof_text(channel->binding(), agent_named("charger-2"))),
                        tls_.request("charger-2")};
  ASSERT_TRUE(channel->send(encode(request), soon()));
  EXPECT_THAT(decode_grant(*channel->receive(soon())).error().message(), HasSubstr("not the name that was confirmed"));
  EXPECT_TRUE(ask("111111"));
  EXPECT_TRUE(listened.get());
}

// What a controller's side that is not right could send: none of it is stored.
struct Lie {
  const char* what;
  std::function<Grant(Grant)> change;
};

TEST_F(Pairing, TheAgentStoresNothingThatDoesNotFit) {
  const auto other = pki::Authority::create(folder_ / "other", "elm-street", kNow);
  const pki::PrivateKey other_key = pki::PrivateKey::generate();
  const auto with = [](auto change) {
    return [change](Grant grant) {
      change(grant);
      return grant;
    };
  };
  const std::vector<Lie> lies = {
      {"another authority", with([&](Grant& grant) { grant.ca = other->certificate().pem; })},
      {"another key",
       with([&](Grant& grant) { grant.certificate = authority_.issue_client("charger-1", other_key, kNow)->pem; })},
      {"another name",
       with([&](Grant& grant) { grant.certificate = authority_.issue_client("charger-2", tls_, kNow)->pem; })},
      {"a server's", with([&](Grant& grant) {
         grant.certificate = authority_.issue_server("charger-1", {"a.lan"}, tls_, kNow)->pem;
       })},
      {"another site", with([&](Grant& grant) { grant.site = site_named("oak-street"); })},
      {"no certificate", with([&](Grant& grant) { grant.certificate = "hello"; })},
  };
  for (const Lie& lie : lies) {
    change_ = lie.change;
    listening_ = *Listening::open(0);
    auto listened = listen();
    EXPECT_FALSE(ask("111111")) << lie.what;
    EXPECT_THAT(stored_, IsEmpty()) << lie.what;
    change_ = nullptr;
    EXPECT_TRUE(ask("111111"));
    EXPECT_TRUE(listened.get());
    stored_.clear();
  }
}

}  // namespace
}  // namespace balans::pairing
