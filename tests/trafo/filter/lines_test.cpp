// Line after line, over streams.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "tests/trafo/filter/problems.hpp"
#include "trafo/filter/lines.hpp"

namespace balans::filter::test {
namespace {

using ::testing::HasSubstr;

struct Answered {
  Outcome outcome;
  std::vector<std::string> answers;
};

Answered run(const std::string& input, std::size_t max_bytes = bounds::kLineBytes) {
  std::istringstream in(input);
  std::stringstream out;
  Filter filter(Memory::Carried);
  Answered result{answer_lines(in, out, filter, Flush::AtEnd, max_bytes), {}};
  for (std::string line; std::getline(out, line);) result.answers.push_back(line);
  return result;
}

TEST(Lines, AreAllAnsweredInTheirOrderWhateverIsWrongWithOthers) {
  const Answered r = run(kStreet + "\nnonsense\n" + with(kStreet, "t1", "t2") + "\n" +
                         with(with(kStreet, "t1", "t3"), "\"min_ma\":6000", "\"min_ma\":-5") + "\n" +
                         with(kStreet, "t1", "t4") + "\n");
  EXPECT_EQ(r.outcome, Outcome::SomeRefused);
  ASSERT_EQ(r.answers.size(), 5U);
  EXPECT_THAT(r.answers[0], HasSubstr(R"({"id":"t1","limits")"));
  EXPECT_THAT(r.answers[1], HasSubstr(R"({"error")"));
  EXPECT_THAT(r.answers[2], HasSubstr(R"({"id":"t2","limits")"));
  EXPECT_THAT(r.answers[3], HasSubstr(R"({"id":"t3","error")"));
  EXPECT_THAT(r.answers[4], HasSubstr(R"({"id":"t4","limits")"));
}

TEST(Lines, EndWithLineFeedsCarriageReturnsOrTheStream) {
  const Answered r = run(kStreet + "\r\n\n \t\r\n" + kStreet);
  EXPECT_EQ(r.outcome, Outcome::AllAnswered);
  EXPECT_EQ(r.answers.size(), 2U);
}

TEST(Lines, OfNothingHaveNoAnswer) {
  EXPECT_EQ(run("").answers.size(), 0U);
  EXPECT_EQ(run("").outcome, Outcome::AllAnswered);
}

TEST(Lines, LongerThanTheMaximumAreRefusedAndTheNextIsAnswered) {
  const Answered r = run(kStreet + "\n" + std::string(200'000, '{') + "\n" + kStreet + "\n", 1000);
  ASSERT_EQ(r.answers.size(), 3U);
  EXPECT_EQ(r.answers[1], R"({"error":{"pointer":"","what":"a line of 200000 bytes, at most 1000 are taken"}})");
  EXPECT_EQ(r.answers[2], r.answers[0]);
}

TEST(Lines, MayBeExactlyAsLongAsTheMaximum) {
  EXPECT_EQ(run(kStreet + "\n", kStreet.size()).outcome, Outcome::AllAnswered);
  EXPECT_EQ(run(kStreet + "\n", kStreet.size() - 1).outcome, Outcome::SomeRefused);
}

TEST(Lines, HoldZeroBytesWithoutHarm) {
  const Answered r = run(std::string("{\0}", 3) + "\n" + kStreet + "\n");
  ASSERT_EQ(r.answers.size(), 2U);
  EXPECT_THAT(r.answers[0], HasSubstr("not JSON at byte 1"));
}

TEST(Lines, SplitAnywhereAreAnsweredTheSame) {
  const std::string padded = with(kStreet, ",", "," + std::string(3 * 65536, ' '));
  EXPECT_EQ(run(padded + "\n" + kStreet).answers[0], run(kStreet).answers[0]);
}

/// Counts how often it is flushed.
class CountingOutput : public std::stringbuf {
 public:
  int flushes = 0;

 protected:
  int sync() override { return ++flushes, 0; }
};

TEST(Lines, AreFlushedOneByOneOrAtTheEnd) {
  for (const auto& [flush, expected] : {std::pair(Flush::EachLine, 4), std::pair(Flush::AtEnd, 1)}) {
    std::istringstream in(kStreet + "\n" + kStreet + "\nnonsense\n");
    CountingOutput buffer;
    std::ostream out(&buffer);
    Filter filter(Memory::Carried);
    answer_lines(in, out, filter, flush);
    EXPECT_EQ(buffer.flushes, expected);
  }
}

class FullDisk : public std::streambuf {};

TEST(Lines, ThatCannotBeWrittenEndTheRun) {
  std::istringstream in(kStreet + "\n" + kStreet + "\n");
  FullDisk disk;
  std::ostream out(&disk);
  Filter filter(Memory::Carried);
  EXPECT_EQ(answer_lines(in, out, filter, Flush::AtEnd), Outcome::OutputBroken);
}

}  // namespace
}  // namespace balans::filter::test
