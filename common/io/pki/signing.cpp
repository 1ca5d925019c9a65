#include "common/io/pki/signing.hpp"

#include <arpa/inet.h>
#include <openssl/pem.h>

#include <algorithm>

#include "common/check.hpp"
#include "common/io/runtime/keys.hpp"

namespace balans::pki {
namespace {

constexpr std::chrono::days kBackdated{1};
constexpr std::size_t kSerialBytes = 16;

using Bignum = Owned<BIGNUM, BN_free>;
using Extension = Owned<X509_EXTENSION, X509_EXTENSION_free>;
using Names = Owned<GENERAL_NAMES, GENERAL_NAMES_free>;

/// 126 random bits below a one: never negative, never short, never twice.
Asn1Integer random_serial() {
  Bytes32 random = random_bytes32();
  random[0] = static_cast<std::uint8_t>((random[0] & 0x3f) | 0x40);
  const Bignum number(BN_bin2bn(random.data(), static_cast<int>(kSerialBytes), nullptr));
  return Asn1Integer(BN_to_ASN1_INTEGER(number.get(), nullptr));
}

Extension extension(int nid, const char* value, X509* issuer, X509* subject) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, subject, nullptr, nullptr, 0);
  Extension made(X509V3_EXT_nconf_nid(nullptr, &context, nid, value));
  BALANS_CHECK(made != nullptr);
  return made;
}

void add(X509* certificate, int nid, const char* value, X509* issuer) {
  const Extension made = extension(nid, value, issuer, certificate);
  BALANS_CHECK(X509_add_ext(certificate, made.get(), -1) == 1);
}

Result<Names> general_names(const std::vector<std::string>& hosts) {
  Names names(GENERAL_NAMES_new());
  for (const std::string& host : hosts) {
    std::array<unsigned char, 16> address{};
    const bool v4 = inet_pton(AF_INET, host.c_str(), address.data()) == 1;
    const bool v6 = !v4 && inet_pton(AF_INET6, host.c_str(), address.data()) == 1;
    const bool letters = !host.empty() && std::ranges::all_of(host, [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
    });
    if (host.size() > 253 || (!v4 && !v6 && !letters)) return Error{host, "is neither a DNS name nor an address"};
    const bool is_address = v4 || v6;
    const Owned<ASN1_STRING, ASN1_STRING_free> text(
        ASN1_STRING_type_new(is_address ? V_ASN1_OCTET_STRING : V_ASN1_IA5STRING));
    ASN1_STRING_set(text.get(), is_address ? static_cast<const void*>(address.data()) : host.data(),
                    is_address ? (v4 ? 4 : 16) : static_cast<int>(host.size()));
    GENERAL_NAME* name = GENERAL_NAME_new();
    GENERAL_NAME_set0_value(name, is_address ? GEN_IPADD : GEN_DNS, ASN1_STRING_dup(text.get()));
    BALANS_CHECK(sk_GENERAL_NAME_push(names.get(), name) > 0);
  }
  return names;
}

void set_name(X509* certificate, const std::string& name) {
  BALANS_CHECK(X509_NAME_add_entry_by_NID(X509_get_subject_name(certificate), NID_commonName, MBSTRING_UTF8,
                                          reinterpret_cast<const unsigned char*>(name.data()),
                                          static_cast<int>(name.size()), -1, 0) == 1);
}

void set_life(X509* certificate, const Issuer& issuer, UnixTime now, std::chrono::days days) {
  X509_set1_notBefore(certificate, asn1_time(now, -kBackdated).get());
  X509_set1_notAfter(certificate, asn1_time(now, days).get());
  if (issuer.certificate == nullptr) return;
  const ASN1_TIME* last = X509_get0_notAfter(issuer.certificate);
  if (unix_time(X509_get0_notAfter(certificate)) > unix_time(last)) X509_set1_notAfter(certificate, last);
}

Result<void> set_extensions(X509* certificate, const Subject& subject, X509* issuer) {
  const bool authority = subject.usage == Usage::Authority;
  add(certificate, NID_basic_constraints, authority ? "critical,CA:TRUE,pathlen:0" : "critical,CA:FALSE", issuer);
  add(certificate, NID_key_usage, authority ? "critical,keyCertSign,cRLSign" : "critical,digitalSignature", issuer);
  if (!authority)
    add(certificate, NID_ext_key_usage, subject.usage == Usage::Server ? "serverAuth" : "clientAuth", issuer);
  add(certificate, NID_subject_key_identifier, "hash", issuer);
  add(certificate, NID_authority_key_identifier, "keyid:always", issuer);
  if (subject.hosts.empty()) return {};
  auto names = general_names(subject.hosts);
  if (!names) return names.error();
  BALANS_CHECK(X509_add1_ext_i2d(certificate, NID_subject_alt_name, names->get(), 0, 0) == 1);
  return {};
}

Asn1Integer integer_of(const std::string& hex) {
  BIGNUM* number = nullptr;
  if (hex.empty() || hex.size() > 2 * kSerialBytes + 8 || BN_hex2bn(&number, hex.c_str()) == 0) return nullptr;
  const Bignum owned(number);
  return Asn1Integer(BN_to_ASN1_INTEGER(number, nullptr));
}

