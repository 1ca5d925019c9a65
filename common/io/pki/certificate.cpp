#include "common/io/pki/certificate.hpp"

#include <openssl/pem.h>

#include "common/io/pki/openssl.hpp"
#include "common/io/pki/signing.hpp"
#include "common/io/runtime/files.hpp"

namespace balans::pki {
namespace {

X509Cert x509_of(std::string_view text) {
  X509Cert certificate(text.size() > kMaxPem ? nullptr
                                             : PEM_read_bio_X509(reading(text).get(), nullptr, nullptr, nullptr));
  forget_errors();
  return certificate;
}

Usage usage_of(X509* certificate) {
  if (X509_check_ca(certificate) == 1) return Usage::Authority;
  return (X509_get_extended_key_usage(certificate) & XKU_SSL_SERVER) != 0 ? Usage::Server : Usage::Client;
}

std::vector<std::string> hosts_of(X509* certificate) {
  const Owned<GENERAL_NAMES, GENERAL_NAMES_free> names(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  std::vector<std::string> hosts;
  for (int i = 0; names != nullptr && i < sk_GENERAL_NAME_num(names.get()); ++i)
    hosts.push_back(host_text(sk_GENERAL_NAME_value(names.get(), i)));
  return hosts;
}

}  // namespace

Result<Certificate> parse_certificate(std::string_view text) {
  const X509Cert x509 = x509_of(text);
  if (!x509) return Error{"", "is not a certificate: expected one in PEM"};
  Certificate certificate;
  certificate.name = common_name_of(X509_get_subject_name(x509.get()));
  certificate.serial = hex_of(X509_get0_serialNumber(x509.get()));
  certificate.begins = unix_time(X509_get0_notBefore(x509.get()));
  certificate.ends = unix_time(X509_get0_notAfter(x509.get()));
  certificate.usage = usage_of(x509.get());
  certificate.hosts = hosts_of(x509.get());
  certificate.pem = pem_of(x509.get());
  forget_errors();
  return certificate;
}

Result<Certificate> load_certificate(const std::filesystem::path& file) {
  const auto text = read_small_file(file, kMaxPem);
  if (!text) return text.error();
  auto certificate = parse_certificate(*text);
  if (!certificate) return certificate.error().within(file.string());
  return certificate;
}

bool signed_by(const Certificate& certificate, const Certificate& authority) {
  const X509Cert leaf = x509_of(certificate.pem);
  const X509Cert ca = x509_of(authority.pem);
  const bool right = leaf && ca && X509_check_ca(ca.get()) == 1 &&
                     X509_check_issued(ca.get(), leaf.get()) == X509_V_OK &&
                     X509_verify(leaf.get(), X509_get0_pubkey(ca.get())) == 1;
  forget_errors();
  return right;
}

bool due_for_renewal(const Certificate& certificate, UnixTime now) {
  return (now - certificate.begins) * 3 >= (certificate.ends - certificate.begins) * 2;
}

}  // namespace balans::pki
