// Against the test vectors of draft-irtf-cfrg-cpace-21, appendices A.1, A.3.5 and B.3 (CPACE-RISTR255-SHA512).
#include "common/crypto/cpace.hpp"

#include <gtest/gtest.h>

namespace balans::cpace {
namespace {

std::string from_hex(std::string_view hex) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    bytes.push_back(static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16)));
  return bytes;
}

std::string hex_of(std::string_view bytes) {
  std::string hex;
  for (char c : bytes) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    hex.push_back(kDigits[static_cast<unsigned char>(c) >> 4]);
    hex.push_back(kDigits[static_cast<unsigned char>(c) & 15]);
  }
  return hex;
}

std::string counting_to(int size) {
  std::string bytes;
  for (int i = 0; i < size; ++i) bytes.push_back(static_cast<char>(i));
  return bytes;
}

Bytes32 bytes32(std::string_view hex) { return *bytes32_from_hex(hex); }

// Appendix B.3.
const std::string kChannel = from_hex("0b415f696e69746961746f720b425f726573706f6e646572");
const std::string kSessionId = from_hex("7e4b4791d6a8ef019b936c79fb7f2c57");
const Context kContext{"Password", kChannel, kSessionId};
const Bytes32 kScalarA = bytes32("da3d23700a9e5699258aef94dc060dfda5ebb61f02a5ea77fad53f4ff0976d08");
const Bytes32 kScalarB = bytes32("d2316b454718c35362d83d69df6320f38578ed5984651435e2949762d900b80d");
const Bytes32 kShareA = bytes32("d6bac480f2c386c394efc7c47adb9925dcd2630b64f240c50f8d0eec482b9157");
const Bytes32 kShareB = bytes32("3ea7e0b19560d7c0b0f5734f63b955286dfa8232b5ebe63324e2d9e7433f7258");
const Bytes32 kShared = bytes32("80b69a8a76457ab6a4d7f887a4bf6b55a2f80ac19c333f917a05fc9887c8b40f");
constexpr const char* kTranscript =
    "20d6bac480f2c386c394efc7c47adb9925dcd2630b64f240c50f8d0eec482b915703414461203ea7e0b19560d7c0b0f5734f63b955286dfa"
    "8232b5ebe63324e2d9e7433f725803414462";
constexpr const char* kKey =
    "b69effbf61b51d56401c0f65601abe428de8206feaaf0e32198896dcae7b35cd2b38950a39dfd5d4a79164614c2984f7daa460b588c1e80c"
    "3fa2068af7900447";

TEST(CPaceVectors, PrependLen) {
  EXPECT_EQ(hex_of(prepend_len("")), "00");
  EXPECT_EQ(hex_of(prepend_len("1234")), "0431323334");
  EXPECT_EQ(prepend_len(counting_to(127)), "\x7f" + counting_to(127));
  EXPECT_EQ(prepend_len(counting_to(128)), "\x80\x01" + counting_to(128));
}

TEST(CPaceVectors, LvCat) { EXPECT_EQ(hex_of(lv_cat({"1234", "5", "", "678"})), "043132333401350003363738"); }

TEST(CPaceVectors, GeneratorString) {
  EXPECT_EQ(hex_of(generator_string(kContext)),
            "11435061636552697374726574746f3235350850617373776f726464" + std::string(200, '0') +
                "180b415f696e69746961746f720b425f726573706f6e646572107e4b4791d6a8ef019b936c79fb7f2c57");
}

TEST(CPaceVectors, Generator) {
  EXPECT_EQ(to_hex(calculate_generator(kContext)), "222b6b195fe84b1652badb6f6a3ae3d24341e7306967f0b8115b40d5698c7e56");
}

TEST(CPaceVectors, Shares) {
  EXPECT_EQ(Exchange(Role::Initiator, kContext, kScalarA, "ADa").own(), (Message{kShareA, "ADa"}));
  EXPECT_EQ(Exchange(Role::Responder, kContext, kScalarB, "ADb").own(), (Message{kShareB, "ADb"}));
}

TEST(CPaceVectors, SharedPoint) {
  EXPECT_EQ(scalar_mult_vfy(kScalarA, kShareB), kShared);
  EXPECT_EQ(scalar_mult_vfy(kScalarB, kShareA), kShared);
}

TEST(CPaceVectors, Transcript) { EXPECT_EQ(hex_of(transcript_ir({kShareA, "ADa"}, {kShareB, "ADb"})), kTranscript); }

TEST(CPaceVectors, IntermediateSessionKey) {
  EXPECT_EQ(to_hex(intermediate_session_key(kSessionId, kShared, from_hex(kTranscript)).bytes), kKey);
}

// The draft's second key: the same function over the ordered transcript, which Balans itself has no use for.
TEST(CPaceVectors, IntermediateSessionKeyOfTheParallelRun) {
  EXPECT_EQ(
      to_hex(intermediate_session_key(kSessionId, kShared, "oc" + from_hex(kTranscript)).bytes),
      "544199d71f62f8d9a1fee55727e24fe4a45844593c2b6013c4fa3969d0e5debb2244675c0b43397cbb68d342b01fc0f98fc961469a25"
      "134de9f0f813c1a57476");
}

