// RFC 4648, section 10.
#include "common/crypto/base64.hpp"

#include <gtest/gtest.h>

#include <array>
#include <utility>

namespace balans {
namespace {

constexpr std::array<std::pair<const char*, const char*>, 7> kPairs{{{"", ""},
                                                                     {"f", "Zg=="},
                                                                     {"fo", "Zm8="},
                                                                     {"foo", "Zm9v"},
                                                                     {"foob", "Zm9vYg=="},
                                                                     {"fooba", "Zm9vYmE="},
                                                                     {"foobar", "Zm9vYmFy"}}};

TEST(Base64, WritesAndReadsTheVectorsOfItsStandard) {
  for (const auto& [bytes, text] : kPairs) {
    EXPECT_EQ(to_base64(bytes), text);
    const auto read = from_base64(text, 100);
    ASSERT_TRUE(read) << text;
    EXPECT_EQ(*read, bytes);
  }
}

TEST(Base64, RefusesEveryOtherWayToWriteTheSameBytes) {
  for (const char* text : {"Zg", "Zg=", "Zh==", "Zm9=", "Z g=", "Zg==\n", "Zg== ", "=", "Zm9v=", "_-_-"})
    EXPECT_FALSE(from_base64(text, 100)) << text;
}

TEST(Base64, RefusesMoreThanIsAskedFor) {
  EXPECT_TRUE(from_base64("Zm9vYmFy", 6));
  EXPECT_FALSE(from_base64("Zm9vYmFy", 5));
  EXPECT_FALSE(from_base64(std::string(4000, 'A'), 5));
}

}  // namespace
}  // namespace balans
