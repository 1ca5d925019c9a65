#pragma once
// The running service: everything put together.

#include "api/config.hpp"
#include "api/http/server.hpp"
#include "common/io/clock/clock.hpp"
#include "common/io/runtime/event_log.hpp"

namespace balans::api {

ServerOptions server_options(const Config& config);

/// The config's key file, made where it is not there yet.
Result<std::unique_ptr<Signer>> own_key(const std::filesystem::path& file);

/// Serves until the server is stopped; gives the exit code.
Result<int> serve(const Config& config, Server& server, const Clock& clock, EventLog& events);

}  // namespace balans::api
