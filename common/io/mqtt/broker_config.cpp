#include "common/io/mqtt/broker_config.hpp"

#include <utility>

#include "common/io/runtime/keys.hpp"

namespace balans {
namespace {

TlsFiles read_tls(const config::Section& section) {
  TlsFiles files;
  files.ca = section.required("ca").path();
  files.certificate = section.optional("cert").path();
  files.key = section.optional("key").path();
  if (files.certificate.has_value() != files.key.has_value()) section.refuse("needs both cert and key, or neither");
  return files;
}

}  // namespace

BrokerAddress read_broker(const config::Section& broker) {
  BrokerAddress address;
  address.host = broker.required("host").text(255);
  address.port = static_cast<int>(broker.required("port").integer(1, 65535));
  if (const auto tls = broker.optional_section("tls")) address.tls = read_tls(*tls);
  address.username = broker.optional("username").text(100);
  const config::OptionalValue password_file = broker.optional("password_file");
  if (const auto path = password_file.path()) {
    auto password = read_secret(*path);
    if (password.ok()) {
      address.password = std::move(*password);
    } else {
      password_file.refuse(password.error().message());
    }
  }
  if (address.password && !address.username) broker.refuse("has a password_file and no username");
  return address;
}

}  // namespace balans
