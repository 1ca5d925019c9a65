// Lines that were damaged on their way.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "tests/trafo/filter/problems.hpp"
#include "tests/trafo/filter/schema.hpp"

namespace balans::filter::test {
namespace {

using ::testing::IsEmpty;

constexpr int kLines = 5000;

class Damage {
 public:
  explicit Damage(std::uint64_t seed) : random_(seed) {}

  std::size_t below(std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(random_); }

  /// A byte, a piece, or a whole token changes.
  std::string of(std::string line) {
    for (std::size_t times = 1 + below(2); times > 0 && !line.empty(); --times) {
      const std::size_t at = below(line.size());
      switch (below(8)) {
        case 0:
          line[at] = static_cast<char>(below(256));
          break;
        case 1:
          line.erase(at, 1 + below(20));
          break;
        case 2:
          line.insert(at, line.substr(below(line.size()), 1 + below(30)));
          break;
        default:
          replace_a_token(line, at);
      }
    }
    return line;
  }

 private:
  /// The next value after `at` becomes another one, mostly leaving JSON.
  void replace_a_token(std::string& line, std::size_t at) {
    static const std::vector<std::string> kTokens = {
        "0",    "-1",           "1",    "6000",  "16001", "10000000", "10000001", "9223372036854775807",
        "1.5",  "null",         "true", "[]",    "{}",    "\"L1\"",   "\"main\"", "\"sum\"",
        "\"\"", "100000000000", "[0]",  "false", "1e99",  "-0",       "[0,0,0]"};
    const std::size_t before = line.find_first_of(":[,", at);
    if (before == std::string::npos) return;
    const std::size_t begin = before + 1;
    const std::size_t end = line.find_first_of(",:{}[]", begin);
    if (end == std::string::npos || end <= begin) return;
    line.replace(begin, end - begin, kTokens[below(kTokens.size())]);
  }

  std::mt19937_64 random_;
};

bool is_below_zero_or_too_much(const Answer& answer) {
  const boost::json::value answered = parsed(answer.line);
  for (const auto& limit : answered.at("limits").as_array())
    for (const auto& current : limit.at("limit_ma").as_array())
      if (current.as_int64() < 0 || current.as_int64() > 10'000'000) return true;
  return false;
}

TEST(DamagedLines, AreAnsweredOrRefusedAndWhatIsTakenFitsTheSchema) {
  const Schema problem = Schema::load("allocate-problem.schema.json");
  const Schema reply = Schema::load("allocate-answer.schema.json");
  const std::vector<std::string> lines = examples();
  Filter filter(Memory::Carried);
  int taken = 0;
  for (int seed = 0; seed < kLines; ++seed) {
    if (seed % 20 == 0) filter = Filter(Memory::Carried);  // one line far in the future refuses all after it
    Damage damage(static_cast<std::uint64_t>(seed));
    const std::string line = damage.of(lines[damage.below(lines.size())]);
    const Answer answer = filter.answer(line);
    ASSERT_THAT(reply.findings(parsed(answer.line)), IsEmpty()) << "seed " << seed << ": " << answer.line;
    if (!answer.good) continue;
    ++taken;
    ASSERT_THAT(problem.findings(parsed(line)), IsEmpty()) << "seed " << seed << ": " << line;
    ASSERT_FALSE(is_below_zero_or_too_much(answer)) << "seed " << seed << ": " << line;
  }
  EXPECT_GT(taken, kLines / 20);
  EXPECT_LT(taken, kLines);
}

}  // namespace
}  // namespace balans::filter::test
