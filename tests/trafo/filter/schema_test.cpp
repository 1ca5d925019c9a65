// The schemas in config/schema, the examples, the documentation and the code say the same.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>

#include "tests/trafo/filter/problems.hpp"
#include "tests/trafo/filter/schema.hpp"

namespace balans::filter::test {
namespace {

using ::testing::IsEmpty;
using ::testing::Not;

void keys_of(const boost::json::value& value, std::set<std::string>& keys) {
  if (value.is_array()) {
    for (const auto& element : value.as_array()) keys_of(element, keys);
  } else if (value.is_object()) {
    for (const auto& member : value.as_object()) {
      keys.emplace(member.key());
      keys_of(member.value(), keys);
    }
  }
}

/// All the names in quotes that `call` finds in a file.
std::set<std::string> names_in(const std::string& file, const std::regex& call) {
  std::set<std::string> names;
  for (const std::string& line : lines_of_file(file))
    for (std::sregex_iterator it(line.begin(), line.end(), call), end; it != end; ++it) names.insert((*it)[1]);
  return names;
}

TEST(Schema, OfTheProblemHoldsEveryExample) {
  const Schema schema = Schema::load("allocate-problem.schema.json");
  ASSERT_THAT(examples(), Not(IsEmpty()));
  for (const std::string& line : examples()) EXPECT_THAT(schema.findings(parsed(line)), IsEmpty()) << line;
}

TEST(Schema, OfTheAnswerHoldsWhatEveryExampleIsAnsweredWith) {
  const Schema schema = Schema::load("allocate-answer.schema.json");
  for (const Memory memory : {Memory::Carried, Memory::None}) {
    Filter filter(memory);
    for (const std::string& line : examples()) {
      const Answer answer = filter.answer(line);
      EXPECT_TRUE(answer.good) << answer.line;
      EXPECT_THAT(schema.findings(parsed(answer.line)), IsEmpty()) << answer.line;
    }
  }
  for (const char* bad : {"nonsense", "{}", R"({"id":"x"})"})
    EXPECT_THAT(schema.findings(parsed(Filter(Memory::None).answer(bad).line)), IsEmpty());
}

TEST(Schema, KnowsTheKeysThatAreReadAndNoOthers) {
  const std::regex call(R"re((?:r|root)(?:\.\w+\(|, )"([a-z_]+)")re");
  std::set<std::string> read;
  for (const char* file : {"trafo/filter/read_problem.cpp", "trafo/filter/read_device.cpp"})
    read.merge(names_in(file, call));
  std::set<std::string> outer =
      names_in("trafo/filter/read_problem.cpp", std::regex(R"re(read_objects\(\w+, "([a-z_]+)")re"));
  read.merge(outer);
  EXPECT_EQ(Schema::load("allocate-problem.schema.json").property_names(), read);
}

TEST(Schema, KnowsTheKeysThatAreWrittenAndNoOthers) {
  EXPECT_EQ(Schema::load("allocate-answer.schema.json").property_names(),
            names_in("trafo/filter/filter.cpp", std::regex(R"re(key\("([a-z_]+)"\))re")));
}

TEST(Schema, EveryKeyIsInAnExample) {
  std::set<std::string> keys;
  for (const std::string& line : examples()) keys_of(parsed(line), keys);
  EXPECT_EQ(Schema::load("allocate-problem.schema.json").property_names(), keys);
}

TEST(Schema, EveryKeyIsInTheDocumentation) {
  std::string page;
  for (const std::string& line : lines_of_file("docs/allocate-filter.md")) page += line + "\n";
  for (const char* file : {"allocate-problem.schema.json", "allocate-answer.schema.json"})
    for (const std::string& key : Schema::load(file).property_names())
      EXPECT_NE(page.find("`" + key + "`"), std::string::npos) << key << " is not in docs/allocate-filter.md";
}

TEST(Schema, RefusesWhatItDoesNotAllow) {
  const Schema schema = Schema::load("allocate-problem.schema.json");
  EXPECT_THAT(schema.findings(parsed(kStreet)), IsEmpty());
  for (const auto& [from, to] : std::vector<std::pair<std::string, std::string>>{{":6000", ":-5"},
                                                                                 {":6000", ":1.5"},
                                                                                 {"min_ma", "min_a"},
                                                                                 {R"(["L2"])", R"(["L2","L2"])"},
                                                                                 {R"(["L2"])", "[]"},
                                                                                 {"\"sub\"", "\"\""},
                                                                                 {"[16000,16000,16000]", "[1]"},
                                                                                 {"1000", "null"}})
    EXPECT_THAT(schema.findings(parsed(with(kStreet, from, to))), Not(IsEmpty())) << from << " to " << to;
}

}  // namespace
}  // namespace balans::filter::test
