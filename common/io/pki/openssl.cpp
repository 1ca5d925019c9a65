#include "common/io/pki/openssl.hpp"

#include <openssl/err.h>

#include <ctime>
#include <limits>

#include "common/check.hpp"

namespace balans::pki {

Bio reading(std::string_view text) {
  if (text.size() > static_cast<std::size_t>(std::numeric_limits<int>::max())) text = {};
  Bio bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  BALANS_CHECK(bio != nullptr);
  return bio;
}

Bio writing() {
  Bio bio(BIO_new(BIO_s_secmem()));
  BALANS_CHECK(bio != nullptr);
  return bio;
}

std::string written(const Bio& bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return size > 0 ? std::string(data, static_cast<std::size_t>(size)) : std::string();
}

Asn1Time asn1_time(UnixTime base, std::chrono::days later) {
  // Not by time_t, which ends in 2038 where it has 32 bits: days and seconds after 1970.
  const auto seconds = std::chrono::seconds(base.ms() / 1000);
  const auto day = std::chrono::floor<std::chrono::days>(seconds);
  Asn1Time time(
      ASN1_TIME_adj(nullptr, 0, static_cast<int>((day + later).count()), static_cast<long>((seconds - day).count())));
  BALANS_CHECK(time != nullptr);
  return time;
}

// Nor by timegm: a certificate may end after 2038.
UnixTime unix_time(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return UnixTime(0);
  using namespace std::chrono;
  const sys_days day = year(parts.tm_year + 1900) / month(static_cast<unsigned>(parts.tm_mon + 1)) /
                       std::chrono::day(static_cast<unsigned>(parts.tm_mday));
  const seconds within = hours(parts.tm_hour) + minutes(parts.tm_min) + seconds(parts.tm_sec);
  return UnixTime(duration_cast<milliseconds>(day.time_since_epoch() + within).count());
}

std::string common_name_of(const X509_NAME* name) {
  const int place = X509_NAME_get_index_by_NID(name, NID_commonName, -1);
  if (place < 0 || X509_NAME_get_index_by_NID(name, NID_commonName, place) >= 0) return "";
  const ASN1_STRING* text = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, place));
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
          static_cast<std::size_t>(ASN1_STRING_length(text))};
}

void forget_errors() { ERR_clear_error(); }

}  // namespace balans::pki
