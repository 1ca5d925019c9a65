#include "common/messages/signed.hpp"

#include "common/defaults.hpp"
#include "common/messages/batch.hpp"
#include "common/messages/canonical.hpp"
#include "common/messages/json.hpp"

namespace balans {
namespace {

constexpr auto kMax = static_cast<std::size_t>(defaults::kMaxMessageBytes);

}  // namespace

std::string signed_text(std::string_view type, const DeploymentId& deployment, std::string_view topic,
                        std::string_view body) {
  std::string text = "balans/1/";
  text += type;
  text += '\n';
  text.append(reinterpret_cast<const char*>(deployment.bytes.data()), deployment.bytes.size());
  text += topic;
  text += body;
  return text;
}

std::string seal(const Signer& signer, const DeploymentId& deployment, std::string_view topic, std::string_view type,
                 std::string_view body) {
  const Signature signature = signer.sign(signed_text(type, deployment, topic, body));
  return text_of({std::string(type), std::string(body), signer.public_key(), signature});
}

std::string text_of(const SignedMessage& message) {
  return json::Writer()
      .begin_object()
      .key("type")
      .string(message.type)
      .key("body")
      .string(message.body)
      .key("key")
      .string(to_hex(message.key.bytes))
      .key("sig")
      .string(to_hex(message.signature.bytes))
      .end_object()
      .take();
}

std::optional<SignedMessage> parse_as_sealed(std::string_view text) {
  if (text.size() > kMax) return std::nullopt;
  canonical::Scanner s(text);
  SignedMessage message;
  s.expect(R"({"type":")");
  message.type = s.plain(40);
  s.expect(R"(,"body":")");
  message.body = s.string(kMax);
  s.expect(R"(,"key":")");
  const std::string_view key = s.plain(64);
  s.expect(R"(,"sig":")");
  const std::string_view sig = s.plain(128);
  s.expect("}");
  if (!s.read_all()) return std::nullopt;
  const Result<Bytes32> key_bytes = bytes32_from_hex(key);
  const Result<Bytes64> sig_bytes = bytes64_from_hex(sig);
  if (!key_bytes || !sig_bytes) return std::nullopt;
  message.key.bytes = *key_bytes;
  message.signature.bytes = *sig_bytes;
  return message;
}

Result<SignedMessage> parse_signed(std::string_view text) {
  if (auto sealed = parse_as_sealed(text)) return *std::move(sealed);
  const Result<boost::json::value> value = json::parse_strict(text, kMax);
  if (!value) return value.error().within("message");
  std::optional<Error> error;
  json::ObjectReader reader(*value, "message", error);
  SignedMessage message;
  message.type = reader.string("type", 40);
  message.body = reader.string("body", kMax);
  const Result<Bytes32> key = bytes32_from_hex(reader.string("key", 64));
  if (!key) reader.fail("key", key.error().what);
  const Result<Bytes64> signature = bytes64_from_hex(reader.string("sig", 128));
  if (!signature) reader.fail("sig", signature.error().what);
  reader.finish();
  if (error) return *error;
  message.key.bytes = *key;
  message.signature.bytes = *signature;
  return message;
}

Result<void> check_signed(const SignedMessage& message, std::string_view type, const PublicKey& pinned,
                          const DeploymentId& deployment, std::string_view topic) {
  if (message.type != type)
    return Error{"message.type", "'" + message.type + "', expected '" + std::string(type) + "'"};
  if (message.key != pinned)
    return Error{"message.key", to_hex(message.key.bytes) + " is not the pinned key " + to_hex(pinned.bytes)};
  if (!verify(pinned, signed_text(type, deployment, topic, message.body), message.signature))
    return Error{"message.sig", "signature does not fit key, deployment, topic and body"};
  return {};
}

Result<std::string> open(std::string_view text, std::string_view type, const PublicKey& pinned,
                         const DeploymentId& deployment, std::string_view topic) {
  Result<SignedMessage> message = parse_signed(text);
  if (!message) return message.error();
  if (const auto genuine = check_signed(*message, type, pinned, deployment, topic); !genuine) return genuine.error();
  return std::move(message->body);
}

}  // namespace balans
