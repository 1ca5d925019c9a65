#pragma once
// What messages are while they cross: plain structs, or the very bytes that cross a site's broker, signed and verified.
// Whoever may listen there, and publish on any topic, has no key but their own.

#include <map>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "common/crypto/crypto.hpp"
#include "common/messages/messages.hpp"
#include "common/result.hpp"
#include "sim/random.hpp"
#include "sim/twin/street.hpp"

namespace balans::twin {

enum class Wire : std::uint8_t {
  Structs,  ///< nothing is encoded, nobody can forge
  StandIn,  ///< encoded, sealed, opened and decoded as they are; only Ed25519 has a cheap keyed digest in its place
  Signed,   ///< all of it as it is
};

struct Message {
  std::size_t agent = 0;
  std::variant<Offer, Status, Limit> body;
};

/// A message under way, on the topic of one agent.
struct Parcel {
  enum class What : std::uint8_t { Offer, Status, Limit };
  std::size_t agent = 0;
  What what = What::Offer;
  std::variant<Offer, Status, Limit> body;  ///< while structs cross
  std::string bytes;                        ///< otherwise
};

class Sealing {
 public:
  /// Keys come from `seed`.
  Sealing(Wire wire, const Street& street, std::uint64_t seed, Mistake mistake = Mistake::None);

  [[nodiscard]] Wire wire() const { return wire_; }
  [[nodiscard]] Parcel seal(Message message) const;
  /// What the receiver makes of it, or why it refuses.
  [[nodiscard]] Result<Message> open(const Parcel& parcel) const;

  /// `body` on the topic of `agent`, sealed by somebody with a key that is nobody's here.
  [[nodiscard]] Parcel seal_as_stranger(std::size_t agent, Parcel::What what, const std::string& body) const;
  [[nodiscard]] static std::string encode_body(const Message& message);

 private:
  [[nodiscard]] std::string topic_of(std::size_t agent, Parcel::What what) const;
  [[nodiscard]] const Signer& sender_of(std::size_t agent, Parcel::What what) const;
  [[nodiscard]] Result<std::string> opened(const Parcel& parcel) const;
  [[nodiscard]] bool believes_all(Parcel::What what) const;

  Wire wire_;
  SiteId site_;
  std::vector<AgentId> ids_;
  DeploymentId deployment_;
  Mistake mistake_;
  std::vector<std::unique_ptr<Signer>> signers_;  ///< the agents', the controller's, the stranger's
  std::map<PublicKey, Bytes32> secrets_;          ///< of the stand-in's keys
};

}  // namespace balans::twin
