// `balans backup` and `balans restore` on folders that stand for a machine.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "cli/backup/archive.hpp"
#include "cli/backup/in_use.hpp"
#include "cli/program_run.hpp"
#include "common/io/revocation/revoked_keys.hpp"
#include "common/io/runtime/epoch_counter.hpp"
#include "common/state_versions.hpp"
#include "tests/cli/backed_up.hpp"

namespace balans::cli {
namespace {

namespace fs = std::filesystem;
using ::testing::Contains;
using ::testing::HasSubstr;

/// A site.yaml with one agent.
std::string site_with(const std::string& agent, char digit) {
  return "site: elm-street\ndeployment: \"" + std::string(64, '0') +
         "\"\nkeys: { trafo: keys/trafo.key }\nbroker: { host: pi, port: 8883 }\nagents:\n  - id: " + agent +
         "\n    key: \"" + std::string(64, digit) + "\"\n";
}

unsigned mode_of(const fs::path& path) {
  struct stat status {};
  EXPECT_EQ(::stat(path.c_str(), &status), 0) << path;
  return status.st_mode & 07777U;
}

TEST_F(Backup, BringsABareMachineToWhereTheOldOneWas) {
  old_.install();
  fresh_.install_packages();
  EXPECT_EQ(mode_of(backed_up()), 0600U);
  const auto done = restored();
  ASSERT_TRUE(done) << done.error().message();
  EXPECT_EQ(fresh_.get("etc/balans/site.yaml"), kSite);
  EXPECT_EQ(fresh_.get("etc/balans/keys/trafo.key"), std::string(64, 'a') + "\n");
  EXPECT_EQ(mode_of(fresh_.folder / "etc/balans/keys/trafo.key"), 0600U);
  EXPECT_EQ(mode_of(fresh_.folder / "etc/balans/site.yaml"), 0640U);
  EXPECT_EQ(fresh_.get("etc/balans/ca/ca.key"), "the authority's key");
  for (const auto& left : fs::directory_iterator(fresh_.folder / "var/lib"))
    EXPECT_THAT(left.path().filename().string(), HasSubstr("balans")) << "nothing else is left";
}

TEST_F(Backup, HasWhatIsCommittedInADatabaseThatIsInUse) {
  old_.install();
  auto running = old_.database("var/lib/balans/trafo/outbox.sqlite", 1);
  const auto writing = running.begin("write");
  ASSERT_TRUE(running.execute("INSERT INTO t VALUES (8)", "write"));
  backed_up();
  ASSERT_TRUE(restored());
  auto copy = sqlite::Database::open(fresh_.folder / "var/lib/balans/trafo/outbox.sqlite");
  ASSERT_TRUE(copy);
  auto count = copy->prepare("SELECT count(*) FROM t", "count");
  ASSERT_TRUE(*count->step());
  EXPECT_EQ(count->integer(0), 1);
  EXPECT_FALSE(fresh_.has("var/lib/balans/trafo/outbox.sqlite-wal.from"));
}

TEST_F(Backup, WritesOverNothing) {
  old_.install();
  backed_up();
  EXPECT_THAT(make_backup(old_.places, file_).error().message(), HasSubstr("writes over nothing"));
}

TEST_F(Backup, SaysWhatItDoesNotHave) {
  old_.install();
  old_.put("etc/balans/agents/charger-1.yaml", "agent: charger-1\nstate_dir: /srv/elsewhere\n");
  const auto made = make_backup(old_.places, file_);
  ASSERT_TRUE(made);
  EXPECT_FALSE(made->complete);
  EXPECT_THAT(made->lines, Contains(HasSubstr("/srv/elsewhere")));
  EXPECT_TRUE(fs::exists(file_)) << "it is made all the same";
}

TEST_F(Backup, OfNothingIsAnError) {
  EXPECT_THAT(make_backup(old_.places, file_).error().message(), HasSubstr("nothing to keep"));
  EXPECT_FALSE(fs::exists(file_));
}

TEST_F(Backup, DoesNotLieInWhatIsBackedUp) {
  old_.install();
  for (const fs::path& tree : {old_.places.config(), old_.places.state()}) {
    const auto refused = make_backup(old_.places, tree / "all.balans");
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message(), HasSubstr("expected a place outside " + tree.string()));
    EXPECT_FALSE(fs::exists(tree / "all.balans"));
  }
}

TEST_F(Backup, AnotherFileIsNone) {
  std::ofstream(file_) << "site: elm-street\n";
  EXPECT_THAT(refusal(Replace::WhatIsHere), HasSubstr("is no backup: expected a file that `balans backup` has made"));
}

TEST_F(Backup, ADamagedOneIsRefusedWhereverTheDamageIs) {
  old_.install();
  backed_up();
  const std::string whole = *read_small_file(file_);
  for (std::size_t at = 0; at < whole.size(); at += whole.size() / 12 + 1) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x55);
    std::ofstream(file_, std::ios::binary) << damaged;
    // In the head of a gzip file a time and a system lie that tell nothing.
    EXPECT_TRUE(at < 10 || !restored(Replace::WhatIsHere)) << "byte " << at;
  }
  std::ofstream(file_, std::ios::binary) << whole.substr(0, whole.size() / 2);
  EXPECT_THAT(refusal(Replace::WhatIsHere), HasSubstr("is no backup, or a damaged one"));
}

