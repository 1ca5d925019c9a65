// The cores cannot ask the time, read a file or open a socket: their archives do not mention the functions for it.
#include "tests/house/symbols.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <sstream>

#include "tests/house/source_tree.hpp"

namespace balans::house {
namespace {

using ::testing::Contains;
using ::testing::EndsWith;
using ::testing::IsEmpty;

std::vector<std::string> split(const std::string& list) {
  std::vector<std::string> items;
  std::istringstream in(list);
  for (std::string item; std::getline(in, item, '|');) {
    items.push_back(item);
  }
  return items;
}

TEST(Cores, EveryPartHasOneAsAStaticLibrary) {
  EXPECT_THAT(split(BALANS_MISSING_CORES), IsEmpty())
      << "these targets are named in tests/house/CMakeLists.txt but are no static libraries:\n"
      << listed(split(BALANS_MISSING_CORES));
}

TEST(Cores, AskNothingOfTheOutside) {
  for (const std::string& archive : split(BALANS_PURE_ARCHIVES)) {
    ASSERT_TRUE(std::filesystem::exists(archive)) << archive;
    const std::vector<std::string> found = refused_symbols(archive);
    EXPECT_THAT(found, IsEmpty()) << archive << " reaches outside:\n" << listed(found);
  }
}

TEST(Cores, APlantedReachOutsideIsFound) {
  const std::vector<std::string> found = refused_symbols(BALANS_PLANTED_ARCHIVE);
  for (const char* expected :
       {" is a clock", " is a socket", " is a file", " is a thread or process", " is the environment", " is randomness",
        "clock_gettime is a clock", "time is a clock", "std::chrono::_V2::steady_clock::now() is a clock",
        "std::chrono::_V2::system_clock::now() is a clock", "socket is a socket", "fopen is a file",
        "getenv is the environment", "gettimeofday is a clock"}) {
    EXPECT_THAT(found, Contains(EndsWith(expected))) << listed(found);
  }
  const auto mentions = [&](const char* word) { return Contains(::testing::HasSubstr(word)); };
  EXPECT_THAT(found, mentions("std::basic_ofstream"));
  EXPECT_THAT(found, mentions("std::thread"));
  EXPECT_THAT(found, mentions("std::random_device"));
}

TEST(Cores, OtherNamesOfTheSameFunctionsAreRefusedToo) {
  for (const char* symbol : {"open64", "__open_2", "__read_chk", "fopen64", "__clock_gettime64", "randombytes_buf"}) {
    EXPECT_FALSE(refusal(symbol).empty()) << symbol;
  }
}

TEST(Cores, ArithmeticAndMemoryAreFree) {
  for (const char* symbol : {"memcpy", "abort", "__stack_chk_fail", "std::__throw_length_error(char const*)",
                             "operator new(unsigned long)", "std::chrono::duration", "crypto_sign_detached", "exp"}) {
    EXPECT_THAT(refusal(symbol), IsEmpty()) << symbol;
  }
}

}  // namespace
}  // namespace balans::house
