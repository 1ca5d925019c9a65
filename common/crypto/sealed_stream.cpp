#include "common/crypto/sealed_stream.hpp"

#include <sodium.h>

#include "common/check.hpp"

namespace balans {
namespace {

static_assert(std::tuple_size_v<StreamHeader> == crypto_secretstream_xchacha20poly1305_HEADERBYTES);
static_assert(kSealOverhead == crypto_secretstream_xchacha20poly1305_ABYTES);

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
unsigned char* bytes_of(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

}  // namespace

struct SealedStream::State {
  crypto_secretstream_xchacha20poly1305_state stream;
  ~State() { wipe(&stream, sizeof(stream)); }
};

// init_push would draw the header itself; both give the same state for the same header.
SealedStream::SealedStream(const Secret<32>& key, const StreamHeader& header) : state_(std::make_unique<State>()) {
  BALANS_CHECK(sodium_init() >= 0);
  BALANS_CHECK(crypto_secretstream_xchacha20poly1305_init_pull(&state_->stream, header.data(), key.bytes.data()) == 0);
}

SealedStream::~SealedStream() = default;
SealedStream::SealedStream(SealedStream&&) noexcept = default;
SealedStream& SealedStream::operator=(SealedStream&&) noexcept = default;

std::string SealedStream::seal(std::string_view message) {
  std::string sealed(message.size() + kSealOverhead, '\0');
  BALANS_CHECK(crypto_secretstream_xchacha20poly1305_push(&state_->stream, bytes_of(sealed), nullptr, bytes_of(message),
                                                          message.size(), nullptr, 0, 0) == 0);
  return sealed;
}

Result<std::string> SealedStream::open(std::string_view sealed) {
  const Error refused{"", "the message is not what the other side sealed next"};
  if (sealed.size() < kSealOverhead) return refused;
  std::string message(sealed.size() - kSealOverhead, '\0');
  if (crypto_secretstream_xchacha20poly1305_pull(&state_->stream, bytes_of(message), nullptr, nullptr, bytes_of(sealed),
                                                 sealed.size(), nullptr, 0) != 0)
    return refused;
  return message;
}

}  // namespace balans
