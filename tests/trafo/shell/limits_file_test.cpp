#include "trafo/shell/limits_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/io/runtime/files.hpp"
#include "tests/support/temp_folder.hpp"
#include "trafo/shell/site_file.hpp"

namespace balans {
namespace {

using ::testing::HasSubstr;
using Look = LimitsFile::Look;

Site two_nodes() {
  Site site;
  site.nodes.push_back(Node{});
  site.nodes.back().name = "feeder-1";
  site.nodes.back().parent = 0;
  return site;
}

std::string order(const std::string& more) { return R"([{"node":"feeder-1","source":"dso",)" + more + "}]"; }

std::string problem_of(const std::string& json) {
  const auto limits = parse_limits(json, two_nodes());
  return limits ? "" : limits.error().message();
}

TEST(Limits, AreTakenWithSourceAndEnd) {
  const auto limits = parse_limits(
      order(R"("max_ma":[1000,2000,3000],"max_feed_ma":[0,0,0],"max_va":23000,"from_ms":5,"until_ms":9)"), two_nodes());
  ASSERT_TRUE(limits) << limits.error().message();
  OutsideBound bound;
  bound.draw = {{1_A, 2_A, 3_A}};
  bound.feed = {};
  bound.sum = 100_A;
  EXPECT_EQ(limits->at(0), (OutsideLimit{1, Reason::Dso, bound, UnixTime(5), UnixTime(9)}));
}

TEST(Limits, SayNothingOfWhatIsLeftOut) {
  const auto limits =
      parse_limits(R"([{"node":"transformer","source":"operator","max_va":0,"until_ms":null}])", two_nodes());
  ASSERT_TRUE(limits) << limits.error().message();
  EXPECT_EQ(limits->at(0).source, Reason::Operator);
  EXPECT_EQ(limits->at(0).bound.draw, PerPhase<Milliamps>::all(kUnlimited));
  EXPECT_EQ(limits->at(0).bound.sum, 0_A);
  EXPECT_FALSE(limits->at(0).from || limits->at(0).until) << "until it is taken back";
}

TEST(Limits, ForEverHasToBeSaid) { EXPECT_EQ(problem_of(order(R"("max_va":1000)")), "/0/until_ms: missing"); }

TEST(Limits, ErrorsPointAtTheirPlace) {
  EXPECT_EQ(problem_of(order(R"("max_ma":[1,-5,3],"until_ms":null)")), "/0/max_ma/1: -5 is outside 0..10000000");
  EXPECT_EQ(problem_of(order(R"("max_ma":[1,2],"until_ms":null)")), "/0/max_ma: expected three integers, L1 L2 L3");
  EXPECT_EQ(problem_of(order(R"("max_a":[1,2,3],"until_ms":null)")),
            "/0/max_ma: missing; expected max_ma, max_feed_ma or max_va");
  EXPECT_EQ(problem_of(order(R"("max_va":1,"until_ms":5,"from_ms":5)")), "/0/until_ms: is not after from_ms");
  EXPECT_EQ(problem_of(order(R"("max_va":1,"until_ms":null,"why":"")")), "/0/why: unknown key");
  EXPECT_THAT(problem_of(R"([{"node":"feeder-2","source":"dso","max_va":1,"until_ms":null}])"),
              HasSubstr("/0/node: 'feeder-2' is not a node that is known here; did you mean feeder-1?"));
  EXPECT_EQ(problem_of(R"([{"node":"feeder-1","source":"schedule","max_va":1,"until_ms":null}])"),
            "/0/source: 'schedule' is neither 'operator' nor 'dso'");
  EXPECT_THAT(problem_of("[{]"), HasSubstr("not JSON at byte 2"));
  EXPECT_EQ(problem_of("{}"), "expected an array of limits");
}

TEST(Limits, TheExampleIsInOrder) {
  const auto site = load_site("config/site.yaml");
  ASSERT_TRUE(site) << site.error().message();
  const auto text = read_small_file("config/examples/limits.json");
  ASSERT_TRUE(text);
  const auto limits = parse_limits(*text, site->site);
  ASSERT_TRUE(limits) << limits.error().message();
  EXPECT_EQ(limits->size(), 2U);
}

class LimitsFileTest : public testing::Test {
 protected:
  void put(const std::string& content) { ASSERT_TRUE(replace_file(path_, content, FileMode::Readable).ok()); }
  LimitsFile open() { return LimitsFile(path_, folder_ / "copy.json", site_); }
  static std::string draw(int ma) {
    const std::string each = std::to_string(ma);
    return order("\"max_ma\":[" + each + "," + each + "," + each + "],\"until_ms\":null");
  }
  static Milliamps drawn(const LimitsFile& file) {
    return file.limits().empty() ? kUnlimited : file.limits().front().bound.draw[Phase::L1];
  }

