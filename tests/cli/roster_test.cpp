#include "cli/roster.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/io/runtime/files.hpp"
#include "tests/support/temp_folder.hpp"

namespace balans::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

PublicKey key_of(std::uint8_t byte) {
  PublicKey key;
  key.bytes.fill(byte);
  return key;
}
std::string hex_of(std::uint8_t byte) { return to_hex(key_of(byte).bytes); }
AgentId agent(const char* name) { return *AgentId::parse(name); }

const NewDevice kCharger{"charger", "[L1, L2, L3]", "16", "house-12"};

class Roster : public testing::Test {
 protected:
  void write(const std::string& agents) {
    const std::string text = "site: elm-street  # ours\ndeployment: \"" + std::string(64, '0') +
                             "\"\nkeys: { trafo: keys/trafo.key, site: keys/site.key }\n"
                             "broker: { host: 127.0.0.1, port: 8883 }\n\n" +
                             agents;
    ASSERT_TRUE(replace_file(file_, text, FileMode::Readable));
  }
  [[nodiscard]] std::string text() const { return *read_small_file(file_); }
  [[nodiscard]] std::vector<RosterEntry> roster() const { return read_site_identity(file_)->roster; }

  test::TempFolder folder_;
  std::filesystem::path file_ = folder_ / "site.yaml";
  const std::string two_ = "agents:\n  # the first house\n  - id: charger-1\n    key: \"" + hex_of(0x11) +
                           "\"   # its own\n    kind: charger\n  - key: " + hex_of(0x22) +
                           "\n    id: boiler-1\n    kind: boiler\n\n# where readings go\napi:\n  url: x\n";
};

TEST_F(Roster, IsReadWithoutTheRestOfTheFile) {
  write(two_);
  const auto site = read_site_identity(file_);
  ASSERT_TRUE(site) << site.error().message();
  EXPECT_EQ(site->site.str(), "elm-street");
  EXPECT_EQ(site->trafo_key, folder_ / "keys/trafo.key");
  EXPECT_EQ(site->revoked_file, folder_ / "revoked");
  EXPECT_EQ(site->broker_port, 8883);
  EXPECT_EQ(site->find(agent("boiler-1"))->key, key_of(0x22));
  EXPECT_EQ(site->find(agent("nobody")), nullptr);
}

TEST_F(Roster, TheExamplesAreReadToo) {
  for (const char* example : {"config/site.yaml", "config/examples/site-small.yaml"})
    EXPECT_TRUE(read_site_identity(example)) << example;
}

TEST_F(Roster, GetsAnotherKeyAndKeepsEveryOtherLine) {
  write(two_);
  const std::string before = text();
  ASSERT_TRUE(enrol(file_, agent("charger-1"), key_of(0x33), nullptr));
  ASSERT_TRUE(enrol(file_, agent("boiler-1"), key_of(0x44), nullptr));
  EXPECT_EQ(roster(),
            (std::vector<RosterEntry>{{agent("charger-1"), key_of(0x33)}, {agent("boiler-1"), key_of(0x44)}}));
  std::string after = text();
  EXPECT_THAT(after, HasSubstr("key: \"" + hex_of(0x33) + "\"   # its own\n"));
  after.replace(after.find(hex_of(0x33)), 64, hex_of(0x11));
  after.replace(after.find("\"" + hex_of(0x44) + "\""), 66, hex_of(0x22));
  EXPECT_EQ(after, before);
}

TEST_F(Roster, KeepsTheTextBeforeTheLastEditBesideIt) {
  write(two_);
  const std::string before = text();
  ASSERT_TRUE(enrol(file_, agent("charger-1"), key_of(0x33), nullptr));
  EXPECT_EQ(*read_small_file(file_.string() + ".before-enrolment"), before);
}

TEST_F(Roster, IsReadByWhoReadItBefore) {
  using std::filesystem::perms;
  for (const perms mode : {perms(0640), perms(0600), perms(0644)}) {
    write(two_);
    std::filesystem::permissions(file_, mode);
    ASSERT_TRUE(enrol(file_, agent("charger-1"), key_of(0x33), nullptr));
    for (const char* end : {"", ".before-enrolment"})
      EXPECT_EQ(std::filesystem::status(file_.string() + end).permissions(), mode) << end;
  }
}

TEST_F(Roster, WritesNothingWhereTheKeyIsThereAlready) {
  write(two_);
  ASSERT_TRUE(enrol(file_, agent("charger-1"), key_of(0x11), nullptr));
  EXPECT_FALSE(std::filesystem::exists(file_.string() + ".before-enrolment"));
}

TEST_F(Roster, GetsAnEntryMoreAtItsEnd) {
  write(two_);
  ASSERT_TRUE(enrol(file_, agent("charger-2"), key_of(0x33), &kCharger));
  EXPECT_THAT(roster(), SizeIs(3));
  EXPECT_THAT(text(),
              HasSubstr("    kind: boiler\n  - id: charger-2\n    key: \"" + hex_of(0x33) +
                        "\"\n    kind: charger\n    node: house-12\n    phases: [L1, L2, L3]\n    max_a: 16\n"));
  EXPECT_THAT(text(), HasSubstr("revert_s: none"));
  EXPECT_THAT(text(), HasSubstr("\n\n# where readings go\napi:\n  url: x\n"));
}

TEST_F(Roster, GetsItsFirstEntry) {
  for (const char* none :
       {"agents: []\n", "agents: [ ]  # none yet\napi:\n  url: x\n",
        "agents:\n- id: a\n  key: \"1111111111111111111111111111111111111111111111111111111111111111\"\n"}) {
    write(none);
    const auto done = enrol(file_, agent("charger-2"), key_of(0x33), &kCharger);
    ASSERT_TRUE(done) << done.error().message();
    EXPECT_EQ(roster().back(), (RosterEntry{agent("charger-2"), key_of(0x33)}));
  }
}

TEST_F(Roster, RefusesAnAgentOfWhichNothingIsKnown) {
  write(two_);
  EXPECT_FALSE(enrol(file_, agent("charger-2"), key_of(0x33), nullptr));
  EXPECT_THAT(text(), Not(HasSubstr(hex_of(0x33))));
}

TEST_F(Roster, LeavesAFileAloneThatItCannotEditWithoutDoubt) {
  const std::string one = "{ id: charger-1, key: \"" + hex_of(0x11) + "\" }";
  for (const std::string& agents : {"agents: [" + one + "]\n", "agents:\n  - " + one + "\n"}) {
    write(agents);
    const std::string before = text();
    for (const char* name : {"charger-1", "charger-2"}) {
      const auto done = enrol(file_, agent(name), key_of(0x33), &kCharger);
      if (done) continue;  // an entry more fits behind one in braces
      EXPECT_THAT(done.error().message(), HasSubstr("write by hand"));
      EXPECT_EQ(text(), before);
    }
  }
}

TEST_F(Roster, AKeyThatIsWrittenInACommentIsNotTheKey) {
  write("agents:\n  - id: charger-1\n    # key: \"" + hex_of(0x77) + "\"\n    key: \"" + hex_of(0x11) + "\"\n");
  ASSERT_TRUE(enrol(file_, agent("charger-1"), key_of(0x33), nullptr));
  EXPECT_THAT(text(), HasSubstr("# key: \"" + hex_of(0x77)));
  EXPECT_EQ(roster().front().key, key_of(0x33));
}

}  // namespace
}  // namespace balans::cli
