#pragma once
// Keys, people and coins for tests.

#include <memory>

#include "api/ledger/iota/answers.hpp"
#include "api/ledger/iota/transaction.hpp"
#include "common/crypto/crypto.hpp"

namespace balans::iota::test {

inline std::unique_ptr<Signer> key(std::uint8_t number) {
  Bytes32 seed{};
  seed[0] = number;
  return make_ed25519_signer(seed);
}

inline Address somebody(std::uint8_t number) {
  Address address;
  address.bytes.fill(number);
  return address;
}

inline ObjectRef coin_ref(std::uint8_t number, std::uint64_t version = 5) {
  ObjectRef ref;
  ref.id.bytes.fill(number);
  ref.version = version;
  ref.digest.bytes.fill(static_cast<std::uint8_t>(version + 1));
  return ref;
}

inline Coin coin(std::uint8_t number, std::uint64_t nanos, std::uint64_t version = 5) {
  return {coin_ref(number, version), nanos};
}

/// Of somebody(200), with coin_ref(100) for gas.
inline Transaction transaction_with(Programmable body) {
  return {std::move(body), somebody(200), {{coin_ref(100)}, somebody(200), 1'000, 5'000'000}, {}};
}

}  // namespace balans::iota::test
