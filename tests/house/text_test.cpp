// What every file of the repository has in common.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>

#include "tests/house/source_tree.hpp"

namespace balans::house {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr std::size_t kMostLines = 400;

bool is_code(std::string_view path) {
  return path.ends_with(".cpp") || path.ends_with(".hpp") || path.ends_with(".sh") || path.ends_with(".cmake") ||
         path.ends_with("CMakeLists.txt") || path.ends_with(".js");
}

std::vector<std::string> too_long(const std::vector<SourceFile>& files) {
  std::vector<std::string> found;
  for (const SourceFile& file : files) {
    if (const std::size_t count = lines_of(file).size(); is_code(file.path) && count > kMostLines) {
      found.push_back(at_line(file, count, "a file has at most " + std::to_string(kMostLines) + " lines"));
    }
  }
  return found;
}

struct Banned {
  std::string hint;  ///< what every match contains: spares the regex most of the tree
  std::regex words;
  std::string law;
};

std::vector<Banned> banned() {
  const std::string own = "a path of somebody's own machine";
  const std::string unfinished = "unfinished work is finished or left out, not marked";
  return {
      {"/work", std::regex(R"((^|[^A-Za-z0-9_.-])/work(/|\b))"), own},
      {"/home/", std::regex(R"((^|[^A-Za-z0-9_.-])/home/[a-z])"), own},
      {"../shared/", std::regex(R"(\.\./shared/(?!(data|vectors)\b))"),
       "only ../shared/data and ../shared/vectors lie outside"},
      {"TODO", std::regex(R"(\bTODO\b)"), unfinished},
      {"FIXME", std::regex(R"(\bFIXME\b)"), unfinished},
      {"XXX", std::regex(R"(\bXXX\b)"), unfinished},
  };
}

bool names_the_words(std::string_view path) { return path == "tests/house/text_test.cpp"; }

std::vector<std::string> banned_words(const std::vector<SourceFile>& files) {
  const std::vector<Banned> rules = banned();
  std::vector<std::string> found;
  for (const SourceFile& file : files) {
    for (const Banned& rule : rules) {
      if (names_the_words(file.path) || file.text.find(rule.hint) == std::string::npos) {
        continue;
      }
      for (const Line& line : lines_of(file)) {
        std::cmatch match;
        if (std::regex_search(line.text.data(), line.text.data() + line.text.size(), match, rule.words)) {
          found.push_back(at_line(file, line.number, match[0].str() + ": " + rule.law));
        }
      }
    }
  }
  return found;
}

std::vector<std::string> vague_names(const std::vector<SourceFile>& files) {
  static const std::regex kVague("(^|[/_-])(utils?|managers?|helpers?)([/_.-]|$)");
  std::vector<std::string> found;
  for (const SourceFile& file : files) {
    if (std::regex_search(file.path, kVague)) {
      found.push_back(at_line(file, 1, "a name says what the thing is: not utils, manager or helper"));
    }
  }
  return found;
}

void expect_none(const std::vector<std::string>& findings) { EXPECT_THAT(findings, IsEmpty()) << listed(findings); }

TEST(House, FilesAreShort) { expect_none(too_long(read_tree(BALANS_SOURCE_DIR))); }

TEST(House, NothingIsLeftUnfinishedAndNoPathIsSomebodysOwn) { expect_none(banned_words(read_tree(BALANS_SOURCE_DIR))); }

TEST(House, NamesAreNotVague) { expect_none(vague_names(read_tree(BALANS_SOURCE_DIR))); }

TEST(House, PlantedFaultsAreFound) {
  EXPECT_THAT(too_long({{"a.cpp", std::string(kMostLines, '\n')}}), IsEmpty());
  EXPECT_THAT(too_long({{"a.cpp", std::string(kMostLines + 1, '\n')}}), SizeIs(1));
  EXPECT_THAT(banned_words({{"a.md", "fine\n// TODO later\n"}}), SizeIs(1));
  EXPECT_THAT(banned_words({{"a.sh", "cd /work/main\n"}}), SizeIs(1));
  EXPECT_THAT(banned_words({{"a.md", "see ../shared/NOTES.md, ../shared/data\n"}}), SizeIs(1));
  EXPECT_THAT(banned_words({{"a.md", "see ../shared/vectors_old/x\n"}}), SizeIs(1));
  EXPECT_THAT(banned_words({{"a.md", "network/work and frame/work/x, ../shared/data/x, ../shared/vectors/x\n"}}),
              IsEmpty());
  EXPECT_THAT(vague_names({{"trafo/lease_manager.cpp", ""}}), SizeIs(1));
}

}  // namespace
}  // namespace balans::house
