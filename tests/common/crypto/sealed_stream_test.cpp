#include "common/crypto/sealed_stream.hpp"

#include <gtest/gtest.h>

namespace balans {
namespace {

Secret<32> key_of(std::uint8_t byte) {
  Secret<32> key;
  key.bytes.fill(byte);
  return key;
}

constexpr StreamHeader kHeader = {1, 2, 3};

class Stream : public testing::Test {
 protected:
  SealedStream sealer_{key_of(1), kHeader};
  SealedStream opener_{key_of(1), kHeader};
};

TEST_F(Stream, OpensWhatWasSealedInItsOrder) {
  for (const char* message : {"one", "", "three"}) EXPECT_EQ(*opener_.open(sealer_.seal(message)), message);
}

TEST_F(Stream, RefusesARepeatedMessage) {
  const std::string first = sealer_.seal("one");
  EXPECT_TRUE(opener_.open(first));
  EXPECT_FALSE(opener_.open(first));
}

TEST_F(Stream, RefusesAMessageAfterOneThatWasLeftOut) {
  (void)sealer_.seal("one");
  EXPECT_FALSE(opener_.open(sealer_.seal("two")));
}

TEST_F(Stream, RefusesEveryChangedByteAndEveryShortening) {
  const std::string sealed = sealer_.seal("one");
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    std::string changed = sealed;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_FALSE(opener_.open(changed)) << i;
    EXPECT_FALSE(opener_.open(sealed.substr(0, i))) << i;
  }
  EXPECT_TRUE(opener_.open(sealed));
}

TEST_F(Stream, RefusesAnotherKeyAndAnotherHeader) {
  const std::string sealed = sealer_.seal("one");
  EXPECT_FALSE(SealedStream(key_of(2), kHeader).open(sealed));
  EXPECT_FALSE(SealedStream(key_of(1), StreamHeader{9}).open(sealed));
}

TEST_F(Stream, HidesTheText) { EXPECT_EQ(sealer_.seal("one secret").find("secret"), std::string::npos); }

TEST(Secret, IsWipedWhereItWasMovedFrom) {
  Secret<32> from = key_of(7);
  const Secret<32> to = std::move(from);
  EXPECT_EQ(to.bytes[31], 7);
  EXPECT_EQ(from.bytes[31], 0);  // NOLINT(bugprone-use-after-move): that is the claim
}

}  // namespace
}  // namespace balans
