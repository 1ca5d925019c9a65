#pragma once
// A site's own certificate authority: a folder that only its administrator reads.
//
//   ca.key  ca.crt        its key (P-256) and its certificate
//   ca.crl                what it has taken back
//   certificates/*.crt    what it has issued, by serial number
//   revoked               a line for each that was taken back: serial, seconds since 1970, name
//
// Serial numbers are random, so nothing has to be counted; every file is written whole. One Authority at a time has
// the folder.

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/io/pki/certificate.hpp"
#include "common/io/pki/private_key.hpp"
#include "common/result.hpp"

namespace balans::pki {

/// Two thirds of a device's certificate are ten years: so long a site runs without a visit.
inline constexpr std::chrono::days kCertificateLife{15 * 365};
inline constexpr std::chrono::days kAuthorityLife{40 * 365};

/// A machine without a battery starts in the past: what it signed then would have ended before anybody reads this.
inline constexpr UnixTime kNoEarlierThan{1'767'225'600'000};  // 2026

struct Issued {
  Certificate certificate;
  std::optional<UnixTime> revoked;
};

class Authority {
 public:
  /// Makes the folder, mode 0700, and what is in it. An error when there is an authority already.
  static Result<Authority> create(const std::filesystem::path& folder, const std::string& site, UnixTime now);
  static Result<Authority> open(const std::filesystem::path& folder);
  ~Authority();
  Authority(Authority&&) noexcept;
  Authority& operator=(Authority&&) noexcept;

  [[nodiscard]] const Certificate& certificate() const;

  /// For a device or service on this machine.
  Result<Certificate> issue_client(const std::string& name, const PrivateKey& key, UnixTime now);
  /// For the broker: `hosts` are the names and addresses it is reached by.
  Result<Certificate> issue_server(const std::string& name, const std::vector<std::string>& hosts,
                                   const PrivateKey& key, UnixTime now);
  /// For a device elsewhere. The request has to be for `name` and be signed with the P-256 key in it.
  Result<Certificate> issue_for_request(const std::string& name, std::string_view request_pem, UnixTime now);
  /// The same name, hosts and key for a whole life from now on.
  Result<Certificate> renew(const Certificate& old, UnixTime now);

  /// All that it has issued, by name and then by age.
  [[nodiscard]] Result<std::vector<Issued>> issued() const;

  /// Takes back every certificate of `name`, except the one with the serial `keep`, and writes the list anew, also
  /// where there was nothing left to take back. Gives those it took back now.
  Result<std::vector<Certificate>> revoke(const std::string& name, UnixTime now, std::string_view keep = {});
  /// The list of what it has taken back, PEM.
  [[nodiscard]] Result<std::string> crl() const;

 private:
  struct State;
  explicit Authority(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace balans::pki
