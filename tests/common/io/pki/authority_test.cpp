#include "common/io/pki/authority.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <set>

#include "common/io/runtime/files.hpp"
#include "tests/support/temp_folder.hpp"

namespace balans::pki {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr std::int64_t kDayMs = 86'400'000;
constexpr UnixTime kNow(1'790'000'000'000);
UnixTime days_later(std::int64_t days) { return kNow + Millis(days * kDayMs); }

unsigned mode_of(const std::filesystem::path& file) {
  struct stat status {};
  return ::stat(file.c_str(), &status) == 0 ? status.st_mode & 0777U : 0;
}

class SiteAuthority : public testing::Test {
 protected:
  SiteAuthority() : authority_(*Authority::create(folder_ / "ca", "elm-street", kNow)) {}

  Certificate client(const std::string& name) { return *authority_.issue_client(name, PrivateKey::generate(), kNow); }

  test::TempFolder folder_;
  Authority authority_;
};

TEST_F(SiteAuthority, KeepsItsKeyToItself) {
  EXPECT_EQ(mode_of(folder_ / "ca"), 0700U);
  EXPECT_EQ(mode_of(folder_.path() / "ca" / "ca.key"), 0600U);
}

TEST_F(SiteAuthority, IsMadeOnce) {
  const auto again = Authority::create(folder_ / "ca", "elm-street", kNow);
  ASSERT_FALSE(again);
  authority_ = *Authority::create(folder_ / "other", "elm-street", kNow);
  const auto third = Authority::create(folder_ / "ca", "elm-street", kNow);
  ASSERT_FALSE(third);
  EXPECT_THAT(third.error().message(), HasSubstr("has an authority already"));
}

TEST_F(SiteAuthority, HasItsFolderAlone) {
  const auto second = Authority::open(folder_ / "ca");
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().message(), HasSubstr("in use by another command"));
}

TEST_F(SiteAuthority, OpensWhatItMade) {
  const std::string pem = authority_.certificate().pem;
  authority_ = *Authority::create(folder_ / "other", "elm-street", kNow);
  EXPECT_EQ(Authority::open(folder_ / "ca")->certificate().pem, pem);
}

TEST_F(SiteAuthority, BackdatesEverythingByADay) {
  for (const Certificate& certificate : {authority_.certificate(), client("charger-1")})
    EXPECT_EQ(certificate.begins, days_later(-1));
}

TEST_F(SiteAuthority, IssuesForOneNameAndOneUse) {
  const Certificate charger = client("charger-1");
  EXPECT_EQ(charger.name, "charger-1");
  EXPECT_EQ(charger.usage, Usage::Client);
  EXPECT_TRUE(signed_by(charger, authority_.certificate()));
  const auto broker =
      authority_.issue_server("broker", {"trafo.lan", "192.168.10.2", "fe80::1"}, PrivateKey::generate(), kNow);
  EXPECT_EQ(broker->usage, Usage::Server);
  EXPECT_THAT(broker->hosts, ElementsAre("trafo.lan", "192.168.10.2", "fe80::1"));
}

TEST_F(SiteAuthority, RefusesHostsThatAreNone) {
  for (const std::string& host : std::vector<std::string>{"", "a b", "x,DNS:y", std::string(300, 'a')})
    EXPECT_FALSE(authority_.issue_server("broker", {host}, PrivateKey::generate(), kNow)) << host;
  EXPECT_FALSE(authority_.issue_server("broker", {}, PrivateKey::generate(), kNow));
}

TEST_F(SiteAuthority, GivesRandomSerials) {
  std::set<std::string> serials;
  for (int i = 0; i < 20; ++i) serials.insert(client("charger-1").serial);
  EXPECT_THAT(serials, SizeIs(20));
  for (const std::string& serial : serials) EXPECT_EQ(serial.size(), 32U);
}

TEST_F(SiteAuthority, AnotherOnesCertificatesAreNotItsOwn) {
  const auto other = Authority::create(folder_ / "other", "elm-street", kNow);
  EXPECT_FALSE(signed_by(client("charger-1"), other->certificate()));
}

TEST_F(SiteAuthority, SignsNothingWhileTheClockIsWrongByYears) {
  EXPECT_FALSE(authority_.issue_client("charger-1", PrivateKey::generate(), UnixTime(86'400'000)));
  const auto early = Authority::create(folder_ / "early", "elm-street", UnixTime(86'400'000));
  ASSERT_FALSE(early);
  EXPECT_THAT(early.error().message(), HasSubstr("clock is wrong by years"));
}

