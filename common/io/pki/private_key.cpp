#include "common/io/pki/private_key.hpp"

#include <openssl/ec.h>
#include <openssl/pem.h>

#include "common/crypto/secret.hpp"
#include "common/io/pki/openssl.hpp"
#include "common/io/runtime/files.hpp"
#include "common/io/runtime/keys.hpp"

namespace balans::pki {
namespace {

bool is_p256(EVP_PKEY* key) {
  char group[32] = "";
  return EVP_PKEY_is_a(key, "EC") == 1 && EVP_PKEY_get_group_name(key, group, sizeof(group), nullptr) == 1 &&
         std::string_view(group) == "prime256v1";
}

/// A key file with a password is none that a service can read.
int no_password(char*, int, int, void*) { return -1; }

}  // namespace

void PrivateKey::Free::operator()(evp_pkey_st* key) const { EVP_PKEY_free(key); }

PrivateKey PrivateKey::generate() {
  EVP_PKEY* key = EVP_EC_gen("P-256");
  BALANS_CHECK(key != nullptr);
  return PrivateKey(key);
}

Result<PrivateKey> PrivateKey::load(const std::filesystem::path& file) {
  auto text = read_secret_text(file);
  if (!text) return text.error();
  EVP_PKEY* key = PEM_read_bio_PrivateKey(reading(*text).get(), nullptr, no_password, nullptr);
  wipe(*text);
  forget_errors();
  PrivateKey loaded(key);
  if (key == nullptr || !is_p256(key)) return Error{file.string(), "is not a key: expected a P-256 private key in PEM"};
  return loaded;
}

Result<void> PrivateKey::save_new(const std::filesystem::path& file) const {
  std::error_code ignored;
  if (std::filesystem::exists(std::filesystem::symlink_status(file, ignored)))
    return Error{file.string(), "is there already; keys are never written over"};
  const Bio bio = writing();
  BALANS_CHECK(PEM_write_bio_PKCS8PrivateKey(bio.get(), handle(), nullptr, nullptr, 0, nullptr, nullptr) == 1);
  std::string text = written(bio);
  auto saved = write_file_durably(file, text, FileMode::Private);
  wipe(text);
  return saved;
}

std::string PrivateKey::request(std::string_view common_name) const {
  const X509Request request(X509_REQ_new());
  X509_NAME* subject = X509_REQ_get_subject_name(request.get());
  const std::string name(common_name);
  BALANS_CHECK(X509_NAME_add_entry_by_NID(subject, NID_commonName, MBSTRING_UTF8,
                                          reinterpret_cast<const unsigned char*>(name.data()),
                                          static_cast<int>(name.size()), -1, 0) == 1);
  BALANS_CHECK(X509_REQ_set_pubkey(request.get(), handle()) == 1);
  BALANS_CHECK(X509_REQ_sign(request.get(), handle(), EVP_sha256()) > 0);
  const Bio bio = writing();
  BALANS_CHECK(PEM_write_bio_X509_REQ(bio.get(), request.get()) == 1);
  return written(bio);
}

bool PrivateKey::matches(std::string_view certificate_pem) const {
  const X509Cert certificate(PEM_read_bio_X509(reading(certificate_pem).get(), nullptr, no_password, nullptr));
  const bool same = certificate != nullptr && X509_check_private_key(certificate.get(), handle()) == 1;
  forget_errors();
  return same;
}

}  // namespace balans::pki
