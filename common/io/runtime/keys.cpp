#include "common/io/runtime/keys.hpp"

#include <fcntl.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <string_view>
#include <system_error>

#include "common/check.hpp"
#include "common/io/runtime/files.hpp"
#include "common/masked.hpp"

namespace balans {
namespace {

constexpr std::size_t kMaxSecretFile = 4096;

void fill_random(void* into, std::size_t size) {
  auto* next = static_cast<std::byte*>(into);
  while (size > 0) {
    const ssize_t got = getrandom(next, size, 0);
    if (got < 0 && errno == EINTR) continue;
    BALANS_CHECK(got > 0);  // the kernel has it since 3.17 and never fails once it is seeded
    next += got;
    size -= static_cast<std::size_t>(got);
  }
}

void wipe(std::string& text) { explicit_bzero(text.data(), text.size()); }
void wipe(Bytes32& bytes) { explicit_bzero(bytes.data(), bytes.size()); }

std::string octal(mode_t mode) {
  std::string digits;
  for (unsigned shift : {6U, 3U, 0U}) digits += static_cast<char>('0' + ((mode >> shift) & 7U));
  return "0" + digits;
}

/// For errors. Where a config file has a key in place of its file's name, it is not repeated.
std::string shown(const std::filesystem::path& file) {
  return (file.parent_path() / masked(file.filename().string())).string();
}

Result<void> check_private(const std::filesystem::path& file) {
  struct stat info {};
  if (::stat(file.c_str(), &info) != 0)
    return Error{shown(file), "cannot be opened: " + std::generic_category().message(errno)};
  if (!S_ISREG(info.st_mode)) return Error{file.string(), "is not a file"};
  if ((info.st_mode & 0077U) != 0)
    return Error{file.string(),
                 "has mode " + octal(info.st_mode & 0777U) + ": a secret that others can read is none; expected 0600"};
  return {};
}

}  // namespace

std::uint64_t random_u64() {
  std::uint64_t value = 0;
  fill_random(&value, sizeof(value));
  return value;
}

Bytes32 random_bytes32() {
  Bytes32 bytes{};
  fill_random(bytes.data(), bytes.size());
  return bytes;
}

Result<std::string> read_secret_text(const std::filesystem::path& file) {
  if (auto is_private = check_private(file); !is_private.ok()) return is_private.error();
  return read_small_file(file, kMaxSecretFile);
}

Result<std::string> read_secret(const std::filesystem::path& file) {
  auto content = read_secret_text(file);
  if (!content.ok()) return content.error();
  std::string line = content->substr(0, content->find_first_of("\r\n"));
  wipe(*content);
  if (line.empty()) return Error{file.string(), "is empty"};
  return line;
}

Result<std::unique_ptr<Signer>> load_signer(const std::filesystem::path& file) {
  auto line = read_secret(file);
  if (!line.ok()) return line.error();
  auto seed = bytes32_from_hex(*line);
  wipe(*line);
  // The text itself is not repeated: it may be most of a key.
  if (!seed.ok()) return Error{file.string(), "is not a key: expected one line of 64 hex digits"};
  auto signer = make_ed25519_signer(*seed);
  wipe(*seed);
  return signer;
}

Result<PublicKey> create_key_file(const std::filesystem::path& file) {
  if (shown(file) != file.string()) return Error{shown(file), "is a key, and not the name of its file"};
  std::error_code ignored;
  if (std::filesystem::exists(std::filesystem::symlink_status(file, ignored)))
    return Error{file.string(), "is there already; keys are never written over"};
  Bytes32 seed = random_bytes32();
  std::string line = to_hex(seed) + "\n";
  const PublicKey key = make_ed25519_signer(seed)->public_key();
  wipe(seed);
  const auto written = write_file_durably(file, line, FileMode::Private);
  wipe(line);
  if (!written.ok()) return written.error();
  return key;
}

}  // namespace balans
