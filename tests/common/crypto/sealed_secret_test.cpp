#include "common/crypto/sealed_secret.hpp"

#include <gtest/gtest.h>
#include <sodium.h>

namespace balans {
namespace {

constexpr SealCost kCheap{1, 8192};
constexpr std::string_view kSecret = "sixteen bytes it";
constexpr std::string_view kPassword = "correct horse battery";
constexpr std::string_view kContext = "wallet 1";

SealSalt some_salt() {
  SealSalt salt;
  salt.salt.fill(1);
  salt.nonce.fill(2);
  return salt;
}

SealedSecret some_seal() { return *seal(kSecret, kPassword, kContext, kCheap, some_salt()); }

std::string opened(const SealedSecret& sealed, std::string_view password = kPassword,
                   std::string_view context = kContext) {
  const auto secret = open_sealed(sealed, password, context);
  return secret ? secret->str() : "refused: " + secret.error().what;
}

TEST(SealedSecret, IsOpenedByItsPasswordAlone) {
  EXPECT_EQ(opened(some_seal()), kSecret);
  const std::string refused = "refused: the password is wrong, or what was kept is damaged";
  EXPECT_EQ(opened(some_seal(), "correct horse batterz"), refused);
  EXPECT_EQ(opened(some_seal(), ""), refused);
  EXPECT_EQ(opened(some_seal(), kPassword, "wallet 2"), refused);
}

/// The same made of libsodium's own primitives, step by step.
TEST(SealedSecret, IsArgon2idAndXChaCha20Poly1305) {
  const SealedSecret sealed = some_seal();
  std::array<unsigned char, 32> key{};
  ASSERT_EQ(crypto_pwhash(key.data(), key.size(), kPassword.data(), kPassword.size(), sealed.salt.salt.data(), 1, 8192,
                          crypto_pwhash_ALG_ARGON2ID13),
            0);
  std::array<unsigned char, 16> secret{};
  unsigned long long size = 0;
  ASSERT_EQ(crypto_aead_xchacha20poly1305_ietf_decrypt(
                secret.data(), &size, nullptr, reinterpret_cast<const unsigned char*>(sealed.sealed.data()),
                sealed.sealed.size(), reinterpret_cast<const unsigned char*>(kContext.data()), kContext.size(),
                sealed.salt.nonce.data(), key.data()),
            0);
  EXPECT_EQ(std::string(secret.begin(), secret.end()), kSecret);
}

/// argon2id of libsodium's own vectors would not show the sealing; this one stays the same whatever we change.
TEST(SealedSecret, IsWhatItAlwaysWas) {
  EXPECT_EQ(to_text(some_seal()),
            "argon2id-xchacha20poly1305:1:8192:01010101010101010101010101010101:"
            "020202020202020202020202020202020202020202020202:"
            "c1a8b6708ae0c68c709adead5bca1b2ee67588caf8e647abd97b3351841d4343");
}

TEST(SealedSecret, WithOneBitChangedIsRefused) {
  const SealedSecret sealed = some_seal();
  for (std::size_t bit = 0; bit < 8 * sealed.sealed.size(); ++bit) {
    SealedSecret changed = sealed;
    changed.sealed[bit / 8] = static_cast<char>(changed.sealed[bit / 8] ^ (1 << bit % 8));
    EXPECT_NE(opened(changed), kSecret) << bit;
  }
  SealedSecret salted = sealed, nonced = sealed, dearer = sealed;
  salted.salt.salt[0] ^= 1;
  nonced.salt.nonce[23] ^= 1;
  dearer.cost.passes = 2;
  for (const SealedSecret& changed : {salted, nonced, dearer}) EXPECT_NE(opened(changed), kSecret);
}

/// Whoever can write into the database must not be able to take all memory or time.
TEST(SealedSecret, NeverCostsMoreThanItMay) {
  for (const SealCost& cost :
       {SealCost{17, 8192}, SealCost{1, 64 * 1024 * 1024 + 1}, SealCost{0, 8192}, SealCost{1, 1}}) {
    EXPECT_FALSE(seal(kSecret, kPassword, kContext, cost, some_salt()));
    SealedSecret sealed = some_seal();
    sealed.cost = cost;
    EXPECT_NE(opened(sealed), kSecret);
  }
  EXPECT_FALSE(seal(std::string(257, 'x'), kPassword, kContext, kCheap, some_salt()));
}

TEST(SealedSecret, HasOneText) {
  const std::string text = to_text(some_seal());
  EXPECT_EQ(*parse_sealed(text), some_seal());
  for (std::size_t i = 0; i < text.size(); ++i) {
    EXPECT_FALSE(parse_sealed(text.substr(0, i)) && *parse_sealed(text.substr(0, i)) == some_seal()) << i;
    std::string changed = text;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(parse_sealed(changed)) << changed;
  }
  EXPECT_FALSE(parse_sealed(text + ":"));
  EXPECT_FALSE(parse_sealed("argon2id-xchacha20poly1305:01:8192" + text.substr(text.find(":0101"))));
}

}  // namespace
}  // namespace balans
