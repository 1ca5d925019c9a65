#include "common/io/runtime/config_at_start.hpp"

#include <gtest/gtest.h>

#include "common/io/runtime/files.hpp"
#include "tests/support/temp_folder.hpp"

namespace balans {
namespace {

class ConfigAtStartTest : public testing::Test {
 protected:
  void edit(const std::string& text) { ASSERT_TRUE(replace_file(file_, text, FileMode::Readable)); }

  test::TempFolder folder_;
  std::filesystem::path file_ = folder_ / "site.yaml";
  Result<void> found_;
};

TEST_F(ConfigAtStartTest, TellsWhatTheNextStartWouldDo) {
  edit("site: a\n");
  const ConfigAtStart config(file_);
  const auto check = [this] { return found_; };
  EXPECT_EQ(config.compare(check), "unchanged");
  edit("site: b\n");
  EXPECT_EQ(config.compare(check), "changed: used from the next start");
  found_ = Error{"site.yaml:1:1", "unknown"};
  EXPECT_EQ(config.compare(check), "the next start would refuse it: site.yaml:1:1: unknown");
}

TEST_F(ConfigAtStartTest, AFileThatIsGoneIsNoUnchangedOne) {
  edit("site: a\n");
  const ConfigAtStart config(file_);
  std::filesystem::remove(file_);
  EXPECT_NE(config.compare([] { return Result<void>(); }), "unchanged");
}

}  // namespace
}  // namespace balans