TEST(CPaceVectors, BothSidesReachTheKey) {
  const Exchange a(Role::Initiator, kContext, kScalarA, "ADa");
  const Exchange b(Role::Responder, kContext, kScalarB, "ADb");
  EXPECT_EQ(to_hex(a.finish(b.own())->key()), kKey);
  EXPECT_EQ(to_hex(b.finish(a.own())->key()), kKey);
}

// B.3.10 and B.3.11
const Bytes32 kScalar = bytes32("7cd0e075fa7955ba52c02759a6c90dbbfc10e6d40aea8d283e407d88cf538a05");

TEST(CPaceVectors, ValidPoint) {
  EXPECT_EQ(
      to_hex(*scalar_mult_vfy(kScalar, bytes32("2c3c6b8c4f3800e7aef6864025b4ed79bd599117e427c41bd47d93d654b4a51c"))),
      "7c13645fe790a468f62c39beb7388e541d8405d1ade69d1778c5fe3e7f6b600e");
}

class CPaceInvalidPoint : public testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Vectors, CPaceInvalidPoint,
                         testing::Values("2b3c6b8c4f3800e7aef6864025b4ed79bd599117e427c41bd47d93d654b4a51c",
                                         std::string(64, '0'), std::string(64, 'f')));

TEST_P(CPaceInvalidPoint, HasNoProduct) { EXPECT_EQ(scalar_mult_vfy(kScalar, bytes32(GetParam())), std::nullopt); }

TEST_P(CPaceInvalidPoint, EndsTheRunOnEitherSide) {
  for (const Role role : {Role::Initiator, Role::Responder})
    EXPECT_FALSE(Exchange(role, kContext, kScalarA, "AD").finish({bytes32(GetParam()), "AD"}));
}

// The tags and the derived key: recomputed with hashlib and hmac of Python from the vector's ISK.
TEST(CPace, ConfirmsTheKeyAsTheDraftSays) {
  const auto a = Exchange(Role::Initiator, kContext, kScalarA, "ADa").finish({kShareB, "ADb"});
  EXPECT_EQ(
      to_hex(a->own_tag()),
      "30478d28d83ae3b214295e91f4a3eb62999a8ed94575075db4a7d3bc3e4d26f16c51adba12dc7771372637a46b5134e0937cddd7d820"
      "bfdd83be335e339eb57a");
  EXPECT_TRUE(
      a->accepts(*bytes64_from_hex("e927a7da291676f8878caae9cb70407d2f14117e6f9ff9adcfda797c4bcf2bd2fefd2ca3f2d"
                                   "dcce81b7386996c895b2f359010cc92069d5ff4ad49a977de79a6")));
  EXPECT_EQ(to_hex(a->derive("test").bytes), "fa02d280cba01ad8dffcc2534031022737dcdeae21d9c17bf26fd223b11ea95c");
}

struct BothSides {
  Context initiator = kContext, responder = kContext;
  std::string heard_a = "ADa", heard_b = "ADb";  ///< what the other side hears as ADa and ADb

  [[nodiscard]] bool confirmed() const {
    const Exchange a(Role::Initiator, initiator, kScalarA, "ADa");
    const Exchange b(Role::Responder, responder, kScalarB, "ADb");
    const auto at_a = a.finish({b.own().share, heard_b});
    const auto at_b = b.finish({a.own().share, heard_a});
    return at_a->accepts(at_b->own_tag()) || at_b->accepts(at_a->own_tag());
  }
};

TEST(CPace, IsConfirmedOnBothSidesWithTheSamePassword) { EXPECT_TRUE(BothSides{}.confirmed()); }

TEST(CPace, IsConfirmedOnNoSideWhereAnythingDiffers) {
  EXPECT_FALSE((BothSides{{"Passwore", kChannel, kSessionId}}.confirmed()));
  EXPECT_FALSE((BothSides{{"Password", "else", kSessionId}}.confirmed()));
  EXPECT_FALSE((BothSides{{"Password", kChannel, "else"}}.confirmed()));
  EXPECT_FALSE((BothSides{kContext, kContext, "ADx"}.confirmed()));
  EXPECT_FALSE((BothSides{kContext, kContext, "ADa", "ADx"}.confirmed()));
}

TEST(CPace, RefusesItsOwnShareSentBack) {
  const Exchange a(Role::Initiator, kContext, kScalarA, "ADa");
  EXPECT_FALSE(a.finish({a.own().share, "ADb"}));
}

TEST(CPace, DerivesAnotherKeyForEachPurpose) {
  const auto a = Exchange(Role::Initiator, kContext, kScalarA, "ADa").finish({kShareB, "ADb"});
  EXPECT_NE(a->derive("there").bytes, a->derive("back").bytes);
}

TEST(CPace, TakesAScalarOf252Bits) {
  Bytes32 ones;
  ones.fill(0xff);
  EXPECT_EQ(to_hex(sample_scalar(ones)), std::string(62, 'f') + "0f");
}

}  // namespace
}  // namespace balans::cpace
