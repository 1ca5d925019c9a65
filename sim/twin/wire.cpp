#include "sim/twin/wire.hpp"

#include <array>
#include <cstring>
#include <string_view>

#include "common/check.hpp"
#include "common/messages/signed.hpp"
#include "common/messages/topics.hpp"

namespace balans::twin {
namespace {

constexpr std::array<std::string_view, 3> kTypes{"offer", "status", "limit"};

std::string_view type_of(Parcel::What what) { return kTypes[static_cast<std::size_t>(what)]; }

Bytes32 random_bytes(Random& random) {
  Bytes32 bytes;
  for (std::size_t i = 0; i < bytes.size(); i += 8) {
    const std::uint64_t word = random.next();
    for (std::size_t b = 0; b < 8; ++b) bytes[i + b] = static_cast<std::uint8_t>(word >> (8 * b));
  }
  return bytes;
}

Signature digest_of(const Bytes32& secret, std::string_view text) {
  std::string keyed(reinterpret_cast<const char*>(secret.data()), secret.size());
  keyed += text;
  Signature signature;
  const Digest digest = blake2b(keyed);
  std::memcpy(signature.bytes.data(), digest.bytes.data(), digest.bytes.size());
  return signature;
}

/// A keyed digest. Whoever verifies it knows the secret, which is as good as long as it is nobody who forges.
class StandIn : public Signer {
 public:
  explicit StandIn(const Bytes32& secret) : secret_(secret) {
    key_.bytes = blake2b(std::string_view(reinterpret_cast<const char*>(secret.data()), secret.size())).bytes;
  }
  [[nodiscard]] const PublicKey& public_key() const override { return key_; }
  [[nodiscard]] Signature sign(std::string_view text) const override { return digest_of(secret_, text); }

 private:
  Bytes32 secret_;
  PublicKey key_;
};

template <class Body>
Result<Message> decoded(std::size_t agent, std::string_view text) {
  Result<Body> body = decode<Body>(text);
  if (!body) return body.error();
  return Message{agent, std::move(*body)};
}

}  // namespace

Sealing::Sealing(Wire wire, const Street& street, std::uint64_t seed, Mistake mistake)
    : wire_(wire), site_(street.site.id), mistake_(mistake) {
  if (wire == Wire::Structs) return;
  Random random(seed ^ 0x5ea1);
  deployment_.bytes = random_bytes(random);
  for (const AgentSettings& agent : street.agents) ids_.push_back(agent.id);
  for (std::size_t i = 0; i < ids_.size() + 2; ++i) {
    const Bytes32 secret = random_bytes(random);
    if (wire == Wire::Signed) {
      signers_.push_back(make_ed25519_signer(secret));
    } else {
      signers_.push_back(std::make_unique<StandIn>(secret));
      secrets_[signers_.back()->public_key()] = secret;
    }
  }
}

std::string Sealing::topic_of(std::size_t agent, Parcel::What what) const {
  switch (what) {
    case Parcel::What::Offer:
      return topics::offer(site_, ids_[agent]);
    case Parcel::What::Status:
      return topics::status(site_, ids_[agent]);
    case Parcel::What::Limit:
      break;
  }
  return topics::limit(site_, ids_[agent]);
}

const Signer& Sealing::sender_of(std::size_t agent, Parcel::What what) const {
  return *signers_[what == Parcel::What::Limit ? ids_.size() : agent];
}

std::string Sealing::encode_body(const Message& message) {
  return std::visit([](const auto& body) { return encode(body); }, message.body);
}

Parcel Sealing::seal(Message message) const {
  Parcel parcel;
  parcel.agent = message.agent;
  parcel.what = static_cast<Parcel::What>(message.body.index());
  if (wire_ == Wire::Structs) {
    parcel.body = std::move(message.body);
    return parcel;
  }
  parcel.bytes = balans::seal(sender_of(parcel.agent, parcel.what), deployment_, topic_of(parcel.agent, parcel.what),
                              type_of(parcel.what), encode_body(message));
  return parcel;
}

Parcel Sealing::seal_as_stranger(std::size_t agent, Parcel::What what, const std::string& body) const {
  BALANS_CHECK(wire_ != Wire::Structs);
  Parcel parcel;
  parcel.agent = agent;
  parcel.what = what;
  parcel.bytes = balans::seal(*signers_.back(), deployment_, topic_of(agent, what), type_of(what), body);
  return parcel;
}

bool Sealing::believes_all(Parcel::What what) const {
  return mistake_ == (what == Parcel::What::Limit ? Mistake::AgentBelievesAll : Mistake::ControllerBelievesAll);
}

Result<std::string> Sealing::opened(const Parcel& parcel) const {
  const PublicKey& pinned = sender_of(parcel.agent, parcel.what).public_key();
  const std::string topic = topic_of(parcel.agent, parcel.what);
  if (wire_ == Wire::Signed && !believes_all(parcel.what))
    return balans::open(parcel.bytes, type_of(parcel.what), pinned, deployment_, topic);
  Result<SignedMessage> message = parse_signed(parcel.bytes);
  if (!message) return message.error();
  if (believes_all(parcel.what)) return std::move(message->body);
  if (message->type != type_of(parcel.what) || message->key != pinned) return Error{"message", "of another sender"};
  const std::string text = signed_text(message->type, deployment_, topic, message->body);
  if (!(digest_of(secrets_.at(pinned), text) == message->signature)) return Error{"message.sig", "does not fit"};
  return std::move(message->body);
}

Result<Message> Sealing::open(const Parcel& parcel) const {
  if (wire_ == Wire::Structs) return Message{parcel.agent, parcel.body};
  const Result<std::string> body = opened(parcel);
  if (!body) return body.error();
  switch (parcel.what) {
    case Parcel::What::Offer:
      return decoded<Offer>(parcel.agent, *body);
    case Parcel::What::Status:
      return decoded<Status>(parcel.agent, *body);
    case Parcel::What::Limit:
      break;
  }
  return decoded<Limit>(parcel.agent, *body);
}

}  // namespace balans::twin
