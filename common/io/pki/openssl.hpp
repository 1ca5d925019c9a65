#pragma once
// OpenSSL's objects with an owner. For the files of this folder.

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "common/units.hpp"

namespace balans::pki {

template <auto Free>
struct FreeWith {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
template <class T, auto Free>
using Owned = std::unique_ptr<T, FreeWith<Free>>;

using Bio = Owned<BIO, BIO_free_all>;
using Pkey = Owned<EVP_PKEY, EVP_PKEY_free>;
using X509Cert = Owned<X509, X509_free>;
using X509Request = Owned<X509_REQ, X509_REQ_free>;
using X509Crl = Owned<X509_CRL, X509_CRL_free>;
using Asn1Time = Owned<ASN1_TIME, ASN1_TIME_free>;
using Asn1Integer = Owned<ASN1_INTEGER, ASN1_INTEGER_free>;

/// What is read of a PEM text; nothing when it is longer than an int, which OpenSSL counts in.
Bio reading(std::string_view text);
/// Memory that is wiped when it goes.
Bio writing();
std::string written(const Bio& bio);

Asn1Time asn1_time(UnixTime base, std::chrono::days later);
UnixTime unix_time(const ASN1_TIME* time);

/// The common name of a subject; empty where there is not exactly one.
std::string common_name_of(const X509_NAME* name);

/// Empties OpenSSL's queue of errors: what we do not look at must not be found by others.
void forget_errors();

}  // namespace balans::pki
