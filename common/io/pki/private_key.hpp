#pragma once
// A P-256 key and the request for a certificate that it signs.

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "common/result.hpp"

struct evp_pkey_st;

namespace balans::pki {

class PrivateKey {
 public:
  static PrivateKey generate();
  /// From a PEM file that nobody else can read.
  static Result<PrivateKey> load(const std::filesystem::path& file);

  /// Makes the file, mode 0600. Never writes over one that is there.
  [[nodiscard]] Result<void> save_new(const std::filesystem::path& file) const;
  /// A certificate request (PKCS #10, PEM): proves that whoever asks for `common_name` holds this key.
  [[nodiscard]] std::string request(std::string_view common_name) const;
  /// Whether this is the key of the certificate.
  [[nodiscard]] bool matches(std::string_view certificate_pem) const;

  [[nodiscard]] evp_pkey_st* handle() const { return key_.get(); }

 private:
  struct Free {
    void operator()(evp_pkey_st* key) const;
  };
  explicit PrivateKey(evp_pkey_st* key) : key_(key) {}
  std::unique_ptr<evp_pkey_st, Free> key_;
};

}  // namespace balans::pki
