#include "common/crypto/hmac_sha512.hpp"

#include <sodium/crypto_auth_hmacsha512.h>

#include "common/check.hpp"

namespace balans {
namespace {

static_assert(crypto_auth_hmacsha512_BYTES == 64);

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

/// A state that has taken in the key alone: copied for each text, so that the key is hashed once.
class Keyed {
 public:
  explicit Keyed(std::string_view key) { crypto_auth_hmacsha512_init(&state_, bytes_of(key), key.size()); }
  ~Keyed() { wipe(&state_, sizeof state_); }
  Keyed(const Keyed& other) = default;
  Keyed& operator=(const Keyed& other) = delete;

  void add(std::string_view text) { crypto_auth_hmacsha512_update(&state_, bytes_of(text), text.size()); }
  void add(const Secret<64>& bytes) { crypto_auth_hmacsha512_update(&state_, bytes.bytes.data(), bytes.bytes.size()); }
  Secret<64> finish() {
    Secret<64> tag;
    crypto_auth_hmacsha512_final(&state_, tag.bytes.data());
    return tag;
  }

 private:
  crypto_auth_hmacsha512_state state_{};
};

}  // namespace

Secret<64> hmac_sha512(std::string_view key, std::string_view text) {
  Keyed keyed(key);
  keyed.add(text);
  return keyed.finish();
}

Secret<64> pbkdf2_hmac_sha512(std::string_view password, std::string_view salt, std::uint32_t rounds) {
  BALANS_CHECK(rounds > 0);
  const Keyed keyed(password);
  Keyed first(keyed);
  first.add(salt);
  first.add(std::string_view("\0\0\0\1", 4));  // the number of the block
  Secret<64> last = first.finish();
  Secret<64> sum(last.bytes);
  for (std::uint32_t i = 1; i < rounds; ++i) {
    Keyed next(keyed);
    next.add(last);
    last = next.finish();
    for (std::size_t k = 0; k < sum.bytes.size(); ++k) sum.bytes[k] ^= last.bytes[k];
  }
  return sum;
}

}  // namespace balans
