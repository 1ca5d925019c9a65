#pragma once
// What an authority signs, and the text forms of what is in it. For the files of this folder.

#include <string>
#include <string_view>
#include <vector>

#include "common/io/pki/certificate.hpp"
#include "common/io/pki/openssl.hpp"
#include "common/result.hpp"

namespace balans::pki {

/// Who a certificate is for.
struct Subject {
  std::string name;
  Usage usage = Usage::Client;
  std::vector<std::string> hosts;  ///< DNS names and addresses, of a server
};

struct Revocation {
  std::string serial;
  UnixTime at;
  std::string name;
};

/// `issuer` and its key; null for the authority's own certificate, which `key` signs itself.
struct Issuer {
  X509* certificate = nullptr;
  EVP_PKEY* key = nullptr;
};

/// Valid from a day before `now` (clocks without a battery start in the past) for `days` after it, and never longer
/// than the issuer.
Result<std::string> sign_certificate(const Subject& subject, EVP_PKEY* key, const Issuer& issuer, UnixTime now,
                                     std::chrono::days days);

/// `number` of the list: more than that of the list before. It holds as long as the issuer: a list that ran out would
/// lock every device out.
Result<std::string> sign_crl(const std::vector<Revocation>& revoked, const Issuer& issuer, std::int64_t number,
                             UnixTime now);
/// The number of a list; 0 where there is none.
std::int64_t crl_number(std::string_view pem);

std::string pem_of(X509* certificate);
std::string hex_of(const ASN1_INTEGER* number);
/// "broker.lan" or "192.168.10.2"; empty for other kinds of names.
std::string host_text(const GENERAL_NAME* name);

}  // namespace balans::pki
