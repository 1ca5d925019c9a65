// Everything that the official SDK made of the published seeds is made again here, to the byte; and every constant that
// the two have agreed on is changed once, to see that the vectors notice.
#include "tests/api/iota/vectors.hpp"

#include <gtest/gtest.h>

#include "api/ledger/iota/base58.hpp"
#include "api/ledger/iota/bcs.hpp"
#include "api/ledger/iota/derivation.hpp"
#include "api/ledger/iota/keys.hpp"
#include "api/ledger/iota/mnemonic.hpp"
#include "api/ledger/iota/signing.hpp"
#include "common/crypto/base64.hpp"

namespace balans::iota {
namespace {

using namespace test;

class IotaVectors : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!vectors()) GTEST_SKIP() << "no vectors at " << vectors_path() << " (BALANS_IOTA_VECTORS names another file)";
  }
  static const bj::array& list(const char* key) {
    const bj::array& all = vectors()->at(key).as_array();
    EXPECT_EQ(all.size(), vectors()->at("counts").at(key).to_number<std::size_t>()) << key;
    EXPECT_FALSE(all.empty()) << key;
    return all;
  }
  static std::string bytes_at(const bj::value& vector, const char* key) {
    return *from_base64(text_at(vector, key), kMostTransactionBytes);
  }
};

TEST_F(IotaVectors, Keys) {
  for (const bj::value& vector : list("keys")) {
    const auto key = *bytes32_from_hex(text_at(vector, "seed_hex"));
    const auto signer = make_ed25519_signer(key);
    EXPECT_EQ(to_hex(signer->public_key().bytes), text_at(vector, "public_key_hex"));
    EXPECT_EQ(to_text(address_of(signer->public_key())), text_at(vector, "address"));
    const std::string text = text_at(vector, "bech32_private_key");
    EXPECT_EQ(private_key_text(Secret<32>(key)), text);
    const auto read = parse_private_key(text);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->bytes, key);
    const std::string flagged = *from_base64(text_at(vector, "public_key_flagged_b64"), 33);
    EXPECT_EQ(flagged.substr(1), bytes_of_hex(text_at(vector, "public_key_hex")));
  }
}

TEST_F(IotaVectors, Mnemonics) {
  for (const bj::value& vector : list("mnemonics")) {
    const std::string words = text_at(vector, "mnemonic"), path = text_at(vector, "path");
    const auto entropy = entropy_of(words);
    ASSERT_TRUE(entropy) << entropy.error().message();
    EXPECT_EQ(*mnemonic_of(*entropy), words);
    EXPECT_EQ(to_hex(seed_of(words)->bytes), text_at(vector, "bip39_seed_hex"));
    const auto signer = signer_from_mnemonic(words, path);
    ASSERT_TRUE(signer) << signer.error().message();
    EXPECT_EQ(to_hex((*signer)->public_key().bytes), text_at(vector, "public_key_hex"));
    EXPECT_EQ(to_text(address_of((*signer)->public_key())), text_at(vector, "address"));
    const auto same = signer_from_private_key(text_at(vector, "bech32_private_key"));
    ASSERT_TRUE(same);
    EXPECT_EQ((*same)->public_key(), (*signer)->public_key());
  }
}

TEST_F(IotaVectors, Bcs) {
  for (const bj::value& vector : list("bcs")) {
    const std::string type = text_at(vector, "type"), value = text_at(vector, "value");
    const std::string bytes = bytes_of_hex(text_at(vector, "hex"));
    bcs::Encoder out;
    bcs::Decoder in(bytes);
    if (type == "uleb128") {
      out.uleb128(static_cast<std::uint32_t>(std::stoull(value)));
      EXPECT_EQ(std::to_string(in.uleb128()), value);
    } else if (type == "u64") {
      out.u64(std::stoull(value));
      EXPECT_EQ(std::to_string(in.u64()), value);
    } else {
      ASSERT_EQ(type, "string");
      out.bytes(value);
      EXPECT_EQ(in.string(1000), value);
    }
    EXPECT_EQ(out.take(), bytes) << type << " " << value;
    EXPECT_TRUE(in.finish()) << type << " " << value;
  }
}

TEST_F(IotaVectors, TransactionsAreBuiltToTheByte) {
  for (const bj::value& vector : list("transactions")) {
    SCOPED_TRACE(text_at(vector, "name"));
    const Transaction transaction = transaction_of(vector);
    const auto sound = check(transaction);
    EXPECT_TRUE(sound) << sound.error().message();
    const std::string bytes = encode(transaction);
    EXPECT_EQ(to_base64(bytes), text_at(vector, "tx_bytes_b64"));
    EXPECT_EQ(bytes.size(), vector.at("tx_len").to_number<std::size_t>());
    EXPECT_EQ(to_base64(encode(transaction.body)), text_at(vector, "kind_bytes_b64"));
    EXPECT_EQ(to_base58(digest_of(bytes)), text_at(vector, "digest"));
    EXPECT_EQ(to_hex(signing_hash(bytes).bytes), text_at(vector, "intent_message_hash_hex"));
  }
}

