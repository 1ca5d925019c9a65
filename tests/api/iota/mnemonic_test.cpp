// The vectors that BIP-39 and SLIP-10 publish.
#include "api/ledger/iota/mnemonic.hpp"

#include <gtest/gtest.h>

#include "api/ledger/iota/bech32.hpp"
#include "api/ledger/iota/derivation.hpp"
#include "api/ledger/iota/keys.hpp"
#include "common/crypto/crypto.hpp"
#include "common/crypto/sha256.hpp"
#include "tests/api/iota/vectors.hpp"

namespace balans::iota {
namespace {

using test::bytes_of_hex;

const std::string kAbandon =
    "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about";

TEST(WordList, IsTheOneThatIsPublished) {
  std::ifstream in("api/ledger/iota/bip39_english.txt");
  std::ostringstream text;
  text << in.rdbuf();
  Sha256 hash;
  hash.add(text.str());
  EXPECT_EQ(to_hex(hash.finish().bytes), "2f5eed53a4727b4bf8880d8f3f199efc90e58503646d9ff8eff3a2ed3b24dbda");
}

TEST(Mnemonics, AgreeWithPublishedVectors) {
  EXPECT_EQ(*mnemonic_of(std::string(16, '\0')), kAbandon);
  EXPECT_EQ(
      to_hex(seed_of(kAbandon, "TREZOR")->bytes),
      "c55257c360c07c72029aebc1b53c05ed0362ada38ead3e3e9efa3708e53495531f09a6987599d18264c1e1c92f2cf141630c7a3c4ab7c8"
      "1b2f001698e7463b04");
  EXPECT_EQ(*mnemonic_of(std::string(16, '\x7f')),
            "legal winner thank year wave sausage worth useful legal winner thank yellow");
  EXPECT_EQ(*mnemonic_of(std::string(32, '\xff')),
            "zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo vote");
  EXPECT_EQ(*mnemonic_of(bytes_of_hex("9e885d952ad362caeb4efe34a8e91bd2")),
            "ozone drill grab fiber curtain grace pudding thank cruise elder eight picnic");
}

TEST(Mnemonics, GiveTheirEntropyBack) {
  for (std::size_t size = 16; size <= 32; size += 4) {
    std::string entropy;
    for (std::size_t i = 0; i < size; ++i) entropy.push_back(static_cast<char>(91 * i * i + size));
    const auto words = mnemonic_of(entropy);
    ASSERT_TRUE(words);
    EXPECT_EQ(*entropy_of(*words), entropy);
  }
  for (std::size_t size : {0, 15, 17, 33, 64}) EXPECT_FALSE(mnemonic_of(std::string(size, 'x'))) << size;
}

TEST(Mnemonics, NoticeAWrongWordAndAWrongOrder) {
  const std::string good = "ozone drill grab fiber curtain grace pudding thank cruise elder eight picnic";
  ASSERT_TRUE(entropy_of(good));
  for (const char* bad : {"drill ozone grab fiber curtain grace pudding thank cruise elder eight picnic",
                          "ozone drill grab fiber curtain grace pudding thank cruise elder eight abandon",
                          "ozone drill grab fiber curtain grace pudding thank cruise elder eight",
                          "ozone  drill grab fiber curtain grace pudding thank cruise elder eight picnic",
                          " ozone drill grab fiber curtain grace pudding thank cruise elder eight picnic",
                          "Ozone drill grab fiber curtain grace pudding thank cruise elder eight picnic", "", "zoo"})
    EXPECT_FALSE(seed_of(bad)) << bad;
}

TEST(Mnemonics, StayOutOfErrors) {
  const auto wrong = entropy_of("ozone drill grab secretword curtain grace pudding thank cruise elder eight picnic");
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().message(), "mnemonic: word 4 is not of the list");
}

TEST(Mnemonics, TakeNoPassphraseThatWouldHaveToBeNormalised) {
  EXPECT_FALSE(seed_of(kAbandon, "caf\xc3\xa9"));
  EXPECT_NE(seed_of(kAbandon, "a")->bytes, seed_of(kAbandon)->bytes);
}

TEST(Derivation, AgreesWithPublishedVectors) {
  const std::string seed = bytes_of_hex("000102030405060708090a0b0c0d0e0f");
  const std::vector<std::uint32_t> path{0, 1, 2, 2, 1'000'000'000};
  EXPECT_EQ(to_hex(derive_ed25519(seed, {}).bytes), "2b4be7f19ee27bbf30c667b642d5f4aa69fd169872f8fc3059c08ebae2eb19e7");
  EXPECT_EQ(to_hex(derive_ed25519(seed, std::span(path).first(1)).bytes),
            "68e0fe46dfb67e368c75379acec591dad19df3cde26e63b93a8e704f1dade7a3");
  EXPECT_EQ(to_hex(derive_ed25519(seed, path).bytes),
            "8f94d394a8e8fd6b1bc2f3f49f5c47e385281d5c17e65324b0f62483e37e8793");
}

TEST(Derivation, TakesOnlyHardenedPathsOfIota) {
  EXPECT_EQ(*parse_derivation_path("m/44'/4218'/0'/0'/2147483647'"), (DerivationPath{44, 4218, 0, 0, 2147483647}));
  for (const char* path : {"m/44'/4218'/0'/0'/0", "m/44'/4218'/0'/0'", "m/44'/4218'/0'/0'/0'/0'", "m/44'/784'/0'/0'/0'",
                           "m/54'/4218'/0'/0'/0'", "44'/4218'/0'/0'/0'", "m/44'/4218'/0'/0'/2147483648'",
                           "m/44'/4218'/00'/0'/0'", "m/44'/4218'/-1'/0'/0'", "m/44'/4218'/ 0'/0'/0'", "m", ""})
    EXPECT_FALSE(parse_derivation_path(path)) << path;
}

TEST(PrivateKeys, AreRefusedWithAnotherFlagOrSize) {
  const Secret<32> key{*bytes32_from_hex(std::string(64, 'a'))};
  const std::string text = private_key_text(key);
  EXPECT_EQ(parse_private_key(text)->bytes, key.bytes);
  EXPECT_FALSE(parse_private_key(text.substr(0, text.size() - 1)));
  EXPECT_FALSE(signer_from_private_key("suiprivkey" + text.substr(11)));
  const std::string other_flag = to_bech32("iotaprivkey", "\x01" + std::string(32, 'a'));
  EXPECT_EQ(parse_private_key(other_flag).error().message(),
            "private key: not one of Ed25519, which is flag 0 and 32 bytes");
  EXPECT_FALSE(parse_private_key(to_bech32("iotaprivkey", std::string(32, '\0'))));
}

TEST(PrivateKeys, StayOutOfErrors) {
  const auto wrong = parse_private_key("iotaprivkey1secretsecretsecret");
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().message().find("secret"), std::string::npos);
}

}  // namespace
}  // namespace balans::iota
