#pragma once
// Secrets in files of mode 0600, and the kernel's random numbers.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "common/crypto/crypto.hpp"
#include "common/result.hpp"

namespace balans {

std::uint64_t random_u64();
Bytes32 random_bytes32();

/// The signer of a key file: one line of 64 hex digits, an Ed25519 seed. Refuses a file that others could read.
Result<std::unique_ptr<Signer>> load_signer(const std::filesystem::path& file);

/// Makes a key file with a fresh seed and gives its public key. Never writes over a file that is there.
Result<PublicKey> create_key_file(const std::filesystem::path& file);

/// The first line of a file such as a broker's password. Refuses a file that others could read.
Result<std::string> read_secret(const std::filesystem::path& file);

/// All of a file such as a private key in PEM. Refuses a file that others could read.
Result<std::string> read_secret_text(const std::filesystem::path& file);

}  // namespace balans
