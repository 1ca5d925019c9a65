#include "sim/soak/attacker.hpp"

#include <optional>

#include "common/messages/json.hpp"
#include "common/messages/signed.hpp"

namespace balans::soak {
namespace {

using twin::Parcel;
using twin::Sealing;
using twin::World;

/// One that was heard, of this kind.
const Parcel* pick(const std::deque<Parcel>& heard, Parcel::What what, Random& random) {
  if (heard.empty()) return nullptr;
  const auto size = static_cast<std::int64_t>(heard.size());
  const auto start = static_cast<std::size_t>(random.between(0, size - 1));
  for (std::size_t i = 0; i < heard.size(); ++i) {
    const Parcel& parcel = heard[(start + i) % heard.size()];
    if (parcel.what == what) return &parcel;
  }
  return nullptr;
}

/// The same message as its author never wrote it: more for the device, no word of what it holds.
std::string improved(const Parcel& parcel, const std::string& body, Random& random) {
  constexpr Milliamps kAll = 63_A;
  if (parcel.what == Parcel::What::Limit) {
    auto limit = decode<Limit>(body);
    if (!limit) return body;
    limit->seq.value += static_cast<std::uint64_t>(random.between(1, 50));
    limit->until = limit->until + Millis(random.between(0, 50'000));
    limit->max = Allowance(PerPhase<Milliamps>::all(kAll), PerPhase<Milliamps>::all(kAll));
    limit->may_raise = true;
    return encode(*limit);
  }
  if (parcel.what == Parcel::What::Offer) {
    auto offer = decode<Offer>(body);
    if (!offer) return body;
    offer->weight = 1'000;
    return encode(*offer);
  }
  auto status = decode<Status>(body);
  if (!status) return body;
  status->at = status->at + Millis(random.between(0, 10'000));
  status->holding = {};
  if (random.happens(500'000)) status->measured = PerPhase<Milliamps>{};
  if (status->ack) {
    status->ack->stage = AckStage::Effective;
    status->ack->limit = {};
    status->ack->seq.value += static_cast<std::uint64_t>(random.between(0, 2));
  }
  return encode(*status);
}

std::string with_signature_of(const SignedMessage& original, const Signature& signature, const std::string& body) {
  return json::Writer()
      .begin_object()
      .key("type")
      .string(original.type)
      .key("body")
      .string(body)
      .key("key")
      .string(to_hex(original.key.bytes))
      .key("sig")
      .string(to_hex(signature.bytes))
      .end_object()
      .take();
}

std::optional<Parcel> forged(World& world, const Parcel& heard, Random& random) {
  const Result<SignedMessage> original = parse_signed(heard.bytes);
  if (!original) return std::nullopt;
  Parcel parcel = heard;
  const Parcel stranger =
      world.sealing().seal_as_stranger(heard.agent, heard.what, improved(heard, original->body, random));
  switch (random.between(0, 4)) {
    case 0:  // with a key of one's own
      return stranger;
    case 1: {  // the same, under the name of the right key
      const Result<SignedMessage> sealed = parse_signed(stranger.bytes);
      parcel.bytes = with_signature_of(*original, sealed->signature, sealed->body);
      return parcel;
    }
    case 2:  // other words under the old signature
      parcel.bytes = with_signature_of(*original, original->signature, improved(heard, original->body, random));
      return parcel;
    case 3: {  // to somebody else, or of somebody else
      const auto agents = static_cast<std::int64_t>(world.agents().size());
      parcel.agent = (heard.agent + static_cast<std::size_t>(random.between(1, agents - 1))) % world.agents().size();
      return parcel;
    }
    default: {  // a byte is wrong
      const auto at = static_cast<std::size_t>(random.between(0, static_cast<std::int64_t>(parcel.bytes.size()) - 1));
      parcel.bytes[at] = static_cast<char>(parcel.bytes[at] ^ static_cast<char>(1 << random.between(0, 6)));
      return parcel;
    }
  }
}

Parcel::What kind_of(Fault attack) {
  if (attack == Fault::ForgedLimit || attack == Fault::ReplayedLimit) return Parcel::What::Limit;
  if (attack == Fault::ForgedStatus || attack == Fault::ReplayedStatus) return Parcel::What::Status;
  return Parcel::What::Offer;
}

bool is_replay(Fault attack) {
  return attack == Fault::ReplayedLimit || attack == Fault::ReplayedStatus || attack == Fault::ReplayedOffer;
}

}  // namespace

bool strike(World& world, Fault attack, Random& random) {
  const auto& heard = world.network().overheard();
  if (!heard || world.sealing().wire() == twin::Wire::Structs) return false;
  const bool of_old = is_replay(attack) && !heard->old.empty() && random.happens(700'000);
  const Parcel* parcel = pick(of_old ? heard->old : heard->newest, kind_of(attack), random);
  for (const auto* other : {&heard->newest, &heard->old})
    if (parcel == nullptr) parcel = pick(*other, kind_of(attack), random);
  if (parcel == nullptr) return false;
  if (is_replay(attack)) return world.network().inject(world.now(), *parcel), true;
  const std::optional<Parcel> forgery = forged(world, *parcel, random);
  if (forgery) world.network().inject(world.now(), *forgery);
  return forgery.has_value();
}

}  // namespace balans::soak
