// balans-api: takes readings and live state from sites, keeps the readings, shows the state.
#include <CLI/CLI.hpp>
#include <iostream>

#include "api/config.hpp"
#include "api/http/routes/routes.hpp"
#include "api/http/server.hpp"
#include "api/store/sqlite_store.hpp"
#include "common/io/clock/clock.hpp"
#include "common/io/runtime/config_at_start.hpp"
#include "common/io/runtime/event_log.hpp"
#include "common/io/runtime/notify.hpp"
#include "common/io/runtime/program.hpp"
#include "common/io/runtime/stop_signals.hpp"

namespace balans::api {
namespace {

constexpr const char* kName = "balans-api";

int serve(const Config& config, Server& server, Store& store, const Clock& clock, EventLog& events) {
  LiveStates live(server, clock);
  IngestReadings ingest(config.roster, store, clock, events);
  Services services{config.roster, store, live, ingest};
  Router router(config.roster, all_routes(services));
  events.write("listening", {{"host", config.host}, {"port", static_cast<std::int64_t>(server.port())}});
  std::cout << "listening on http://" << config.host << ":" << server.port() << "/" << std::endl;
  Supervisor supervisor = Supervisor::from_environment();
  const std::string status = "serves " + std::to_string(config.roster.sites.size()) + " sites on " + config.host + ":" +
                             std::to_string(server.port());
  server.run(router, [&] { supervisor.beat(status); });
  supervisor.stopping();
  events.write("stopped");
  return kExitOk;
}

int run(int argc, const char* const* argv) {
  CLI::App app{"Balans api: takes readings and live state from sites, keeps the readings, shows the state.", kName};
  ProgramOptions options;
  add_program_options(app, options);
  if (const auto exit_code = parse_command_line(app, argc, argv)) return *exit_code;
  harden_process();
  if (options.check) {
    const auto fine = load_config(options.config);
    return fine ? kExitOk : refuse_to_start(kName, fine.error());
  }

  const ConfigAtStart at_start(options.config);
  const auto config = load_config(options.config);
  if (!config) return refuse_to_start(kName, config.error());
  const auto clock = make_clock(options.sim_clock);
  if (!clock) return refuse_to_start(kName, clock.error());
  const auto events = EventLog::open(options.events, **clock);
  if (!events) return refuse_to_start(kName, events.error());
  ServerOptions server_options;
  server_options.host = config->host;
  server_options.port = config->port;
  const auto server = Server::listen(server_options);
  if (!server) return refuse_to_start(kName, server.error());
  const auto check = [&options] {
    const auto fine = load_config(options.config);
    return fine ? Result<void>() : Result<void>(fine.error());
  };
  const StopSignals signals([&server] { (*server)->stop(); },
                            [&] {
                              (*events)->write("reloaded", {{"anew", "nothing"}, {"config", at_start.compare(check)}});
                            });
  const auto store = open_sqlite_store(config->database);
  if (!store) return refuse_to_start(kName, store.error());
  return serve(*config, **server, **store, **clock, **events);
}

}  // namespace
}  // namespace balans::api

int main(int argc, char** argv) { return balans::api::run(argc, argv); }
