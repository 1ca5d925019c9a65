#pragma once
// Keys, certificates and programs of these tests.

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "common/crypto/crypto.hpp"
#include "tests/secrets/planted.hpp"
#include "tests/secrets/watched.hpp"
#include "tests/support/temp_folder.hpp"

namespace balans::test {

inline std::string program(const std::string& name) { return (std::filesystem::path(BALANS_PROGRAMS) / name).string(); }

/// 32 bytes that are nowhere else, the same for the same name.
inline std::string key_of(const std::string& name) {
  const Digest digest = blake2b("planted: " + name);
  return {digest.bytes.begin(), digest.bytes.end()};
}

inline void write_private(const std::filesystem::path& file, const std::string& text) {
  std::ofstream(file) << text;
  std::filesystem::permissions(file, std::filesystem::perms(0600));
}

/// Writes a key file, and gives what is to be looked for.
inline Planted keep_key(const std::filesystem::path& file, const std::string& name) {
  write_private(file, hex_of(key_of(name)) + "\n");
  return Planted::bytes(name, key_of(name));
}

/// tls.crt and tls.key for 127.0.0.1, and what is to be looked for.
inline Planted keep_certificate(const std::filesystem::path& folder) {
  const std::string command =
      "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=balans "
      "-addext subjectAltName=IP:127.0.0.1 -keyout " +
      (folder / "tls.key").string() + " -out " + (folder / "tls.crt").string() + " 2>/dev/null";
  EXPECT_EQ(std::system(command.c_str()), 0);
  return Planted::pem("a certificate's key", folder / "tls.key");
}

}  // namespace balans::test
