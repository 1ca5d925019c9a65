#include "common/messages/signed.hpp"

#include <gtest/gtest.h>

#include "common/messages/topics.hpp"

namespace balans {
namespace {

Bytes32 filled(std::uint8_t byte) {
  Bytes32 bytes;
  bytes.fill(byte);
  return bytes;
}

const DeploymentId kDeployment{filled(7)};
constexpr const char* kTopic = "balans/elm-street/charger-1/limit";

TEST(Crypto, SignsAsRfc8032TestVector1) {
  const auto seed = bytes32_from_hex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
  const auto signer = make_ed25519_signer(*seed);
  EXPECT_EQ(to_hex(signer->public_key().bytes), "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
  EXPECT_EQ(
      to_hex(signer->sign("").bytes),
      "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24"
      "655141438e7a100b");
}

TEST(Crypto, HashesAsRfc7693) {
  EXPECT_EQ(to_hex(blake2b("abc").bytes), "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
}

TEST(Crypto, HexIsLowerCaseAndExact) {
  EXPECT_FALSE(bytes32_from_hex("AB"));
  EXPECT_FALSE(bytes32_from_hex(std::string(64, 'G')));
  EXPECT_EQ(to_hex(*bytes32_from_hex(std::string(64, 'a'))), std::string(64, 'a'));
}

class Signed : public testing::Test {
 protected:
  std::unique_ptr<Signer> signer = make_ed25519_signer(filled(1));
  std::unique_ptr<Signer> stranger = make_ed25519_signer(filled(2));
  std::string sealed = seal(*signer, kDeployment, kTopic, "limit", R"({"a":"ü\"\n"})");
};

TEST_F(Signed, OpensWithThePinnedKeyOnly) {
  const auto body = open(sealed, "limit", signer->public_key(), kDeployment, kTopic);
  ASSERT_TRUE(body) << body.error().message();
  EXPECT_EQ(*body, R"({"a":"ü\"\n"})");
  EXPECT_FALSE(open(sealed, "limit", stranger->public_key(), kDeployment, kTopic));
}

TEST_F(Signed, IsBoundToTypeTopicAndDeployment) {
  const PublicKey key = signer->public_key();
  EXPECT_FALSE(open(sealed, "offer", key, kDeployment, kTopic));
  EXPECT_FALSE(open(sealed, "limit", key, kDeployment, "balans/elm-street/charger-2/limit"));
  EXPECT_FALSE(open(sealed, "limit", key, DeploymentId{filled(8)}, kTopic));
}

TEST_F(Signed, NoSingleChangedByteIsAccepted) {
  const PublicKey key = signer->public_key();
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    std::string changed = sealed;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    const auto body = open(changed, "limit", key, kDeployment, kTopic);
    EXPECT_FALSE(body) << "byte " << i;
  }
}

TEST_F(Signed, AStrangersKeyInTheMessageIsNotTrusted) {
  const std::string forged = seal(*stranger, kDeployment, kTopic, "limit", "{}");
  const auto body = open(forged, "limit", signer->public_key(), kDeployment, kTopic);
  ASSERT_FALSE(body);
  EXPECT_EQ(body.error().where, "message.key");
}

TEST(Topics, AreSpeltAndReadInOnePlace) {
  const SiteId site = *SiteId::parse("elm-street");
  const AgentId agent = *AgentId::parse("charger-1");
  EXPECT_EQ(topics::limit(site, agent), kTopic);
  const auto parts = topics::parse(site, kTopic);
  ASSERT_TRUE(parts);
  EXPECT_EQ(parts->who, agent);
  EXPECT_EQ(parts->what, "limit");
  for (const char* other :
       {"balans/oak-street/charger-1/limit", "balans/elm-street/limit", "balans/elm-street/BAD/limit", "x"})
    EXPECT_FALSE(topics::parse(site, other)) << other;
}

}  // namespace
}  // namespace balans