TEST_F(IotaVectors, TransactionsAreSignedToTheByte) {
  for (const bj::value& vector : list("transactions")) {
    SCOPED_TRACE(text_at(vector, "name"));
    const Transaction transaction = transaction_of(vector);
    const auto sender = signer_of(text_at(vector, "key"));
    const bool is_sponsored = vector.as_object().contains("sponsor_key");
    const auto sponsor = is_sponsored ? signer_of(text_at(vector, "sponsor_key")) : nullptr;
    const auto done = is_sponsored ? sign_sponsored(transaction, *sender, *sponsor) : sign(transaction, *sender);
    ASSERT_TRUE(done) << done.error().message();
    ASSERT_EQ(done->signatures.size(), is_sponsored ? 2U : 1U);
    EXPECT_EQ(done->signatures[0], text_at(vector, "signature_b64"));
    if (is_sponsored) {
      EXPECT_EQ(done->signatures[1], text_at(vector, "sponsor_signature_b64"));
    }
    EXPECT_EQ(*verify_transaction(done->bytes, done->signatures[0]), transaction.sender);
  }
}

TEST_F(IotaVectors, TransactionsAreReadBackAsTheyWereBuilt) {
  for (const bj::value& vector : list("transactions")) {
    SCOPED_TRACE(text_at(vector, "name"));
    const std::string bytes = bytes_at(vector, "tx_bytes_b64");
    const auto read = decode_transaction(bytes);
    ASSERT_TRUE(read) << read.error().message();
    EXPECT_EQ(*read, transaction_of(vector));
    EXPECT_EQ(encode(*read), bytes);
  }
}

TEST_F(IotaVectors, PersonalMessages) {
  for (const bj::value& vector : list("personal_messages")) {
    SCOPED_TRACE(text_at(vector, "name"));
    const std::string message = bytes_of_hex(text_at(vector, "message_hex"));
    const auto signer = signer_of(text_at(vector, "key"));
    EXPECT_EQ(sign_message(*signer, message), text_at(vector, "signature_b64"));
    const auto who = verify_message(message, text_at(vector, "signature_b64"));
    ASSERT_TRUE(who) << who.error().message();
    EXPECT_EQ(to_text(*who), text_at(vector, "signer"));
    EXPECT_FALSE(verify_message(message + "x", text_at(vector, "signature_b64")));
  }
}

TEST_F(IotaVectors, SignaturesToAcceptAndToRefuse) {
  int accepted = 0, refused = 0;
  for (const bj::value& vector : list("verify")) {
    const auto who = verify_transaction(bytes_at(vector, "tx_bytes_b64"), text_at(vector, "signature_b64"));
    EXPECT_EQ(who.ok(), vector.at("valid").as_bool()) << text_at(vector, "name");
    ++(who.ok() ? accepted : refused);
  }
  EXPECT_GT(accepted, 0);
  EXPECT_GT(refused, 0);
}

// ---- every constant changed once ----

struct Changed {
  const char* what;
  Scheme scheme;
};

TEST_F(IotaVectors, AnotherFlagOrIntentMakesOtherSignatures) {
  const std::vector<Changed> changes{{"flag", {1, {0, 0, 0}, {3, 0, 0}}},
                                     {"scope", {0, {1, 0, 0}, {2, 0, 0}}},
                                     {"version", {0, {0, 1, 0}, {3, 1, 0}}},
                                     {"application", {0, {0, 0, 1}, {3, 0, 1}}}};
  for (const auto& [what, scheme] : changes) {
    for (const bj::value& vector : list("transactions")) {
      const auto signer = signer_of(text_at(vector, "key"));
      const std::string bytes = bytes_at(vector, "tx_bytes_b64");
      EXPECT_NE(sign_bytes(*signer, bytes, scheme), text_at(vector, "signature_b64")) << what;
      EXPECT_FALSE(verify_transaction(bytes, text_at(vector, "signature_b64"), scheme)) << what;
    }
    for (const bj::value& vector : list("personal_messages")) {
      const std::string message = bytes_of_hex(text_at(vector, "message_hex"));
      EXPECT_FALSE(verify_message(message, text_at(vector, "signature_b64"), scheme)) << what;
    }
  }
}

TEST_F(IotaVectors, AnotherSaltMakesOtherDigests) {
  Scheme scheme;
  scheme.digest_salt = "TransactionData:";
  for (const bj::value& vector : list("transactions"))
    EXPECT_NE(to_base58(digest_of(bytes_at(vector, "tx_bytes_b64"), scheme)), text_at(vector, "digest"));
}

/// Length prefixes, numbers of alternatives, booleans, versions: whichever byte is another, it is another transaction
/// or none, and the signature is not over it.
TEST_F(IotaVectors, AnyOtherByteIsAnotherTransactionOrNone) {
  for (const bj::value& vector : list("transactions")) {
    const std::string bytes = bytes_at(vector, "tx_bytes_b64");
    if (bytes.size() > 400) continue;  // the short ones hold every kind of field
    const auto whole = decode_transaction(bytes);
    ASSERT_TRUE(whole);
    for (std::size_t at = 0; at < bytes.size(); ++at)
      for (const char flip : {'\x01', '\x80'}) {
        std::string changed = bytes;
        changed[at] = static_cast<char>(changed[at] ^ flip);
        const auto read = decode_transaction(changed);
        EXPECT_TRUE(!read || (*read != *whole && encode(*read) == changed)) << text_at(vector, "name") << " " << at;
        EXPECT_FALSE(verify_transaction(changed, text_at(vector, "signature_b64")));
      }
  }
}

TEST_F(IotaVectors, BytesLeftOutOrAddedAreRefused) {
  for (const bj::value& vector : list("transactions")) {
    const std::string bytes = bytes_at(vector, "tx_bytes_b64");
    if (bytes.size() > 1000) continue;
    for (std::size_t size = 0; size < bytes.size(); ++size) EXPECT_FALSE(decode_transaction(bytes.substr(0, size)));
    EXPECT_FALSE(decode_transaction(bytes + '\0'));
  }
}

}  // namespace
}  // namespace balans::iota