TEST_F(Backup, OnlyWhatTheManifestSaysIsTaken) {
  old_.install();
  backed_up();
  const auto repack = [this](const std::function<void(const fs::path&)>& change) {
    test::TempFolder work;
    ASSERT_EQ(run_program("/bin/tar", {"--force-local", "-xzf", file_.string(), "-C", work.path().string()})->code, 0);
    change(work.path());
    const fs::path other = out_ / "other";
    ASSERT_EQ(run_program("/bin/tar", {"-czf", other.string(), "-C", work.path().string(), "."})->code, 0);
    fs::rename(other, file_);
  };
  repack([](const fs::path& at) { std::ofstream(at / "etc/balans/keys/trafo.key") << "another key"; });
  EXPECT_THAT(refusal(), HasSubstr("etc/balans/keys/trafo.key: is damaged in the backup"));
  fs::remove(file_);
  backed_up();
  repack([](const fs::path& at) { std::ofstream(at / "etc/passwd") << "root::0:0::/:/bin/sh"; });
  EXPECT_THAT(refusal(), HasSubstr("is in the backup and not in its manifest"));
  fs::remove(file_);
  backed_up();
  repack([](const fs::path& at) {
    fs::remove(at / "etc/balans/site.yaml");
    fs::create_symlink("/etc/shadow", at / "etc/balans/site.yaml");
  });
  EXPECT_THAT(refusal(), HasSubstr("is missing in the backup, or no plain file there"));
  EXPECT_FALSE(fresh_.has("etc/balans"));
}

TEST_F(Backup, PathsLeadNowhereElse) {
  for (const char* good : {"etc/balans", "etc/balans/site.yaml", "var/lib/balans/trafo/epoch"})
    EXPECT_TRUE(lies_in_the_trees(good)) << good;
  for (const char* bad : {"", "/etc/balans/site.yaml", "etc/passwd", "etc/balansx", "etc/balans/../passwd",
                          "etc/balans/", "etc/balans//x", "etc/balans/./x", "var/lib/balans/a\nb"})
    EXPECT_FALSE(lies_in_the_trees(bad)) << bad;
}

TEST_F(Backup, OfANewerVersionIsRefused) {
  const std::string newer = R"({"balans_backup":2,"new":1})";
  EXPECT_THAT(decode_manifest(newer).error().message(), HasSubstr("is of version 2; this program knows up to 1"));
}

TEST_F(Backup, StateOfANewerVersionIsRefused) {
  old_.install();
  { auto newer = old_.database("var/lib/balans/trafo/outbox.sqlite", 2); }
  backed_up();
  EXPECT_THAT(refusal(), HasSubstr("outbox.sqlite: is of version 2; this program knows up to 1"));
  EXPECT_FALSE(fresh_.has("etc/balans"));
}

TEST_F(Backup, AMachineWithAConfigurationIsReplacedOnlyOnDemandAndKept) {
  old_.install();
  backed_up();
  fresh_.install();
  fresh_.put("etc/balans/site.yaml", "site: oak-street\n");
  EXPECT_THAT(refusal(), HasSubstr("With --force"));
  EXPECT_EQ(fresh_.get("etc/balans/site.yaml"), "site: oak-street\n");
  const auto done = restored(Replace::WhatIsHere);
  ASSERT_TRUE(done) << done.error().message();
  EXPECT_EQ(fresh_.get("etc/balans/site.yaml"), kSite);
  EXPECT_EQ(fresh_.get("etc/balans.before-20260921-141320/site.yaml"), "site: oak-street\n");
  EXPECT_EQ(fresh_.get("var/lib/balans.before-20260921-141320/trafo/epoch"), "41 5 1\n");
}

