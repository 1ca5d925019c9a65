// balans-api: takes readings and live state from sites, keeps the readings, shows the state, hands out orders.
#include <CLI/CLI.hpp>
#include <iterator>

#include "api/command/commands.hpp"
#include "api/serve.hpp"
#include "common/io/runtime/config_at_start.hpp"
#include "common/io/runtime/memory.hpp"
#include "common/io/runtime/program.hpp"
#include "common/io/runtime/stop_signals.hpp"

namespace balans::api {
namespace {

constexpr const char* kUsualConfig = "/etc/balans/api.yaml";

/// Certificate and key come into force at once; of the rest only whether the next start would take it is said.
void reload(Server& server, const ConfigAtStart& at_start, const ProgramOptions& options, EventLog& events) {
  const auto check = [&options] {
    const auto fine = load_config(options.config);
    return fine ? Result<void>() : Result<void>(fine.error());
  };
  const auto certificate = server.reload_certificate();
  events.write("reloaded", {{"anew", certificate ? "certificate" : "nothing"},
                            {"error", certificate ? "" : certificate.error().message()},
                            {"config", at_start.compare(check)}});
}

int run_server(const ProgramOptions& options) {
  const ConfigAtStart at_start(options.config);
  const auto config = load_config(options.config);
  if (!config) return refuse_to_start(kProgram, config.error());
  const auto clock = make_clock(options.sim_clock);
  if (!clock) return refuse_to_start(kProgram, clock.error());
  const auto events = EventLog::open(options.events, **clock);
  if (!events) return refuse_to_start(kProgram, events.error());
  const auto server = Server::listen(server_options(*config));
  if (!server) return refuse_to_start(kProgram, server.error());
  const StopSignals signals([&server] { (*server)->stop(); }, [&] { reload(**server, at_start, options, **events); });
  const auto served = serve(*config, **server, **clock, **events);
  return served ? *served : refuse_to_start(kProgram, served.error());
}

std::vector<Command> add_commands(CLI::App& app) {
  std::vector<Command> all;
  for (auto commands :
       {add_token_commands(app), add_site_commands(app), add_database_commands(app), add_ledger_commands(app)})
    std::move(commands.begin(), commands.end(), std::back_inserter(all));
  return all;
}

int run(int argc, const char* const* argv) {
  harden_process();
  CLI::App app{"Balans api: takes readings and live state from sites, keeps the readings, shows the state.", kProgram};
  app.fallthrough();
  ProgramOptions options;
  add_program_options(app, options);
  app.get_option("--config")
      ->required(false)
      ->description("the config file, YAML; commands look for it in " + std::string(kUsualConfig));
  const std::vector<Command> commands = add_commands(app);
  app.require_subcommand(0, 1);
  if (const auto exit_code = parse_command_line(app, argc, argv)) return *exit_code;
  share_one_arena();
  const bool commanded = !app.get_subcommands().empty();
  if (options.config.empty() && !commanded) return refuse_to_start(kProgram, {"", "--config is required (see --help)"});
  if (options.config.empty()) options.config = kUsualConfig;
  if (!commanded && !options.check) return run_server(options);
  const auto config = load_config(options.config);
  if (!config) return refuse_to_start(kProgram, config.error());
  for (const Command& command : commands)
    if (command.parsed->parsed()) return command.run(*config);
  return kExitOk;
}

}  // namespace
}  // namespace balans::api

int main(int argc, char** argv) { return balans::api::run(argc, argv); }
