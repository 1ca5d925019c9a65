#include "api/ledger/iota/keys.hpp"

#include <algorithm>

#include "api/ledger/iota/bech32.hpp"
#include "api/ledger/iota/derivation.hpp"
#include "api/ledger/iota/mnemonic.hpp"

namespace balans::iota {
namespace {

constexpr std::string_view kPrefix = "iotaprivkey";
constexpr std::uint8_t kEd25519 = 0;

template <std::size_t Size>
std::string_view text_of(const Secret<Size>& secret) {
  return {reinterpret_cast<const char*>(secret.bytes.data()), Size};
}

}  // namespace

std::string private_key_text(const Secret<32>& key) {
  Secret<33> flagged;
  flagged.bytes[0] = kEd25519;
  std::copy(key.bytes.begin(), key.bytes.end(), flagged.bytes.begin() + 1);
  return to_bech32(kPrefix, text_of(flagged));
}

Result<Secret<32>> parse_private_key(std::string_view text) {
  auto bytes = from_bech32(kPrefix, text);
  if (!bytes) return bytes.error().within("private key");
  Secret<32> key;
  const bool is_ed25519 = bytes->size() == 1 + key.bytes.size() && bytes->front() == static_cast<char>(kEd25519);
  if (is_ed25519) std::copy(bytes->begin() + 1, bytes->end(), key.bytes.begin());
  wipe(*bytes);
  if (!is_ed25519) return Error{"private key", "not one of Ed25519, which is flag 0 and 32 bytes"};
  return key;
}

Result<std::unique_ptr<Signer>> signer_from_private_key(std::string_view text) {
  const auto key = parse_private_key(text);
  if (!key) return key.error();
  return make_ed25519_signer(key->bytes);
}

Result<std::unique_ptr<Signer>> signer_from_mnemonic(std::string_view mnemonic, std::string_view path) {
  const auto steps = parse_derivation_path(path);
  if (!steps) return steps.error();
  const auto seed = seed_of(mnemonic);
  if (!seed) return seed.error();
  return make_ed25519_signer(derive_ed25519(text_of(*seed), *steps).bytes);
}

}  // namespace balans::iota
