#include "common/io/runtime/keys.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "tests/support/temp_folder.hpp"

namespace balans {
namespace {

using test::TempFolder;
using ::testing::HasSubstr;
using ::testing::Not;

void write_private(const std::filesystem::path& file, const std::string& text) {
  std::ofstream(file) << text;
  ::chmod(file.c_str(), 0600);
}

TEST(KeyFile, SignsAsThePublicKeyItWasMadeWith) {
  const TempFolder folder;
  const auto key = create_key_file(folder / "device.key");
  ASSERT_TRUE(key.ok());
  const auto signer = load_signer(folder / "device.key");
  ASSERT_TRUE(signer.ok());
  EXPECT_EQ((*signer)->public_key(), *key);
  EXPECT_TRUE(verify(*key, "text", (*signer)->sign("text")));
}

TEST(KeyFile, IsNeverWrittenOver) {
  const TempFolder folder;
  ASSERT_TRUE(create_key_file(folder / "a.key").ok());
  EXPECT_THAT(create_key_file(folder / "a.key").error().what, HasSubstr("never written over"));
}

TEST(KeyFile, ThatOthersCanReadIsRefused) {
  const TempFolder folder;
  ASSERT_TRUE(create_key_file(folder / "a.key").ok());
  for (const mode_t mode : {0640U, 0604U, 0644U}) {
    ::chmod((folder / "a.key").c_str(), mode);
    EXPECT_THAT(load_signer(folder / "a.key").error().what, HasSubstr("expected 0600"));
  }
  ::chmod((folder / "a.key").c_str(), 0400);
  EXPECT_TRUE(load_signer(folder / "a.key").ok());
}

TEST(KeyFile, ThatIsNotAKeyIsRefusedWithoutRepeatingIt) {
  const TempFolder folder;
  write_private(folder / "a.key", std::string(63, 'a') + "\n");
  const auto signer = load_signer(folder / "a.key");
  ASSERT_FALSE(signer.ok());
  EXPECT_THAT(signer.error().message(), HasSubstr("expected one line of 64 hex digits"));
  EXPECT_THAT(signer.error().message(), Not(HasSubstr("aaa")));
}

TEST(KeyFile, AKeyInPlaceOfItsFilesNameIsNotRepeated) {
  const TempFolder folder;
  const std::string key(64, 'a');
  for (const Error& error : {load_signer(folder / key).error(), create_key_file(folder / key).error()}) {
    EXPECT_THAT(error.message(), HasSubstr(folder.path().string() + "/[removed]"));
    EXPECT_THAT(error.message(), Not(HasSubstr("aaa")));
  }
  EXPECT_FALSE(std::filesystem::exists(folder / key));
}

TEST(KeyFile, ThatIsMissingIsNamed) {
  EXPECT_THAT(load_signer("/nowhere/a.key").error().message(),
              HasSubstr("/nowhere/a.key: cannot be opened: No such file"));
}

TEST(Secret, IsTheFirstLine) {
  const TempFolder folder;
  write_private(folder / "password", "open sesame\r\nnot this\n");
  EXPECT_EQ(*read_secret(folder / "password"), "open sesame");
  write_private(folder / "empty", "\n");
  EXPECT_FALSE(read_secret(folder / "empty").ok());
}

TEST(Random, IsNotTheSameTwice) {
  EXPECT_NE(random_u64(), random_u64());
  EXPECT_NE(random_bytes32(), random_bytes32());
}

}  // namespace
}  // namespace balans
