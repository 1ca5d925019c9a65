#include "common/crypto/cpace.hpp"

#include <sodium.h>

#include <algorithm>

#include "common/check.hpp"

namespace balans::cpace {
namespace {

constexpr std::string_view kDsi = "CPaceRistretto255";
constexpr std::string_view kDsiKey = "CPaceRistretto255_ISK";
constexpr std::string_view kMac = "CPaceMac";
constexpr std::size_t kHashBlock = 128;  // of SHA-512

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

template <std::size_t N>
std::string_view text_of(const std::array<std::uint8_t, N>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), N};
}

Secret<64> sha512(std::string_view text) {
  Secret<64> hash;
  crypto_hash_sha512(hash.bytes.data(), bytes_of(text), text.size());
  return hash;
}

Secret<64> hmac_sha512(const Bytes64& key, std::string_view text) {
  Secret<64> mac;
  crypto_auth_hmacsha512_state state;
  crypto_auth_hmacsha512_init(&state, key.data(), key.size());
  crypto_auth_hmacsha512_update(&state, bytes_of(text), text.size());
  crypto_auth_hmacsha512_final(&state, mac.bytes.data());
  wipe(&state, sizeof(state));
  return mac;
}

std::string encoded(const Message& message) { return lv_cat({text_of(message.share), message.associated}); }

}  // namespace

std::string prepend_len(std::string_view bytes) {
  std::string result;
  std::size_t length = bytes.size();
  for (; length >= 128; length >>= 7) result.push_back(static_cast<char>((length & 0x7f) | 0x80));
  result.push_back(static_cast<char>(length));
  return result.append(bytes);
}

std::string lv_cat(std::initializer_list<std::string_view> parts) {
  std::string result;
  for (std::string_view part : parts) result += prepend_len(part);
  return result;
}

std::string generator_string(const Context& context) {
  const std::size_t used = prepend_len(context.password).size() + prepend_len(kDsi).size() + 1;
  const std::string padding(used < kHashBlock ? kHashBlock - used : 0, '\0');
  return lv_cat({kDsi, context.password, padding, context.channel, context.session});
}

Bytes32 calculate_generator(const Context& context) {
  std::string text = generator_string(context);
  const Secret<64> hash = sha512(text);
  wipe(text);
  Bytes32 point;
  crypto_core_ristretto255_from_hash(point.data(), hash.bytes.data());
  return point;
}

Bytes32 sample_scalar(const Bytes32& random) {
  Bytes32 scalar = random;
  scalar[31] &= 0x0f;
  return scalar;
}

std::optional<Bytes32> scalar_mult_vfy(const Bytes32& scalar, const Bytes32& point) {
  Bytes32 product;
  if (crypto_scalarmult_ristretto255(product.data(), scalar.data(), point.data()) != 0) return std::nullopt;
  return product;
}

std::string transcript_ir(const Message& initiator, const Message& responder) {
  return encoded(initiator) + encoded(responder);
}

Secret<64> intermediate_session_key(std::string_view session, const Bytes32& shared, std::string_view transcript) {
  std::string text = lv_cat({kDsiKey, session, text_of(shared)}).append(transcript);
  Secret<64> key = sha512(text);
  wipe(text);
  return key;
}

Session::Session(Secret<64> key, std::string_view session, const Message& own, const Message& theirs)
    : key_(std::move(key)) {
  std::string text = std::string(kMac).append(session).append(text_of(key_.bytes));
  const Secret<64> mac_key = sha512(text);
  wipe(text);
  own_tag_ = hmac_sha512(mac_key.bytes, encoded(own)).bytes;
  their_tag_ = hmac_sha512(mac_key.bytes, encoded(theirs));
}

bool Session::accepts(const Bytes64& their_tag) const {
  return sodium_memcmp(their_tag.data(), their_tag_.bytes.data(), their_tag.size()) == 0;
}

// The first block of HKDF-Expand (RFC 5869) with SHA-512: the key is uniform already, so nothing has to be extracted.
Secret<32> Session::derive(std::string_view purpose) const {
  const Secret<64> block = hmac_sha512(key_.bytes, std::string(purpose) + '\x01');
  Secret<32> key;
  std::copy_n(block.bytes.begin(), key.bytes.size(), key.bytes.begin());
  return key;
}

Exchange::Exchange(Role role, const Context& context, const Bytes32& random, std::string associated)
    : role_(role), session_(context.session), scalar_(sample_scalar(random)) {
  BALANS_CHECK(sodium_init() >= 0);
  const auto share = scalar_mult_vfy(scalar_.bytes, calculate_generator(context));
  BALANS_CHECK(share.has_value());  // only a scalar of zeros, which is no randomness, gives none
  own_ = {*share, std::move(associated)};
}

Result<Session> Exchange::finish(const Message& theirs) const {
  // A share of ours that comes back would let whoever mirrors it pass for the other side.
  if (theirs.share == own_.share) return Error{"", "the other side sent our own share back"};
  auto shared = scalar_mult_vfy(scalar_.bytes, theirs.share);
  if (!shared) return Error{"", "the other side's share is no element of the group"};
  const bool first = role_ == Role::Initiator;
  const std::string transcript = first ? transcript_ir(own_, theirs) : transcript_ir(theirs, own_);
  Secret<64> key = intermediate_session_key(session_, *shared, transcript);
  wipe(shared->data(), shared->size());
  return Session(std::move(key), session_, own_, theirs);
}

}  // namespace balans::cpace