Result<void> add_revoked(X509_CRL* crl, const Revocation& revocation) {
  const Asn1Integer serial = integer_of(revocation.serial);
  if (!serial) return Error{revocation.serial, "is not a serial number: expected hexadecimal digits"};
  X509_REVOKED* entry = X509_REVOKED_new();
  X509_REVOKED_set_serialNumber(entry, serial.get());
  X509_REVOKED_set_revocationDate(entry, asn1_time(revocation.at, std::chrono::days(0)).get());
  BALANS_CHECK(X509_CRL_add0_revoked(crl, entry) == 1);
  return {};
}

}  // namespace

Result<std::string> sign_certificate(const Subject& subject, EVP_PKEY* key, const Issuer& issuer, UnixTime now,
                                     std::chrono::days days) {
  const X509Cert certificate(X509_new());
  X509* const signs = issuer.certificate == nullptr ? certificate.get() : issuer.certificate;
  X509_set_version(certificate.get(), X509_VERSION_3);
  X509_set_serialNumber(certificate.get(), random_serial().get());
  set_name(certificate.get(), subject.name);
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(signs));
  set_life(certificate.get(), issuer, now, days);
  BALANS_CHECK(X509_set_pubkey(certificate.get(), key) == 1);
  if (const auto set = set_extensions(certificate.get(), subject, signs); !set) return set.error();
  BALANS_CHECK(X509_sign(certificate.get(), issuer.key, EVP_sha256()) > 0);
  return pem_of(certificate.get());
}

Result<std::string> sign_crl(const std::vector<Revocation>& revoked, const Issuer& issuer, std::int64_t number,
                             UnixTime now) {
  const X509Crl crl(X509_CRL_new());
  X509_CRL_set_version(crl.get(), X509_CRL_VERSION_2);
  X509_CRL_set_issuer_name(crl.get(), X509_get_subject_name(issuer.certificate));
  X509_CRL_set1_lastUpdate(crl.get(), asn1_time(now, -kBackdated).get());
  X509_CRL_set1_nextUpdate(crl.get(), X509_get0_notAfter(issuer.certificate));
  for (const Revocation& revocation : revoked)
    if (const auto added = add_revoked(crl.get(), revocation); !added) return added.error();
  X509_CRL_sort(crl.get());
  const Asn1Integer count(ASN1_INTEGER_new());
  ASN1_INTEGER_set_int64(count.get(), number);
  BALANS_CHECK(X509_CRL_add1_ext_i2d(crl.get(), NID_crl_number, count.get(), 0, 0) == 1);
  const Extension by = extension(NID_authority_key_identifier, "keyid:always", issuer.certificate, nullptr);
  BALANS_CHECK(X509_CRL_add_ext(crl.get(), by.get(), -1) == 1);
  BALANS_CHECK(X509_CRL_sign(crl.get(), issuer.key, EVP_sha256()) > 0);
  const Bio bio = writing();
  BALANS_CHECK(PEM_write_bio_X509_CRL(bio.get(), crl.get()) == 1);
  return written(bio);
}

std::int64_t crl_number(std::string_view pem) {
  const X509Crl crl(PEM_read_bio_X509_CRL(reading(pem).get(), nullptr, nullptr, nullptr));
  forget_errors();
  if (!crl) return 0;
  const Asn1Integer number(
      static_cast<ASN1_INTEGER*>(X509_CRL_get_ext_d2i(crl.get(), NID_crl_number, nullptr, nullptr)));
  std::int64_t value = 0;
  return number && ASN1_INTEGER_get_int64(&value, number.get()) == 1 ? value : 0;
}

std::string pem_of(X509* certificate) {
  const Bio bio = writing();
  BALANS_CHECK(PEM_write_bio_X509(bio.get(), certificate) == 1);
  return written(bio);
}

std::string hex_of(const ASN1_INTEGER* number) {
  const Bignum value(ASN1_INTEGER_to_BN(number, nullptr));
  char* const text = value ? BN_bn2hex(value.get()) : nullptr;
  std::string hex = text == nullptr ? "" : text;
  OPENSSL_free(text);
  std::ranges::transform(hex, hex.begin(), [](char c) { return c >= 'A' && c <= 'F' ? static_cast<char>(c + 32) : c; });
  return hex;
}

std::string host_text(const GENERAL_NAME* name) {
  int type = 0;
  const auto* value = static_cast<const ASN1_STRING*>(GENERAL_NAME_get0_value(name, &type));
  if (value == nullptr || (type != GEN_DNS && type != GEN_IPADD)) return "";
  const unsigned char* data = ASN1_STRING_get0_data(value);
  const int size = ASN1_STRING_length(value);
  if (type == GEN_DNS) return {reinterpret_cast<const char*>(data), static_cast<std::size_t>(size)};
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (size != 4 && size != 16) return "";
  inet_ntop(size == 4 ? AF_INET : AF_INET6, data, text.data(), text.size());
  return text.data();
}

}  // namespace balans::pki
