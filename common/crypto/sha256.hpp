#pragma once
// SHA-256 (FIPS 180-4), piece by piece: for files that do not fit into memory, and for whoever checks with `sha256sum`.

#include <memory>
#include <string_view>

#include "common/crypto/crypto.hpp"

namespace balans {

class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;

  void add(std::string_view piece);
  /// Once, at the end.
  [[nodiscard]] Digest finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace balans
