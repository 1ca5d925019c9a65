#include "common/io/runtime/files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "common/io/runtime/epoch_counter.hpp"
#include "tests/support/temp_folder.hpp"

namespace balans {
namespace {

using test::TempFolder;
using ::testing::HasSubstr;

mode_t mode_of(const std::filesystem::path& file) {
  struct stat info {};
  EXPECT_EQ(::stat(file.c_str(), &info), 0);
  return info.st_mode & 0777U;
}

void write(const std::filesystem::path& file, const std::string& text) { std::ofstream(file) << text; }

TEST(Files, AreReadBackAsWritten) {
  const TempFolder folder;
  ASSERT_TRUE(write_file_durably(folder / "a", "first", FileMode::Private).ok());
  ASSERT_TRUE(write_file_durably(folder / "a", "second", FileMode::Private).ok());
  EXPECT_EQ(*read_small_file(folder / "a"), "second");
  EXPECT_EQ(mode_of(folder / "a"), 0600U);
}

TEST(Files, AreReplacedWhole) {
  const TempFolder folder;
  ASSERT_TRUE(replace_file(folder / "status", "a long first content", FileMode::Readable).ok());
  ASSERT_TRUE(replace_file(folder / "status", "short", FileMode::Readable).ok());
  EXPECT_EQ(*read_small_file(folder / "status"), "short");
  EXPECT_EQ(mode_of(folder / "status"), 0644U);
}

TEST(Files, KeepTheOldContentWhenTheNewCannotBeWritten) {
  const TempFolder folder;
  ASSERT_TRUE(write_file_durably(folder / "a", "old", FileMode::Private).ok());
  std::filesystem::create_directory(folder / "a.new");
  EXPECT_FALSE(write_file_durably(folder / "a", "new", FileMode::Private).ok());
  EXPECT_EQ(*read_small_file(folder / "a"), "old");
}

TEST(Files, AreReadUpToABound) {
  const TempFolder folder;
  write(folder / "a", std::string(100, 'x'));
  EXPECT_TRUE(read_small_file(folder / "a", 100).ok());
  EXPECT_THAT(read_small_file(folder / "a", 99).error().what, HasSubstr("larger than 99 bytes"));
}

TEST(Files, ThatAreMissingAreNamed) {
  const auto missing = read_small_file("/nowhere/at/all");
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(missing.error().message(), "/nowhere/at/all: cannot be opened: No such file or directory");
}

TEST(Files, PrivateFoldersAreMadeOnce) {
  const TempFolder folder;
  ASSERT_TRUE(make_private_folder(folder / "a/b").ok());
  EXPECT_TRUE(make_private_folder(folder / "a/b").ok());
  EXPECT_EQ(mode_of(folder / "a/b"), 0700U);
  write(folder / "file", "");
  EXPECT_FALSE(make_private_folder(folder / "file").ok());
}

TEST(EpochCounter, CountsUpAtEachStart) {
  const TempFolder folder;
  const auto first = EpochCounter::start(folder / "epoch");
  const auto second = EpochCounter::start(folder / "epoch");
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_EQ(first->epoch(), Epoch{1});
  EXPECT_EQ(second->epoch(), Epoch{2});
  EXPECT_NE(first->boot_id(), second->boot_id());
}

TEST(EpochCounter, MovesAboveAnotherAndRemembersIt) {
  const TempFolder folder;
  auto counter = EpochCounter::start(folder / "epoch");
  ASSERT_TRUE(counter.ok());
  ASSERT_TRUE(counter->move_above(Epoch{41}).ok());
  EXPECT_EQ(counter->epoch(), Epoch{42});
  ASSERT_TRUE(counter->move_above(Epoch{7}).ok());
  EXPECT_EQ(counter->epoch(), Epoch{42});
  EXPECT_EQ(EpochCounter::start(folder / "epoch")->epoch(), Epoch{43});
}

TEST(EpochCounter, RefusesAnEpochFromWhichItCouldNotCountOn) {
  const TempFolder folder;
  auto counter = EpochCounter::start(folder / "epoch");
  ASSERT_TRUE(counter.ok());
  EXPECT_FALSE(counter->move_above(Epoch{UINT64_MAX}).ok());
  EXPECT_EQ(counter->epoch(), Epoch{1});
}

TEST(EpochCounter, GoesOnAfterARestoreOnlyWhereItCanCountOn) {
  EXPECT_EQ(above_all_since(Epoch{41})->value, 41U + 1'048'576U);
  for (const std::uint64_t far : {std::uint64_t{1} << 52U, (std::uint64_t{1} << 52U) - 5, UINT64_MAX})
    EXPECT_FALSE(above_all_since(Epoch{far}).ok()) << far;
}

TEST(EpochCounter, NeverStartsAgainFromADamagedFile) {
  const TempFolder folder;
  for (const char* damaged : {"", "x\n", "12", "12 34", "-1 5\n", "99999999999999999999999 1\n"}) {
    write(folder / "epoch", damaged);
    EXPECT_FALSE(EpochCounter::start(folder / "epoch").ok()) << damaged;
  }
}

TEST(EpochCounter, CountsOnFromAFileWithoutAVersionAndWritesOne) {
  const TempFolder folder;
  write(folder / "epoch", "12 34\n");
  EXPECT_EQ(EpochCounter::start(folder / "epoch")->epoch(), Epoch{13});
  EXPECT_EQ(read_epoch(folder / "epoch")->version, 1U);
}

TEST(EpochCounter, CountsOnFromANewerProgramsFileAndKeepsACopyOfIt) {
  const TempFolder folder;
  write(folder / "epoch", "41 5 2 and more\n");
  const auto counter = EpochCounter::start(folder / "epoch");
  ASSERT_TRUE(counter.ok());
  EXPECT_EQ(counter->epoch(), Epoch{42});
  ASSERT_TRUE(counter->set_aside());
  EXPECT_EQ(*counter->set_aside(), folder / "epoch.version-2");
  EXPECT_EQ(*read_small_file(folder / "epoch.version-2"), "41 5 2 and more\n");
  EXPECT_EQ(read_epoch(folder / "epoch")->version, 1U);
}

TEST(EpochCounter, HasNoEpochThatIsNotOnDisk) {
  const TempFolder folder;
  EXPECT_FALSE(EpochCounter::start(folder / "no/epoch").ok());
}

}  // namespace
}  // namespace balans
