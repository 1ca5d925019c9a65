#include "common/io/runtime/event_log.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <fstream>
#include <thread>
#include <vector>

#include "tests/support/manual_clock.hpp"
#include "tests/support/temp_folder.hpp"

namespace balans {
namespace {

using test::ManualClock;
using test::TempFolder;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

std::vector<std::string> lines_of(const std::filesystem::path& file) {
  std::ifstream stream(file);
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

class EventLogTest : public ::testing::Test {
 protected:
  std::unique_ptr<EventLog> open(std::int64_t max_bytes = EventLog::kMaxBytes) {
    auto log = EventLog::open(file_, clock_, max_bytes);
    EXPECT_TRUE(log.ok());
    return std::move(*log);
  }

  TempFolder folder_;
  std::filesystem::path file_ = folder_ / "events";
  ManualClock clock_{BootTime(5000), UnixTime(1'000'000)};
};

TEST_F(EventLogTest, WritesOneObjectALineWithBothTimes) {
  auto log = open();
  log->write("lease-accepted", {{"agent", AgentTime(1).ms()}, {"seq", 7}, {"ok", true}, {"why", "new"}});
  EXPECT_THAT(
      lines_of(file_),
      ElementsAre(
          R"({"t_ms":5000,"utc_ms":1005000,"event":"lease-accepted","agent":1,"seq":7,"ok":true,"why":"new"})"));
}

TEST_F(EventLogTest, WritesQuantitiesPhasesAndLargeNumbers) {
  auto log = open();
  log->write("x", {{"limit_ma", 6_A},
                   {"each_ma", PerPhase<Milliamps>{{1_A, 2_A, 3_A}}},
                   {"nonce", std::uint64_t{18'446'744'073'709'551'615U}},
                   {"small", std::uint64_t{5}}});
  EXPECT_THAT(
      lines_of(file_),
      ElementsAre(HasSubstr(R"("limit_ma":6000,"each_ma":[1000,2000,3000],"nonce":"18446744073709551615","small":5)")));
}

TEST_F(EventLogTest, StaysJsonWhateverTheTextHolds) {
  auto log = open();
  log->write("x", {{"a", std::string("quote \" newline \n nul \0 bad \xff\xc3( good é", 36)}, {"b", "\xe2\x82"}});
  const auto lines = lines_of(file_);
  ASSERT_THAT(lines, SizeIs(1));
  boost::system::error_code problem;
  boost::json::parse(lines[0], problem);
  EXPECT_FALSE(problem) << lines[0];
}

TEST_F(EventLogTest, AppendsToWhatIsThere) {
  open()->write("first");
  open()->write("second");
  EXPECT_THAT(lines_of(file_), SizeIs(2));
}

TEST_F(EventLogTest, MovesAFullFileAsideOnce) {
  auto log = open(200);
  for (int i = 0; i < 20; ++i) log->write("tick", {{"i", i}});
  EXPECT_LE(std::filesystem::file_size(file_), 200U);
  EXPECT_LE(std::filesystem::file_size(file_.string() + ".1"), 200U);
  EXPECT_THAT(lines_of(file_).back(), HasSubstr("\"i\":19"));
  EXPECT_EQ(log->lost_lines(), 0);
}

TEST_F(EventLogTest, KeepsLinesOfSeveralThreadsWhole) {
  auto log = open();
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t)
      threads.emplace_back([&] {
        for (int i = 0; i < 200; ++i) log->write("x", {{"text", "some text"}});
      });
  }
  const auto lines = lines_of(file_);
  EXPECT_THAT(lines, SizeIs(800));
  EXPECT_THAT(lines, Each(testing::EndsWith("\"text\":\"some text\"}")));
}

TEST_F(EventLogTest, CountsLinesThatCannotBeWritten) {
  auto log = EventLog::open("/dev/full", clock_);
  ASSERT_TRUE(log.ok());
  (*log)->write("x");
  EXPECT_EQ((*log)->lost_lines(), 1);
}

TEST_F(EventLogTest, SaysWhichFileCannotBeOpened) {
  const auto log = EventLog::open(folder_ / "no/events", clock_);
  ASSERT_FALSE(log.ok());
  EXPECT_THAT(log.error().message(), HasSubstr("no/events: cannot be opened as event log: No such file or directory"));
}

}  // namespace
}  // namespace balans
