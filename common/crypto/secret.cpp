#include "common/crypto/secret.hpp"

#include <sodium.h>

namespace balans {

void wipe(void* bytes, std::size_t size) { sodium_memzero(bytes, size); }

}  // namespace balans
