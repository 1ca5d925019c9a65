#include "common/io/revocation/revoked_keys.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/io/runtime/files.hpp"
#include "tests/support/temp_folder.hpp"

namespace balans {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

PublicKey key_of(std::uint8_t byte) {
  PublicKey key;
  key.bytes.fill(byte);
  return key;
}

class Revoked : public testing::Test {
 protected:
  void revoke(std::uint8_t byte) {
    const auto added =
        add_revoked_key(file_, {key_of(byte), UnixTime(1'790'000'000'000), *AgentId::parse("charger-1")});
    ASSERT_TRUE(added) << added.error().message();
  }
  void write(const std::string& text) { ASSERT_TRUE(replace_file(file_, text, FileMode::Readable)); }

  test::TempFolder folder_;
  std::filesystem::path file_ = folder_ / "revoked";
};

TEST_F(Revoked, IsNobodyWithoutAFile) {
  EXPECT_THAT(read_revoked_keys(file_).keys, IsEmpty());
  EXPECT_FALSE(read_revoked_keys(file_).trouble);
}

TEST_F(Revoked, AreReadAsTheyWereWritten) {
  revoke(1);
  revoke(2);
  const RevokedKeys read = read_revoked_keys(file_);
  ASSERT_THAT(read.keys, SizeIs(2));
  EXPECT_EQ(read.keys[1].key, key_of(2));
  EXPECT_EQ(read.keys[1].at, UnixTime(1'790'000'000'000));
  EXPECT_EQ(read.keys[1].agent.str(), "charger-1");
}

TEST_F(Revoked, AreListedOnce) {
  revoke(1);
  revoke(1);
  EXPECT_THAT(read_revoked_keys(file_).keys, SizeIs(1));
}

TEST_F(Revoked, CountAlsoWhereAnotherLineIsBad) {
  revoke(1);
  write(*read_small_file(file_) + "hello\n");
  const RevokedKeys read = read_revoked_keys(file_);
  EXPECT_THAT(read.keys, SizeIs(1));
  ASSERT_TRUE(read.trouble);
  EXPECT_EQ(read.trouble->message(), file_.string() + ":3: expected a key, seconds since 1970 and a name");
}

TEST_F(Revoked, AreNotWrittenOverAFileThatCannotBeRead) {
  write("hello\n");
  EXPECT_FALSE(add_revoked_key(file_, {key_of(1), UnixTime(0), *AgentId::parse("charger-1")}));
  EXPECT_EQ(*read_small_file(file_), "hello\n");
}

TEST_F(Revoked, AreSeenByAProgramThatRuns) {
  RevocationWatch watch(file_);
  EXPECT_EQ(watch.look(), RevocationWatch::Look::Same);
  EXPECT_FALSE(watch.revoked(key_of(1)));
  revoke(1);
  EXPECT_EQ(watch.look(), RevocationWatch::Look::Changed);
  EXPECT_TRUE(watch.revoked(key_of(1)));
  EXPECT_EQ(watch.look(), RevocationWatch::Look::Same);
}

TEST_F(Revoked, StaySoWhenTheFileVanishesOrGoesBad) {
  RevocationWatch watch(file_);
  revoke(1);
  watch.look();
  write("hello\n");
  EXPECT_EQ(watch.look(), RevocationWatch::Look::Changed);
  EXPECT_THAT(watch.trouble()->message(), HasSubstr("expected a key"));
  EXPECT_TRUE(watch.revoked(key_of(1)));
  std::filesystem::remove(file_);
  watch.look();
  EXPECT_TRUE(watch.revoked(key_of(1)));
}

}  // namespace
}  // namespace balans
