#pragma once
// What the official SDK made of published seeds: keys, transactions and signatures, to the byte.

#include <boost/json.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>

#include "api/ledger/iota/builder.hpp"
#include "common/crypto/crypto.hpp"

namespace balans::iota::test {

namespace bj = boost::json;

inline std::filesystem::path vectors_path() {
  const char* named = std::getenv("BALANS_IOTA_VECTORS");
  return named ? named : "../shared/vectors/iota_vectors.json";
}

/// Nothing where there is no such file.
inline const std::optional<bj::value>& vectors() {
  static const std::optional<bj::value> read = []() -> std::optional<bj::value> {
    std::ifstream in(vectors_path());
    if (!in) return std::nullopt;
    std::ostringstream text;
    text << in.rdbuf();
    return bj::parse(text.str());
  }();
  return read;
}

inline std::string text_at(const bj::value& value, std::string_view key) {
  return std::string(value.at(bj::string_view(key.data(), key.size())).as_string());
}
inline std::uint64_t number_at(const bj::value& value, std::string_view key) {
  return std::stoull(text_at(value, key));
}

/// Two digits a byte.
std::string bytes_of_hex(std::string_view hex);
std::unique_ptr<Signer> signer_of(const std::string& seed_hex);
ObjectRef ref_of(const bj::value& value);
/// Built by our builder from the parameters of the vector, not from its bytes.
Transaction transaction_of(const bj::value& vector);

}  // namespace balans::iota::test
