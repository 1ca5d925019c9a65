#include "cli/ca.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "cli/config_lock.hpp"
#include "cli/roster.hpp"
#include "common/io/revocation/revoked_keys.hpp"
#include "tests/cli/identity_places.hpp"

namespace balans::cli {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr Millis kDay(86'400'000);
const std::string kKey(64, '1');

unsigned mode_of(const std::filesystem::path& file) {
  struct stat status {};
  return ::stat(file.c_str(), &status) == 0 ? status.st_mode & 0777U : 0;
}

class Ca : public testing::Test {
 protected:
  void SetUp() override { ASSERT_NO_FATAL_FAILURE(machine_.install()); }
  Report revoke(const char* name) {
    auto report = ca_revoke(machine_.places, name);
    EXPECT_TRUE(report) << report.error().message();
    return report ? *report : Report{};
  }
  [[nodiscard]] pki::Certificate certificate(const std::filesystem::path& file) const {
    return *pki::load_certificate(file);
  }

  test::ControllerMachine machine_{"agents:\n  - id: charger-1\n    key: \"" + kKey + "\"\n"};
  const CaPlaces& places_ = machine_.places;
};

TEST_F(Ca, LaysBesideTheBrokerOnlyWhatItMayRead) {
  EXPECT_EQ(mode_of(places_.ca), 0700U);
  EXPECT_EQ(mode_of(places_.broker / "ca.crt"), 0644U);
  EXPECT_EQ(mode_of(places_.broker / "ca.crl"), 0644U);
  EXPECT_EQ(mode_of(places_.broker / "broker.key"), 0600U);
  EXPECT_FALSE(std::filesystem::exists(places_.broker / "ca.key"));
  EXPECT_THAT(certificate(places_.broker / "broker.crt").hosts, ElementsAre("127.0.0.1", "trafo.lan"));
}

TEST_F(Ca, IsMadeOnce) {
  const auto again = ca_init(places_, "elm-street");
  ASSERT_FALSE(again);
  EXPECT_THAT(again.error().message(), HasSubstr("has an authority already"));
}

TEST_F(Ca, IssuesAgainForTheKeyThatIsThere) {
  ASSERT_TRUE(ca_issue(places_, {"trafo", {}, {}, {}}));
  const auto key = *read_small_file(places_.tls / "trafo.key");
  const auto serial = certificate(places_.tls / "trafo.crt").serial;
  ASSERT_TRUE(ca_issue(places_, {"trafo", {}, {}, {}}));
  EXPECT_EQ(*read_small_file(places_.tls / "trafo.key"), key);
  EXPECT_NE(certificate(places_.tls / "trafo.crt").serial, serial);
}

TEST_F(Ca, RefusesNamesThatAreNone) {
  EXPECT_FALSE(ca_issue(places_, {"../trafo", {}, {}, {}}));
  EXPECT_FALSE(ca_init(places_, "Elm Street"));
  EXPECT_FALSE(ca_revoke(places_, "#"));
}

TEST_F(Ca, GivesAKeyToAUserThatIsThereAndSaysWhenItIsNot) {
  EXPECT_TRUE(ca_issue(places_, {"trafo", {}, {}, "root"}));
  const auto nobody = ca_issue(places_, {"trafo", {}, {}, "nobody-of-this-name"});
  ASSERT_FALSE(nobody);
  EXPECT_EQ(nobody.error().message(), "nobody-of-this-name: is not a user of this machine");
}

TEST_F(Ca, ListsWhatItIssued) {
  ASSERT_TRUE(ca_issue(places_, {"charger-1", {}, {}, {}}));
  revoke("charger-1");
  const auto issued = *ca_list(places_);
  EXPECT_THAT(ca_list_text(issued, machine_.now), HasSubstr("broker                   server  good"));
  EXPECT_THAT(ca_list_text(issued, machine_.now), HasSubstr("charger-1                client  revoked"));
  EXPECT_THAT(ca_list_text(issued, machine_.now + kDay * 4000), HasSubstr("server  due "));
  EXPECT_THAT(ca_list_text(issued, machine_.now + kDay * 6000), HasSubstr("server  ended"));
  EXPECT_THAT(ca_list_json(issued, machine_.now), HasSubstr("\"days_left\":5475"));
}

// ---- renewal ----

TEST_F(Ca, RenewsNothingThatIsNotDue) {
  EXPECT_THAT(ca_renew(places_, Which::Due)->lines, ElementsAre("nothing is due"));
  EXPECT_THAT(machine_.commands, IsEmpty());
}

TEST_F(Ca, RenewsInPlaceWhatIsDueAndTellsWhoeverReadsIt) {
  ASSERT_TRUE(ca_issue(places_, {"trafo", {}, {}, {}}));
  const auto key = *read_small_file(places_.tls / "trafo.key");
  machine_.now = machine_.now + kDay * 3700;
  ASSERT_TRUE(ca_renew(places_, Which::Due)->complete);
  EXPECT_THAT(machine_.commands, ElementsAre("restart the broker", "reload the services"));
  for (const auto& file : {places_.tls / "trafo.crt", places_.broker / "broker.crt"})
    EXPECT_FALSE(pki::due_for_renewal(certificate(file), machine_.now)) << file;
  EXPECT_EQ(*read_small_file(places_.tls / "trafo.key"), key);
  machine_.commands.clear();
  EXPECT_THAT(ca_renew(places_, Which::Due)->lines, ElementsAre("nothing is due"));
}

TEST_F(Ca, SaysWhereTheRenewedCertificateOfAnAgentElsewhereLies) {
  {
    auto authority = pki::Authority::open(places_.ca);
    ASSERT_TRUE(authority->issue_client("charger-1", pki::PrivateKey::generate(), machine_.now));
  }
  machine_.now = machine_.now + kDay * 3700;
  const auto report = ca_renew(places_, Which::Due);
  EXPECT_THAT(report->lines,
              Contains(HasSubstr("charger-1: renewed; its key is elsewhere, so take " + places_.ca.string())));
}

TEST_F(Ca, RenewsNothingThatWasRevoked) {
  ASSERT_TRUE(ca_issue(places_, {"charger-1", {}, {}, {}}));
  revoke("charger-1");
  const auto before = ca_list(places_)->size();
  ASSERT_TRUE(ca_renew(places_, Which::All));
  EXPECT_EQ(ca_list(places_)->size(), before + 1) << "the broker's alone";
}

// ---- revocation ----

TEST_F(Ca, TakesNothingBackFromANameThatNobodyHas) {
  const auto list = *read_small_file(places_.broker / "ca.crl");
  const auto report = ca_revoke(places_, "charger-11");
  ASSERT_FALSE(report);
  EXPECT_THAT(report.error().message(), HasSubstr("charger-11: is not enrolled and has no certificate"));
  EXPECT_EQ(*read_small_file(places_.broker / "ca.crl"), list);
}

TEST_F(Ca, RevokesKeyAndCertificatesAndRestartsTheBroker) {
  ASSERT_TRUE(ca_issue(places_, {"charger-1", {}, {}, {}}));
  const auto list = *read_small_file(places_.broker / "ca.crl");
  const std::string site = *read_small_file(places_.site);
  EXPECT_TRUE(revoke("charger-1").complete);
  const auto revoked = read_revoked_keys(machine_.folder / "revoked");
  ASSERT_THAT(revoked.keys, SizeIs(1));
  EXPECT_EQ(to_hex(revoked.keys[0].key.bytes), kKey);
  EXPECT_NE(*read_small_file(places_.broker / "ca.crl"), list);
  EXPECT_THAT(machine_.commands, ElementsAre("restart the broker"));
  EXPECT_EQ(*read_small_file(places_.site), site) << "nobody's YAML is written over";
}

TEST_F(Ca, RevokesNothingWhileAnotherCommandWritesThere) {
  const auto list = *read_small_file(places_.broker / "ca.crl");
  const auto lock = ConfigLock::take(places_.site.parent_path());
  ASSERT_TRUE(lock);
  const auto report = ca_revoke(places_, "charger-1");
  ASSERT_FALSE(report);
  EXPECT_THAT(report.error().message(), HasSubstr("another command is writing there"));
  EXPECT_EQ(*read_small_file(places_.broker / "ca.crl"), list);
  EXPECT_THAT(machine_.commands, IsEmpty());
}

TEST_F(Ca, RevokesAgainWhereTheFirstTimeWasNotWhole) {
  machine_.exit_code = 5;
  const Report first = revoke("charger-1");
  EXPECT_FALSE(first.complete);
  EXPECT_THAT(first.lines, Contains(HasSubstr("FAILED: restart the broker: exit code 5")));
  machine_.exit_code = 0;
  EXPECT_TRUE(revoke("charger-1").complete);
  EXPECT_THAT(machine_.commands, SizeIs(2));
  EXPECT_THAT(read_revoked_keys(machine_.folder / "revoked").keys, SizeIs(1));
}

TEST_F(Ca, TakesTheCertificatesBackAlsoWhereTheConfigCannotBeRead) {
  ASSERT_TRUE(ca_issue(places_, {"charger-1", {}, {}, {}}));
  std::filesystem::remove(places_.site);
  const Report report = revoke("charger-1");
  EXPECT_FALSE(report.complete);
  EXPECT_THAT(report.lines, Contains(HasSubstr("Its key is still trusted")));
  EXPECT_THAT(report.lines, Contains(HasSubstr("1 certificates taken back")));
}

}  // namespace
}  // namespace balans::cli
