#include "common/messages/signed.hpp"

#include "common/defaults.hpp"
#include "common/messages/json.hpp"

namespace balans {

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
  return json::Writer()
      .begin_object()
      .key("type")
      .string(type)
      .key("body")
      .string(body)
      .key("key")
      .string(to_hex(signer.public_key().bytes))
      .key("sig")
      .string(to_hex(signature.bytes))
      .end_object()
      .take();
}

Result<SignedMessage> parse_signed(std::string_view text) {
  constexpr auto kMax = static_cast<std::size_t>(defaults::kMaxMessageBytes);
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