// ---- requests ----

TEST_F(SiteAuthority, SignsARequestForTheRightName) {
  const PrivateKey key = PrivateKey::generate();
  const auto certificate = authority_.issue_for_request("charger-1", key.request("charger-1"), kNow);
  ASSERT_TRUE(certificate) << certificate.error().message();
  EXPECT_TRUE(key.matches(certificate->pem));
  EXPECT_FALSE(PrivateKey::generate().matches(certificate->pem));
}

TEST_F(SiteAuthority, RefusesARequestForAnotherName) {
  const auto refused = authority_.issue_for_request("charger-1", PrivateKey::generate().request("trafo"), kNow);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message(), "certificate request: is for 'trafo', expected 'charger-1'");
}

TEST_F(SiteAuthority, RefusesARequestThatWasChanged) {
  std::string request = PrivateKey::generate().request("charger-1");
  request[request.size() / 2] = request[request.size() / 2] == 'A' ? 'B' : 'A';
  EXPECT_FALSE(authority_.issue_for_request("charger-1", request, kNow));
  for (const std::string& bad : std::vector<std::string>{"", "hello", std::string(100'000, 'A')})
    EXPECT_FALSE(authority_.issue_for_request("charger-1", bad, kNow));
}

TEST_F(SiteAuthority, LeavesNoTraceOfWhatItRefused) {
  EXPECT_FALSE(authority_.issue_for_request("charger-1", "hello", kNow));
  EXPECT_THAT(*authority_.issued(), SizeIs(0));
}

// ---- renewal ----

TEST_F(SiteAuthority, RenewsAtTwoThirdsOfALife) {
  const Certificate old = client("charger-1");
  const std::int64_t life = (old.ends - old.begins).count();
  EXPECT_FALSE(due_for_renewal(old, old.begins + Millis(life * 2 / 3 - 1000)));
  EXPECT_TRUE(due_for_renewal(old, old.begins + Millis(life * 2 / 3 + 1000)));
}

TEST_F(SiteAuthority, RenewsForTheSameKeyAndHosts) {
  const PrivateKey key = PrivateKey::generate();
  const auto old = authority_.issue_server("broker", {"trafo.lan", "10.0.0.1"}, key, kNow);
  const auto fresh = authority_.renew(*old, days_later(3650));
  ASSERT_TRUE(fresh) << fresh.error().message();
  EXPECT_TRUE(key.matches(fresh->pem));
  EXPECT_EQ(fresh->hosts, old->hosts);
  EXPECT_EQ(fresh->usage, Usage::Server);
  EXPECT_NE(fresh->serial, old->serial);
  EXPECT_EQ(fresh->begins, days_later(3649));
  EXPECT_FALSE(due_for_renewal(*fresh, days_later(3650)));
}

TEST_F(SiteAuthority, OutlivesWhatItSigns) {
  const auto late = authority_.issue_client("charger-1", PrivateKey::generate(), days_later(39 * 365));
  EXPECT_EQ(late->ends, authority_.certificate().ends);
}

// ---- revocation ----

TEST_F(SiteAuthority, TakesBackEveryCertificateOfAName) {
  const std::string first = client("charger-1").serial;
  const std::string second = client("charger-1").serial;
  const std::string other = client("charger-2").serial;
  const auto revoked = authority_.revoke("charger-1", kNow);
  EXPECT_THAT(*revoked, SizeIs(2));
  const auto issued = authority_.issued();
  for (const Issued& one : *issued) EXPECT_EQ(one.revoked.has_value(), one.certificate.serial != other);
}

TEST_F(SiteAuthority, KeepsTheOneItIsToldToKeep) {
  client("charger-1");
  const std::string fresh = client("charger-1").serial;
  EXPECT_THAT(*authority_.revoke("charger-1", kNow, fresh), SizeIs(1));
  EXPECT_THAT(*authority_.revoke("charger-1", kNow, fresh), SizeIs(0));
}

TEST_F(SiteAuthority, WritesTheListAnewAlsoWhenNothingIsLeftToTakeBack) {
  client("charger-1");
  ASSERT_TRUE(authority_.revoke("charger-1", kNow));
  std::filesystem::remove(folder_.path() / "ca" / "ca.crl");
  EXPECT_THAT(*authority_.revoke("charger-1", kNow), SizeIs(0));
  EXPECT_TRUE(authority_.crl());
}

// ---- errors ----

TEST_F(SiteAuthority, SaysWhichFileAndWhatItExpected) {
  authority_ = *Authority::create(folder_ / "other", "elm-street", kNow);
  const auto key = folder_.path() / "ca" / "ca.key";
  ASSERT_TRUE(write_file_durably(key, "hello\n", FileMode::Private));
  EXPECT_EQ(Authority::open(folder_ / "ca").error().message(),
            key.string() + ": is not a key: expected a P-256 private key in PEM");
  ASSERT_EQ(::chmod(key.c_str(), 0644), 0);
  EXPECT_THAT(Authority::open(folder_ / "ca").error().message(), HasSubstr("has mode 0644"));
  EXPECT_THAT(Authority::open(folder_ / "nowhere").error().message(), HasSubstr("expected a certificate authority"));
}

TEST_F(SiteAuthority, RefusesAKeyThatIsNotItsCertificates) {
  authority_ = *Authority::create(folder_ / "other", "elm-street", kNow);
  const auto key = folder_.path() / "ca" / "ca.key";
  std::filesystem::remove(key);
  ASSERT_TRUE(PrivateKey::generate().save_new(key));
  EXPECT_THAT(Authority::open(folder_ / "ca").error().message(), HasSubstr("is not the certificate of the key"));
}

TEST(PrivateKeyFile, IsNeverWrittenOver) {
  const test::TempFolder folder;
  ASSERT_TRUE(PrivateKey::generate().save_new(folder / "a.key"));
  EXPECT_FALSE(PrivateKey::generate().save_new(folder / "a.key"));
  EXPECT_EQ(mode_of(folder / "a.key"), 0600U);
  EXPECT_TRUE(PrivateKey::load(folder / "a.key"));
}

// ---- what others think of it ----

class OpensslProgram : public SiteAuthority {
 protected:
  void SetUp() override {
    if (::access("/usr/bin/openssl", X_OK) != 0) GTEST_SKIP() << "needs the program openssl";
  }

  /// The verdict of `openssl verify` with our list; empty when it accepts.
  std::string verdict(const Certificate& certificate, const std::string& purpose, UnixTime at = kNow) {
    std::ofstream(folder_ / "leaf.crt") << certificate.pem;
    std::ofstream(folder_ / "trust.pem") << authority_.certificate().pem << *authority_.crl();
    const std::string command = "/usr/bin/openssl verify -x509_strict -crl_check -purpose " + purpose + " -attime " +
                                std::to_string(at.ms() / 1000) + " -CAfile " + (folder_ / "trust.pem").string() + " " +
                                (folder_ / "leaf.crt").string() + " > " + (folder_ / "out").string() + " 2>&1";
    return std::system(command.c_str()) == 0 ? "" : *read_small_file(folder_ / "out");
  }
};

TEST_F(OpensslProgram, AcceptsADeviceAsAClientOnly) {
  const Certificate charger = client("charger-1");
  EXPECT_EQ(verdict(charger, "sslclient"), "");
  EXPECT_THAT(verdict(charger, "sslserver"), HasSubstr("purpose"));
}

TEST_F(OpensslProgram, AcceptsTheBrokerAsAServerOnly) {
  const auto broker = authority_.issue_server("broker", {"127.0.0.1"}, PrivateKey::generate(), kNow);
  EXPECT_EQ(verdict(*broker, "sslserver"), "");
  EXPECT_THAT(verdict(*broker, "sslclient"), HasSubstr("purpose"));
}

TEST_F(OpensslProgram, AcceptsFromADayBeforeToTheEndOfLife) {
  const Certificate charger = client("charger-1");
  EXPECT_EQ(verdict(charger, "sslclient", kNow - Millis(kDayMs - 10'000)), "");
  EXPECT_EQ(verdict(charger, "sslclient", days_later(14 * 365)), "");
  EXPECT_THAT(verdict(charger, "sslclient", days_later(16 * 365)), HasSubstr("expired"));
}

TEST_F(OpensslProgram, RefusesWhatWasRevoked) {
  const Certificate charger = client("charger-1");
  const Certificate other = client("charger-2");
  ASSERT_TRUE(authority_.revoke("charger-1", kNow));
  EXPECT_THAT(verdict(charger, "sslclient"), HasSubstr("revoked"));
  EXPECT_EQ(verdict(other, "sslclient"), "");
}

}  // namespace
}  // namespace balans::pki
