#pragma once
// What a certificate says.

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "common/result.hpp"
#include "common/units.hpp"

namespace balans::pki {

/// What a certificate may be used for. A device's cannot stand for a broker, nor the broker's for a device.
enum class Usage : std::uint8_t { Client, Server, Authority };

struct Certificate {
  std::string name;    ///< its common name: who it stands for
  std::string serial;  ///< lower-case hexadecimal
  UnixTime begins;
  UnixTime ends;
  Usage usage = Usage::Client;
  std::vector<std::string> hosts;  ///< DNS names and addresses, of a server
  std::string pem;
};

inline constexpr std::size_t kMaxPem = 16 * 1024;

/// `text` is one certificate in PEM.
Result<Certificate> parse_certificate(std::string_view text);
Result<Certificate> load_certificate(const std::filesystem::path& file);

/// Whether `authority` signed it, and may sign.
[[nodiscard]] bool signed_by(const Certificate& certificate, const Certificate& authority);

/// Two thirds of its life have passed.
[[nodiscard]] bool due_for_renewal(const Certificate& certificate, UnixTime now);

}  // namespace balans::pki
