// RFC 4231, and for PBKDF2 the seeds that BIP-39 publishes (tests/api/iota/mnemonic_test.cpp).
#include "common/crypto/hmac_sha512.hpp"

#include <gtest/gtest.h>

#include "common/crypto/crypto.hpp"

namespace balans {
namespace {

TEST(HmacSha512, AgreesWithItsVectors) {
  EXPECT_EQ(
      to_hex(hmac_sha512(std::string(20, '\x0b'), "Hi There").bytes),
      "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cdedaa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1"
      "702e696c203a126854");
  EXPECT_EQ(
      to_hex(hmac_sha512("Jefe", "what do ya want for nothing?").bytes),
      "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b"
      "4b636e070a38bce737");
}

TEST(HmacSha512, HashesAKeyThatIsLongerThanABlock) {
  EXPECT_EQ(
      to_hex(hmac_sha512(std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First").bytes),
      "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f3526b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0a"
      "ec8b915a985d786598");
}

TEST(Pbkdf2, OfOneRoundIsTheHashOfSaltAndBlockNumber) {
  EXPECT_EQ(to_hex(pbkdf2_hmac_sha512("password", "salt", 1).bytes),
            to_hex(hmac_sha512("password", std::string("salt\0\0\0\1", 8)).bytes));
}

TEST(Pbkdf2, AgreesWithKnownResults) {
  EXPECT_EQ(
      to_hex(pbkdf2_hmac_sha512("password", "salt", 1).bytes),
      "867f70cf1ade02cff3752599a3a53dc4af34c7a669815ae5d513554e1c8cf252c02d470a285a0501bad999bfe943c08f050235d7d68b1d"
      "a55e63f73b60a57fce");
  EXPECT_EQ(
      to_hex(pbkdf2_hmac_sha512("password", "salt", 2).bytes),
      "e1d9c16aa681708a45f5c7c4e215ceb66e011a2e9f0040713f18aefdb866d53cf76cab2868a39b9f7840edce4fef5a82be67335c77a606"
      "8e04112754f27ccf4e");
}

}  // namespace
}  // namespace balans
