#include "common/crypto/sha256.hpp"

#include <sodium/crypto_hash_sha256.h>

namespace balans {

struct Sha256::State {
  crypto_hash_sha256_state hash;
};

Sha256::Sha256() : state_(std::make_unique<State>()) { crypto_hash_sha256_init(&state_->hash); }
Sha256::~Sha256() = default;

void Sha256::add(std::string_view piece) {
  crypto_hash_sha256_update(&state_->hash, reinterpret_cast<const unsigned char*>(piece.data()), piece.size());
}

Digest Sha256::finish() {
  Digest digest;
  crypto_hash_sha256_final(&state_->hash, digest.bytes.data());
  return digest;
}

}  // namespace balans