  test::TempFolder folder_;
  std::filesystem::path path_ = folder_ / "limits.json";
  Site site_ = two_nodes();
};

TEST_F(LimitsFileTest, IsReadAgainWhenItIsReplaced) {
  put(draw(1000));
  LimitsFile file = open();
  EXPECT_EQ(file.look(), Look::Taken);
  EXPECT_EQ(drawn(file), 1_A);
  EXPECT_EQ(file.look(), Look::Same);
  put(draw(2000));
  EXPECT_EQ(file.look(), Look::Taken);
  EXPECT_EQ(drawn(file), 2_A);
  put("[]");
  EXPECT_EQ(file.look(), Look::Taken) << "an empty file takes everything back";
  EXPECT_TRUE(file.limits().empty());
}

TEST_F(LimitsFileTest, ABadOneKeepsTheLastGoodLimitsAndIsSaidOnce) {
  put(draw(1000));
  LimitsFile file = open();
  (void)file.look();
  put("[{\"node\":1}]");
  EXPECT_EQ(file.look(), Look::Refused);
  EXPECT_EQ(file.trouble()->message(), path_.string() + " /0/node: expected a string, got an integer");
  EXPECT_EQ(drawn(file), 1_A);
  EXPECT_EQ(file.look(), Look::Same);
  put(draw(3000));
  EXPECT_EQ(file.look(), Look::Taken);
  EXPECT_FALSE(file.trouble());
  EXPECT_EQ(drawn(file), 3_A);
}

TEST_F(LimitsFileTest, AVanishedOneKeepsTheLastGoodLimits) {
  put(draw(1000));
  LimitsFile file = open();
  (void)file.look();
  std::filesystem::remove(path_);
  EXPECT_EQ(file.look(), Look::Refused);
  EXPECT_EQ(file.trouble()->message(), path_.string() + ": is not there");
  EXPECT_EQ(drawn(file), 1_A);
}

TEST_F(LimitsFileTest, TheLastGoodLimitsOutliveARestart) {
  put(draw(1000));
  {
    LimitsFile file = open();
    (void)file.look();
  }
  std::filesystem::remove(path_);
  LimitsFile again = open();
  EXPECT_EQ(again.look(), Look::Refused);
  EXPECT_EQ(drawn(again), 1_A);
}

TEST_F(LimitsFileTest, ADamagedCopyIsSaidAndTheFileStillCounts) {
  ASSERT_TRUE(replace_file(folder_ / "copy.json", "[", FileMode::Private).ok());
  put(draw(1000));
  LimitsFile file = open();
  EXPECT_THAT(file.copy_trouble()->message(), HasSubstr("copy.json"));
  EXPECT_EQ(file.look(), Look::Taken);
  EXPECT_FALSE(file.copy_trouble());
  EXPECT_EQ(drawn(file), 1_A);
}

TEST_F(LimitsFileTest, WhatIsNoFileIsNeverOpened) {
  std::filesystem::create_directory(path_);
  LimitsFile file = open();
  EXPECT_EQ(file.look(), Look::Refused);
}

}  // namespace
}  // namespace balans
