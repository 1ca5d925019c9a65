#pragma once
// The section `broker:` that every program on the site has: { host, port, tls: { ca, cert, key }, username,
// password_file }.

#include "common/io/config/config.hpp"
#include "common/io/mqtt/bus.hpp"

namespace balans {

/// Paths are relative to the config file; the password file is read here. Problems go to the section's file.
BrokerAddress read_broker(const config::Section& broker);

}  // namespace balans