TEST_F(Backup, NothingIsReplacedUnderAProgramThatRuns) {
  old_.install();
  backed_up();
  fresh_.install();
  // Another process than this one has to have it open.
  const auto hold = run_program(
      "/bin/sh",
      {"-c", "sleep 20 <" + (fresh_.folder / "var/lib/balans/trafo/epoch").string() + " >/dev/null 2>&1 & echo $!"});
  ASSERT_TRUE(hold);
  EXPECT_THAT(users_of(fresh_.places.state()), Contains(HasSubstr(std::to_string(std::stoi(hold->out)))));
  EXPECT_THAT(refusal(Replace::WhatIsHere), HasSubstr("is in use by"));
  ASSERT_EQ(run_program("/bin/sh", {"-c", "kill " + hold->out})->code, 0);
}

TEST_F(Backup, TheEpochGoesOnAboveAllThatWereUsed) {
  old_.install();
  backed_up();
  ASSERT_TRUE(restored());
  const auto on_a_new_card = read_epoch(fresh_.folder / "var/lib/balans/trafo/epoch");
  ASSERT_TRUE(on_a_new_card);
  EXPECT_GT(on_a_new_card->epoch.value, 41U + 1'000'000U) << "however often it has started since the backup";
  fresh_.put("var/lib/balans/trafo/epoch", "90000000000 5 1\n", 0600);
  ASSERT_TRUE(restored(Replace::WhatIsHere));
  EXPECT_GT(read_epoch(fresh_.folder / "var/lib/balans/trafo/epoch")->epoch.value, 90'000'000'000U);
}

TEST_F(Backup, TheEpochGoesOnWhereverItsFileIs) {
  old_.install();
  fs::remove(old_.folder / "var/lib/balans/trafo/epoch");
  old_.put("var/lib/balans/trafo/elm/epoch", "41 5 1\n", 0600);
  backed_up();
  fresh_.install_packages();
  fresh_.put("var/lib/balans/trafo/elm/epoch", "5000000 5 1\n", 0600);
  ASSERT_TRUE(restored(Replace::WhatIsHere));
  EXPECT_GT(read_epoch(fresh_.folder / "var/lib/balans/trafo/elm/epoch")->epoch.value, 5'000'000U + 1'000'000U);
  EXPECT_FALSE(fresh_.has("var/lib/balans/trafo/epoch"));
}

TEST_F(Backup, ADamagedEpochHereIsTold) {
  old_.install();
  backed_up();
  fresh_.install();
  fresh_.put("var/lib/balans/trafo/epoch", "garbage", 0600);
  const auto done = restored(Replace::WhatIsHere);
  ASSERT_TRUE(done) << done.error().message();
  EXPECT_FALSE(done->complete);
  EXPECT_THAT(done->lines, Contains(HasSubstr("trafo/epoch: is damaged")));
}

TEST_F(Backup, AnEpochThatCannotBeCountedOnIsRefused) {
  old_.install();
  old_.put("var/lib/balans/trafo/epoch", "18446744073709551615 5 1\n", 0600);
  backed_up();
  EXPECT_THAT(refusal(), HasSubstr("is beyond reason"));
}

TEST_F(Backup, TheOilCountsAsHotAgain) {
  old_.install();
  old_.put("var/lib/balans/trafo/thermal.json", R"({"version":1,"top_oil_mc":20000})", 0600);
  backed_up();
  fresh_.install();
  fresh_.put("var/lib/balans/trafo/thermal.json", R"({"version":1,"top_oil_mc":90000})", 0600);
  const auto done = restored(Replace::WhatIsHere);
  ASSERT_TRUE(done) << done.error().message();
  EXPECT_FALSE(fresh_.has("var/lib/balans/trafo/thermal.json")) << "it may have been loaded fully until just now";
  EXPECT_THAT(done->lines, Contains(HasSubstr("counts as hot")));
}

// ---- who is whose ----

TEST_F(Backup, AgentsPairedSinceAreNamed) {
  old_.install();
  old_.put("etc/balans/site.yaml", site_with("charger-1", '1'));
  backed_up();
  fresh_.install();
  fresh_.put("etc/balans/site.yaml", site_with("charger-1", '2'));
  const auto repaired = restored(Replace::WhatIsHere);
  ASSERT_TRUE(repaired) << repaired.error().message();
  EXPECT_THAT(repaired->lines, Contains(HasSubstr("charger-1: has another key in the backup; pair it again")));
  EXPECT_FALSE(repaired->complete);
  fresh_.places.now = [] { return UnixTime(1'790'000'100'000); };
  fresh_.put("etc/balans/site.yaml", site_with("charger-2", '2'));
  const auto added = restored(Replace::WhatIsHere);
  EXPECT_THAT(added->lines, Contains(HasSubstr("charger-2: is not enrolled in the backup; pair it again")));
}

TEST_F(Backup, NothingOfEitherTreeIsLostWhenThePlaceOfTheOldOneIsTaken) {
  old_.install();
  backed_up();
  fresh_.install();
  fresh_.put("etc/balans/site.yaml", "site: oak-street\n");
  fresh_.put("etc/balans.before-20260921-141320/a", "somebody's");
  EXPECT_THAT(refusal(Replace::WhatIsHere), HasSubstr("is there already"));
  EXPECT_EQ(fresh_.get("etc/balans/site.yaml"), "site: oak-street\n");
  EXPECT_EQ(fresh_.get("var/lib/balans/trafo/epoch"), "41 5 1\n") << "the state went back too";
  EXPECT_FALSE(fresh_.has("var/lib/balans.before-20260921-141320"));
}

TEST_F(Backup, AnAgentsOldJournalIsPutBeside) {
  { auto journal = old_.database("var/lib/balans/chargepoint/charger-1/journal.sqlite", 1); }
  backed_up();
  ASSERT_TRUE(restored());
  EXPECT_FALSE(fresh_.has("var/lib/balans/chargepoint/charger-1/journal.sqlite"));
  EXPECT_TRUE(fresh_.has("var/lib/balans/chargepoint/charger-1/journal.sqlite.from-backup"));
}

TEST_F(Backup, PayoutsOnChainsWaitAfterIt) {
  old_.install();
  {
    auto books = old_.database("var/lib/balans/api/balans.sqlite", state::kSettlements);
    ASSERT_TRUE(
        books.execute("CREATE TABLE ledger_cursor (chain TEXT, wait_epoch BIGINT); "
                      "INSERT INTO ledger_cursor VALUES ('iota', NULL)",
                      "fill"));
  }
  backed_up();
  const auto done = restored();
  ASSERT_TRUE(done) << done.error().message();
  EXPECT_THAT(done->lines, Contains(HasSubstr("payouts on chains and payments of wallets wait")));
  auto copy = sqlite::Database::open(fresh_.folder / "var/lib/balans/api/balans.sqlite");
  ASSERT_TRUE(copy);
  auto wait = copy->prepare("SELECT wait_epoch FROM ledger_cursor", "look");
  ASSERT_TRUE(*wait->step());
  EXPECT_EQ(wait->integer(0), -1);
}

/// Whatever it knows of chains: wallets may have been made since.
TEST_F(Backup, PaymentsOfWalletsWaitAfterIt) {
  old_.install();
  { auto books = old_.database("var/lib/balans/api/balans.sqlite", 3); }
  backed_up();
  const auto done = restored();
  ASSERT_TRUE(done) << done.error().message();
  auto copy = sqlite::Database::open(fresh_.folder / "var/lib/balans/api/balans.sqlite");
  ASSERT_TRUE(copy);
  auto wait = copy->prepare("SELECT wait_epoch FROM restored", "look");
  ASSERT_TRUE(wait) << wait.error().message();
  ASSERT_TRUE(*wait->step());
  EXPECT_EQ(wait->integer(0), -1);
}

TEST_F(Backup, WhoWasRevokedSinceStaysSo) {
  old_.install();
  backed_up();
  fresh_.install();
  fresh_.put("etc/balans/revoked", std::string(64, '1') + " 1790000000 charger-1\n");
  fresh_.put("etc/balans/ca/revoked", "0a 1790000000 charger-1\n");
  fresh_.put("etc/balans/ca/ca.crl", "the list with charger-1");
  const auto done = restored(Replace::WhatIsHere);
  ASSERT_TRUE(done) << done.error().message();
  EXPECT_EQ(read_revoked_keys(fresh_.folder / "etc/balans/revoked").keys.size(), 1U);
  EXPECT_EQ(fresh_.get("etc/balans/ca/revoked"), "0a 1790000000 charger-1\n");
  EXPECT_EQ(fresh_.get("etc/balans/ca/ca.crl"), "the list with charger-1");
}

TEST_F(Backup, AnotherAuthorityIsReplaced) {
  old_.install();
  backed_up();
  fresh_.install();
  fresh_.put("etc/balans/ca/ca.crt", "another authority");
  ASSERT_TRUE(restored(Replace::WhatIsHere));
  EXPECT_EQ(fresh_.get("etc/balans/ca/ca.crt"), "the authority");
}

TEST_F(Backup, WhatThePackagesBroughtStays) {
  { auto journal = old_.database("var/lib/balans/chargepoint/charger-1/journal.sqlite", 1); }
  backed_up();
  fresh_.install_packages();
  ASSERT_TRUE(restored());
  EXPECT_EQ(fresh_.get("etc/balans/broker/acl"), "packaged");
  EXPECT_TRUE(fresh_.has("var/lib/balans/trafo"));
}

}  // namespace
}  // namespace balans::cli
